//! What the app's script reads while its page lives.

use crate::chat::Refusal;
use crate::site::{PageSession, SiteState};
use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use protocol::{RoomId, Seq};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(super) struct RoomQuery {
    slug: String,
}

/// `GET /api/room`: a room with its last messages.
pub(super) async fn room(
    State(site): State<SiteState>,
    _: PageSession,
    Query(query): Query<RoomQuery>,
) -> Response {
    answer(site.chat.room_snapshot(&query.slug).await)
}

#[derive(Deserialize)]
pub(super) struct HistoryQuery {
    room: RoomId,
    before: Seq,
}

/// `GET /api/history`: the messages of a room just before one.
pub(super) async fn history(
    State(site): State<SiteState>,
    _: PageSession,
    Query(query): Query<HistoryQuery>,
) -> Response {
    answer(site.chat.history(query.room, query.before).await)
}

fn answer<T: Serialize>(result: Result<T, Refusal>) -> Response {
    match result {
        Ok(found) => Json(found).into_response(),
        Err(refused) => (super::status(refused.code), Json(refused.code)).into_response(),
    }
}
