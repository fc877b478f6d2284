//! How frames are read: all fields of all kinds in one pass, then the kind says which of them count.
//!
//! Written out because what serde derives for an enum that is tagged inside keeps every frame in a buffer first, and
//! weighs more in the browser than the rest of the protocol together.

use crate::{
    AckResult, CommandId, Epoch, ErrorCode, Limits, Message, MessageKey, Millis, Room, RoomId,
    RoomSummary, Roster, Seq, ServerFrame, User, UserId,
};
use serde::Deserialize;

/// What is said of a frame whose kind asks for more than it has.
const MISSING: &str = "a field is missing";

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ServerKind {
    Hello,
    Ack,
    Error,
    Changes,
    Reset,
    CaughtUp,
    Roster,
    RosterChanged,
    Rooms,
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
pub(crate) struct ServerFields {
    #[serde(rename = "type")]
    kind: ServerKind,
    protocol: Option<u32>,
    epoch: Option<Epoch>,
    user: Option<User>,
    limits: Option<Limits>,
    id: Option<CommandId>,
    result: Option<AckResult>,
    code: Option<ErrorCode>,
    retry_after_ms: Option<u32>,
    room: Option<RoomId>,
    after: Option<Seq>,
    through: Option<Seq>,
    messages: Option<Vec<Message>>,
    has_older: Option<bool>,
    seq: Option<Seq>,
    count: Option<u32>,
    users: Option<Vec<User>>,
    joined: Option<Vec<User>>,
    left: Option<Vec<UserId>>,
    rooms: Option<Vec<RoomSummary>>,
}

/// What can be read of a `hello` in whatever protocol, also when the rest of the frame cannot.
#[derive(Deserialize)]
pub struct AnyHello {
    #[serde(rename = "type")]
    kind: ServerKind,
    protocol: u32,
}

impl AnyHello {
    /// The protocol that it speaks, where it is a `hello`.
    #[must_use]
    pub fn version(&self) -> Option<u32> {
        matches!(self.kind, ServerKind::Hello).then_some(self.protocol)
    }
}

impl TryFrom<ServerFields> for ServerFrame {
    type Error = &'static str;

    fn try_from(fields: ServerFields) -> Result<Self, &'static str> {
        fields.frame().ok_or(MISSING)
    }
}

impl ServerFields {
    fn frame(self) -> Option<ServerFrame> {
        Some(match self.kind {
            ServerKind::Hello => ServerFrame::Hello {
                protocol: self.protocol?,
                epoch: self.epoch?,
                user: self.user?,
                limits: self.limits?,
            },
            ServerKind::Ack => ServerFrame::Ack { id: self.id?, result: self.result? },
            ServerKind::Error => ServerFrame::Error {
                id: self.id,
                code: self.code?,
                retry_after_ms: self.retry_after_ms,
            },
            ServerKind::Changes => ServerFrame::Changes {
                room: self.room?,
                after: self.after?,
                through: self.through?,
                messages: self.messages?,
            },
            ServerKind::Reset => ServerFrame::Reset {
                room: self.room?,
                epoch: self.epoch?,
                through: self.through?,
                messages: self.messages?,
                has_older: self.has_older?,
            },
            ServerKind::CaughtUp => ServerFrame::CaughtUp { room: self.room?, seq: self.seq? },
            ServerKind::Roster => ServerFrame::Roster {
                room: self.room?,
                roster: Roster { count: self.count?, users: self.users? },
            },
            ServerKind::RosterChanged => ServerFrame::RosterChanged {
                room: self.room?,
                count: self.count?,
                joined: self.joined?,
                left: self.left?,
            },
            ServerKind::Rooms => ServerFrame::Rooms { rooms: self.rooms? },
            ServerKind::Unknown => ServerFrame::Unknown,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum AckKind {
    Opened,
    Closed,
    Sent,
    Created,
    Watching,
    Pong,
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
pub(crate) struct AckFields {
    kind: AckKind,
    key: Option<MessageKey>,
    seq: Option<Seq>,
    at: Option<Millis>,
    room: Option<Room>,
}

impl TryFrom<AckFields> for AckResult {
    type Error = &'static str;

    fn try_from(fields: AckFields) -> Result<Self, &'static str> {
        fields.result().ok_or(MISSING)
    }
}

impl AckFields {
    fn result(self) -> Option<AckResult> {
        Some(match self.kind {
            AckKind::Opened => AckResult::Opened,
            AckKind::Closed => AckResult::Closed,
            AckKind::Sent => AckResult::Sent { key: self.key?, seq: self.seq?, at: self.at? },
            AckKind::Created => AckResult::Created { room: self.room? },
            AckKind::Watching => AckResult::Watching,
            AckKind::Pong => AckResult::Pong,
            AckKind::Unknown => AckResult::Unknown,
        })
    }
}

/// A [`RoomSummary`] as it is on the wire: the room's own fields stand beside the others.
#[derive(Deserialize)]
pub(crate) struct SummaryFields {
    id: RoomId,
    slug: String,
    name: String,
    here: u32,
    last_seq: Seq,
    last_message_at: Option<Millis>,
}

impl From<SummaryFields> for RoomSummary {
    fn from(fields: SummaryFields) -> Self {
        let SummaryFields { id, slug, name, here, last_seq, last_message_at } = fields;
        Self { room: Room { id, slug, name }, here, last_seq, last_message_at }
    }
}
