//! Messages, as they are sent and as they are stored.

use crate::{MessageKey, Millis, RoomId, Seq, User};
use serde::{Deserialize, Serialize};

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The change that created it, and so its id inside the room.
    pub seq: Seq,
    /// The last change to it; equal to `seq` until it is edited.
    pub changed: Seq,
    pub author: User,
    /// The author's key, by which the author's client finds the row it showed before the answer came.
    pub key: MessageKey,
    /// Plain text; line breaks are `\n`.
    pub text: String,
    /// When the server stored it.
    pub at: Millis,
}

/// A message that a client asks to store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMessage {
    pub room: RoomId,
    pub key: MessageKey,
    pub text: String,
}

/// A run of messages without gaps, read from the store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MessagePage {
    /// Ordered by `seq`.
    pub messages: Vec<Message>,
    /// Whether the room has messages before the first of these.
    pub has_older: bool,
}
