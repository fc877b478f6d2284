//! A room: all rooms at its left, its people at its right; on a phone one of them at a time.

use crate::components::{Account, Brand, KeptText, NewRoom, Notice, RoomNav, RoomView};
use crate::navigation::use_navigation;
use crate::page::Page;
use leptos::prelude::*;

#[component]
pub fn RoomPage() -> impl IntoView {
    let navigation = use_navigation();
    let viewer = navigation.viewer_id();
    let room = move || match navigation.shown.with(|shown| shown.page.clone()) {
        Page::Room(snapshot) => view! { <RoomView snapshot=*snapshot viewer /> }.into_any(),
        Page::UnreadableRoom => view! { <UnreadableRoom /> }.into_any(),
        Page::Offline => view! { <Offline /> }.into_any(),
        _ => view! { <UnknownRoom /> }.into_any(),
    };
    view! {
        <div class="room-page" class:room-page-changing=move || navigation.is_changing.get()>
            <a class="skip-link" href="#main">
                "Skip to the conversation"
            </a>
            <aside class="sidebar" aria-label="Rooms and account">
                <div class="sidebar-head">
                    <a href="/rooms" class="sidebar-brand">
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

#[component]
fn UnknownRoom() -> impl IntoView {
    view! {
        <main class="room room-missing" id="main" tabindex="-1">
            <Notice
                title="No such room"
                text="Nobody has opened a room at this address. You can create it, or choose another."

                way_on="All rooms"
                href="/rooms"
            />
            <KeptText />
        </main>
    }
}

#[component]
fn UnreadableRoom() -> impl IntoView {
    view! {
        <main class="room room-missing" id="main" tabindex="-1">
            <Notice
                title="This room cannot be read just now"
                text="The server cannot read its messages at the moment. Nothing is lost; the room comes by itself."

                way_on="Try again"
                href=""
            />
            <KeptText />
        </main>
    }
}

#[component]
fn Offline() -> impl IntoView {
    view! {
        <main class="room room-missing" id="main" tabindex="-1">
            <Notice
                title="You are offline"
                text="The server cannot be reached from here. The room comes by itself when it can be."

                way_on="All rooms"
                href="/rooms"
            />
        </main>
    }
}
