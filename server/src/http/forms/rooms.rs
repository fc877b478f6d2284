//! Creating a room.

use super::messages::session_gone;
use super::{Form, Reason, TooLarge};
use crate::chat::{CommandError, CreateRoomError, to_its_end};
use crate::http::paths;
use crate::http::render::{Wanted, render};
use crate::site::{SiteState, Unreadable};
use app::page::{Carried, FormKind, Refused, Why};
use app::routes::ROOMS;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use protocol::{ErrorCode, FormKey};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct CreateRoomForm {
    name: String,
    /// Minted with the page, so that sending the form twice creates one room.
    key: String,
    page: Option<String>,
}

/// `POST /rooms`
pub(in crate::http) async fn create_room(
    State(site): State<SiteState>,
    jar: CookieJar,
    Form { fields, viewer }: Form<CreateRoomForm>,
) -> Response {
    let (form, is_too_large) = match fields {
        Ok(form) => (form, false),
        Err(TooLarge) => (CreateRoomForm::default(), true),
    };
    let actor = match viewer.map(|viewer| viewer.actor) {
        Ok(Some(actor)) => Some(actor),
        Ok(None) => {
            let carried = Carried { text: String::new(), room: form.name };
            return session_gone(&site, jar, ROOMS.to_owned(), carried).await;
        }
        Err(Unreadable) => None,
    };
    let result = async {
        let actor = actor.clone().ok_or(CommandError::from(ErrorCode::Unavailable))?;
        if is_too_large {
            return Err(Reason::too_large());
        }
        if !site.is_page_of(form.page.as_deref(), actor.user.id) {
            return Err(CommandError::from(ErrorCode::StalePage).into());
        }
        site.chat.admit(&actor)?;
        let (chat, name, key) = (site.chat.clone(), form.name.clone(), form.key.parse());
        let creating = async move {
            match key {
                Ok(key) => chat.create_room_once(&actor, FormKey(key), &name).await,
                Err(_) => chat.create_room(&actor, &name).await,
            }
        };
        to_its_end(creating).await.map_err(reason)
    };
    let reason = match result.await {
        Ok(room) => return Redirect::to(&paths::room(&room.slug)).into_response(),
        Err(reason) => reason,
    };
    let refused = Refused { form: FormKind::NewRoom, typed: form.name, why: reason.why.clone() };
    let wanted =
        Wanted { refused: Some(refused), status: Some(reason.status), ..Wanted::new(ROOMS, actor) };
    reason.mark(render(&site, wanted).await)
}

fn reason(error: CreateRoomError) -> Reason {
    match error {
        CreateRoomError::NameInvalid(fault) => {
            Reason::new(Why::RoomName(fault), StatusCode::UNPROCESSABLE_ENTITY)
        }
        CreateRoomError::Exists(room) => {
            Reason::new(Why::RoomExists { slug: room.slug }, StatusCode::CONFLICT)
        }
        CreateRoomError::Refused(refused) => refused.into(),
    }
}
