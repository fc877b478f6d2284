//! The Leptos client of Hubbub, rendered on the server and hydrated in the browser.
//!
//! Here: the document around every page and the routes. Pages are in [`pages`], what they are built of in
//! [`components`], what is true without any view in [`state`], the socket in [`net`].

pub mod api;
#[cfg(feature = "ssr")]
pub mod backend;
mod device;
mod net;
mod pages;
pub mod state;

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
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

    view! {
        <Title formatter=|page: String| if page.is_empty() { "Hubbub".to_owned() } else { format!("{page} · Hubbub") } />
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async />
                <Route path=path!("/rooms") view=RoomsPage ssr=SsrMode::Async />
                <Route path=path!("/rooms/:slug") view=RoomPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
