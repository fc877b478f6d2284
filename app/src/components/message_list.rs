//! The timeline of a room: a log that is read from its end, bounded on the page, and that never moves under the reader.

mod scroll;

use super::list::{Item, List};
use super::message::Message;
use super::unsent_message::UnsentMessage;
use crate::state::chat::{OpenRoom, use_chat};
use crate::state::clock::Day;
use crate::state::rows::{Row, rows};
use leptos::prelude::*;
use protocol::UserId;
use scroll::{Reader, watch};

#[component]
pub fn MessageList(
    open: OpenRoom,
    viewer: UserId,
    /// Somebody wants to see the newest messages.
    to_latest: Trigger,
    room_name: String,
) -> impl IntoView {
    let chat = use_chat();
    let reader = Reader::new(open);
    let rows = Memo::new(move |_| {
        let clock = chat.clock.get();
        let shown = reader.shown();
        chat.outbox.with(|outbox| {
            let follows = reader.window.with(|window| window.follows());
            let unsent = outbox.of_room(open.id).filter(|unsent| {
                follows && !open.timeline.with(|timeline| timeline.has_key(unsent.message.key))
            });
            rows(&shown, unsent, viewer, clock)
        })
    });
    watch(reader);
    Effect::new(move |first: Option<()>| {
        to_latest.track();
        if first.is_some() {
            reader.go_latest();
        }
    });
    let items =
        Signal::derive(move || rows.get().into_iter().map(|row| item(row, viewer)).collect());
    let unread = Memo::new(move |_| reader.unread(viewer));
    let is_empty = Memo::new(move |_| rows.with(Vec::is_empty));

    view! {
        <div class="timeline">
            <div
                class="timeline-scroll"
                node_ref=reader.scroller
                role="log"
                aria-label="Messages"
                aria-busy=move || reader.loading.get().then_some("true")
                tabindex="0"
                on:scroll=move |_| reader.look()
            >
                <div class="timeline-rows" node_ref=reader.rows>
                    <TimelineStart reader room_name is_empty />
                    <List items />
                </div>
            </div>
            <Show when=move || !reader.at_latest()>
                <button class="to-latest" type="button" on:click=move |_| {
                    reader.go_latest();
                    reader.focus();
                }>
                    "Jump to latest"
                    {move || match unread.get() {
                        0 => String::new(),
                        number => format!(" · {number} new"),
                    }}
                </button>
            </Show>
        </div>
    }
}

/// What stands above the oldest message on the page.
#[component]
fn TimelineStart(reader: Reader, room_name: String, is_empty: Memo<bool>) -> impl IntoView {
    let is_whole = Memo::new(move |_| reader.is_at_start());
    let room_name = StoredValue::new(room_name);
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
                                    on:click=move |_| reader.load_older()
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
                    <span>
                        {move || {
                            if is_empty.get() {
                                "Nobody has said anything yet. Say hello."
                            } else {
                                "This is where it began."
                            }
                        }}
                    </span>
                </p>
            </Show>
        </div>
    }
}

fn item(row: Row, viewer: UserId) -> Item {
    Item::new(row.key(), move || draw(row.clone(), viewer))
}

fn draw(row: Row, viewer: UserId) -> AnyView {
    match row {
        Row::Day(day, _) => view! { <DayDivider day /> }.into_any(),
        Row::Message { message, first } => view! { <Message message first viewer /> }.into_any(),
        Row::Unsent { unsent, first } => view! { <UnsentMessage unsent first /> }.into_any(),
    }
}

#[component]
fn DayDivider(day: Day) -> impl IntoView {
    let chat = use_chat();
    let words = move || day.relative(chat.clock.get().day(chat.now.get()));
    view! {
        <p class="day">
            <span>{words}</span>
        </p>
    }
}
