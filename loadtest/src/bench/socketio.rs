//! Socket.IO's framing over its WebSocket transport (Engine.IO 4): one character for the packet, one for its kind,
//! then JSON. Events are called `message`.

use crate::wire::{Incoming, Wire, text};
use color_eyre::eyre::Result;

/// What is around the text.
const BEFORE: &str = r#"42["message",""#;
const AFTER: &str = r#""]"#;

pub(super) struct SocketIo;

impl Wire for SocketIo {
    fn path(&self) -> &str {
        "/socket.io/?EIO=4&transport=websocket"
    }

    fn join(&self, _room: usize, _after: u64) -> Result<Option<Vec<u8>>> {
        Ok(Some(b"40".to_vec()))
    }

    fn send(&mut self, _room: usize, index: u64, bytes: usize, out: &mut Vec<u8>) -> Result<()> {
        let text = text(index, bytes.saturating_sub(BEFORE.len() + AFTER.len()));
        out.extend_from_slice(format!("{BEFORE}{text}{AFTER}").as_bytes());
        Ok(())
    }

    fn read(&mut self, frame: &[u8]) -> Result<Incoming> {
        Ok(match frame {
            [b'0', ..] => Incoming::Greeting,
            [b'4', b'0', ..] => Incoming::Joined { through: 0 },
            b"2" => Incoming::Answer("3"),
            _ => match frame.strip_prefix(BEFORE.as_bytes()) {
                Some(text) => Incoming::unnumbered(text)?,
                None => Incoming::Other,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Delivery;

    #[test]
    fn an_event_carries_the_index_of_its_send() -> Result<()> {
        let mut frame = Vec::new();
        SocketIo.send(0, 41, 80, &mut frame)?;
        assert_eq!(frame.len(), 80);
        let messages = [Delivery { number: 42, index: 41 }].into();
        assert_eq!(SocketIo.read(&frame)?, Incoming::Deliveries { range: None, messages });
        assert_eq!(SocketIo.read(b"2")?, Incoming::Answer("3"));
        Ok(())
    }
}
