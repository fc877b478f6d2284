//! Who a request comes from: the session of its cookie.

use super::SiteState;
use crate::chat::{Actor, SessionToken};
use crate::config::PublicUrl;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use uuid::Uuid;

const COOKIE: &str = "hubbub_session";

/// Under TLS: the prefix makes browsers refuse the cookie from a subdomain or from plain HTTP.
const COOKIE_UNDER_TLS: &str = "__Host-hubbub_session";

const VISIT_COOKIE: &str = "hubbub_visit";
const VISIT_COOKIE_UNDER_TLS: &str = "__Host-hubbub_visit";

const LEFT_COOKIE: &str = "hubbub_left";

/// How long after somebody signed out other tabs of the browser are led to the sign-in without a way back: those that are open
/// learn of it at once. What is opened later is the next visitor's own wish.
const LEFT_AGE: time::Duration = time::Duration::minutes(1);

/// Browsers keep a cookie for at most 400 days; the server ends the session when it is time.
const COOKIE_AGE: time::Duration = time::Duration::days(90);

/// Whose live session a request has, if any.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub actor: Option<Actor>,
}

impl Viewer {
    /// Who asks, where nothing goes without one and nobody is there to be led to `/login`.
    ///
    /// # Errors
    /// [`NotSignedIn`], which is the answer.
    pub fn signed_in(self) -> Result<Actor, NotSignedIn> {
        self.actor.ok_or(NotSignedIn)
    }
}

/// The answer to a script without a session.
pub struct NotSignedIn;

impl IntoResponse for NotSignedIn {
    fn into_response(self) -> Response {
        let uncached = [(header::CACHE_CONTROL, "no-store")];
        (StatusCode::UNAUTHORIZED, uncached, "Sign in first.\n").into_response()
    }
}

/// Who asks cannot be found out now.
pub struct Unreadable;

impl IntoResponse for Unreadable {
    fn into_response(self) -> Response {
        let words = "The server cannot read its data right now. Try again soon.\n";
        (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
    }
}

impl FromRequestParts<SiteState> for Viewer {
    type Rejection = Unreadable;

    async fn from_request_parts(
        parts: &mut Parts,
        site: &SiteState,
    ) -> Result<Self, Self::Rejection> {
        let jar = CookieJar::from_headers(&parts.headers);
        let Some(token) = token(site, &jar) else {
            return Ok(Self { actor: None });
        };
        let actor = site.chat.authenticate(&token).await.map_err(|error| {
            error.log("a session could not be looked up");
            Unreadable
        })?;
        Ok(Self { actor })
    }
}

/// The token that a request came with, be it that of a session that has ended.
pub fn token(site: &SiteState, jar: &CookieJar) -> Option<SessionToken> {
    jar.get(cookie_name(site)).map(|cookie| SessionToken::from_cookie(cookie.value()))
}

/// The cookie that carries a new session.
pub fn session_cookie(site: &SiteState, token: &SessionToken) -> Cookie<'static> {
    Cookie::build((cookie_name(site), token.as_str().to_owned()))
        .http_only(true)
        .secure(is_tls(site))
        .same_site(SameSite::Lax)
        .path("/")
        .max_age(COOKIE_AGE)
        .build()
}

/// A cookie that makes the browser forget the session.
pub fn removal_cookie(site: &SiteState) -> Cookie<'static> {
    Cookie::build((cookie_name(site), "")).secure(is_tls(site)).path("/").build()
}

/// A cookie that shows that the browser keeps cookies such as that of a session, and which browser was given the page to
/// sign in: it comes with that page, and back with its form. A browser keeps the one that it has.
pub fn visit_cookie(site: &SiteState, jar: &CookieJar) -> Cookie<'static> {
    let visit = visit(site, jar).map_or_else(|| Uuid::new_v4().to_string(), ToOwned::to_owned);
    Cookie::build((visit_cookie_name(site), visit))
        .http_only(true)
        .secure(is_tls(site))
        .same_site(SameSite::Lax)
        .path("/")
        .build()
}

/// The secret of the browser's [`visit_cookie`].
#[must_use]
pub fn visit<'a>(site: &SiteState, jar: &'a CookieJar) -> Option<&'a str> {
    jar.get(visit_cookie_name(site)).map(Cookie::value)
}

/// Whether a browser that has seen the page to sign in has kept a cookie of it.
pub fn keeps_cookies(site: &SiteState, jar: &CookieJar) -> bool {
    visit(site, jar).is_some() || token(site, jar).is_some()
}

/// A cookie that says that somebody has just signed out by hand at this browser: who signs in next is not to land where they
/// were.
pub fn left_cookie() -> Cookie<'static> {
    let cookie = Cookie::build((LEFT_COOKIE, "1")).http_only(true).same_site(SameSite::Lax);
    cookie.path("/").max_age(LEFT_AGE).build()
}

/// A cookie that makes the browser forget [`left_cookie`].
pub fn left_removal_cookie() -> Cookie<'static> {
    Cookie::build((LEFT_COOKIE, "")).path("/").build()
}

/// Whether somebody has just signed out by hand at this browser. Its tabs learn of it from their sockets, and may ask before
/// the answer with the cookie has come: then they still have that of the session.
#[must_use]
pub fn has_just_left(site: &SiteState, jar: &CookieJar) -> bool {
    let is_left = |token| site.chat.has_just_left(&token);
    jar.get(LEFT_COOKIE).is_some() || token(site, jar).is_some_and(is_left)
}

fn cookie_name(site: &SiteState) -> &'static str {
    if is_tls(site) { COOKIE_UNDER_TLS } else { COOKIE }
}

fn visit_cookie_name(site: &SiteState) -> &'static str {
    if is_tls(site) { VISIT_COOKIE_UNDER_TLS } else { VISIT_COOKIE }
}

fn is_tls(site: &SiteState) -> bool {
    site.public_url.as_ref().is_some_and(PublicUrl::is_https)
}
