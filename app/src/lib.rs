//! The Leptos client of Hubbub, rendered on the server and hydrated in the browser.
//!
//! Here: the document around every page and the routes. Pages are in [`pages`], what they are built of in
//! [`components`], what is true without any view in [`state`], the socket in [`net`].

// The type of a Leptos view contains the types of all its parts; a page is deeper than the default allows.
#![recursion_limit = "256"]

pub mod api;
#[cfg(feature = "ssr")]
pub mod backend;
mod components;
mod device;
mod net;
mod pages;
pub mod state;
mod words;

use crate::state::chat::provide_chat;
use crate::state::session::provide_session;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{SsrMode, path};
use pages::{LoginPage, NotFoundPage, RoomPage, RoomsPage};

/// The HTML document around [`App`], rendered on the server only.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, interactive-widget=resizes-content"
                />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#faf7f2" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#1b1815" media="(prefers-color-scheme: dark)" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <HashedStylesheet options=options.clone() />
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The routes. Every page waits for its data on the server, so that its HTML is whole without any script.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // A refused form answers at the address it was sent to; the router has to begin at that of the page.
    if let Some(address) = SharedValue::new(api::rendered_address).into_inner() {
        device::show_address(&address);
    }
    let viewer = provide_session().viewer;
    let chat = provide_chat();
    if let Some(viewer) = viewer {
        Effect::new(move |_| chat.start(&viewer));
    }

    view! {
        <Title formatter=|page: String| if page.is_empty() { "Hubbub".to_owned() } else { format!("{page} · Hubbub") } />
        <Router>
            <FlatRoutes fallback=NotFoundPage>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async />
                <Route path=path!("/rooms") view=RoomsPage ssr=SsrMode::Async />
                <Route path=path!("/rooms/:slug") view=RoomPage ssr=SsrMode::Async />
            </FlatRoutes>
        </Router>
    }
}
