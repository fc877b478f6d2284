//! What draws each page, one a file. Those that never change while they live are drawn by the server alone; the browser
//! leaves them as they are.

#[cfg(not(feature = "hydrate"))]
mod login;
#[cfg(not(feature = "hydrate"))]
mod not_found;
mod room;
mod rooms;
#[cfg_attr(feature = "hydrate", path = "as_sent.rs")]
#[cfg_attr(not(feature = "hydrate"), path = "server.rs")]
mod side;
#[cfg(not(feature = "hydrate"))]
mod sign_out;

use crate::routes::Screen;
use leptos::prelude::*;
use room::RoomPage;
use rooms::RoomsPage;

/// Draws a page.
pub fn draw(screen: Screen) -> AnyView {
    match screen {
        Screen::Rooms => view! { <RoomsPage /> }.into_any(),
        Screen::Room => view! { <RoomPage /> }.into_any(),
        Screen::Login | Screen::SignOut | Screen::NotFound => side::draw(screen),
    }
}
