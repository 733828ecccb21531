//! A PIV card in software for the tests: Nitrokey's piv-authenticator on a software Trussed, behind vpcd.
//!
//! - `VPCD_PORT`: the port of the loopback interface on which vpcd waits for a card.
//! - `CARD_SERIAL`, decimal, and `CARD_VERSION`, three octets in hex: what it says of itself, as a YubiKey does.
//! - `CARD_CONTROL`: the path of a Unix socket on which a test waits; see `control.rs`.
//! - `CARD_STORAGE`: a folder that keeps what it holds. Without it that lives in memory.
//!
//! It lives until whoever it is connected to is gone.
mod applet;
mod backends;
mod card;
mod control;
mod vpcd;

use card::{Card, Identity};
use control::Control;

fn main() {
    let port = variable("VPCD_PORT").map_or(35963, |port| port.parse().expect("VPCD_PORT is a port"));
    let identity = Identity {
        serial: variable("CARD_SERIAL").map(|serial| serial.parse().expect("CARD_SERIAL is a number")),
        version: variable("CARD_VERSION").map(|version| octets(&version)),
    };
    let control = variable("CARD_CONTROL").map(|path| Control::connect(&path).expect("a test waits at CARD_CONTROL"));
    let storage = variable("CARD_STORAGE").map(Into::into);
    applet::run(storage, |client| {
        vpcd::serve(port, &mut Card::new(client, identity), control)
    });
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex digits"))
        .collect()
}
