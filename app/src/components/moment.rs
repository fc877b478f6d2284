//! A point in time: the reader's time of day, in full on hover, exact for machines.

use super::live::live;
use crate::state::chat::use_chat;
use crate::state::clock::machine_time;
use leptos::prelude::*;
use protocol::Millis;

#[component]
pub fn Moment(at: Millis) -> impl IntoView {
    let clock = use_chat().clock;
    view! {
        <time
            class="moment"
            datetime=machine_time(at)
            title=move || clock.get().full(at)
            inner_html=live(move || clock.get().time(at))
        ></time>
    }
}
