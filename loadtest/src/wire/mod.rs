//! What the bytes mean: one adapter for each kind of server, so that one generator, one schedule and one checker drive
//! them all.

mod hubbub;
mod plain;
mod socketio;

pub use hubbub::{Hubbub, delivery_bytes};
pub use plain::Plain;
pub use socketio::SocketIo;

use crate::target::Kind;
use color_eyre::eyre::{Result, bail};

/// Text in front of the index of a send inside its message.
const MARK: &[u8] = b"#";

/// One message as a receiver got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// Its place in the room: the server's `seq`, or for servers without one the order of sending.
    pub number: u64,
    /// Which send it was.
    pub index: u64,
}

/// What a frame was.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    /// The server is there: ask to join.
    Greeting,
    /// The socket is in the room and has everything up to `through`.
    Joined { through: u64 },
    /// Messages, now in the sink.
    Deliveries { room: usize, range: Option<(u64, u64)> },
    /// A send was stored.
    Acknowledged { index: u64, number: u64 },
    /// The server wants this text back.
    Answer(&'static str),
    /// Nothing for a load generator.
    Other,
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
    fn join(&self, room: usize, after: u64) -> Result<Option<Vec<u8>>>;

    /// Writes the frame that sends message `index` to a room.
    fn send(&mut self, room: usize, index: u64, bytes: usize, out: &mut Vec<u8>) -> Result<()>;

    /// Reads a frame; messages go to `sink`. A refusal by the server is an error.
    fn read(&self, frame: &[u8], sink: &mut Vec<Delivery>) -> Result<Incoming>;
}

/// The adapter for a peer, whose one room everybody is in.
pub fn for_peer(kind: Kind) -> Result<Box<dyn Wire>> {
    match kind {
        Kind::Floor | Kind::Uws | Kind::Ws => Ok(Box::new(Plain)),
        Kind::SocketIo | Kind::Flask | Kind::FlaskGevent => Ok(Box::new(SocketIo)),
        Kind::Hubbub => bail!("Hubbub's adapter needs its rooms"),
    }
}

/// Text of message `index`, padded to `bytes`.
fn text(index: u64, bytes: usize) -> String {
    let mut text = format!("#{index} ");
    let padding = bytes.saturating_sub(text.len());
    text.extend(std::iter::repeat_n('x', padding));
    text
}

/// The number that starts at `*at`, which moves behind it.
fn digits(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let start = *at;
    let mut value: u64 = 0;
    while let Some(digit @ b'0'..=b'9') = bytes.get(*at) {
        value = value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        *at += 1;
    }
    (*at > start).then_some(value)
}

/// Moves `*at` behind `literal`, if that comes next.
fn literal(bytes: &[u8], at: &mut usize, literal: &[u8]) -> Option<()> {
    bytes[*at..].starts_with(literal).then(|| *at += literal.len())
}

/// Moves `*at` behind the next `needle`.
fn skip_to(bytes: &[u8], at: &mut usize, needle: &[u8]) -> Option<()> {
    let found = memchr::memmem::find(&bytes[*at..], needle)?;
    *at += found + needle.len();
    Some(())
}
