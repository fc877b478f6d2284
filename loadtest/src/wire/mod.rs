//! What the bytes mean: one adapter for each kind of server, so that one generator, one schedule and one checker drive
//! them all.

mod hubbub;
mod plain;

pub use hubbub::{Hubbub, delivery_bytes};
pub use plain::Plain;

use color_eyre::eyre::{ContextCompat, Result};
use std::rc::Rc;

/// One message as a receiver got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// Its place in the room: the server's `seq`, or for servers without one the order of sending.
    pub number: u64,
    /// Which send it was.
    pub index: u64,
}

/// What a frame was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// The server is there: ask to join.
    Greeting,
    /// The socket is in the room and has everything up to `through`.
    Joined { through: u64 },
    /// Messages, and what range of the room they fill if the server says so.
    Deliveries { range: Option<(u64, u64)>, messages: Rc<[Delivery]> },
    /// A send was stored.
    Acknowledged { index: u64, number: u64 },
    /// The server wants this text back.
    #[cfg_attr(not(feature = "bench"), expect(dead_code, reason = "only peers do"))]
    Answer(&'static str),
    /// Nothing for a load generator.
    Other,
}

impl Incoming {
    /// A message of a server that numbers nothing, so that the order of sending is the order that can be checked.
    pub fn unnumbered(text: &[u8]) -> Result<Self> {
        let index = index_of(text)?;
        Ok(Self::Deliveries {
            range: None,
            messages: [Delivery { number: index + 1, index }].into(),
        })
    }
}

/// How to speak to one kind of server.
pub trait Wire {
    /// The path of the WebSocket.
    fn path(&self) -> &str {
        "/ws"
    }

    /// Whether each send is answered once it is stored.
    fn acknowledges(&self) -> bool {
        false
    }

    /// What to send once greeted, to be in a room from `after` on.
    fn join(&self, _room: usize, _after: u64) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    /// Writes the frame that sends message `index` to a room.
    fn send(&mut self, room: usize, index: u64, bytes: usize, out: &mut Vec<u8>) -> Result<()>;

    /// Reads a frame. A refusal by the server is an error.
    fn read(&mut self, frame: &[u8]) -> Result<Incoming>;
}

/// Text of message `index`, padded to `bytes`.
pub fn text(index: u64, bytes: usize) -> String {
    let mut text = format!("#{index} ");
    let padding = bytes.saturating_sub(text.len());
    text.extend(std::iter::repeat_n('x', padding));
    text
}

/// Which send a text is of.
pub fn index_of(text: &[u8]) -> Result<u64> {
    let index = text.strip_prefix(b"#").and_then(|text| text.split(|byte| *byte == b' ').next());
    index
        .and_then(|index| str::from_utf8(index).ok()?.parse().ok())
        .wrap_err_with(|| format!("not sent by this run: {}", String::from_utf8_lossy(text)))
}
