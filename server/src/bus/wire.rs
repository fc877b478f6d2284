//! An event as bytes between nodes, which may be of different versions while a cluster is upgraded.

use super::{Event, Heard};
use serde::{Deserialize, Serialize};

/// Goes up when an event gets another meaning. A node that hears another version reads the store instead.
const VERSION: u16 = 1;

#[derive(Serialize)]
struct Sent<'a> {
    version: u16,
    event: &'a Event,
}

#[derive(Deserialize)]
struct Received {
    version: u16,
    event: Event,
}

/// The bytes of an event, in JSON.
///
/// # Panics
/// Never: events are plain structs with string keys.
#[must_use]
pub fn encode(event: &Event) -> Vec<u8> {
    serde_json::to_vec(&Sent { version: VERSION, event }).expect("events serialise")
}

/// What a node hears from these bytes. What it cannot read is as good as lost.
#[must_use]
pub fn decode(bytes: &[u8]) -> Heard {
    match serde_json::from_slice(bytes) {
        Ok(Received { version: VERSION, event }) => Heard::Event(event),
        Ok(_) | Err(_) => Heard::SomeLost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SessionId;
    use protocol::{RoomId, Seq, UserId};

    #[test]
    fn events_come_back_as_they_were() {
        let (room, after, through) = (RoomId(7), Seq(1), Seq(2));
        for event in [
            Event::Changed { room, after, through, messages: Vec::new() },
            Event::RoomCreated { room },
            Event::SessionEnded { user: UserId(3), session: SessionId(4) },
        ] {
            assert_eq!(decode(&encode(&event)), Heard::Event(event));
        }
    }

    #[test]
    fn what_another_version_says_counts_as_lost() {
        let known = encode(&Event::RoomCreated { room: RoomId(7) });
        let newer = String::from_utf8(known).expect("JSON").replace("1", "2");
        for bytes in [newer.as_str(), r#"{"version":1,"event":{"unheard_of":{}}}"#, "", "{"] {
            assert_eq!(decode(bytes.as_bytes()), Heard::SomeLost, "{bytes}");
        }
    }
}
