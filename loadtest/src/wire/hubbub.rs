//! Hubbub's protocol. Frames that come by the ten thousand are scanned for the numbers the checker needs; whatever does
//! not look as expected is read by the protocol's own types instead, so a changed field order costs time, never truth.

use super::{Delivery, Incoming, MARK, Wire, digits, literal, skip_to, text};
use color_eyre::eyre::{ContextCompat, Result, bail};
use protocol::{
    AckResult, ClientFrame, CommandId, MessageKey, NewMessage, RoomId, Seq, ServerFrame,
};
use std::collections::HashMap;

/// Rooms under load, and the keys of messages.
pub struct Hubbub {
    rooms: Vec<RoomId>,
    by_id: HashMap<u64, usize>,
    random: fastrand::Rng,
}

impl Hubbub {
    pub fn new(rooms: Vec<RoomId>) -> Result<Self> {
        let by_id = rooms
            .iter()
            .enumerate()
            .map(|(index, room)| Ok((u64::try_from(room.0)?, index)))
            .collect::<Result<_>>()?;
        Ok(Self { rooms, by_id, random: fastrand::Rng::new() })
    }

    fn room(&self, id: u64) -> Result<usize> {
        self.by_id.get(&id).copied().wrap_err("a frame for a room that is not open")
    }

