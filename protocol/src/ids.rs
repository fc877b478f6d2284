//! Identifiers and counters: one newtype each, so that a room can never be passed where a user is meant.
//!
//! All of them are integers below 2^53 on the wire, because a browser reads JSON numbers as doubles.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! integer_id {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

integer_id!(
    /// A user, assigned by the store.
    UserId,
    i64
);
integer_id!(
    /// A room, assigned by the store. People see the slug instead.
    RoomId,
    i64
);
integer_id!(
    /// A position in a room's timeline. Dense from 1: every durable change takes the next number; 0 is "nothing yet".
    Seq,
    i64
);
integer_id!(
    /// The client's number for one command; the answer carries it back. Unique per socket while unanswered.
    CommandId,
    u32
);
integer_id!(
    /// A point in time: milliseconds since the Unix epoch, UTC.
    Millis,
    i64
);

impl Seq {
    /// The position before the first change of a room.
    pub const ZERO: Self = Self(0);

    /// The position after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The position before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        Self(self.0 - 1)
    }
}

/// The client's own name for a message, minted once and kept for every retry; unique per author.
///
/// It makes sending idempotent: the store keeps one message for each (author, key).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageKey(pub Uuid);

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
