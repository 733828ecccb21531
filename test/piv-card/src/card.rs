//! A card: what stands between the reader and the PIV application.
use iso7816::Command;
use piv_authenticator::{Authenticator, Options};

use crate::applet::CardClient;

const SELECT: u8 = 0xa4;
const GET_RESPONSE: u8 = 0xc0;
const GET_METADATA: u8 = 0xf7;
const GET_SERIAL: u8 = 0xf8;
const GET_VERSION: u8 = 0xfd;
const APPLICATION: [u8; 11] = [0xa0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0];
/// An answer to reset of a YubiKey 5.
const ATR: &[u8] = b"\x3b\xfd\x13\x00\x00\x81\x31\xfe\x15\x80\x73\xc0\x21\xc0\x57YubiKey\x40";
/// The firmware from which on a YubiKey tells of its keys.
const METADATA_SINCE: [u8; 3] = [5, 3, 0];

/// What a card says of itself; what is absent the application says.
pub struct Identity {
    pub serial: Option<u32>,
    pub version: Option<Vec<u8>>,
}

pub struct Card<'a> {
    client: CardClient<'a>,
    application: Authenticator<CardClient<'a>>,
    identity: Identity,
    /// The data of the commands of a chain so far (ISO/IEC 7816-4, 5.3.3).
    chain: Vec<u8>,
    /// What is left of an answer (ISO/IEC 7816-4, 5.3.4).
    rest: Vec<u8>,
}

impl<'a> Card<'a> {
    pub fn new(client: CardClient<'a>, identity: Identity) -> Self {
        let application = Authenticator::new(client.clone(), Options::new());
        Card {
            client,
            application,
            identity,
            chain: vec![],
            rest: vec![],
        }
    }

    pub fn atr(&self) -> &'static [u8] {
        ATR
    }

    /// Forgets what was verified and selected, and nothing else.
    pub fn reset(&mut self) {
        self.application = Authenticator::new(self.client.clone(), Options::new());
        self.chain.clear();
        self.rest.clear();
    }

    /// The response APDU to a command APDU.
    pub fn execute(&mut self, apdu: &[u8]) -> Vec<u8> {
        let Ok(command) = Command::<4096>::try_from(apdu) else {
            return vec![0x67, 0x00];
        };
        let (class, instruction) = (apdu[0], apdu[1]);
        if instruction == GET_RESPONSE {
            let wanted = if command.expected() == 0 {
                256
            } else {
                command.expected()
            };
            return if self.rest.is_empty() {
                vec![0x6a, 0x88]
            } else {
                self.next(wanted)
            };
        }
        self.rest.clear();
        if class & 0x10 != 0 {
            self.chain.extend_from_slice(command.data());
            return vec![0x90, 0x00];
        }
        if let Some(answer) = self.own_answer(instruction) {
            return answer;
        }
        let at_once = if command.extended && command.expected() > 256 {
            65536
        } else {
            256
        };
        let whole = self.whole(apdu, command.data());
        let Ok(command) = Command::<4096>::try_from(whole.as_slice()) else {
            return vec![0x67, 0x00];
        };
        let mut answer = heapless::Vec::<u8, 8192>::new();
        match self.application.respond(command.as_view(), &mut answer) {
            Ok(()) => {
                self.rest = answer.to_vec();
                self.next(at_once)
            }
            Err(status) => u16::from(status).to_be_bytes().to_vec(),
        }
    }

    /// The next part of an answer, with the status word that follows it.
    fn next(&mut self, wanted: usize) -> Vec<u8> {
        let length = self.rest.len().min(wanted);
        let mut part: Vec<u8> = self.rest.drain(..length).collect();
        match self.rest.len() {
            0 => part.extend([0x90, 0x00]),
            left => part.extend([0x61, left.min(255) as u8]),
        }
        part
    }

    /// What the card says itself, and not the application.
    fn own_answer(&self, instruction: u8) -> Option<Vec<u8>> {
        let Identity { serial, version } = &self.identity;
        let told = |octets: &[u8]| [octets, &[0x90, 0x00]].concat();
        match instruction {
            GET_SERIAL => serial.map(|serial| told(&serial.to_be_bytes())),
            GET_VERSION => version.as_ref().map(|version| told(version)),
            GET_METADATA if version.as_ref().is_some_and(|version| version[..] < METADATA_SINCE[..]) => {
                Some(vec![0x6d, 0x00])
            }
            _ => None,
        }
    }

    /// The command as the application wants it: the data of a chain in one piece, and its own identifier in full.
    fn whole(&mut self, apdu: &[u8], data: &[u8]) -> Vec<u8> {
        if !self.chain.is_empty() {
            let mut chained = std::mem::take(&mut self.chain);
            chained.extend_from_slice(data);
            let length = (chained.len() as u16).to_be_bytes();
            return [
                &[apdu[0], apdu[1], apdu[2], apdu[3], 0, length[0], length[1]],
                &chained[..],
                &[0, 0],
            ]
            .concat();
        }
        if apdu[1] == SELECT && apdu[2] == 4 && data.len() >= 5 && APPLICATION.starts_with(data) {
            return [&[0, SELECT, 4, 0, APPLICATION.len() as u8], &APPLICATION[..], &[0]].concat();
        }
        apdu.to_vec()
    }
}
