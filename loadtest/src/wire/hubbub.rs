//! Hubbub's protocol, read by its own types. A frame of messages goes to every member of a room as the same bytes, so it
//! is read once and recognised from then on: a generator on one core could not read it ten thousand times.

use super::{Delivery, Incoming, Wire, index_of, text};
use crate::net::client::key;
use color_eyre::eyre::{Result, bail};
use protocol::{
    Ack, ClientFrame, CommandId, MessageKey, NewMessage, RoomId, Sent, Seq, ServerFrame,
};
use std::collections::HashMap;

/// Frames that are recognised. More than that are never on their way at once, unless members fell behind, and they get
/// frames of their own.
const KNOWN_MAX: usize = 512;

/// Rooms under load, and what was read.
pub struct Hubbub {
    rooms: Vec<RoomId>,
    known: HashMap<Vec<u8>, Incoming>,
}

impl Hubbub {
    pub fn new(rooms: Vec<RoomId>) -> Self {
        Self { rooms, known: HashMap::new() }
    }

    fn parse(&self, frame: &[u8]) -> Result<Incoming> {
        Ok(match serde_json::from_slice(frame)? {
            ServerFrame::Hello { .. } => Incoming::Greeting,
            ServerFrame::CaughtUp { seq, .. } => {
                Incoming::Joined { through: u64::try_from(seq.0)? }
            }
            ServerFrame::Ack(Ack { id, sent: Some(Sent { seq, .. }), .. }) => {
                Incoming::Acknowledged { index: u64::from(id.0), number: u64::try_from(seq.0)? }
            }
            ServerFrame::Changes { room, after, through, messages } => {
                if !self.rooms.contains(&room) {
                    bail!("a frame for a room that is not open");
                }
                let delivery = |message: &protocol::Message| {
                    let index = index_of(message.text.as_bytes())?;
                    Ok(Delivery { number: u64::try_from(message.changed.0)?, index })
                };
                let messages = messages.iter().map(delivery).collect::<Result<_>>()?;
                let range = Some((u64::try_from(after.0)?, u64::try_from(through.0)?));
                Incoming::Deliveries { range, messages }
            }
            ServerFrame::Error { id, code, .. } => bail!("command {id:?} was refused: {code}"),
            _ => Incoming::Other,
        })
    }
}

impl Wire for Hubbub {
    fn acknowledges(&self) -> bool {
        true
    }

    fn join(&self, room: usize, after: u64) -> Result<Option<Vec<u8>>> {
        let frame = ClientFrame::OpenRoom {
            // Messages are numbered from 0 on, so this can't be taken for one of theirs.
            id: CommandId(u32::MAX),
            room: self.rooms[room],
            after: Seq(i64::try_from(after)?),
            // Every message is checked, so all of them are wanted.
            epoch: None,
            at_most: None,
        };
        Ok(Some(serde_json::to_vec(&frame)?))
    }

    fn send(&mut self, room: usize, index: u64, bytes: usize, out: &mut Vec<u8>) -> Result<()> {
        let key = key(fastrand::u128(..));
        let message = NewMessage { room: self.rooms[room], key, text: text(index, bytes) };
        let frame = ClientFrame::Send { id: CommandId(u32::try_from(index)?), message };
        Ok(serde_json::to_writer(out, &frame)?)
    }

    fn read(&mut self, frame: &[u8]) -> Result<Incoming> {
        // A room that fills up sends one of these, long ones, to each member for each batch of newcomers.
        if frame.starts_with(b"{\"roster") {
            return Ok(Incoming::Other);
        }
        if let Some(known) = self.known.get(frame) {
            return Ok(known.clone());
        }
        let incoming = self.parse(frame)?;
        if matches!(incoming, Incoming::Deliveries { .. }) {
            if self.known.len() == KNOWN_MAX {
                self.known.clear();
            }
            self.known.insert(frame.to_vec(), incoming.clone());
        }
        Ok(incoming)
    }
}

/// Size of the frame that brings one message of `bytes` bytes of text to its readers. What is sent through the peers
/// and the floor is padded to it, so that all move the same bytes.
pub fn delivery_bytes(bytes: usize) -> Result<usize> {
    Ok(serde_json::to_vec(&changes(1000..1001, bytes))?.len())
}

fn changes(seqs: std::ops::Range<i64>, bytes: usize) -> ServerFrame {
    let message = |seq| protocol::Message {
        seq: Seq(seq),
        changed: Seq(seq),
        author: protocol::User { id: protocol::UserId(1000), name: "load-abcdef-1000".to_owned() },
        key: MessageKey(uuid::Uuid::nil()),
        text: text(seq.unsigned_abs(), bytes),
        at: protocol::Millis(1_700_000_000_000),
    };
    ServerFrame::Changes {
        room: RoomId(10),
        after: Seq(seqs.start - 1),
        through: Seq(seqs.end - 1),
        messages: seqs.map(message).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hubbub() -> Hubbub {
        Hubbub::new(vec![RoomId(10)])
    }

    #[test]
    fn a_frame_of_messages_gives_the_same_again_and_again() -> Result<()> {
        let mut hubbub = hubbub();
        for seqs in [4..5, 4..9, 4..4, 4..5] {
            let frame = serde_json::to_vec(&changes(seqs.clone(), 60))?;
            let delivery = |seq| Delivery { number: seq, index: seq };
            let numbers = seqs.start.unsigned_abs()..seqs.end.unsigned_abs();
            let range = Some((3, numbers.end - 1));
            let messages = numbers.map(delivery).collect();
            assert_eq!(hubbub.read(&frame)?, Incoming::Deliveries { range, messages });
        }
        Ok(())
    }

    #[test]
    fn more_frames_than_are_recognised_are_read_all_the_same() -> Result<()> {
        let mut hubbub = hubbub();
        for seq in 1..2 * i64::try_from(KNOWN_MAX)? {
            let frame = serde_json::to_vec(&changes(seq..seq + 1, 60))?;
            let Incoming::Deliveries { messages, .. } = hubbub.read(&frame)? else {
                bail!("other")
            };
            assert_eq!(messages[0].number, seq.unsigned_abs());
        }
        Ok(())
    }

    #[test]
    fn a_refusal_a_strange_room_and_a_strange_message_are_errors() -> Result<()> {
        let refused = br#"{"error":{"id":3,"code":"rate_limited","retry_after_ms":5}}"#;
        assert!(hubbub().read(refused).is_err());
        let frame = serde_json::to_string(&changes(1..2, 60))?;
        assert!(hubbub().read(frame.replace("\"room\":10", "\"room\":11").as_bytes()).is_err());
        assert!(hubbub().read(frame.replace("#1 ", "hi ").as_bytes()).is_err());
        Ok(())
    }
}
