//! What the app's script reads while its page lives, and the message that it posts where no socket gets through.

use crate::chat::{Actor, CommandError};
use crate::site::{PageActor, PageRefusal, SiteState, TooOften};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use protocol::{ErrorCode, NewMessage, Refused, RoomId, Sent, Seq};
use serde::{Deserialize, Serialize};

/// `GET /api/session`: whether the session of a page lives and the page is still meant, and nothing else.
pub(super) async fn session(
    State(site): State<SiteState>,
    PageActor(actor): PageActor,
) -> Response {
    answer(site.chat.admit_read(&actor).map(|()| actor.user))
}

#[derive(Deserialize)]
pub(super) struct RoomQuery {
    slug: String,
}

/// `GET /api/room`: a room with its last messages.
pub(super) async fn room(
    State(site): State<SiteState>,
    PageActor(actor): PageActor,
    Query(query): Query<RoomQuery>,
) -> Response {
    let read = async {
        site.chat.admit_read(&actor)?;
        site.chat.room_snapshot(&actor, &query.slug).await
    };
    answer(read.await)
}

#[derive(Deserialize)]
pub(super) struct HistoryQuery {
    room: RoomId,
    before: Option<Seq>,
    after: Option<Seq>,
}

/// `GET /api/history`: the messages of a room just before one, or just after one.
pub(super) async fn history(
    State(site): State<SiteState>,
    PageActor(actor): PageActor,
    Query(query): Query<HistoryQuery>,
) -> Response {
    let HistoryQuery { room, before, after } = query;
    let read = async {
        site.chat.admit_read(&actor)?;
        match after {
            Some(after) => site.chat.history_after(&actor, room, after).await,
            None => site.chat.history(&actor, room, before).await,
        }
    };
    answer(read.await)
}

/// A message, and whose page posted it. That is asked when the whole message is there: one that takes its time may outlast the
/// session that it began under.
pub(super) struct Posted {
    actor: Actor,
    message: Result<Json<NewMessage>, JsonRejection>,
}

impl FromRequest<SiteState> for Posted {
    type Rejection = PageRefusal;

    async fn from_request(request: Request, site: &SiteState) -> Result<Self, Self::Rejection> {
        let (mut head, body) = request.into_parts();
        let request = Request::from_parts(head.clone(), body);
        let message = Json::from_request(request, site).await;
        let PageActor(actor) = PageActor::from_request_parts(&mut head, site).await?;
        Ok(Self { actor, message })
    }
}

/// `POST /api/messages`: stores a message where no socket gets through, with the answers that a `send` gets there.
pub(super) async fn send(
    State(site): State<SiteState>,
    Posted { actor, message }: Posted,
) -> Response {
    let sent = async {
        site.chat.admit(&actor)?;
        let Json(message) = message.map_err(|_| ErrorCode::BadFrame)?;
        let sent = site.chat.send(&actor, &message).await?;
        Ok::<_, CommandError>(Sent { key: message.key, seq: sent.seq, at: sent.at })
    };
    match sent.await {
        Ok(stored) => Json(stored).into_response(),
        Err(refused) => {
            let told = Refused { code: refused.code, retry_after_ms: refused.retry_after_ms() };
            (super::status(refused.code), Json(told)).into_response()
        }
    }
}

pub(super) fn answer<T: Serialize>(result: Result<T, CommandError>) -> Response {
    match result {
        Ok(found) => Json(found).into_response(),
        Err(refused) if refused.code == ErrorCode::RateLimited => TooOften(refused).into_json(),
        Err(refused) => (super::status(refused.code), Json(refused.code)).into_response(),
    }
}

#[derive(Deserialize)]
pub(super) struct SocketQuery {
    /// Of the page that asks: a browser says it with a socket, but not with a read.
    origin: String,
}

/// `GET /api/socket-check`: the setting that would let a page's sockets in, where they are refused for its origin: a browser
/// does not tell its script.
pub(super) async fn socket_check(
    State(site): State<SiteState>,
    Query(query): Query<SocketQuery>,
    headers: HeaderMap,
) -> Response {
    let is_admitted = site.own_origin.admits_origin(&query.origin, &headers);
    Json((!is_admitted).then_some("HUBBUB_PUBLIC_URL")).into_response()
}
