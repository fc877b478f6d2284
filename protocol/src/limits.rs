//! Every size that a client can run into, each with its reason. The server enforces them; `hello` carries those that a
//! client needs, so that it can say no before it sends.

use serde::{Deserialize, Serialize};

/// Longest message text in bytes of UTF-8, after tidying: several pages of prose; more belongs in a file.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024;

/// Longest frame a client may send, in bytes: a message whose every character JSON had to escape still fits twice over.
/// A longer one closes the socket with 1009.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;

/// Longest user name, counted as the `maxlength` of a field counts: in UTF-16 code units of what was typed, without blanks
/// around it. Fits a line of the list of people.
pub const USER_NAME_CHARS_MAX: usize = 32;

/// Longest room name, counted in the same way: fits a line of the list of rooms.
pub const ROOM_NAME_CHARS_MAX: usize = 48;

/// Messages in the server-rendered room page: two phone screens and more.
pub const PAGE_MESSAGES: u32 = 50;

/// Changes in one page of catch-up or history, so that one reader's page delays nobody.
pub const CATCH_UP_MESSAGES: u32 = 200;

/// Bytes of text in one page of catch-up or history: a slow line takes it in a few seconds. The message that goes beyond
/// it is the page's last.
pub const CATCH_UP_BYTES: usize = 128 * 1024;

/// Users whose names a roster carries; beyond it only the count is sent, or joining a room of thousands would cost
/// each member thousands of names.
pub const ROSTER_LIST_MAX: usize = 200;

/// Rooms in the list that a socket follows, and in one page of all rooms: a few screens to look through, and a bound on
/// what a page weighs and a change costs. Who wants another room searches for it.
pub const ROOMS_LISTED: u32 = 50;

/// Rooms that a search found are counted up to this one. Whoever finds so many types another word, and nobody counts them.
pub const ROOMS_COUNTED_MAX: u32 = 1_000;

/// Rooms one socket may have open at a time: more than a person can read, and a bound on its cost.
pub const OPEN_ROOMS_MAX: usize = 100;

/// The limits a client is told in `hello`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub message_bytes: u32,
    pub frame_bytes: u32,
    pub room_name_chars: u32,
    pub open_rooms: u32,
}

impl Limits {
    /// What this version of the server enforces.
    pub const CURRENT: Self = Self {
        message_bytes: 16 * 1024,
        frame_bytes: 64 * 1024,
        room_name_chars: 48,
        open_rooms: 100,
    };
}

const _: () = {
    assert!(Limits::CURRENT.message_bytes as usize == MESSAGE_BYTES_MAX);
    assert!(Limits::CURRENT.frame_bytes as usize == FRAME_BYTES_MAX);
    assert!(Limits::CURRENT.room_name_chars as usize == ROOM_NAME_CHARS_MAX);
    assert!(Limits::CURRENT.open_rooms as usize == OPEN_ROOMS_MAX);
};
