//! Where the reader is in the timeline, and that they stay there whatever is added or trimmed around them.
//!
//! The scroller is a reversed column, so a browser starts it at its end and keeps it there without any script. Away
//! from the end the rows in view are remembered, and put back to the pixel after every change of the rows.

use crate::api;
use crate::state::chat::OpenRoom;
use crate::state::timeline::Timeline;
use crate::state::window::Window;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::{Message, Seq, UserId};
use send_wrapper::SendWrapper;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement, MutationObserver, MutationObserverInit};

/// A reader this close to the end, in CSS pixels, is at the end: a line of text, so that a nudge does not unpin it.
const AT_END_PX: f64 = 24.0;

/// More is brought in this far ahead, in CSS pixels: about a screen, so that a reader rarely meets the edge.
const AHEAD_PX: f64 = 800.0;

/// Rows remembered while away from the end: some of them may be trimmed or redrawn by the change they guard against.
const ANCHORS: usize = 16;

/// Rows on the page, each with the position of its upper edge in the viewport.
type Anchors = Vec<(Element, f64)>;

/// The reader of one timeline. Copies are the same reader.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    open: OpenRoom,
    pub scroller: NodeRef<Div>,
    pub rows: NodeRef<Div>,
    pub window: RwSignal<Window>,
    pub loading: RwSignal<bool>,
    pub failed: RwSignal<bool>,
    /// Whether the end of the page is in view.
    at_end: RwSignal<bool>,
    /// The newest message that was in view at the end.
    seen: RwSignal<Seq>,
    /// Rows in view and where they were; none while at the end, and none on the server, which has no elements.
    anchors: StoredValue<Option<SendWrapper<Anchors>>>,
}

impl Reader {
    pub fn new(open: OpenRoom) -> Self {
        Self {
            open,
            scroller: NodeRef::new(),
            rows: NodeRef::new(),
            window: RwSignal::default(),
            loading: RwSignal::new(false),
            failed: RwSignal::new(false),
            at_end: RwSignal::new(true),
            seen: RwSignal::new(Seq::ZERO),
            anchors: StoredValue::new(None),
        }
    }

    /// The messages on the page.
    pub fn shown(self) -> Vec<Arc<Message>> {
        self.open.timeline.with(|timeline| {
            let messages: Vec<_> = timeline.messages().cloned().collect();
            self.window.with(|window| messages[window.range(&messages)].to_vec())
        })
    }

    /// Whether the first message of the room is on the page.
    pub fn is_at_start(self) -> bool {
        self.open.timeline.with(|timeline| {
            let messages: Vec<_> = timeline.messages().cloned().collect();
            timeline.older_before().is_none()
                && self.window.with(|window| window.range(&messages).start == 0)
        })
    }

    /// Whether the newest message is in view.
    pub fn at_latest(self) -> bool {
        self.at_end.get() && self.window.with(Window::follows)
    }

    /// Messages of others that came since the reader left the end.
    pub fn unread(self, viewer: UserId) -> usize {
        let seen = self.seen.get();
        self.open.timeline.with(|timeline| {
            let newer = timeline.messages().rev().take_while(|message| message.seq > seen);
            newer.filter(|message| message.author.id != viewer).count()
        })
    }

    /// Goes to the newest message, and stays there.
    pub fn go_latest(self) {
        self.anchors.set_value(None);
        self.window.update(Window::go_latest);
        self.at_end.set(true);
        if let Some(scroller) = self.scroller.get_untracked() {
            scroller.set_scroll_top(0);
        }
    }

    /// Gives the timeline the keyboard, when the control that had it is about to go.
    pub fn focus(self) {
        if let Some(scroller) = self.scroller.get_untracked() {
            let _ = scroller.focus();
        }
    }

    /// Notes where the reader is now, and brings in what they are about to reach.
    pub fn look(self) {
        let (Some(scroller), Some(rows)) =
            (self.scroller.try_get_untracked().flatten(), self.rows.try_get_untracked().flatten())
        else {
            return;
        };
        let (view, all) = (scroller.get_bounding_client_rect(), rows.get_bounding_client_rect());
        let (above, below) = (view.top() - all.top(), all.bottom() - view.bottom());
        let at_end = below <= AT_END_PX;
        if self.at_end.get_untracked() != at_end {
            self.at_end.set(at_end);
        }
        if at_end && self.window.with_untracked(Window::follows) {
            self.anchors.set_value(None);
            self.note_seen();
        } else {
            self.anchors.set_value(Some(SendWrapper::new(rows_in_view(&rows, view.top()))));
            self.hold();
            if below < AHEAD_PX && !self.window.with_untracked(Window::follows) {
                self.change_window(|window, messages| {
                    window.go_newer(messages);
                    true
                });
            }
        }
        if above < AHEAD_PX && !self.failed.get_untracked() {
            self.load_older();
        }
    }

