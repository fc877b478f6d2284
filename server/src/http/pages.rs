//! Rendering the app: what is read for a page before it is rendered, and how it is answered.

use crate::chat;
use crate::site::{SiteState, Viewer};
use app::page::{Given, Page, ROOMS, Shown, room_slug};
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::nonce::use_nonce;
use leptos::prelude::{expect_context, provide_context};
use leptos_axum::ResponseOptions;
use protocol::User;

/// `/`
pub(super) async fn home() -> Redirect {
    Redirect::to("/rooms")
}

/// `/login`; who is signed in has no business there.
pub(super) async fn login(
    State(site): State<SiteState>,
    viewer: Viewer,
    request: Request,
) -> Response {
    if viewer.session.is_some() {
        return Redirect::to("/rooms").into_response();
    }
    render(&site, viewer, request).await
}

/// Every page that needs a session; without one the way leads through `/login` and back.
pub(super) async fn signed_in(
    State(site): State<SiteState>,
    viewer: Viewer,
    request: Request,
) -> Response {
    if viewer.session.is_none() {
        return to_login(request.uri()).into_response();
    }
    render(&site, viewer, request).await
}

/// Whatever has no page; the app says so.
pub(super) async fn not_found(
    State(site): State<SiteState>,
    viewer: Viewer,
    request: Request,
) -> Response {
    let mut response = render(&site, viewer, request).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Renders the page at `location` instead of the one that was asked for: how a form that was refused comes back, with its
/// reason in the query.
pub(super) async fn render_at(
    site: &SiteState,
    viewer: Viewer,
    location: &str,
    status: StatusCode,
) -> Response {
    let Ok(uri) = location.parse::<Uri>() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri;
    let mut response = render(site, viewer, request).await;
    *response.status_mut() = status;
    response
}

/// The way to sign in, and back to `uri` afterwards.
pub(super) fn to_login(uri: &Uri) -> Redirect {
    let next = uri.path_and_query().map_or("/rooms", |path| path.as_str());
    Redirect::to(&super::forms::with_query("/login", &[("next", next)]))
}

async fn render(site: &SiteState, viewer: Viewer, request: Request) -> Response {
    let given = load(site, viewer.user(), request.uri()).await;
    let status = status_of(&given);
    let options = site.leptos.clone();
    let context = move || {
        provide_context(given.clone());
        let response: ResponseOptions = expect_context();
        if let Some(policy) = content_security_policy(&options) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    };
    let (options, assets) = (site.leptos.clone(), site.files.assets.clone());
    let render = leptos_axum::render_app_async_with_context(context, move || {
        app::shell(options.clone(), assets.clone())
    });
    let mut response = render(request).await;
    *response.status_mut() = status;
    response
}

/// Everything that the page at `uri` shows.
async fn load(site: &SiteState, viewer: Option<User>, uri: &Uri) -> Given {
    let path = uri.path();
    let identity = viewer.as_ref().map(|viewer| site.page_identity(viewer.id));
    let page = match room_slug(path) {
        // Only for who is signed in, whichever way led here.
        Some(slug) if viewer.is_some() => {
            let snapshot = site.chat.room_snapshot(slug).await;
            Page::of_room(snapshot.map_err(|refused| refused.code))
        }
        _ if path == ROOMS => Page::Rooms,
        _ if path == "/login" => Page::Login,
        _ => Page::NotFound,
    };
    let rooms = match viewer {
        Some(_) => site.chat.rooms().await.ok(),
        None => None,
    };
    let Query(query) = Query::try_from_uri(uri).unwrap_or_default();
    Given {
        shown: Shown { page, path: path.to_owned(), query },
        address: uri.path_and_query().map_or(path, |address| address.as_str()).to_owned(),
        viewer,
        identity,
        rooms,
        now: chat::now(),
    }
}

fn status_of(given: &Given) -> StatusCode {
    match given.shown.page {
        Page::UnknownRoom | Page::NotFound => StatusCode::NOT_FOUND,
        Page::UnreadableRoom => StatusCode::SERVICE_UNAVAILABLE,
        _ if given.viewer.is_some() && given.rooms.is_none() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    }
}

/// Only our own script runs, started by the page's nonce; nothing is loaded from or sent to anywhere else.
fn content_security_policy(options: &leptos::config::LeptosOptions) -> Option<HeaderValue> {
    let nonce = use_nonce()?;
    // `cargo leptos watch` reloads the page over a socket of its own.
    let reload = match std::env::var_os("LEPTOS_WATCH") {
        Some(_) => format!(" ws://127.0.0.1:{0} ws://localhost:{0}", options.reload_port),
        None => String::new(),
    };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self' data:; font-src 'self'; manifest-src 'self'; \
         connect-src 'self'{reload}; form-action 'self'; base-uri 'none'; object-src 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}
