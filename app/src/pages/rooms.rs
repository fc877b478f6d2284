//! All rooms: how lively each is, and a form for a new one.

use crate::components::{Account, Brand, ConnectionBanner, NewRoom, RoomNav};
use leptos::prelude::*;

#[component]
pub fn RoomsPage() -> impl IntoView {
    view! {
        <div class="rooms-page">
            <a class="skip-link" href="#main">
                "Skip to rooms"
            </a>
            <header class="rooms-head">
                <Brand />
                <Account />
            </header>
            <ConnectionBanner />
            <main class="rooms" id="main" tabindex="-1">
                <h1>"Rooms"</h1>
                <RoomNav />
                <h2>"Start a new one"</h2>
                <NewRoom />
            </main>
        </div>
    }
}
