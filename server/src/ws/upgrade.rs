//! Letting a socket in: only with a live session, and only from a page of this server.

use super::connection::Connection;
use super::websocket::WebSocket;
use crate::hub::Losses;
use crate::site::{ComesFrom, Guest, Place, SiteState, TooOften, Viewer};
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use hyper::upgrade::{Parts as Upgrade, Upgraded};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use tungstenite::handshake::server::create_response_with_body;

/// How often events had been lost when the request came.
pub struct Since(Losses);

impl FromRequestParts<SiteState> for Since {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, site: &SiteState) -> Result<Self, Infallible> {
        Ok(Self(site.chat.hub().losses()))
    }
}

/// `GET /ws`.
pub async fn upgrade(
    State(site): State<SiteState>,
    // Before the session is read: what is lost from now on may be its end.
    Since(since): Since,
    viewer: Viewer,
    ComesFrom(origin): ComesFrom,
    mut request: Request,
) -> Response {
    let response = match create_response_with_body(&request, Body::empty) {
        Ok(response) => response,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    if !site.own_origin.admits(request.headers()) {
        // Browsers send cookies with any page's WebSocket: without this check every page could read along.
        site.own_origin.warn("a socket", request.headers());
        return (StatusCode::FORBIDDEN, "The Origin is not this server.\n").into_response();
    }
    let actor = match viewer.signed_in() {
        Ok(actor) => actor,
        Err(refused) => return refused.into_response(),
    };
    if let Err(refused) = site.chat.admit_socket(&actor, origin) {
        return TooOften(refused).into_response();
    }
    let Ok(counted) = site.socket_doors.enter_as(origin) else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Too many connections.\n").into_response();
    };
    let upgraded = hyper::upgrade::on(&mut request);
    let open = site.connections.token();
    tokio::spawn(async move {
        match upgraded.await {
            Ok(upgraded) => {
                if let Some((websocket, place)) = websocket(upgraded) {
                    // A task of its own, because this one has the size of what it did before.
                    tokio::spawn(
                        Connection::new(site.chat, actor, since, websocket)
                            .run((open, place, counted)),
                    );
                }
            }
            Err(error) => tracing::debug!(%error, "a socket was gone before it was open"),
        }
    });
    response
}

/// The connection itself, below what HTTP wrapped it in.
fn websocket(upgraded: Upgraded) -> Option<(WebSocket, Place)> {
    match upgraded.downcast::<TokioIo<Guest>>() {
        // Copied, or the buffer of the request would stay for as long as the socket.
        Ok(Upgrade { io, read_buf, .. }) => {
            let (stream, place) = io.into_inner().into_parts();
            Some((WebSocket::new(stream, read_buf.to_vec()), place))
        }
        Err(_) => {
            tracing::error!("a socket came in another way than through the listener");
            None
        }
    }
}
