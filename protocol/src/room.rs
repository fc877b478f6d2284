//! Rooms, their line in the list of rooms, and who is in them.

use crate::{MessageKey, MessagePage, Millis, RoomId, Seq, User};
use serde::{Deserialize, Serialize};

/// A place to talk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub id: RoomId,
    /// The room's part of the URL: lower-case ASCII letters, digits and hyphens, derived from the name, never changed.
    pub slug: String,
    pub name: String,
}

/// A room as the list of rooms shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSummary {
    pub room: Room,
    /// Users here now; two tabs of one user count once.
    pub here: u32,
    /// The last change of the room; [`Seq::ZERO`] while nothing was said.
    pub last_seq: Seq,
    /// When the last message was stored.
    pub last_message_at: Option<Millis>,
}

/// Some of all rooms, up to [`crate::limits::ROOMS_LISTED`]: the liveliest ones, or a page of those that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoomList {
    pub rooms: Vec<RoomSummary>,
    /// How many rooms there are: in all, or with what was searched for in their names. The latter are counted up to
    /// [`crate::limits::ROOMS_COUNTED_MAX`].
    pub count: u32,
    /// After which room the next page goes on, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<RoomId>,
}

/// Who is in a room now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roster {
    /// How many users are here, also those beyond [`crate::limits::ROSTER_LIST_MAX`].
    pub count: u32,
    /// At most [`crate::limits::ROSTER_LIST_MAX`] of them, by name.
    pub users: Vec<User>,
}

/// Everything a room's page shows when it opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSnapshot {
    pub room: Room,
    pub roster: Roster,
    /// The last messages.
    pub page: MessagePage,
    /// The room's last change at that moment: where [`crate::ClientFrame::OpenRoom`] goes on.
    pub through: Seq,
    /// The key for a message sent with the page's plain form, so that submitting it twice stores it once.
    pub form_key: MessageKey,
}
