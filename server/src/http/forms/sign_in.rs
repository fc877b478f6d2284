//! Signing in and out.

use super::{Form, Page, Reason, TooLarge};
use crate::chat::{CommandError, SessionToken, SignInError, to_its_end};
use crate::http::pages::render_login;
use crate::http::paths;
use crate::http::render::{Wanted, render};
use crate::site::{
    ComesFrom, SiteState, Unreadable, keeps_cookies, left_cookie, left_removal_cookie,
    removal_cookie, session_cookie, token, visit,
};
use app::page::{Carried, FormKind, Refused, Why};
use app::routes::{LOGIN, ROOMS, SIGN_OUT};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use protocol::{ErrorCode, FormKey};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct SignInForm {
    name: String,
    /// Where to go then.
    next: String,
    /// Minted with the page, so that sending the form twice is signing in once. Bots have none.
    key: String,
    /// A message and the name of a room that were typed before, when the session had just ended.
    text: String,
    room: String,
}

/// `POST /login`
pub(in crate::http) async fn sign_in(
    State(site): State<SiteState>,
    ComesFrom(origin): ComesFrom,
    jar: CookieJar,
    Form { fields, viewer }: Form<SignInForm>,
) -> Response {
    let (form, is_too_large) = match fields {
        Ok(form) => (form, false),
        Err(TooLarge) => (SignInForm::default(), true),
    };
    let next = if paths::is_local(&form.next) { form.next } else { String::new() };
    let carried = Carried { text: form.text, room: form.room };
    let key = form.key.parse().ok().map(FormKey);
    let signed_in = async {
        if is_too_large {
            return Err(Reason::too_large());
        }
        let viewer = viewer.map_err(|Unreadable| CommandError::from(ErrorCode::Unavailable))?;
        // The form is of a page that came with a cookie. A session that nobody can keep would only burn the name.
        if key.is_some() && !keeps_cookies(&site, &jar) {
            let public = site.public_url.as_ref().filter(|public| public.is_https());
            let address = public.map(|public| public.origin().ascii_serialization());
            return Err(Reason::new(Why::CookieLost { address }, StatusCode::BAD_REQUEST));
        }
        site.chat.admit_sign_in(origin)?;
        let (chat, name, current) = (site.chat.clone(), form.name.clone(), viewer.actor);
        let visit = visit(&site, &jar).unwrap_or_default().to_owned();
        let signing_in = async move {
            match key {
                Some(key) => chat.sign_in_once(key, &visit, &name, current.as_ref()).await,
                None => chat.sign_in(&name, current.as_ref()).await,
            }
        };
        to_its_end(signing_in).await.map_err(reason)
    };
    match signed_in.await {
        Ok(token) => go_on(&site, jar, &token, next, carried).await,
        Err(reason) => {
            let refused =
                Refused { form: FormKind::SignIn, typed: form.name, why: reason.why.clone() };
            let address = if next.is_empty() { LOGIN.to_owned() } else { paths::login(&next) };
            let wanted = Wanted {
                refused: Some(refused),
                next,
                carried,
                status: Some(reason.status),
                ..Wanted::new(address, None)
            };
            reason.mark(render_login(&site, jar, wanted).await)
        }
    }
}

fn reason(error: SignInError) -> Reason {
    match error {
        SignInError::NameInvalid(fault) => {
            Reason::new(Why::UserName(fault), StatusCode::UNPROCESSABLE_ENTITY)
        }
        SignInError::NameTaken { suggestion } => {
            Reason::new(Why::NameTaken { suggestion }, StatusCode::CONFLICT)
        }
        SignInError::Unavailable => CommandError::from(ErrorCode::Unavailable).into(),
    }
}

/// To where the visitor wanted to go. What they had typed before is there again, in its form and not sent: somebody else
/// may have signed in. It is in this very answer, before the browser has shown that it keeps the session's cookie: one that
/// does not keeps the name from nobody.
async fn go_on(
    site: &SiteState,
    jar: CookieJar,
    token: &SessionToken,
    next: String,
    carried: Carried,
) -> Response {
    let jar = jar.remove(left_removal_cookie()).add(session_cookie(site, token));
    let next = if next.is_empty() { ROOMS.to_owned() } else { next };
    let (form, typed) = match carried {
        Carried { text, .. } if !text.is_empty() => (FormKind::Message, text),
        Carried { room, .. } if !room.is_empty() => (FormKind::NewRoom, room),
        Carried { .. } => return (jar, Redirect::to(&next)).into_response(),
    };
    let Ok(Some(actor)) = site.chat.begun_session(token).await else {
        return (jar, Redirect::to(&next)).into_response();
    };
    let refused = Refused { form, typed, why: Why::NotSent };
    let wanted = Wanted { refused: Some(refused), ..Wanted::new(next, Some(actor)) };
    (jar, render(site, wanted).await).into_response()
}

/// `POST /logout`
pub(in crate::http) async fn sign_out(
    State(site): State<SiteState>,
    jar: CookieJar,
    Form { fields, viewer }: Form<Page>,
) -> Response {
    let page = fields.ok().and_then(|form| form.page);
    let (actor, refused) = match viewer.map(|viewer| viewer.actor.zip(token(&site, &jar))) {
        Ok(Some((actor, token))) => {
            let refused = if site.is_page_of(page.as_deref(), actor.user.id) {
                let (chat, actor) = (site.chat.clone(), actor.clone());
                to_its_end(async move { chat.sign_out(&actor, &token).await }).await.err()
            } else {
                Some(ErrorCode::StalePage.into())
            };
            (Some(actor), refused)
        }
        Ok(None) => (None, None),
        Err(Unreadable) => (None, Some(ErrorCode::Unavailable.into())),
    };
    let Some(refused) = refused else {
        let jar = jar.remove(removal_cookie(&site)).add(left_cookie());
        return (jar, Redirect::to(LOGIN)).into_response();
    };
    let reason = Reason::from(refused);
    let refused =
        Refused { form: FormKind::SignOut, typed: String::new(), why: reason.why.clone() };
    let wanted = Wanted {
        refused: Some(refused),
        status: Some(reason.status),
        ..Wanted::new(SIGN_OUT, actor)
    };
    reason.mark(render(&site, wanted).await)
}
