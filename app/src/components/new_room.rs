//! Creates a room: over the socket once the page is alive, as a plain form before.

use super::field_error::FieldError;
use crate::navigation::use_navigation;
use crate::state::chat::{Creation, use_chat};
use crate::words::refusal;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use protocol::ErrorCode;
use protocol::limits::ROOM_NAME_CHARS_MAX;

const ERROR: &str = "new-room-error";

#[component]
pub fn NewRoom() -> impl IntoView {
    let chat = use_chat();
    let navigation = use_navigation();
    let shown = navigation.shown;
    let field = NodeRef::<Input>::new();
    let name = move || shown.with(|shown| shown.query.name.clone());

    let asked = RwSignal::new(String::new());
    let error = Memo::new(move |_| match chat.creation.get() {
        Creation::Refused(code) => Some(code),
        Creation::Idle => {
            shown.with(|shown| shown.query.error).filter(|code| is_about_rooms(*code))
        }
        Creation::Asked | Creation::Done(_) => None,
    });
    let existing = Memo::new(move |_| {
        if error.get() != Some(ErrorCode::RoomExists) {
            return None;
        }
        let by_name =
            chat.rooms.with(|rooms| rooms.named(&asked.get()).map(|room| room.room.slug.clone()));
        let by_form = || shown.with(|shown| shown.query.slug.clone());
        by_name.or_else(|| Some(by_form()).filter(|slug| !slug.is_empty()))
    });

    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get() else { return };
        asked.set(field.value());
        chat.create_room(field.value());
    };
    Effect::new(move |_| {
        if let Creation::Done(room) = chat.creation.get() {
            chat.creation.set(Creation::Idle);
            if let Some(field) = field.get_untracked() {
                field.set_value("");
                let _ = field.blur();
            }
            navigation.go(format!("/rooms/{}", room.slug));
        }
    });
    // A refusal belongs to the page it was met on.
    on_cleanup(move || chat.creation.set(Creation::Idle));

    view! {
        <form class="new-room" method="post" action="/rooms" on:submit=submit>
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
                    (chat.creation.get() == Creation::Asked).then_some("true")
                }>"Create room"</button>
            </div>
            <FieldError
                id=ERROR
                text=Signal::derive(move || error.get().map(refusal))
                way_on=Signal::derive(move || existing.get().map(|slug| format!("/rooms/{slug}")))
            />
        </form>
    }
}

/// The room page shows refused messages by the same parameter.
fn is_about_rooms(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::RoomNameInvalid | ErrorCode::RoomExists)
}
