//! A page of all rooms, in the order of their names. The server draws each of them; while one stays, the rooms on it that are
//! lively are as live as everywhere.

use super::list::List;
use super::room_nav::{RoomNav, item};
use crate::page::Directory;
use crate::routes::ROOMS;
use crate::words::count;
use leptos::prelude::*;
use protocol::limits::ROOMS_COUNTED_MAX;

/// The name of the list that has all rooms, in pages or not.
pub const ALL_ROOMS: &str = "All public rooms";

#[component]
pub fn RoomDirectory(directory: Directory) -> impl IntoView {
    let is_search = directory.is_search();
    let is_first = directory.first.is_none();
    let is_empty = directory.rooms.is_empty();
    let title = match directory.count {
        0 if is_search => "No room found".to_owned(),
        ROOMS_COUNTED_MAX.. if is_search => format!("{ROOMS_COUNTED_MAX} rooms found, or more"),
        found if is_search => format!("{} found", count(found, "room", "rooms")),
        all => format!("All {}, by name", count(all, "room", "rooms")),
    };
    let items = Signal::stored(directory.rooms.into_iter().map(item).collect());
    let link = |text, href| view! { <a href=href>{text}</a> };
    view! {
        {(is_first && !is_search)
            .then(|| {
                view! {
                    <h2>"Lively now"</h2>
                    <RoomNav at_most=LIVELY />
                }
            })}
        <h2>{title}</h2>
        {is_empty.then(|| view! { <p class="room-nav-empty">"No room has this in its name."</p> })}
        <ul class="room-nav-list" role="list" aria-label=ALL_ROOMS>
            <List items />
        </ul>
        <p class="room-directory-ways">
            {directory.next.map(|next| link("Next page", next))}
            {directory.first.map(|first| link("First page", first))}
            {is_search.then(|| link("All rooms", ROOMS.to_owned()))}
        </p>
    }
}

/// Lively rooms above the list of all: enough to see where people talk, and the list below stays in view.
const LIVELY: usize = 8;
