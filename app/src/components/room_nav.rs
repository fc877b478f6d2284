//! The list of rooms: how lively each is, and the way into it.

use super::list::{Item, List};
use super::live::live;
use crate::navigation::use_navigation;
use crate::routes;
use crate::state::chat::use_chat;
use crate::state::rooms::Rooms;
use leptos::prelude::*;
use protocol::{Millis, RoomId};

#[component]
pub fn RoomNav() -> impl IntoView {
    let rooms = use_chat().rooms;
    let items = Signal::derive(move || {
        rooms.with(|rooms| rooms.list().iter().map(|room| item(room.room.id)).collect())
    });
    let is_empty = Memo::new(move |_| rooms.with(|rooms| rooms.list().is_empty()));
    let words = move || {
        if rooms.with(Rooms::is_known) {
            "No rooms yet. Create the first one."
        } else {
            "The rooms cannot be read just now."
        }
    };
    view! {
        <nav class="room-nav" aria-label="Rooms">
            <Show when=move || is_empty.get()>
                <p class="room-nav-empty" inner_html=live(words)></p>
            </Show>
            <ul class="room-nav-list" role="list">
                <List items />
            </ul>
        </nav>
    }
}

fn item(id: RoomId) -> Item {
    Item::new(id.to_string(), move || view! { <RoomLink id /> }.into_any())
}

#[component]
fn RoomLink(id: RoomId) -> impl IntoView {
    let rooms = use_chat().rooms;
    let here = Memo::new(move |_| rooms.with(|rooms| rooms.get(id).map_or(0, |room| room.here)));
    let last = Memo::new(move |_| rooms.with(|rooms| rooms.get(id)?.last_message_at));
    // Neither ever changes.
    let room = rooms.with_untracked(|rooms| rooms.get(id).map(|summary| summary.room.clone()));
    let shown = use_navigation().shown;
    room.map(|room| {
        let href = routes::room(&room.slug);
        let own_path = href.clone();
        let current = move || shown.with(|shown| shown.path == own_path).then_some("page");
        view! {
            <li>
                <a class="room-link" href=href aria-current=current>
                    <span class="room-link-name" dir="auto">
                        {room.name}
                    </span>
                    " "
                    <span class="room-link-here" class:room-link-nobody=move || here.get() == 0>
                        <span inner_html=live(move || here.get())></span>
                        <span class="room-link-unit">" here"</span>
                    </span>
                    " "
                    <span class="room-link-last">
                        {move || last.get().map(|at| view! { <LastMessage at /> })}
                    </span>
                </a>
            </li>
        }
    })
}

/// When the last message came, as short as it can be said.
#[component]
fn LastMessage(at: Millis) -> impl IntoView {
    let chat = use_chat();
    let words = move || {
        let clock = chat.clock.get();
        let (day, today) = (clock.day(at), clock.day(chat.now.get()));
        if day == today { clock.time(at) } else { day.short(today) }
    };
    view! {
        <time
            datetime=crate::state::clock::machine_time(at)
            title=move || chat.clock.get().full(at)
            inner_html=live(words)
        ></time>
    }
}
