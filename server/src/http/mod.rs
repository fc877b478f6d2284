//! HTTP: the router and its layers.
//!
//! `pages` renders the app, `api` answers its script, `forms` takes what works without one, `health` answers probes,
//! `listener` speaks HTTP on the port. Sockets are next door in `ws`; no rule of the chat is decided here.

mod api;
mod forms;
mod health;
mod listener;
mod pages;

pub use listener::{listen, serve};

use crate::site::SiteState;
use crate::ws;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use axum::routing::{any, get, post};
use protocol::ErrorCode;
use std::path::Path;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// Largest request body: the form with the longest message, every byte of it percent-encoded, and the other fields.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// How long a request may take, its body included. Sockets are not bound by it: their request ends with the upgrade.
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// The whole site.
pub fn router(state: SiteState) -> Router {
    let site_root = state.leptos.site_root.to_string();
    let site_root = Path::new(&site_root);
    let personal = Router::new()
        .route("/", get(pages::home))
        .route("/login", get(pages::login).post(forms::sign_in))
        .route("/logout", post(forms::sign_out))
        .route("/rooms", get(pages::signed_in).post(forms::create_room))
        .route("/rooms/{slug}", get(pages::signed_in))
        .route("/rooms/{slug}/messages", post(forms::send_message))
        .route("/api/room", get(api::room))
        .route("/api/history", get(api::history))
        .route("/api/messages", post(api::send))
        .layer(set_header(header::CACHE_CONTROL, "no-store"));

    let files = ServeDir::new(site_root)
        .precompressed_br()
        .precompressed_gzip()
        .append_index_html_on_directories(false);
    // Their names carry a hash of their content, so a copy is never out of date.
    let hashed_files = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, for_a_year))
        .service(files_under(&site_root.join(&*state.leptos.site_pkg_dir)));

    let not_found = get(pages::not_found).with_state(state.clone());
    Router::new()
        .merge(personal)
        .route("/ws", any(ws::upgrade))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .nest_service(&format!("/{}", state.leptos.site_pkg_dir), hashed_files)
        .fallback_service(files.fallback(not_found))
        .layer(
            ServiceBuilder::new()
                .layer(set_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(set_header(header::REFERRER_POLICY, "same-origin"))
                .layer(set_header(header::X_FRAME_OPTIONS, "DENY"))
                .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_MAX))
                .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
                .layer(cross_site_protection(&state)),
        )
        .with_state(state)
}

fn files_under(folder: &Path) -> ServeDir {
    ServeDir::new(folder).precompressed_br().precompressed_gzip()
}

/// Refuses forms of other sites.
fn cross_site_protection(state: &SiteState) -> CsrfLayer {
    let layer = CsrfLayer::new();
    let Some(public) = &state.public_url else { return layer };
    // A proxy may pass on another `Host` than the one in the browser's `Origin`.
    layer.clone().add_trusted_origin(public.origin()).unwrap_or(layer)
}

/// Not for what is missing: that may come with the next version.
fn for_a_year<B>(response: &Response<B>) -> Option<HeaderValue> {
    let value = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.status().is_success().then_some(value)
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
