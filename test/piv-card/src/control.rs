//! The hand of a test on the card, over a Unix socket: it sees every command, can hold it, answer in its place, and pull the card.
//!
//! The card sends frames: a 16 bit length, then one octet and an APDU: `c` a command that it is about to carry out, `r` the response
//! that it is about to send, `i` that it is in the reader, `o` that it was pulled, also in the middle of a command. After `c` and `r` it waits for a frame of the test: `g` to go on, or
//! `a` with a response APDU to be sent in place of its own. At any time the test may send `o` to pull the card, and `i` to put it back.
use std::{
    io::{Read, Result, Write},
    net::{Shutdown, TcpStream},
    os::unix::net::UnixStream,
    sync::{
        mpsc::{channel, Receiver},
        Arc, Condvar, Mutex,
    },
    thread,
};

struct Place {
    removed: bool,
    stream: Option<TcpStream>,
}

pub struct Control {
    socket: Arc<Mutex<UnixStream>>,
    replies: Receiver<Vec<u8>>,
    place: Arc<(Mutex<Place>, Condvar)>,
}

impl Control {
    pub fn connect(path: &str) -> Result<Self> {
        let socket = UnixStream::connect(path)?;
        let (sender, replies) = channel();
        let place = Arc::new((
            Mutex::new(Place {
                removed: false,
                stream: None,
            }),
            Condvar::new(),
        ));
        let (mut reader, shared) = (socket.try_clone()?, place.clone());
        let socket = Arc::new(Mutex::new(socket));
        let writer = socket.clone();
        thread::spawn(move || {
            while let Ok(frame) = read_frame(&mut reader) {
                match frame.first() {
                    Some(b'o') => {
                        move_card(&shared, true);
                        // Told here, since the card itself may be waiting for the test.
                        write_frame(&writer, b'o', &[]);
                    }
                    Some(b'i') => move_card(&shared, false),
                    _ => drop(sender.send(frame)),
                }
            }
            std::process::exit(0); // the test is gone
        });
        Ok(Control { socket, replies, place })
    }

    /// The card is in the reader, over this stream.
    pub fn inserted(&self, stream: &TcpStream) {
        self.place.0.lock().unwrap().stream = stream.try_clone().ok();
        write_frame(&self.socket, b'i', &[]);
    }

    /// Waits until the test puts the card back, if it has pulled it.
    pub fn wait_for_insertion(&self) {
        let (place, moved) = &*self.place;
        drop(moved.wait_while(place.lock().unwrap(), |place| place.removed));
    }

    /// Carries out a command under the eyes of the test.
    pub fn observed(&mut self, command: &[u8], execute: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
        if let Some(answer) = self.ask(b'c', command) {
            return answer;
        }
        let response = execute(command);
        self.ask(b'r', &response).unwrap_or(response)
    }

    /// The answer that the test gives in the card's place, if it does.
    fn ask(&self, what: u8, apdu: &[u8]) -> Option<Vec<u8>> {
        write_frame(&self.socket, what, apdu);
        match self.replies.recv() {
            Ok(reply) if reply.first() == Some(&b'a') => Some(reply[1..].to_vec()),
            _ => None,
        }
    }
}

fn move_card((place, moved): &(Mutex<Place>, Condvar), removed: bool) {
    let mut place = place.lock().unwrap();
    place.removed = removed;
    if removed {
        if let Some(stream) = place.stream.take() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
    moved.notify_all();
}

fn read_frame(socket: &mut UnixStream) -> Result<Vec<u8>> {
    let mut length = [0; 2];
    socket.read_exact(&mut length)?;
    let mut frame = vec![0; u16::from_be_bytes(length) as usize];
    socket.read_exact(&mut frame)?;
    Ok(frame)
}

fn write_frame(socket: &Mutex<UnixStream>, what: u8, apdu: &[u8]) {
    let mut frame = ((apdu.len() + 1) as u16).to_be_bytes().to_vec();
    frame.push(what);
    frame.extend_from_slice(apdu);
    let _ = socket.lock().unwrap().write_all(&frame); // a test that is gone ends the card by itself
}
