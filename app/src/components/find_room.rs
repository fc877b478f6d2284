//! Searches for a room by its name: a plain form, which the server answers with a page.

use super::field_error::FieldError;
use crate::navigation::use_navigation;
use crate::page::{FormKind, Page};
use crate::routes::ROOMS;
use crate::words::why;
use leptos::prelude::*;
use protocol::limits::ROOM_NAME_CHARS_MAX;

const ERROR: &str = "find-room-error";

#[component]
pub fn FindRoom() -> impl IntoView {
    let shown = use_navigation().shown;
    let search = move || {
        shown.with(|shown| match &shown.page {
            Page::Rooms(Some(directory)) => Some(directory.search.clone()),
            _ => None,
        })
    };
    let error = Signal::derive(move || {
        shown.with(|shown| shown.refused(FormKind::FindRoom).map(|refused| why(&refused.why)))
    });
    view! {
        <form class="find-room" role="search" method="get" action=ROOMS>
            <div class="find-room-row">
                <input
                    type="search"
                    name="search"
                    value=search
                    maxlength=ROOM_NAME_CHARS_MAX.to_string()
                    placeholder="Find a room"
                    aria-label="Find a room"
                    autocomplete="off"
                    dir="auto"
                    aria-describedby=ERROR
                    aria-invalid=move || error.get().map(|_| "true")
                />
                <button class="button button-second" type="submit">
                    "Find"
                </button>
            </div>
            <FieldError id=ERROR text=error />
        </form>
    }
}
