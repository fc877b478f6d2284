//! Who is here now. On a phone it is a pane over the timeline, opened by a button that works without any script.

use super::avatar::Avatar;
use super::list::{Item, List};
use super::live::live;
use crate::state::presence::Presence;
use crate::words::count;
use leptos::prelude::*;
use protocol::{User, UserId};

/// What the button that opens the pane refers to.
pub const PEOPLE_PANE: &str = "people";

/// So many people are seen without scrolling on every screen.
const SHOWN_AT_ONCE: usize = 10;

#[component]
pub fn People(presence: RwSignal<Presence>, viewer: UserId) -> impl IntoView {
    let users = Signal::derive(move || {
        let users = presence.with(|presence| presence.users().to_vec());
        users.into_iter().map(|user| item(user, viewer)).collect()
    });
    let unlisted = Memo::new(move |_| presence.with(Presence::unlisted));
    // Safari scrolls with the keyboard only what can have the focus.
    let scrolls =
        move || (presence.with(|presence| presence.users().len()) > SHOWN_AT_ONCE).then_some("0");
    let more = move || format!("and {}", count(unlisted.get(), "other person", "others"));
    view! {
        <aside class="people" id=PEOPLE_PANE popover="auto" aria-label="People">
            <header class="people-head">
                <h2>"Here now"</h2>
                <span
                    class="people-count"
                    aria-hidden="true"
                    inner_html=live(move || presence.with(Presence::count))
                ></span>
                <button
                    class="people-close button-quiet"
                    type="button"
                    popovertarget=PEOPLE_PANE
                    popovertargetaction="hide"
                >
                    "Close"
                </button>
            </header>
            <ul class="people-list" role="list" aria-label="Here now" tabindex=scrolls>
                <List items=users />
            </ul>
            <Show when=move || { unlisted.get() > 0 }>
                <p class="people-more" inner_html=live(more)></p>
            </Show>
        </aside>
    }
}

fn item(user: User, viewer: UserId) -> Item {
    let is_viewer = user.id == viewer;
    Item::new(format!("{} {}", user.id, user.name), move || {
        view! { <Person is_viewer user=user.clone() /> }.into_any()
    })
}

#[component]
fn Person(user: User, is_viewer: bool) -> impl IntoView {
    view! {
        <li class="person">
            <Avatar user=user.clone() />
            <span class="person-name" dir="auto">
                {user.name}
            </span>
            {is_viewer.then(|| view! { " " <span class="you">"you"</span> })}
        </li>
    }
}
