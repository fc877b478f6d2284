//! Letting a socket in: only with a live session, and only from a page of this server.

use super::connection;
use crate::site::{SiteState, Viewer};
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::limits::FRAME_BYTES_MAX;

/// Bytes read from a socket at a time; allocated for each socket, so small.
const READ_BUFFER_BYTES: usize = 1024;

/// Frames are gathered up to this size before they are written; a flush writes whatever there is.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// Most that may wait in the write buffer. It takes the largest frame we send, a page of messages, several times.
const WRITE_BUFFER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Frames are read up to this size, so that one that is only somewhat too long gets a proper goodbye instead of a reset
/// connection. See [`FRAME_BYTES_MAX`] for what is allowed.
const READ_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX;

/// `GET /ws`.
pub async fn upgrade(
    State(site): State<SiteState>,
    viewer: Viewer,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !site.is_own_origin(&headers) {
        // Browsers send cookies with any page's WebSocket: without this check every page could read along.
        return (StatusCode::FORBIDDEN, "The Origin is not this server.\n").into_response();
    }
    let Some(session) = viewer.session else {
        return (
            StatusCode::UNAUTHORIZED,
            [(header::CACHE_CONTROL, "no-store")],
            "Sign in first.\n",
        )
            .into_response();
    };
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(READ_BYTES_MAX)
        .max_frame_size(READ_BYTES_MAX)
        .on_upgrade(move |stream| {
            let open = site.connections.token();
            connection::run(site.chat, session, stream, open)
        })
}
