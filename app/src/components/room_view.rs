//! One room: its timeline with the composer below, and the people beside it.

use super::composer::Composer;
use super::connection_banner::ConnectionBanner;
use super::live::live;
use super::message_list::MessageList;
use super::people::{PEOPLE_PANE, People};
use super::unsent_bar::UnsentBar;
use crate::effect::effect;
use crate::routes::ROOMS;
use crate::state::chat::{OpenRoom, use_chat};
use crate::state::places::Places;
use crate::state::presence::Presence;
use crate::words::count;
use leptos::prelude::*;
use protocol::{RoomSnapshot, UserId};

/// Provides the reading places of this tab as context.
pub fn provide_places() {
    provide_context(StoredValue::new(Places::default()));
}

fn use_places() -> StoredValue<Places> {
    expect_context()
}

#[component]
pub fn RoomView(snapshot: RoomSnapshot, viewer: UserId) -> impl IntoView {
    let chat = use_chat();
    let room = snapshot.room.clone();
    let room_id = room.id;
    let form_key = snapshot.form_key;
    let places = use_places();
    let place = places.try_update_value(|places| places.come_back(room.id, snapshot.through));
    let place = place.flatten();
    let open = OpenRoom::new(snapshot);
    if let Some(place) = &place {
        // What came since follows over the socket.
        open.timeline.set(place.timeline.clone());
    }
    let on_leave = move |place| places.update_value(|places| places.leave(room_id, place));
    let to_latest = Trigger::new();
    effect(move || chat.enter(open));
    on_cleanup(move || chat.leave(open));
    let here = Memo::new(move |_| open.presence.with(Presence::count));

    view! {
        <main class="room" id="main" tabindex="-1">
            <header class="room-head">
                <a href=ROOMS class="room-back">
                    <span aria-hidden="true">"←"</span>
                    " Rooms"
                </a>
                <h1 class="room-name" dir="auto">
                    {room.name.clone()}
                </h1>
                <button
                    class="room-people button-quiet"
                    type="button"
                    popovertarget=PEOPLE_PANE
                    inner_html=live(move || count(here.get(), "person", "people"))
                ></button>
            </header>
            <ConnectionBanner />
            <MessageList open viewer to_latest room_name=room.name.clone() place on_leave />
            <UnsentBar />
            <Composer room form_key on_sent=move || to_latest.notify() />
        </main>
        <People presence=open.presence viewer />
    }
}