    /// Brings in older messages: those loaded before, or the next page of history.
    pub fn load_older(self) {
        if self.loading.get_untracked() || self.change_window(Window::go_older) {
            return;
        }
        let timeline = self.open.timeline;
        let Some(before) = timeline.with_untracked(Timeline::older_before) else { return };
        self.failed.set(false);
        self.loading.set(true);
        spawn_local(async move {
            let page = api::history(self.open.id, before).await;
            if timeline.is_disposed() {
                return;
            }
            match page {
                Ok(page) => timeline.update(|timeline| timeline.prepend(before, page)),
                Err(_) => self.failed.set(true),
            }
            // The rows are on the page by then: what is older must not be read out as news.
            request_animation_frame(move || {
                if self.loading.try_set(false).is_none() {
                    self.look();
                }
            });
        });
    }

    /// Puts the reader back after the rows have changed.
    fn settle(self) {
        let Some(scroller) = self.scroller.try_get_untracked().flatten() else { return };
        self.anchors.with_value(|anchors| match anchors {
            None => scroller.set_scroll_top(0),
            Some(anchors) => {
                if let Some((row, top)) = anchors.iter().find(|(row, _)| row.is_connected()) {
                    let moved = row.get_bounding_client_rect().top() - top;
                    scroller.scroll_by_with_x_and_y(0.0, moved);
                }
            }
        });
        self.look();
    }

    fn note_seen(self) {
        let last = self.open.timeline.with_untracked(|timeline| {
            timeline.last().map(|message| message.seq).unwrap_or_default()
        });
        if self.seen.get_untracked() < last {
            self.seen.set(last);
        }
    }

    fn hold(self) {
        self.change_window(|window, messages| {
            let before = *window;
            window.hold(messages);
            *window != before
        });
    }

    /// Changes what is on the page; says whether it did.
    fn change_window(self, change: impl FnOnce(&mut Window, &[Arc<Message>]) -> bool) -> bool {
        let messages: Vec<_> =
            self.open.timeline.with_untracked(|timeline| timeline.messages().cloned().collect());
        let mut changed = false;
        self.window.maybe_update(|window| {
            changed = change(window, &messages);
            changed
        });
        changed
    }
}

/// Watches the rows of a timeline. An observer runs after a change is complete and before it is painted.
pub fn watch(reader: Reader) {
    Effect::new(move |_| {
        let Some(rows) = reader.rows.get() else { return };
        let settle = Closure::new(move || reader.settle());
        let Ok(observer) = MutationObserver::new(settle.as_ref().unchecked_ref()) else { return };
        let children = MutationObserverInit::new();
        children.set_child_list(true);
        let _ = observer.observe_with_options(&rows, &children);
        StoredValue::new_local(Watch { observer, _settle: settle });
        reader.look();
    });
}

/// An observer with what it calls; ends with the view that it watches.
struct Watch {
    observer: MutationObserver,
    _settle: Closure<dyn FnMut()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// The first rows that reach into view, with the position of each.
fn rows_in_view(rows: &HtmlElement, view_top: f64) -> Anchors {
    let children = rows.children();
    let bottom =
        |at| children.item(at).map_or(f64::MAX, |row| row.get_bounding_client_rect().bottom());
    let (mut low, mut high) = (0, children.length());
    while low < high {
        let middle = low + (high - low) / 2;
        if bottom(middle) > view_top { high = middle } else { low = middle + 1 }
    }
    (low..children.length())
        .filter_map(|at| children.item(at))
        // Above the oldest message stands the start of the timeline, which moves away with whatever is loaded.
        .filter(|row| row.has_attribute("data-seq"))
        .take(ANCHORS)
        .map(|row| {
            let top = row.get_bounding_client_rect().top();
            (row, top)
        })
        .collect()
}
