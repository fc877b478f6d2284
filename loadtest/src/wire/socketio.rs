//! Socket.IO's framing over its WebSocket transport (Engine.IO 4): one character for the packet, one for its kind,
//! then JSON. Events are called `message`.

use super::{Delivery, Incoming, MARK, Wire, digits, skip_to, text};
use color_eyre::eyre::{Result, eyre};

/// Characters of the frame around the text.
const FRAME: usize = r#"42["message",""]"#.len();

pub struct SocketIo;

impl Wire for SocketIo {
    fn path(&self) -> &str {
        "/socket.io/?EIO=4&transport=websocket"
    }

    fn join(&self, _room: usize, _after: u64) -> Result<Option<Vec<u8>>> {
        Ok(Some(b"40".to_vec()))
    }

    fn send(&mut self, _room: usize, index: u64, bytes: usize, out: &mut Vec<u8>) -> Result<()> {
        let text = text(index, bytes.saturating_sub(FRAME));
        out.extend_from_slice(format!(r#"42["message","{text}"]"#).as_bytes());
        Ok(())
    }

    fn read(&self, frame: &[u8], sink: &mut Vec<Delivery>) -> Result<Incoming> {
        match frame {
            [b'0', ..] => Ok(Incoming::Greeting),
            [b'4', b'0', ..] => Ok(Incoming::Joined { through: 0 }),
            b"2" => Ok(Incoming::Answer("3")),
            [b'4', b'2', ..] => {
                let mut at = 0;
                let index = skip_to(frame, &mut at, MARK)
                    .and_then(|()| digits(frame, &mut at))
                    .ok_or_else(|| eyre!("unexpected event"))?;
                sink.push(Delivery { number: index + 1, index });
                Ok(Incoming::Deliveries { room: 0, range: None })
            }
            _ => Ok(Incoming::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_carries_the_index_of_its_send() -> Result<()> {
        let mut frame = Vec::new();
        SocketIo.send(0, 41, 80, &mut frame)?;
        assert_eq!(frame.len(), 80);
        let mut sink = Vec::new();
        assert_eq!(
            SocketIo.read(&frame, &mut sink)?,
            Incoming::Deliveries { room: 0, range: None }
        );
        assert_eq!(sink, [Delivery { number: 42, index: 41 }]);
        assert_eq!(SocketIo.read(b"2", &mut sink)?, Incoming::Answer("3"));
        Ok(())
    }
}
