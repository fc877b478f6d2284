//! HTTP: the router and its layers.
//!
//! `pages` answers who asks for a page, `forms` takes what works without a script, and `render` draws the app for both;
//! `paths` knows the addresses of pages, `directory` what is asked of the list of all rooms. `api` answers the app's script,
//! `cross_site` keeps other sites out, `health`
//! answers probes, `files` hands out what the browser needs, `listener` speaks HTTP on the port. Sockets are next door in `ws`; no rule of the chat is decided here.

mod api;
mod cross_site;
mod directory;
mod files;
mod forms;
mod health;
mod listener;
mod pages;
mod paths;
mod render;

pub use listener::{listen, serve};

use crate::site::{BUILT, SiteState};
use crate::ws;
use app::routes;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};
use protocol::ErrorCode;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// Largest body of a request of the app's script: the longest message, and more. Forms read their own.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// How long a request may take, its body included. Sockets are not bound by it: their request ends with the upgrade.
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// What belongs to one person is kept by nobody, and changed by nobody on its way: the script knows the page by heart.
const PERSONAL: &str = "no-store, no-transform";

/// The whole site.
pub fn router(state: SiteState) -> Router {
    let personal = Router::new()
        .route("/", get(pages::home))
        .route(routes::LOGIN, get(pages::login).post(forms::sign_in))
        .route(routes::SIGN_OUT, get(pages::sign_out).post(forms::sign_out))
        .route(routes::ROOMS, get(pages::signed_in).post(forms::create_room))
        .route(routes::ROOM, get(pages::signed_in))
        .route(routes::MESSAGES, get(pages::refused_message).post(forms::send_message))
        .route("/api/session", get(api::session))
        .route("/api/room", get(api::room))
        .route("/api/rooms", get(directory::read))
        .route("/api/history", get(api::history))
        .route("/api/messages", post(api::send))
        .route("/api/socket-check", get(api::socket_check))
        .layer(set_header(header::CACHE_CONTROL, PERSONAL));

    let not_found = get(pages::not_found).with_state(state.clone());
    Router::new()
        .merge(personal)
        .route("/ws", any(ws::upgrade))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .nest_service(&format!("/{BUILT}"), files::built(&state.files))
        .fallback_service(files::plain(&state.files).fallback(not_found))
        .layer(
            ServiceBuilder::new()
                .layer(set_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(set_header(header::REFERRER_POLICY, "same-origin"))
                .layer(set_header(header::X_FRAME_OPTIONS, "DENY"))
                .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_MAX))
                .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
                .layer(from_fn_with_state(state.clone(), cross_site::explain))
                .layer(cross_site::protection(&state))
                .layer(from_fn(pages::canonical)),
        )
        .with_state(state)
}

/// The HTTP status of a refusal.
fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::UnknownRoom => StatusCode::NOT_FOUND,
        ErrorCode::UserNameTaken | ErrorCode::RoomExists | ErrorCode::StalePage => {
            StatusCode::CONFLICT
        }
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn set_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
