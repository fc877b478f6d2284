//! The list of rooms: how lively each is, and the way into it.

use crate::api::{self, ApiError};
use crate::state::chat::use_chat;
use crate::state::rooms::Rooms;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use protocol::{Millis, RoomId, RoomSummary};

#[component]
pub fn RoomNav() -> impl IntoView {
    let rooms = use_chat().rooms;
    // The socket keeps the list fresh: it is read once for each page load.
    let whole = Resource::new(
        || (),
        move |()| async move {
            let known =
                rooms.with_untracked(|rooms| rooms.is_known().then(|| rooms.list().to_vec()));
            match known {
                Some(list) => Ok(list),
                None => api::rooms().await,
            }
        },
    );
    view! {
        <nav class="room-nav" aria-label="Rooms">
            <Suspense fallback=RoomNavLoading>
                {move || Suspend::new(async move { room_list(rooms, whole.await) })}
            </Suspense>
        </nav>
    }
}

fn room_list(rooms: RwSignal<Rooms>, whole: Result<Vec<RoomSummary>, ApiError>) -> impl IntoView {
    let is_unreadable = whole.is_err();
    if let Ok(list) = whole {
        rooms.update(|rooms| rooms.merge(list));
    }
    let ids = move || {
        rooms.with(|rooms| rooms.list().iter().map(|room| room.room.id).collect::<Vec<_>>())
    };
    let is_empty = Memo::new(move |_| rooms.with(|rooms| rooms.list().is_empty()));
    let words = if is_unreadable {
        "The rooms cannot be read just now."
    } else {
        "No rooms yet. Create the first one."
    };
    view! {
        <Show when=move || is_empty.get()>
            <p class="room-nav-empty">{words}</p>
        </Show>
        <ul class="room-nav-list" role="list">
            <For each=ids key=|id| *id let(id)>
                <RoomLink id />
            </For>
        </ul>
    }
}

#[component]
fn RoomLink(id: RoomId) -> impl IntoView {
    let rooms = use_chat().rooms;
    let summary = Memo::new(move |_| rooms.with(|rooms| rooms.get(id).cloned()));
    let here = Memo::new(move |_| summary.with(|room| room.as_ref().map_or(0, |room| room.here)));
    let last = Memo::new(move |_| summary.with(|room| room.as_ref()?.last_message_at));
    // Neither ever changes.
    let room = summary.get_untracked().map(|summary| summary.room);
    let path = use_location().pathname;
    room.map(|room| {
        let href = format!("/rooms/{}", room.slug);
        let own_path = href.clone();
        let current = move || path.with(|path| *path == own_path).then_some("page");
        view! {
            <li>
                <a class="room-link" href=href aria-current=current>
                    <span class="room-link-name" dir="auto">
                        {room.name}
                    </span>
                    " "
                    <span class="room-link-here" class:room-link-nobody=move || here.get() == 0>
                        {move || here.get()}
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
        >
            {words}
        </time>
    }
}

#[component]
fn RoomNavLoading() -> impl IntoView {
    view! { <p class="loading">"Loading rooms…"</p> }
}
