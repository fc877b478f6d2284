//! The forms that work without a script. A success redirects; a refusal renders the form's page again with the reason in
//! its query, where the page finds the words for it.

use super::pages::{render_at, to_login};
use super::status;
use crate::chat::{CreateRoomError, SignInError};
use crate::site::{SiteState, Viewer, removal_cookie, session_cookie};
use axum::Form;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use protocol::{ErrorCode, MessageKey, NewMessage};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct SignInForm {
    name: String,
    /// Where to go then.
    next: Option<String>,
}

/// `POST /login`
pub(super) async fn sign_in(
    State(site): State<SiteState>,
    viewer: Viewer,
    jar: CookieJar,
    Form(form): Form<SignInForm>,
) -> Response {
    let next = form.next.as_deref().filter(|next| is_local_path(next));
    let error = match site.chat.sign_in(&form.name, viewer.session.as_ref()).await {
        Ok(token) => {
            let jar = jar.add(session_cookie(&site, &token));
            return (jar, Redirect::to(next.unwrap_or("/rooms"))).into_response();
        }
        Err(error) => error,
    };
    let (code, suggestion) = match error {
        SignInError::NameInvalid => (ErrorCode::UserNameInvalid, None),
        SignInError::NameTaken { suggestion } => (ErrorCode::UserNameTaken, suggestion),
        SignInError::Unavailable => (ErrorCode::Unavailable, None),
    };
    let code_text = code.to_string();
    let mut query = vec![("error", code_text.as_str()), ("name", form.name.as_str())];
    query.extend(suggestion.as_deref().map(|suggestion| ("suggestion", suggestion)));
    query.extend(next.map(|next| ("next", next)));
    render_at(&site, viewer, &with_query("/login", &query), status(code)).await
}

/// `POST /logout`
pub(super) async fn sign_out(
    State(site): State<SiteState>,
    viewer: Viewer,
    jar: CookieJar,
) -> Response {
    if let Some(session) = &viewer.session
        && let Err(refused) = site.chat.sign_out(session).await
    {
        return (status(refused.code), "You could not be signed out. Try again soon.\n")
            .into_response();
    }
    (jar.remove(removal_cookie(&site)), Redirect::to("/login")).into_response()
}

#[derive(Deserialize)]
pub(super) struct CreateRoomForm {
    name: String,
}

/// `POST /rooms`
pub(super) async fn create_room(
    State(site): State<SiteState>,
    viewer: Viewer,
    Form(form): Form<CreateRoomForm>,
) -> Response {
    let Some(user) = viewer.user() else {
        return to_login(&Uri::from_static("/rooms")).into_response();
    };
    let created = match site.chat.admit(user.id) {
        Ok(()) => site.chat.create_room(&form.name).await,
        Err(refused) => Err(CreateRoomError::Refused(refused)),
    };
    let (code, existing) = match created {
        Ok(room) => return Redirect::to(&format!("/rooms/{}", room.slug)).into_response(),
        Err(CreateRoomError::Exists(room)) => (ErrorCode::RoomExists, Some(room)),
        Err(CreateRoomError::Refused(refused)) => (refused.code, None),
    };
    let code_text = code.to_string();
    let mut query = vec![("error", code_text.as_str()), ("name", form.name.as_str())];
    query.extend(existing.as_ref().map(|room| ("slug", room.slug.as_str())));
    render_at(&site, viewer, &with_query("/rooms", &query), status(code)).await
}

#[derive(Deserialize)]
pub(super) struct MessageForm {
    text: String,
    /// Minted when the page was rendered, so that sending the form twice stores its message once.
    key: MessageKey,
}

/// `POST /rooms/{slug}/messages`
pub(super) async fn send_message(
    State(site): State<SiteState>,
    Path(slug): Path<String>,
    viewer: Viewer,
    Form(form): Form<MessageForm>,
) -> Response {
    let page = format!("/rooms/{}", encode_component(&slug));
    let Some(user) = viewer.user() else {
        return to_login(&page.parse().unwrap_or_default()).into_response();
    };
    let sent = async {
        site.chat.admit(user.id)?;
        let room = site.chat.room_by_slug(&slug).await?;
        let message = NewMessage { room: room.id, key: form.key, text: form.text };
        site.chat.send(&user, &message).await
    };
    match sent.await {
        Ok(_) => Redirect::to(&page).into_response(),
        Err(refused) => {
            let code = refused.code.to_string();
            let location = with_query(&page, &[("error", &code)]);
            render_at(&site, viewer, &location, status(refused.code)).await
        }
    }
}

/// Whether a redirect to `next` stays on this server: `//host` and `/\host` would not.
fn is_local_path(next: &str) -> bool {
    next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|byte| byte.is_ascii_graphic())
}

/// `path` with a query of these pairs.
pub(super) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

/// `text` as one segment of a path.
fn encode_component(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_gone_to_after_signing_in() {
        assert!(is_local_path("/rooms/general?x=1"));
        for foreign in [
            "",
            "rooms",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
        ] {
            assert!(!is_local_path(foreign), "{foreign:?}");
        }
    }
}
