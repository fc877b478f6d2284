//! Errors as they travel: a closed set of codes. The client chooses the words, so that they can be translated.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not a frame, or a known one with missing or wrong fields.
    BadFrame,
    /// A frame of a kind that this server does not know.
    UnknownFrame,
    /// No room has this id, slug or name.
    UnknownRoom,
    /// The room has to be opened on this socket first.
    RoomNotOpen,
    /// `after` is beyond the room's last change: the server was restored from an older copy. Start over from 0. Whoever
    /// names an epoch or a maximum is sent [`crate::ServerFrame::Reset`] instead.
    SeqAhead,
    /// The socket has [`crate::limits::OPEN_ROOMS_MAX`] rooms open already.
    TooManyRooms,
    /// Nothing that can be seen is left of the text after tidying.
    MessageEmpty,
    /// The text is longer than [`crate::limits::MESSAGE_BYTES_MAX`].
    MessageTooLong,
    /// The author sent another message under this key before: that one stays as it is, and this one was not stored. It can
    /// be sent under a key of its own.
    KeyReused,
    /// The user name is empty, too long, or has characters that cannot be seen.
    UserNameInvalid,
    /// Somebody else is signed in under this name.
    UserNameTaken,
    /// The room name is empty, too long, or has characters that cannot be seen.
    RoomNameInvalid,
    /// There is a room of this name already.
    RoomExists,
    /// More commands than allowed; try again after `retry_after_ms`.
    RateLimited,
    /// The server cannot save at the moment; nothing was stored. Try again with the same key.
    Unavailable,
    /// HTTP only: the page that asks belongs to somebody else, to another store or to another protocol. Nothing was done;
    /// the page has to be loaded anew.
    StalePage,
    /// A code newer than this client.
    #[serde(other)]
    Unknown,
}

impl ErrorCode {
    /// Whether the same command may succeed later without a change by its author.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable)
    }
}

/// A refusal as an HTTP answer tells it; on the socket it is [`crate::ServerFrame::Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub code: ErrorCode,
    /// Milliseconds to wait before trying again, with [`ErrorCode::RateLimited`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
}

impl fmt::Display for ErrorCode {
    /// The code as it is written on the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}
