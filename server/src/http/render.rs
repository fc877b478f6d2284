//! Rendering the app: what is read for a page before it is rendered, and how it is answered.

use super::directory;
use crate::chat::Actor;
use crate::site::SiteState;
use app::page::{Carried, CurrentPage, FormKind, Page, PageData, Refused, SignIn};
use app::routes::{Source, shown_path, source};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use leptos::nonce::use_nonce;
use leptos::prelude::{expect_context, provide_context};
use leptos_axum::ResponseOptions;
use protocol::FormKey;
use uuid::Uuid;

/// What is to be rendered.
#[derive(Default)]
pub(super) struct Wanted {
    /// The address of the page: a path, and a query where it has one.
    pub address: String,
    pub viewer: Option<Actor>,
    pub refused: Option<Refused>,
    /// For the page to sign in.
    pub next: String,
    pub carried: Carried,
    /// Where it is not the page's own.
    pub status: Option<StatusCode>,
    /// Whether it could not be found out who asks.
    pub unreadable: bool,
}

impl Wanted {
    pub(super) fn new(address: impl Into<String>, viewer: Option<Actor>) -> Self {
        Self { address: address.into(), viewer, ..Self::default() }
    }
}

/// The page that is wanted.
pub(super) async fn render(site: &SiteState, wanted: Wanted) -> Response {
    let Ok(uri) = wanted.address.parse::<Uri>() else {
        // Only what came as an address of a request, or was made for one, is ever rendered.
        return StatusCode::NOT_FOUND.into_response();
    };
    let status = wanted.status;
    let given = load(site, wanted, &uri).await;
    let status = status.unwrap_or_else(|| status_of(&given));
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
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri;
    let mut response = render(request).await;
    *response.status_mut() = status;
    response
}

/// Everything that the page at this address shows.
async fn load(site: &SiteState, wanted: Wanted, uri: &Uri) -> PageData {
    let (path, query) = (uri.path(), uri.query().unwrap_or_default());
    let viewer = wanted.viewer;
    let identity = viewer.as_ref().map(|viewer| site.page_identity(viewer.user.id));
    let mut rooms = match &viewer {
        Some(viewer) => site.chat.liveliest_rooms(viewer).await.ok(),
        None => None,
    };
    let mut refused = wanted.refused;
    let page = match (source(path), &viewer) {
        _ if wanted.unreadable => Page::UnreadableRoom,
        // Only for who is signed in, whichever way led here.
        (Source::Room(slug), Some(viewer)) => {
            let snapshot = site.chat.room_snapshot(viewer, slug).await;
            Page::of_room(snapshot.map_err(|refused| refused.code))
        }
        (Source::Room(_), None) => Page::NotFound,
        (Source::Rooms, viewer) => {
            let read = match (&rooms, viewer) {
                (Some(rooms), Some(viewer)) => {
                    directory::page(&site.chat, viewer, query, rooms.count).await.ok()
                }
                _ => None,
            };
            // One without the other would not be all rooms.
            rooms = rooms.filter(|_| read.is_some());
            let (page, said) = read.unwrap_or((Page::Rooms(None), None));
            refused = refused.or(said);
            page
        }
        (Source::Page(page), _) => page,
    };
    PageData {
        shown: CurrentPage { page, path: shown_path(path, query), refused },
        address: wanted.address,
        viewer: viewer.map(|viewer| viewer.user),
        identity,
        sign_in: SignIn { next: wanted.next, carried: wanted.carried },
        form_key: FormKey(Uuid::new_v4()),
        rooms,
        now: site.chat.now(),
    }
}

fn status_of(given: &PageData) -> StatusCode {
    match StatusCode::from_u16(given.shown.page.status()) {
        Ok(StatusCode::OK) if given.viewer.is_some() && given.rooms.is_none() => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Ok(StatusCode::OK) if given.shown.refused(FormKind::FindRoom).is_some() => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        status => status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
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
