//! Creates a room: over the socket where there is one, else as a plain form.

use super::field_error::FieldError;
use super::page_field::{KeyField, PageField};
use crate::effect::effect;
use crate::navigation::use_navigation;
use crate::page::{FormKind, Why};
use crate::routes;
use crate::state::chat::{CreateRoomState, use_chat};
use crate::words::why;
use leptos::ev::SubmitEvent;
use leptos::html::{Form, Input};
use leptos::prelude::*;
use protocol::ErrorCode;
use protocol::limits::ROOM_NAME_CHARS_MAX;

const ERROR: &str = "new-room-error";

#[component]
pub fn NewRoom() -> impl IntoView {
    let chat = use_chat();
    let navigation = use_navigation();
    let shown = navigation.shown;
    let (form, field) = (NodeRef::<Form>::new(), NodeRef::<Input>::new());
    let refused = move || shown.with(|shown| shown.refused(FormKind::NewRoom).cloned());
    let name = move || refused().map(|refused| refused.typed);

    let asked = RwSignal::new(String::new());
    let error = Memo::new(move |_| match chat.creation.get() {
        CreateRoomState::Refused(code) => Some(Why::Code(code)),
        CreateRoomState::Idle => refused().map(|refused| refused.why),
        CreateRoomState::PendingCommand | CreateRoomState::Done(_) => None,
    });
    let existing = Memo::new(move |_| match error.get()? {
        Why::RoomExists { slug } => Some(slug),
        Why::Code(ErrorCode::RoomExists) => {
            let asked = asked.get();
            chat.rooms.with(|rooms| rooms.named(&asked).map(|room| room.room.slug.clone()))
        }
        _ => None,
    });
    // A code cannot say which character it was, or which room looks alike; the page that answers the plain form can.
    effect(move || {
        let needs_words = match chat.creation.get() {
            CreateRoomState::Refused(ErrorCode::RoomNameInvalid) => true,
            CreateRoomState::Refused(ErrorCode::RoomExists) => existing.get_untracked().is_none(),
            _ => false,
        };
        if needs_words && let Some(form) = form.get_untracked() {
            let _ = form.submit();
        }
    });

    let submit = move |event: SubmitEvent| {
        if chat.creates_by_form() {
            return;
        }
        event.prevent_default();
        let Some(field) = field.get() else { return };
        asked.set(field.value());
        chat.create_room(field.value());
    };
    effect(move || {
        if let CreateRoomState::Done(room) = chat.creation.get() {
            chat.creation.set(CreateRoomState::Idle);
            if let Some(field) = field.get_untracked() {
                field.set_value("");
                let _ = field.blur();
            }
            navigation.go(routes::room(&room.slug));
        }
    });
    // A refusal belongs to the page it was met on.
    on_cleanup(move || chat.creation.set(CreateRoomState::Idle));

    view! {
        <form class="new-room" node_ref=form method="post" action=routes::ROOMS on:submit=submit>
            <PageField />
            <KeyField />
            <div class="new-room-row">
                <input
                    node_ref=field
                    type="text"
                    name="name"
                    value=name
                    required
                    maxlength=ROOM_NAME_CHARS_MAX.to_string()
                    placeholder="New room"
                    aria-label="New room"
                    autocomplete="off"
                    dir="auto"
                    aria-describedby=ERROR
                    aria-invalid=move || error.get().map(|_| "true")
                />
                <button class="button" type="submit" aria-busy=move || {
                    (chat.creation.get() == CreateRoomState::PendingCommand).then_some("true")
                }>"Create room"</button>
            </div>
            <FieldError
                id=ERROR
                text=Signal::derive(move || error.get().as_ref().map(why))
                action=Signal::derive(move || existing.get().map(|slug| routes::room(&slug)))
            />
        </form>
    }
}
