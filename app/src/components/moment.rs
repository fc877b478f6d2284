//! A point in time: the reader's time of day, in full on hover, exact for machines.

use super::live::live;
use crate::state::chat::use_chat;
use crate::state::clock::{Clock, machine_time};
use leptos::prelude::*;
use protocol::Millis;

#[component]
pub fn Timestamp(at: Millis) -> impl IntoView {
    let clock = use_chat().clock;
    // The device's own does not change any more, and a signal remembers everybody who ever asked it and waited for a change:
    // in a busy room that is every message of the day.
    let is_settled = matches!(clock.get_untracked(), Clock::Local { .. });
    let clock = move || if is_settled { clock.get_untracked() } else { clock.get() };
    view! {
        <time
            class="moment"
            datetime=machine_time(at)
            title=move || clock().full(at)
            inner_html=live(move || clock().time(at))
        ></time>
    }
}
