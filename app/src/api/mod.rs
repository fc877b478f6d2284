//! What the browser reads over HTTP: server functions, answered by the request's `Backend`. While a page renders on
//! the server they are plain calls. Writes go over the socket or through plain forms.

#[cfg_attr(not(feature = "ssr"), path = "no_request.rs")]
mod request;

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, JsonEncoding};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use protocol::{ErrorCode, MessagePage, RoomId, RoomSnapshot, RoomSummary, Seq, User};
use serde::{Deserialize, Serialize};

/// A refusal as it travels to the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiError(pub ErrorCode);

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    /// Whatever failed on the way (no network, a proxy's error page) reads as "not now" to a person.
    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self(ErrorCode::Unavailable)
    }
}

/// All rooms, the liveliest first.
///
/// # Errors
/// [`ErrorCode::Unavailable`] when the store or the network fails.
#[server(prefix = "/api", endpoint = "rooms", input = GetUrl)]
pub async fn rooms() -> Result<Vec<RoomSummary>, ApiError> {
    let backend = request::backend()?;
    request::answer(&*backend, backend.rooms().await)
}

/// A room with its last messages.
///
/// # Errors
/// [`ErrorCode::UnknownRoom`], or [`ErrorCode::Unavailable`] when the store or the network fails.
#[server(prefix = "/api", endpoint = "room", input = GetUrl)]
pub async fn room(slug: String) -> Result<RoomSnapshot, ApiError> {
    let backend = request::backend()?;
    request::answer(&*backend, backend.room(&slug).await)
}

/// The messages of a room just before `before`.
///
/// # Errors
/// [`ErrorCode::UnknownRoom`], or [`ErrorCode::Unavailable`] when the store or the network fails.
#[server(prefix = "/api", endpoint = "history", input = GetUrl)]
pub async fn history(room: RoomId, before: Seq) -> Result<MessagePage, ApiError> {
    let backend = request::backend()?;
    request::answer(&*backend, backend.history(room, before).await)
}

/// Who is signed in, known on the server only; the browser reads it from the page.
#[must_use]
pub fn viewer() -> Option<User> {
    request::viewer()
}

/// Answers the page that is being rendered with this HTTP status; nothing in the browser.
pub fn set_status(status: u16) {
    request::set_status(status);
}

/// The address that the page was rendered for, known on the server only; the browser reads it from the page.
#[must_use]
pub fn rendered_address() -> Option<String> {
    request::rendered_address()
}
