//! Posting a message.

use super::{Form, Reason, TooLarge};
use crate::chat::Actor;
use crate::http::pages::render_login;
use crate::http::paths;
use crate::http::render::{Wanted, render};
use crate::site::{SiteState, Unreadable};
use app::page::{Carried, FormKind, Refused, Why};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use protocol::{ErrorCode, MessageKey, NewMessage, RoomId};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct MessageForm {
    text: String,
    /// Minted when the page was rendered, see [`key_of`].
    key: String,
    page: Option<String>,
}

/// `POST /rooms/{slug}/messages`
pub(in crate::http) async fn send_message(
    State(site): State<SiteState>,
    Path(slug): Path<String>,
    jar: CookieJar,
    Form { fields, viewer }: Form<MessageForm>,
) -> Response {
    let address = paths::room(&slug);
    let (form, is_too_large) = match fields {
        Ok(form) => (form, false),
        Err(TooLarge) => (MessageForm::default(), true),
    };
    let refuse = async |reason: Reason, text: String, viewer: Option<Actor>, unreadable: bool| {
        let refused = Refused { form: FormKind::Message, typed: text, why: reason.why.clone() };
        let wanted = Wanted {
            refused: Some(refused),
            status: Some(reason.status),
            unreadable,
            ..Wanted::new(address.clone(), viewer)
        };
        reason.mark(render(&site, wanted).await)
    };
    let viewer = match viewer {
        Ok(viewer) => viewer.actor,
        Err(Unreadable) => {
            let reason = Reason::from(crate::chat::CommandError::from(ErrorCode::Unavailable));
            return refuse(reason, form.text, None, true).await;
        }
    };
    let Some(actor) = viewer else {
        let carried = Carried { text: form.text, room: String::new() };
        return session_gone(&site, jar, address, carried).await;
    };
    let result = async {
        if is_too_large {
            return Err(Reason::too_large());
        }
        if !site.is_page_of(form.page.as_deref(), actor.user.id) {
            return Err(crate::chat::CommandError::from(ErrorCode::StalePage).into());
        }
        site.chat.admit(&actor)?;
        let room = site.chat.room_by_slug(&actor, &slug).await?;
        let key = key_of(&form.key, room.id, &form.text);
        let message = NewMessage { room: room.id, key, text: form.text.clone() };
        site.chat.send(&actor, &message).await?;
        Ok(())
    };
    match result.await {
        Ok(()) => Redirect::to(&address).into_response(),
        Err(reason) => refuse(reason, form.text, Some(actor), false).await,
    }
}

/// The key of what a form was sent with: sent twice, it stores its message once. Somebody who goes back to the page, writes
/// something else and sends that, has another message.
fn key_of(form: &str, room: RoomId, text: &str) -> MessageKey {
    let form = form.parse().unwrap_or_else(|_| Uuid::new_v4());
    MessageKey(Uuid::new_v5(&form, format!("{} {text}", room.0).as_bytes()))
}

/// Nobody is signed in any more: what was typed goes along through the page to sign in. Nothing to carry, no words.
pub(super) async fn session_gone(
    site: &SiteState,
    jar: CookieJar,
    next: String,
    carried: Carried,
) -> Response {
    let address = paths::login(&next);
    if carried == Carried::default() {
        return Redirect::to(&address).into_response();
    }
    let refused = Refused { form: FormKind::Message, typed: String::new(), why: Why::SessionGone };
    let wanted = Wanted {
        refused: Some(refused),
        next,
        carried,
        status: Some(StatusCode::UNAUTHORIZED),
        ..Wanted::new(address, None)
    };
    render_login(site, jar, wanted).await
}
