//! A room: all rooms at its left, its people at its right; on a phone one of them at a time.

use crate::api::{self, ApiError};
use crate::components::{Account, Brand, NewRoom, Notice, RoomNav, RoomView};
use crate::state::session::use_session;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use protocol::{ErrorCode, RoomSnapshot};

#[component]
pub fn RoomPage() -> impl IntoView {
    let params = use_params_map();
    // Without a slug the page is on its way out, and keeps what it showed.
    let slug = Memo::new(move |before: Option<&String>| {
        params.with(|params| params.get("slug")).or_else(|| before.cloned()).unwrap_or_default()
    });
    let snapshot = Resource::new(move || slug.get(), api::room);
    let is_changing = RwSignal::new(false);
    view! {
        <div class="room-page" class:room-page-changing=move || is_changing.get()>
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
            <Transition fallback=RoomLoading set_pending=is_changing>
                {move || Suspend::new(async move { view_of(snapshot.await) })}
            </Transition>
        </div>
    }
}

fn view_of(snapshot: Result<RoomSnapshot, ApiError>) -> AnyView {
    let viewer = use_session().viewer.map(|viewer| viewer.id).unwrap_or_default();
    match snapshot {
        Ok(snapshot) => view! { <RoomView snapshot viewer /> }.into_any(),
        Err(ApiError(ErrorCode::UnknownRoom)) => view! { <UnknownRoom /> }.into_any(),
        Err(_) => view! { <UnreadableRoom /> }.into_any(),
    }
}

#[component]
fn UnknownRoom() -> impl IntoView {
    view! {
        <Title text="No such room" />
        <main class="room room-missing" id="main" tabindex="-1">
            <Notice
                title="No such room"
                text="Nobody has opened a room at this address. You can create it, or choose another."

                way_on="All rooms"
                href="/rooms"
            />
        </main>
    }
}

#[component]
fn UnreadableRoom() -> impl IntoView {
    view! {
        <Title text="Not available" />
        <main class="room room-missing" id="main" tabindex="-1">
            <Notice
                title="This room cannot be read just now"
                text="The server is up but cannot reach its messages. Nothing is lost; try again in a moment."

                way_on="Try again"
                href=""
            />
        </main>
    }
}

#[component]
fn RoomLoading() -> impl IntoView {
    view! {
        <main class="room" id="main" tabindex="-1" aria-busy="true">
            <p class="loading">"Loading room…"</p>
        </main>
    }
}
