//! The frames of the WebSocket, one enum each way. `docs/protocol.md` shows each with an example.
//!
//! A frame is an object with one member, named after its kind: serde's external tagging. It is the only tagging that serde
//! reads without keeping a frame in a buffer first, and the code for that buffer would weigh more in the browser than the
//! rest of the protocol together. For the same reason nothing here is flattened.

use crate::{
    CommandId, Epoch, ErrorCode, Limits, Message, MessageKey, Millis, NewMessage, Room, RoomId,
    RoomSummary, Seq, User, UserId,
};
use serde::{Deserialize, Serialize};

/// What a client sends. Every frame is a command and carries an id; its answer is [`ServerFrame::Ack`] or
/// [`ServerFrame::Error`] with the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
        #[serde(skip_serializing_if = "Option::is_none")]
        epoch: Option<Epoch>,
        #[serde(skip_serializing_if = "Option::is_none")]
        at_most: Option<u32>,
    },
    /// Stop following a room and leave its roster.
    CloseRoom { id: CommandId, room: RoomId },
    /// Store a message. The room need not be open.
    Send { id: CommandId, message: NewMessage },
    /// Create a room.
    CreateRoom { id: CommandId, name: String },
    /// Follow the list of the liveliest rooms: all of it once, then what changes.
    WatchRooms { id: CommandId },
    /// Ask for a sign of life.
    Ping { id: CommandId },
}

impl ClientFrame {
    /// The kinds that a client may send, as they stand on the wire.
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

/// What the server sends. Clients ignore fields that they do not know, and whole frames that they cannot read: those are of
/// a kind newer than they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerFrame {
    /// First frame of every socket.
    Hello { protocol: u32, epoch: Epoch, user: User, limits: Limits },
    /// A command was carried out.
    Ack(Ack),
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
    /// Who is in a room, as a whole [`crate::Roster`]: when it is opened, and when a diff would not do.
    Roster { room: RoomId, count: u32, users: Vec<User> },
    /// Who came and went since the last roster or diff. Above [`crate::limits::ROSTER_LIST_MAX`] users only the count.
    RosterChanged { room: RoomId, count: u32, joined: Vec<User>, left: Vec<UserId> },
    /// The liveliest rooms, for a socket that watches the list, up to [`crate::limits::ROOMS_LISTED`]: all of them first,
    /// then those that are new or changed. `count` says how many rooms there are in all.
    Rooms { rooms: Vec<RoomSummary>, count: u32 },
}

/// The answer to a command that was carried out. What came of it stands beside the id where there is something to tell, and
/// a client passes over what it does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    pub id: CommandId,
    /// What [`ClientFrame::Send`] led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<Sent>,
    /// What [`ClientFrame::CreateRoom`] led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Room>,
}

impl Ack {
    /// The answer that says no more than that the command was carried out.
    #[must_use]
    pub fn plain(id: CommandId) -> Self {
        Self { id, sent: None, created: None }
    }
}

/// The message is durable under this `seq`; every repetition of its key gets the same answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub key: MessageKey,
    pub seq: Seq,
    pub at: Millis,
}

/// What can be read of a `hello` in whatever protocol, also when the rest of the frame cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct AnyHello {
    hello: Version,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
struct Version {
    protocol: u32,
}

impl AnyHello {
    /// The protocol that the server speaks.
    #[must_use]
    pub fn version(self) -> u32 {
        self.hello.protocol
    }
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
