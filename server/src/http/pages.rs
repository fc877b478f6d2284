//! The pages that are asked for by their address.

use super::paths;
use super::render::{Wanted, render};
use crate::site::{ComesFrom, SiteState, Unreadable, Viewer, has_just_left, token, visit_cookie};
use app::page::{FormKind, Refused, Why};
use app::routes::{LOGIN, ROOMS, SIGN_OUT};
use axum::extract::{OriginalUri, Path, Query, Request, State};
use axum::http::{HeaderValue, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

/// `/`
pub(super) async fn home() -> Redirect {
    Redirect::to(ROOMS)
}

#[derive(Deserialize)]
pub(super) struct LoginQuery {
    #[serde(default)]
    next: String,
}

/// `/login`; who is signed in has no business there and goes on, also when that happened in another tab.
pub(super) async fn login(
    State(site): State<SiteState>,
    viewer: Viewer,
    origin: ComesFrom,
    jar: CookieJar,
    OriginalUri(uri): OriginalUri,
) -> Response {
    if let Err(refused) = site.admit_read(&viewer, origin) {
        return *refused;
    }
    let query = Query::<LoginQuery>::try_from_uri(&uri);
    let next = query.map(|Query(query)| query.next).unwrap_or_default();
    let next = if paths::is_local(&next) { next } else { String::new() };
    if viewer.actor.is_some() {
        return Redirect::to(if next.is_empty() { ROOMS } else { &next }).into_response();
    }
    if has_just_left(&site, &jar) && !next.is_empty() {
        return Redirect::to(LOGIN).into_response();
    }
    let refused = token(&site, &jar).map(|_| Refused {
        form: FormKind::SignIn,
        typed: String::new(),
        why: Why::SessionEnded,
    });
    let address = address_of(&uri);
    render_login(&site, jar, Wanted { next, refused, ..Wanted::new(address, None) }).await
}

/// The page to sign in. With it comes the cookie by which its form shows that the browser keeps cookies.
pub(super) async fn render_login(site: &SiteState, jar: CookieJar, wanted: Wanted) -> Response {
    let page = render(site, wanted).await;
    let visit = visit_cookie(site, &jar);
    (jar.add(visit), page).into_response()
}

/// `/rooms/{slug}/messages` is where a browser without script is when its message was refused. Opened by its address it leads to
/// the room.
pub(super) async fn refused_message(Path(slug): Path<String>) -> Redirect {
    Redirect::to(&paths::room(&slug))
}

/// `/logout`, by a link: asks first, because a link may be anybody's.
pub(super) async fn sign_out(
    State(site): State<SiteState>,
    viewer: Viewer,
    origin: ComesFrom,
) -> Response {
    if let Err(refused) = site.admit_read(&viewer, origin) {
        return *refused;
    }
    match viewer.actor {
        Some(actor) => render(&site, Wanted::new(SIGN_OUT, Some(actor))).await,
        None => Redirect::to(LOGIN).into_response(),
    }
}

/// Every page that needs a session; without one the way leads through `/login` and back.
pub(super) async fn signed_in(
    State(site): State<SiteState>,
    viewer: Result<Viewer, Unreadable>,
    origin: ComesFrom,
    OriginalUri(uri): OriginalUri,
) -> Response {
    let address = address_of(&uri);
    let Ok(viewer) = viewer else {
        let wanted = Wanted { unreadable: true, ..Wanted::new(address, None) };
        return render(&site, wanted).await;
    };
    if let Err(refused) = site.admit_read(&viewer, origin) {
        return *refused;
    }
    match viewer.actor {
        Some(actor) => render(&site, Wanted::new(address, Some(actor))).await,
        None => Redirect::to(&paths::login(&address)).into_response(),
    }
}

/// Whatever has no page; the app says so.
pub(super) async fn not_found(
    State(site): State<SiteState>,
    viewer: Viewer,
    origin: ComesFrom,
    request: Request,
) -> Response {
    if let Err(refused) = site.admit_read(&viewer, origin) {
        return *refused;
    }
    let wanted = Wanted::new(address_of(request.uri()), viewer.actor);
    let mut response = render(&site, wanted).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(super::PERSONAL));
    response
}

/// Leads from other spellings of an address to the one that it has.
pub(super) async fn canonical(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let is_read = request.method().is_safe();
    match paths::canonical(uri.path()).filter(|path| is_read && path != uri.path()) {
        Some(path) => {
            let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            Redirect::permanent(&format!("{path}{query}")).into_response()
        }
        None => next.run(request).await,
    }
}

fn address_of(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string)
}
