//! What the browser reads over HTTP, and the server answers in `http/api.rs`. Writes go over the socket or through plain
//! forms.

#[cfg_attr(feature = "hydrate", path = "browser.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server.rs")]
mod side;

use protocol::{ErrorCode, MessagePage, RoomId, RoomSnapshot, Seq};

/// A room with its last messages.
///
/// # Errors
/// [`ErrorCode::UnknownRoom`], or [`ErrorCode::Unavailable`] when the store or the network fails.
pub async fn room(slug: &str) -> Result<RoomSnapshot, ErrorCode> {
    side::get(&format!("/api/room?slug={slug}")).await
}

/// The messages of a room just before `before`.
///
/// # Errors
/// [`ErrorCode::Unavailable`] when the store or the network fails.
pub async fn history(room: RoomId, before: Seq) -> Result<MessagePage, ErrorCode> {
    side::get(&format!("/api/history?room={room}&before={before}")).await
}

/// Whether the server answers at all.
pub async fn is_there() -> bool {
    side::is_there().await
}

/// The setting of the server that would let this page's sockets in, where it refuses them.
pub async fn socket_setting() -> Option<String> {
    side::socket_setting().await
}
