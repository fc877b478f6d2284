//! The list of rooms: how lively each is, and the way into it.

use super::list::{Item, List};
use super::live::live;
use crate::navigation::use_navigation;
use crate::routes::{self, ROOMS};
use crate::state::chat::use_chat;
use crate::state::rooms::Rooms;
use crate::words::count;
use leptos::prelude::*;
use protocol::{Millis, RoomSummary};

#[component]
pub fn RoomNav(
    /// What the list is called as long as it has all rooms.
    #[prop(optional)]
    label: Option<&'static str>,
    /// How many of the rooms are shown.
    #[prop(default = usize::MAX)]
    at_most: usize,
) -> impl IntoView {
    let rooms = use_chat().rooms;
    let items = Signal::derive(move || {
        rooms.with(|rooms| rooms.list().iter().take(at_most).cloned().map(item).collect())
    });
    let is_empty = Memo::new(move |_| rooms.with(|rooms| rooms.list().is_empty()));
    let has_more = Memo::new(move |_| rooms.with(|rooms| rooms.is_known() && !rooms.is_complete()));
    let words = move || {
        if rooms.with(Rooms::is_known) {
            "No rooms yet. Create the first one."
        } else {
            "The rooms cannot be read just now."
        }
    };
    let all = move || format!("All {}", count(rooms.with(Rooms::count), "room", "rooms"));
    view! {
        <nav class="room-nav" aria-label="Rooms">
            <Show when=move || is_empty.get()>
                <p class="room-nav-empty" inner_html=live(words)></p>
            </Show>
            <ul class="room-nav-list" role="list" aria-label=move || label.filter(|_| !has_more.get())>
                <List items />
            </ul>
            <Show when=move || has_more.get()>
                <a class="room-nav-all" href=ROOMS inner_html=live(all)></a>
            </Show>
        </nav>
    }
}

/// The line of a room as it was read. While the room is in the list that this tab follows, it is live.
pub(super) fn item(summary: RoomSummary) -> Item {
    let key = summary.room.id.to_string();
    Item::new(key, move || view! { <RoomLink summary=summary.clone() /> }.into_any())
}

#[component]
fn RoomLink(summary: RoomSummary) -> impl IntoView {
    let rooms = use_chat().rooms;
    let RoomSummary { room, here, last_message_at, .. } = summary;
    let id = room.id;
    let here = Memo::new(move |_| rooms.with(|rooms| rooms.get(id).map_or(here, |room| room.here)));
    let last = Memo::new(move |_| {
        rooms.with(|rooms| rooms.get(id).map_or(last_message_at, |room| room.last_message_at))
    });
    let shown = use_navigation().shown;
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
