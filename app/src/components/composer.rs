//! Where a message is written. The text leaves the field only when the outbox has taken it; until then it is a draft
//! that survives a reload.

use super::field_error::FieldError;
use super::page_field::PageField;
use crate::device::{self, BrowserShelf};
use crate::effect::effect;
use crate::navigation::use_navigation;
use crate::page::{FormKind, Why, textarea_content};
use crate::routes;
use crate::state::chat::use_chat;
use crate::state::drafts::{Draft, FromOutside, with_returned};
use crate::words::why;
use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::html::Textarea;
use leptos::prelude::*;
use protocol::{ErrorCode, MessageKey, Room};
use std::mem;
use web_sys::HtmlTextAreaElement;

const ERROR: &str = "composer-error";

/// Lines the field grows to where the browser does not size it by its content.
const LINES_MAX: usize = 8;

/// The key code of every key that an input method is still busy with, in browsers that do not say so otherwise.
const KEY_CODE_OF_COMPOSITION: u32 = 229;

#[component]
pub fn Composer(
    room: Room,
    /// The key of a message sent before the page is alive.
    form_key: MessageKey,
    on_sent: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let chat = use_chat();
    let field = NodeRef::<Textarea>::new();
    // The plain form of this page, when it was refused: it comes back with its text.
    let shown = use_navigation().shown;
    let refused = shown.with_untracked(|shown| shown.refused(FormKind::Message).cloned());
    let text = refused.as_ref().map(|refused| textarea_content(&refused.typed));
    let error = RwSignal::new(refused.map(|refused| refused.why));
    let keeper = chat.keeper();
    let draft =
        StoredValue::new(Draft::new(BrowserShelf::Tab, BrowserShelf::Device, &keeper, &room.slug));
    let keep_draft = move |text: &str| draft.with_value(|draft| draft.typed(text));

    effect(move || {
        let Some(field) = field.get() else { return };
        // What was typed before the page came to life is newer than any draft.
        if field.value().is_empty() {
            field.set_value(&draft.with_value(Draft::text));
        } else {
            keep_draft(&field.value());
        }
        grow(&field);
        if !device::is_touch() {
            focus_unless_busy(&field);
        }
    });

    let mut is_first = true;
    effect(move || {
        let changed = chat.composed.get();
        // What happened before this composer was there was not meant for it.
        if mem::take(&mut is_first) {
            return;
        }
        let (Some(changed), Some(field)) = (changed, field.get_untracked()) else { return };
        match changed {
            FromOutside::Followed { name, text } => {
                if draft.with_value(|draft| draft.is_named(&name)) {
                    field.set_value(&text);
                }
            }
            FromOutside::Returned(text) => {
                field.set_value(&with_returned(text, &field.value()));
                keep_draft(&field.value());
                let _ = field.focus();
            }
        }
        grow(&field);
    });

    let send = move || {
        let Some(field) = field.get_untracked() else { return };
        match chat.send(room.id, field.value()) {
            Ok(()) => {
                field.set_value("");
                draft.with_value(Draft::emptied);
                error.set(None);
                // Should the room go and come back, what was refused is not unsent any more.
                shown.update_untracked(|shown| shown.refused = None);
                grow(&field);
                on_sent();
            }
            // An empty field says it all itself.
            Err(ErrorCode::MessageEmpty) => error.set(None),
            Err(code) => error.set(Some(Why::Code(code))),
        }
        let _ = field.focus();
    };
    let typed = move |_| {
        if let Some(field) = field.get_untracked() {
            keep_draft(&field.value());
            grow(&field);
            error.set(None);
        }
    };
    let pressed = move |event: KeyboardEvent| {
        let composes = event.is_composing() || event.key_code() == KEY_CODE_OF_COMPOSITION;
        // Whoever holds one of these has a keyboard, whatever else the device has.
        let is_chord = event.ctrl_key() || event.meta_key();
        let sends = is_chord || !event.shift_key() && !device::is_touch();
        if event.key() == "Enter" && sends && !composes {
            event.prevent_default();
            send();
        }
    };
    let submitted = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };

    let label = format!("Message {}", room.name);
    view! {
        <form
            class="composer"
            method="post"
            action=routes::messages(&room.slug)
            on:submit=submitted
        >
            <PageField />
            <input type="hidden" name="key" value=form_key.to_string() />
            <div class="composer-box">
                <textarea
                    node_ref=field
                    id="composer"
                    class="composer-field"
                    name="text"
                    rows="1"
                    dir="auto"
                    aria-label=label.clone()
                    placeholder=label
                    aria-describedby=ERROR
                    aria-invalid=move || error.get().map(|_| "true")
                    on:input=typed
                    on:keydown=pressed
                    inner_html=text.unwrap_or_default()
                ></textarea>
                <button class="button composer-send" type="submit">
                    "Send"
                </button>
            </div>
            <FieldError id=ERROR text=Signal::derive(move || error.get().as_ref().map(why)) />
        </form>
    }
}

fn grow(field: &HtmlTextAreaElement) {
    let lines = field.value().split('\n').count().min(LINES_MAX);
    field.set_rows(u32::try_from(lines).unwrap_or(1));
}

/// Puts the caret into the field, but not while somebody types elsewhere.
fn focus_unless_busy(field: &HtmlTextAreaElement) {
    let active = document().active_element();
    if active.is_none_or(|active| active.tag_name() != "INPUT") {
        let _ = field.focus();
    }
}