    fn read_slowly(&self, frame: &[u8], sink: &mut Vec<Delivery>) -> Result<Incoming> {
        Ok(match serde_json::from_slice(frame)? {
            ServerFrame::Hello { .. } => Incoming::Greeting,
            ServerFrame::CaughtUp { seq, .. } => {
                Incoming::Joined { through: u64::try_from(seq.0)? }
            }
            ServerFrame::Ack { id, result: AckResult::Sent { seq, .. } } => {
                Incoming::Acknowledged { index: u64::from(id.0), number: u64::try_from(seq.0)? }
            }
            ServerFrame::Changes { room, after, through, messages } => {
                for message in &messages {
                    let index = message
                        .text
                        .strip_prefix('#')
                        .and_then(|text| text.split(' ').next())
                        .and_then(|index| index.parse().ok())
                        .wrap_err("a message that this run did not send")?;
                    sink.push(Delivery { number: u64::try_from(message.changed.0)?, index });
                }
                let range = (u64::try_from(after.0)?, u64::try_from(through.0)?);
                Incoming::Deliveries {
                    room: self.room(u64::try_from(room.0)?)?,
                    range: Some(range),
                }
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
        let key = uuid::Builder::from_random_bytes(self.random.u128(..).to_ne_bytes()).into_uuid();
        let frame = ClientFrame::Send {
            id: CommandId(u32::try_from(index)?),
            message: NewMessage {
                room: self.rooms[room],
                key: MessageKey(key),
                text: text(index, bytes),
            },
        };
        Ok(serde_json::to_writer(out, &frame)?)
    }

    fn read(&self, frame: &[u8], sink: &mut Vec<Delivery>) -> Result<Incoming> {
        let before = sink.len();
        if let Some((room, after, through)) = scan_changes(frame, sink) {
            return Ok(Incoming::Deliveries {
                room: self.room(room)?,
                range: Some((after, through)),
            });
        }
        sink.truncate(before);
        if let Some((index, number)) = scan_sent(frame) {
            return Ok(Incoming::Acknowledged { index, number });
        }
        // A room that fills up sends one of these to each member for each batch of newcomers.
        if frame.starts_with(b"{\"type\":\"roster") {
            return Ok(Incoming::Other);
        }
        self.read_slowly(frame, sink)
    }
}

/// Room and range of a `changes` frame; `None` when it is not one, or not in the usual form.
fn scan_changes(frame: &[u8], sink: &mut Vec<Delivery>) -> Option<(u64, u64, u64)> {
    let mut at = 0;
    literal(frame, &mut at, b"{\"type\":\"changes\",\"room\":")?;
    let room = digits(frame, &mut at)?;
    literal(frame, &mut at, b",\"after\":")?;
    let after = digits(frame, &mut at)?;
    literal(frame, &mut at, b",\"through\":")?;
    let through = digits(frame, &mut at)?;
    literal(frame, &mut at, b",\"messages\":[")?;
    while frame.get(at) == Some(&b'{') {
        literal(frame, &mut at, b"{\"seq\":")?;
        digits(frame, &mut at)?;
        literal(frame, &mut at, b",\"changed\":")?;
        let number = digits(frame, &mut at)?;
        // Texts and names of a run hold neither quotes nor braces, so the next ones are JSON's.
        skip_to(frame, &mut at, b"\"text\":\"")?;
        literal(frame, &mut at, MARK)?;
        let index = digits(frame, &mut at)?;
        sink.push(Delivery { number, index });
        skip_to(frame, &mut at, b"}")?;
        if frame.get(at) == Some(&b',') {
            at += 1;
        }
    }
    (&frame[at..] == b"]}").then_some((room, after, through))
}

/// Index and number of an acknowledged send.
fn scan_sent(frame: &[u8]) -> Option<(u64, u64)> {
    let mut at = 0;
    literal(frame, &mut at, b"{\"type\":\"ack\",\"id\":")?;
    let index = digits(frame, &mut at)?;
    literal(frame, &mut at, b",\"result\":{\"kind\":\"sent\",")?;
    skip_to(frame, &mut at, b",\"seq\":")?;
    Some((index, digits(frame, &mut at)?))
}

/// Size of the frame that brings one message of `bytes` bytes of text to its readers. What is sent through the peers
/// and the floor is padded to it, so that all move the same bytes.
pub fn delivery_bytes(bytes: usize) -> Result<usize> {
    let message = protocol::Message {
        seq: Seq(1000),
        changed: Seq(1000),
        author: protocol::User { id: protocol::UserId(1000), name: "load-abcdef-1000".to_owned() },
        key: MessageKey(uuid::Uuid::nil()),
        text: text(1000, bytes),
        at: protocol::Millis(1_700_000_000_000),
    };
    let frame = ServerFrame::Changes {
        room: RoomId(10),
        after: Seq(999),
        through: Seq(1000),
        messages: vec![message],
    };
    Ok(serde_json::to_vec(&frame)?.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{Message, Millis, User, UserId};

    fn changes(seqs: std::ops::Range<i64>) -> ServerFrame {
        let messages = seqs
            .clone()
            .map(|seq| Message {
                seq: Seq(seq),
                changed: Seq(seq),
                author: User { id: UserId(3), name: "load-1".to_owned() },
                key: MessageKey(uuid::Uuid::from_u128(5)),
                text: text(u64::try_from(seq).unwrap_or(0) + 100, 60),
                at: Millis(1_700_000_000_000),
            })
            .collect();
        ServerFrame::Changes {
            room: RoomId(7),
            after: Seq(seqs.start - 1),
            through: Seq(seqs.end - 1),
            messages,
        }
    }

    #[test]
    fn the_scanner_reads_what_the_protocol_writes() -> Result<()> {
        for seqs in [4..5, 4..9, 4..4] {
            let frame = serde_json::to_vec(&changes(seqs.clone()))?;
            let mut fast = Vec::new();
            let (room, after, through) = scan_changes(&frame, &mut fast).expect("the usual form");
            assert_eq!((room, after), (7, 3));
            let mut slow = Vec::new();
            let wire = Hubbub::new(vec![RoomId(7)])?;
            let read = wire.read_slowly(&frame, &mut slow)?;
            assert_eq!(read, Incoming::Deliveries { room: 0, range: Some((after, through)) });
            assert_eq!(fast, slow);
        }
        Ok(())
    }

    #[test]
    fn another_field_order_is_read_all_the_same() -> Result<()> {
        let frame = br##"{"messages":[{"changed":5,"seq":5,"author":{"name":"a","id":3},"at":1,
            "text":"#8 x","key":"00000000-0000-0000-0000-000000000005"}],
            "type":"changes","room":7,"through":5,"after":4}"##;
        let mut sink = Vec::new();
        let read = Hubbub::new(vec![RoomId(7)])?.read(frame, &mut sink)?;
        assert_eq!(read, Incoming::Deliveries { room: 0, range: Some((4, 5)) });
        assert_eq!(sink, [Delivery { number: 5, index: 8 }]);
        Ok(())
    }

    #[test]
    fn an_acknowledgement_gives_index_and_number() -> Result<()> {
        let frame = serde_json::to_vec(&ServerFrame::Ack {
            id: CommandId(12),
            result: AckResult::Sent {
                key: MessageKey(uuid::Uuid::from_u128(5)),
                seq: Seq(34),
                at: Millis(1),
            },
        })?;
        assert_eq!(scan_sent(&frame), Some((12, 34)));
        Ok(())
    }

    #[test]
    fn a_refused_send_is_an_error() -> Result<()> {
        let frame = br#"{"type":"error","id":3,"code":"rate_limited","retry_after_ms":5}"#;
        assert!(Hubbub::new(Vec::new())?.read(frame, &mut Vec::new()).is_err());
        Ok(())
    }
}
