//! The slot of vpcd that a card is in: a 16 bit length, then one octet of control or an APDU.
use std::{
    io::{Read, Result, Write},
    net::TcpStream,
    os::fd::AsRawFd,
};

use crate::{card::Card, control::Control};

const POWER_OFF: u8 = 0;
const POWER_ON: u8 = 1;
const RESET: u8 = 2;
const GET_ATR: u8 = 4;

/// Serves the reader until it is gone; while a test has pulled the card, waits for its return.
pub fn serve(port: u16, card: &mut Card<'_>, mut control: Option<Control>) {
    let connect = || TcpStream::connect(("127.0.0.1", port));
    let mut stream = connect().expect("vpcd waits for a card");
    loop {
        card.reset();
        if let Some(control) = &control {
            control.inserted(&stream);
        }
        let _ = serve_stream(stream, card, control.as_mut());
        let Some(control) = &control else { return };
        // It may be back already: a command that was under way when it was pulled has only now ended.
        control.wait_for_insertion();
        stream = match connect() {
            Ok(stream) => stream,
            Err(_) => return,
        };
    }
}

fn serve_stream(mut stream: TcpStream, card: &mut Card<'_>, mut control: Option<&mut Control>) -> Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let mut length = [0; 2];
        acknowledge_at_once(&stream);
        stream.read_exact(&mut length)?;
        let mut message = vec![0; u16::from_be_bytes(length) as usize];
        acknowledge_at_once(&stream);
        stream.read_exact(&mut message)?;
        let answer = match message[..] {
            [POWER_OFF | POWER_ON | RESET] => {
                card.reset();
                continue;
            }
            [GET_ATR] => card.atr().to_vec(),
            _ => match control.as_deref_mut() {
                Some(control) => control.observed(&message, |apdu| card.execute(apdu)),
                None => card.execute(&message),
            },
        };
        let mut frame = (answer.len() as u16).to_be_bytes().to_vec();
        frame.extend(answer);
        stream.write_all(&frame)?;
    }
}

/// vpcd writes length and content apart, with Nagle's algorithm: without this each APDU takes 40 ms.
fn acknowledge_at_once(stream: &TcpStream) {
    let on: libc::c_int = 1;
    let size = std::mem::size_of_val(&on) as libc::socklen_t;
    // SAFETY: the option is an int, and the socket is open.
    unsafe {
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_QUICKACK,
            (&on as *const libc::c_int).cast(),
            size,
        );
    }
}
