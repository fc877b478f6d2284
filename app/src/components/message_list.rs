//! The timeline of a room: a log that is read from its end, bounded on the page, and that never moves under the reader.

mod copy;

use super::list::{Item, List};
use super::live::live;
use super::message::Message;
use super::per_frame::per_frame;
use super::reader::{Reader, UNREAD_MAX, retry_online, watch};
use super::unsent_message::UnsentMessage;
use crate::effect::effect;
use crate::state::chat::{OpenRoom, use_chat};
use crate::state::clock::Day;
use crate::state::places::Place;
use crate::state::rows::{Row, rows};
use copy::copy_messages;
use leptos::ev::{ClipboardEvent, KeyboardEvent};
use leptos::prelude::*;
use protocol::UserId;
use std::mem;

#[component]
pub fn MessageList(
    open: OpenRoom,
    viewer: UserId,
    /// Somebody wants to see the newest messages.
    to_latest: Trigger,
    room_name: String,
    /// Where the viewer was when they left the room.
    place: Option<Place>,
    /// Is told where they are when they leave it, unless they are at its end.
    on_leave: impl Fn(Option<Place>) + Send + Sync + 'static,
) -> impl IntoView {
    let chat = use_chat();
    let reader = Reader::new(open, place);
    let sources = move || {
        chat.clock.track();
        chat.outbox.track();
        open.timeline.track();
        reader.window.track();
    };
    let rows = per_frame(sources, move || {
        let shown = reader.shown();
        chat.outbox.with(|outbox| {
            let follows = reader.window.with(|window| window.follows());
            let unsent = outbox.of_room(open.id).filter(|unsent| {
                // One that is stored already stands there with its key.
                follows && !shown.iter().any(|message| message.key == unsent.message.key)
            });
            rows(&shown, unsent, viewer, chat.clock.get())
        })
    });
    watch(reader);
    retry_online(reader);
    provide_context(reader);
    on_cleanup(move || on_leave(reader.place()));
    let mut is_first = true;
    effect(move || {
        to_latest.track();
        if !mem::take(&mut is_first) {
            reader.go_latest();
        }
    });
    let items =
        Signal::derive(move || rows.get().into_iter().map(|row| item(row, viewer)).collect());
    let unread = Memo::new(move |_| reader.unread(viewer));
    let is_empty = Memo::new(move |_| rows.with(Vec::is_empty));
    let pressed = move |event: KeyboardEvent| {
        // By itself the key would lead to the end of what is on the page.
        if event.key() == "End" && !event.shift_key() && !event.alt_key() {
            event.prevent_default();
            reader.go_latest();
        }
    };
    let copied = move |event: ClipboardEvent| {
        if let Some(log) = reader.scroller.get_untracked() {
            copy_messages(&event, &log);
        }
    };
    let latest = move || match unread.get() {
        0 => "Jump to latest".to_owned(),
        UNREAD_MAX.. => format!("Jump to latest · {}+ new", UNREAD_MAX - 1),
        number => format!("Jump to latest · {number} new"),
    };

    view! {
        <div class="timeline">
            <div
                class="timeline-scroll"
                node_ref=reader.scroller
                role="log"
                aria-label="Messages"
                aria-busy=move || reader.is_busy().then_some("true")
                tabindex="0"
                on:scroll=move |_| reader.scrolled()
                on:keydown=pressed
                on:copy=copied
            >
                <div class="timeline-rows" node_ref=reader.rows>
                    <TimelineStart reader room_name is_empty />
                    <List items />
                </div>
            </div>
            <Show when=move || !reader.at_latest()>
                <button
                    class="to-latest"
                    type="button"
                    on:click=move |_| {
                        reader.go_latest();
                        reader.focus();
                    }
                    inner_html=live(latest)
                ></button>
            </Show>
        </div>
    }
}

/// What stands above the oldest message on the page.
#[component]
fn TimelineStart(reader: Reader, room_name: String, is_empty: Memo<bool>) -> impl IntoView {
    let is_whole = Memo::new(move |_| reader.is_at_start());
    let room_name = StoredValue::new(room_name);
    let beginning = move || {
        if is_empty.get() {
            "Nobody has said anything yet. Say hello."
        } else {
            "This is where it began."
        }
    };
    view! {
        <div class="timeline-start">
            <Show
                when=move || is_whole.get()
                fallback=move || {
                    view! {
                        <Show
                            when=move || reader.failed.get()
                            fallback=|| view! { <p class="timeline-older">"Earlier messages"</p> }
                        >
                            <p class="timeline-older">
                                "Earlier messages could not be loaded. "
                                <button
                                    class="button-link"
                                    type="button"
                                    on:click=move |_| {
                                        reader.focus();
                                        reader.load_older();
                                    }
                                >
                                    "Try again"
                                </button>
                            </p>
                        </Show>
                    }
                }
            >
                <p class="timeline-beginning">
                    <strong dir="auto">{room_name.get_value()}</strong>
                    <span inner_html=live(beginning)></span>
                </p>
            </Show>
        </div>
    }
}

fn item(row: Row, viewer: UserId) -> Item {
    Item::leading(row.key(), row.is_first(), move |first| draw(row.clone(), first, viewer))
}

fn draw(row: Row, first: Signal<bool>, viewer: UserId) -> AnyView {
    match row {
        Row::Day(day, _) => view! { <DayDivider day /> }.into_any(),
        Row::Message { message, .. } => view! { <Message message first viewer /> }.into_any(),
        Row::Unsent { unsent, .. } => view! { <UnsentMessage unsent first /> }.into_any(),
    }
}

#[component]
fn DayDivider(day: Day) -> impl IntoView {
    let chat = use_chat();
    let words = move || day.relative(chat.clock.get().day(chat.now.get()));
    view! {
        <p class="day">
            <span inner_html=live(words)></span>
        </p>
    }
}
