//! The Leptos client of Hubbub, rendered on the server and hydrated in the browser.
//!
//! Here: the app around its pages. The document around it is in `shell`, which pages there are in [`routes`], what the
//! server gives with one in [`page`], what draws them in [`pages`], what they are built of in [`components`], what is true without any view in [`state`], the socket in
//! [`net`], the way from page to page in [`navigation`].

// The type of a Leptos view contains the types of all its parts; a page is deeper than the default allows.
#![recursion_limit = "256"]

mod api;
mod components;
mod device;
mod effect;
mod focus;
mod json;
mod navigation;
mod net;
pub mod page;
mod pages;
pub mod routes;
pub mod shape;
#[cfg(feature = "ssr")]
mod shell;
pub mod state;
pub mod words;

use components::provide_places;
use effect::effect;
use leptos::prelude::*;
use navigation::provide_navigation;
use page::FormData;
#[cfg(feature = "ssr")]
pub use shell::{Assets, shell, too_often_page};
use state::chat::provide_chat;

/// The page that the server has given, in both places.
#[component]
pub fn App() -> impl IntoView {
    let given = page::given();
    provide_context(FormData::new(&given));
    let chat = provide_chat(given.now, given.rooms, given.viewer.as_ref());
    provide_places();
    let navigation = provide_navigation(given.shown, given.viewer, given.identity, chat.rooms);
    effect(move || {
        navigation.start(&given.address);
        match given.identity {
            Some(identity) => {
                chat.start(identity);
                navigation.heal(chat.connection);
            }
            None => navigation.recognise(),
        }
    });
    effect(move || {
        if let Some(room) = chat.unknown_room.get() {
            navigation.room_is_unknown(room);
        }
    });

    let screen = Memo::new(move |_| navigation.shown.with(|shown| shown.page.screen()));
    move || pages::draw(screen.get())
}
