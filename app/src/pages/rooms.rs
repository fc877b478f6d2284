//! All rooms: how lively each is, a search for one, and a form for a new one. Where there are more than everybody follows,
//! they come in pages.

use crate::components::{
    ALL_ROOMS, Account, Brand, ConnectionBanner, FindRoom, NewRoom, RoomDirectory, RoomNav,
};
use crate::navigation::use_navigation;
use crate::page::Page;
use leptos::either::Either;
use leptos::prelude::*;

#[component]
pub fn RoomsPage() -> impl IntoView {
    let shown = use_navigation().shown;
    let directory = Memo::new(move |_| {
        shown.with(|shown| match &shown.page {
            Page::Rooms(directory) => directory.clone(),
            _ => None,
        })
    });
    let rooms = move || match directory.get() {
        Some(directory) => Either::Left(view! { <RoomDirectory directory=*directory /> }),
        None => Either::Right(view! { <RoomNav label=ALL_ROOMS /> }),
    };
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
                <FindRoom />
                {rooms}
                <h2>"Start a new one"</h2>
                <NewRoom />
            </main>
        </div>
    }
}
