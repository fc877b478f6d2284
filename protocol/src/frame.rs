//! The frames of the WebSocket, one enum each way. `docs/protocol.md` shows each with an example.

use crate::{
    CommandId, Epoch, ErrorCode, Limits, Message, MessageKey, Millis, NewMessage, Room, RoomId,
    RoomSummary, Roster, Seq, User, UserId,
};
use serde::{Deserialize, Serialize};

/// What a client sends. Every frame is a command and carries an id; its answer is [`ServerFrame::Ack`] or
/// [`ServerFrame::Error`] with the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// Follow a room from `after` on: missed changes, then [`ServerFrame::CaughtUp`], then live ones; and be in its
    /// roster. Opening an open room restarts it from `after`.
    ///
    /// Who names the epoch of `after`, or how many changes they want at most, is sent [`ServerFrame::Reset`] where the
    /// position means nothing any more, or is too far behind.
    OpenRoom {
        id: CommandId,
        room: RoomId,
        after: Seq,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epoch: Option<Epoch>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<u32>,
    },
    /// Stop following a room and leave its roster.
    CloseRoom { id: CommandId, room: RoomId },
    /// Store a message. The room need not be open.
    Send {
        id: CommandId,
        #[serde(flatten)]
        message: NewMessage,
    },
    /// Create a room.
    CreateRoom { id: CommandId, name: String },
    /// Follow the list of rooms: all of it once, then what changes.
    WatchRooms { id: CommandId },
    /// Ask for a sign of life.
    Ping { id: CommandId },
}

impl ClientFrame {
    /// The values of `type` that a client may send.
    pub const KINDS: [&str; 6] =
        ["open_room", "close_room", "send", "create_room", "watch_rooms", "ping"];

    /// The command's id.
    #[must_use]
    pub fn id(&self) -> CommandId {
        match self {
            Self::OpenRoom { id, .. }
            | Self::CloseRoom { id, .. }
            | Self::Send { id, .. }
            | Self::CreateRoom { id, .. }
            | Self::WatchRooms { id }
            | Self::Ping { id } => *id,
        }
    }
}

/// What the server sends. Clients ignore kinds and fields that they do not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "crate::decode::ServerFields")]
pub enum ServerFrame {
    /// First frame of every socket.
    Hello { protocol: u32, epoch: Epoch, user: User, limits: Limits },
    /// A command was carried out.
    Ack { id: CommandId, result: AckResult },
    /// A command was refused and changed nothing. `id` is missing when the frame was too broken to have one.
    Error {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<CommandId>,
        code: ErrorCode,
        /// Milliseconds to wait before trying again, with [`ErrorCode::RateLimited`].
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u32>,
    },
    /// Every change of a room after `after` up to and including `through`: each message as it is now, ordered by
    /// `changed`. Snapshot, catch-up and live delivery are all this frame.
    Changes { room: RoomId, after: Seq, through: Seq, messages: Vec<Message> },
    /// Instead of all that was missed: the last messages as of `through`. What the client has of the room is to be
    /// forgotten; what comes next follows `through`.
    Reset { room: RoomId, epoch: Epoch, through: Seq, messages: Vec<Message>, has_older: bool },
    /// The socket has been sent everything up to `seq`; what follows is live.
    CaughtUp { room: RoomId, seq: Seq },
    /// Who is in a room, as a whole: when it is opened, and when a diff would not do.
    Roster {
        room: RoomId,
        #[serde(flatten)]
        roster: Roster,
    },
    /// Who came and went since the last roster or diff. Above [`crate::limits::ROSTER_LIST_MAX`] users only the count.
    RosterChanged { room: RoomId, count: u32, joined: Vec<User>, left: Vec<UserId> },
    /// Rooms that are new or changed, for a socket that watches the list; the first one is the whole list.
    Rooms { rooms: Vec<RoomSummary> },
    /// A kind newer than this client.
    Unknown,
}

/// What a command led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", try_from = "crate::decode::AckFields")]
pub enum AckResult {
    Opened,
    Closed,
    /// The message is durable under this `seq`; every repetition of its key gets the same answer.
    Sent {
        key: MessageKey,
        seq: Seq,
        at: Millis,
    },
    Created {
        room: Room,
    },
    Watching,
    Pong,
    /// A result newer than this client.
    Unknown,
}

/// Why the server closed a socket. Below 4100 a client comes back by itself, from 4100 on it does not; the standard
/// codes 1003 (binary frame), 1007 (not UTF-8) and 1009 (frame too large) are the protocol errors of RFC 6455.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The server stops or restarts.
    Restarting = 4000,
    /// The socket did not read for too long.
    Slow = 4001,
    /// Nothing was heard from the client for too long.
    Silent = 4002,
    /// The user has opened more sockets than one may have, and this one was silent the longest.
    TooMany = 4003,
    /// The session was signed out or has expired.
    SignedOut = 4100,
}

impl CloseCode {
    /// First of the codes after which a client stays away.
    pub const FIRST_STOP: u16 = 4100;

    /// The number in the close frame.
    #[must_use]
    pub fn number(self) -> u16 {
        self as u16
    }

    /// The reason in the close frame.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Restarting => "restarting",
            Self::Slow => "slow",
            Self::Silent => "silent",
            Self::TooMany => "too many sockets",
            Self::SignedOut => "signed out",
        }
    }

    /// RFC 6455: a frame that is too large.
    pub const FRAME_TOO_LARGE: u16 = 1009;

    /// Whether the server closed the socket for what it was sent. Sending the same again would close the next one too.
    #[must_use]
    pub fn is_protocol_error(code: u16) -> bool {
        matches!(code, 1002 | 1003 | 1007 | Self::FRAME_TOO_LARGE)
    }

    /// Whether a client should come back after this close code, ours or a standard one.
    #[must_use]
    pub fn should_reconnect(code: u16) -> bool {
        code < Self::FIRST_STOP
    }
}
