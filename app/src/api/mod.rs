//! What the browser reads over HTTP, and the server answers in `http/api.rs`. Writes go over the socket or through plain
//! forms, but for messages where no socket gets through.
//!
//! Every read says whose page it is for, so that a page that is stale is told so instead of showing what is somebody
//! else's.

#[cfg_attr(feature = "hydrate", path = "browser.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server.rs")]
mod side;

use crate::state::timeline::Beside;
use protocol::{
    ErrorCode, MessagePage, NewMessage, PageIdentity, Refused, RoomId, RoomList, RoomSnapshot, Sent,
};

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

/// What becomes of a message after an answer with this status that is not the server's: something on the way has its own
/// opinion of it. One that it will not let through must not hold up the next for ever; all else may pass.
#[cfg_attr(
    not(any(feature = "hydrate", test)),
    expect(dead_code, reason = "on the server nothing is posted this way")
)]
fn foreign_answer(status: u16) -> PostError {
    // Signing in somewhere, and what asks for patience.
    const PASSING: [u16; 4] = [401, 408, 425, 429];
    if (400..500).contains(&status) && !PASSING.contains(&status) {
        PostError::Refused(Refused { code: ErrorCode::Unknown, retry_after_ms: None })
    } else {
        PostError::Unreachable
    }
}

/// Stores a message.
///
/// # Errors
/// See [`PostError`].
pub async fn post(page: PageIdentity, message: &NewMessage) -> Result<Sent, PostError> {
    side::post(page, "/api/messages", message).await
}

/// A room with its last messages.
///
/// # Errors
/// See [`ReadError`].
pub async fn room(page: PageIdentity, slug: &str) -> Result<RoomSnapshot, ReadError> {
    side::get(page, &format!("/api/room?slug={slug}")).await
}

/// The first page of all rooms.
///
/// # Errors
/// See [`ReadError`].
pub async fn rooms(page: PageIdentity) -> Result<RoomList, ReadError> {
    side::get(page, "/api/rooms").await
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

/// Whether the server can tell who is signed in at this browser, if anybody is.
pub async fn is_recognised() -> bool {
    // The page of nobody fits nobody, whatever room it asks for.
    matches!(room(PageIdentity::default(), "").await, Err(ReadError::SignedOut | ReadError::Stale))
}

/// The setting of the server that would let this page's sockets in, where it refuses them.
pub async fn socket_setting() -> Option<String> {
    side::socket_setting().await
}

#[cfg(test)]
mod tests {
    use super::{PostError, foreign_answer};
    use protocol::{ErrorCode, Refused};

    #[test]
    fn what_a_proxy_will_not_let_through_is_refused_and_what_may_pass_is_tried_again() {
        let refused = Refused { code: ErrorCode::Unknown, retry_after_ms: None };
        for status in [400, 403, 404, 413, 422, 451] {
            assert_eq!(foreign_answer(status), PostError::Refused(refused), "{status}");
        }
        for status in [200, 302, 401, 408, 425, 429, 500, 502, 503] {
            assert_eq!(foreign_answer(status), PostError::Unreachable, "{status}");
        }
    }
}
