//! A room: all rooms at its left, its people at its right; on a phone one of them at a time.

use crate::components::{Account, Brand, KeptText, NewRoom, Notice, RoomNav, RoomView};
use crate::navigation::use_navigation;
use crate::page::Page;
use crate::routes::ROOMS;
use leptos::either::Either;
use leptos::prelude::*;

#[component]
pub fn RoomPage() -> impl IntoView {
    let navigation = use_navigation();
    let viewer = navigation.viewer_id();
    let room = move || match navigation.shown.with(|shown| shown.page.clone()) {
        Page::Room(snapshot) => Either::Left(view! { <RoomView snapshot=*snapshot viewer /> }),
        page => Either::Right(missing(&page)),
    };
    view! {
        <div class="room-page" class:room-page-changing=move || navigation.is_changing.get()>
            <a class="skip-link" href="#main">
                "Skip to the conversation"
            </a>
            <aside class="sidebar" aria-label="Rooms and account">
                <div class="sidebar-head">
                    <a href=ROOMS class="sidebar-brand">
                        <Brand />
                    </a>
                </div>
                <RoomNav />
                <div class="sidebar-foot">
                    <NewRoom />
                    <Account />
                </div>
            </aside>
            {room}
        </div>
    }
}

/// What stands in the place of a room that cannot be shown.
fn missing(page: &Page) -> impl IntoView + use<> {
    let (title, text, action, href) = match page {
        Page::Offline => (
            "You are offline",
            "The server cannot be reached from here. The room comes by itself when it can be.",
            "All rooms",
            ROOMS,
        ),
        Page::UnreadableRoom => (
            "This room cannot be read just now",
            "The server cannot read its messages at the moment. Nothing is lost; the room comes by itself.",
            "Try again",
            "",
        ),
        _ => (
            "No such room",
            "Nobody has opened a room at this address. You can create it, or choose another.",
            "All rooms",
            ROOMS,
        ),
    };
    view! {
        <main class="room room-missing" id="main" tabindex="-1">
            <Notice title text action href />
            <KeptText />
        </main>
    }
}
