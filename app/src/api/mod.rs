//! What the browser reads over HTTP, and the server answers in `http/api.rs`. Writes go over the socket or through plain
//! forms, but for messages where no socket gets through.
//!
//! Every read says whose page it is for, so that a page that is stale is told so instead of showing what is somebody
//! else's.

#[cfg_attr(feature = "hydrate", path = "browser.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server.rs")]
mod side;

use crate::state::timeline::Beside;
use protocol::{AckResult, MessagePage, NewMessage, PageIdentity, Refused, RoomId, RoomSnapshot};

/// Why nothing was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "on the server nothing is read this way, so nothing fails")
)]
pub enum ReadError {
    UnknownRoom,
    /// Nobody is signed in at this browser any more.
    SignedOut,
    /// The page is not meant any more: it belongs to another user, store or protocol.
    Stale,
    /// The server said that it cannot read just now.
    Unavailable,
    /// The server was not reached, or something before it answered.
    Unreachable,
}

/// Why a message was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "hydrate"),
    expect(dead_code, reason = "on the server nothing is posted this way, so nothing is refused")
)]
pub enum PostError {
    Refused(Refused),
    /// The page is not meant any more: it belongs to another user, store or protocol.
    Stale,
    /// Nothing is known of it: the server was not reached, or something before it answered.
    Unreachable,
}

/// Stores a message.
///
/// # Errors
/// See [`PostError`].
pub async fn post(page: PageIdentity, message: &NewMessage) -> Result<AckResult, PostError> {
    side::post(page, "/api/messages", message).await
}

/// A room with its last messages.
///
/// # Errors
/// See [`ReadError`].
pub async fn room(page: PageIdentity, slug: &str) -> Result<RoomSnapshot, ReadError> {
    side::get(page, &format!("/api/room?slug={slug}")).await
}

/// The messages of a room just before or just after a position.
///
/// # Errors
/// See [`ReadError`].
pub async fn history(
    page: PageIdentity,
    room: RoomId,
    beside: Beside,
) -> Result<MessagePage, ReadError> {
    let place = match beside {
        Beside::Before(before) => format!("before={before}"),
        Beside::After(after) => format!("after={after}"),
    };
    side::get(page, &format!("/api/history?room={room}&{place}")).await
}

/// Whether the server answers at all.
pub async fn is_there() -> bool {
    side::is_there().await
}

/// The setting of the server that would let this page's sockets in, where it refuses them.
pub async fn socket_setting() -> Option<String> {
    side::socket_setting().await
}
