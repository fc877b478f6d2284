//! Where the reader is in the timeline, and that they stay there whatever is added or trimmed around them.
//!
//! The scroller is a reversed column, so a browser starts it at its end and keeps it there without any script. Away
//! from the end the rows in view are remembered, and put back to the pixel after every change of the rows or of the size
//! of anything. So is the place of somebody who comes back to a room. What they are about to reach is read in `history`.

mod history;

use crate::effect::effect;
use crate::state::chat::{Chat, OpenRoom, use_chat};
use crate::state::places::Place;
use crate::state::timeline::Timeline;
use crate::state::window::Window;
pub use history::retry_online;
use js_sys::Array;
use leptos::html::Div;
use leptos::prelude::*;
use protocol::{Message, Seq, UserId};
use send_wrapper::SendWrapper;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{
    DomRect, Element, HtmlElement, MutationObserver, MutationObserverInit, ResizeObserver,
};

/// A reader this close to the end, in CSS pixels, is at the end: a line of text, so that a nudge does not unpin it.
const AT_END_PX: f64 = 24.0;

/// More is brought in this far ahead, in CSS pixels: about a screen, so that a reader rarely meets the edge.
const AHEAD_PX: f64 = 800.0;

/// Unread messages that are counted: nobody needs to know more precisely what a lot is.
pub const UNREAD_MAX: usize = 100;

/// Rows remembered while away from the end: some of them may be trimmed or redrawn by the change they guard against.
const ANCHORS: usize = 16;

/// What is held of the rows on the page, each with the position of its upper edge below that of the timeline.
type Anchors = Vec<(Element, f64)>;

/// The reader of one timeline. Copies are the same reader.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    chat: Chat,
    open: OpenRoom,
    pub scroller: NodeRef<Div>,
    pub rows: NodeRef<Div>,
    pub window: RwSignal<Window>,
    pub loading: RwSignal<bool>,
    /// Whether older messages could not be read: their reader is told, and may ask again.
    pub failed: RwSignal<bool>,
    /// Whether something else could not be read, and is not tried again before the pause is over.
    pausing: StoredValue<bool>,
    /// Whether rows that were there before come back to the page.
    recalling: RwSignal<bool>,
    /// Whether the reader is looked for in the next frame.
    looks: StoredValue<bool>,
    /// The newest message that was in view at the end.
    seen: RwSignal<Seq>,
    /// Rows in view and where they were; none while at the end, and none on the server, which has no elements.
    anchors: StoredValue<Option<SendWrapper<Anchors>>>,
    /// How high the timeline and all that is in it were when the reader was last looked for.
    sizes: StoredValue<(i32, i32)>,
    /// The row to go back to, and its place, until they are there.
    back_to: StoredValue<Option<(Seq, f64)>>,
}

impl Reader {
    pub fn new(open: OpenRoom, place: Option<Place>) -> Self {
        open.at_end.set(place.is_none());
        if let Some(place) = &place {
            open.window.set(place.window);
        }
        Self {
            chat: use_chat(),
            open,
            scroller: NodeRef::new(),
            rows: NodeRef::new(),
            window: open.window,
            loading: RwSignal::new(false),
            failed: RwSignal::new(false),
            pausing: StoredValue::new(false),
            recalling: RwSignal::new(false),
            looks: StoredValue::new(false),
            seen: RwSignal::new(place.as_ref().map(|place| place.seen).unwrap_or_default()),
            anchors: StoredValue::new(None),
            sizes: StoredValue::default(),
            back_to: StoredValue::new(place.map(|place| (place.row, place.top))),
        }
    }

    /// Where the reader is, for when they come back; none at the end.
    pub fn place(self) -> Option<Place> {
        let (row, top) = self.anchors.with_value(|anchors| {
            let (row, top) = anchors.as_ref()?.first()?;
            let row = row.closest("[data-seq]").ok()??;
            Some((Seq(row.get_attribute("data-seq")?.parse().ok()?), *top))
        })?;
        Some(Place {
            timeline: self.open.timeline.get_untracked(),
            window: self.window.get_untracked(),
            seen: self.seen.get_untracked(),
            row,
            top,
        })
    }

    /// The messages on the page.
    pub fn shown(self) -> Vec<Arc<Message>> {
        self.open.timeline.with(|timeline| self.window.with(|window| window.shown(timeline)))
    }

    /// Whether the first message of the room is on the page.
    pub fn is_at_start(self) -> bool {
        self.open.timeline.with(|timeline| self.window.with(|window| window.is_at_start(timeline)))
    }

    /// Whether the newest message is in view.
    pub fn at_latest(self) -> bool {
        self.open.at_end.get() && self.window.with(Window::follows)
    }

    /// Messages of others that came since the reader left the end, up to [`UNREAD_MAX`].
    pub fn unread(self, viewer: UserId) -> usize {
        let seen = self.seen.get();
        self.open.timeline.with(|timeline| {
            let newer = timeline.back_from(None).take_while(|message| message.seq > seen);
            newer.filter(|message| message.author.id != viewer).take(UNREAD_MAX).count()
        })
    }

    /// Whether what comes to the page is no news, and must not be read out as such.
    pub fn is_busy(self) -> bool {
        self.loading.get() || self.recalling.get()
    }

    /// Old rows are about to come from memory, and are on the page when the next frame is over.
    fn recall(self) {
        self.recalling.set(true);
        request_animation_frame(move || {
            request_animation_frame(move || {
                let _ = self.recalling.try_set(false);
            });
        });
    }

    /// Goes to the newest message, and stays there.
    pub fn go_latest(self) {
        if !self.window.with_untracked(Window::follows) {
            self.recall();
        }
        self.anchors.set_value(None);
        self.window.update(Window::go_latest);
        self.open.at_end.set(true);
        // What was kept around the reader's old place may go.
        self.open.change(|_| ());
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

    /// The timeline was scrolled: by the reader, or by the browser because it has another size now, which it may tell before
    /// it tells the size. Then the reader has gone nowhere.
    pub fn scrolled(self) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        if self.sizes.get_value() == sizes(&scroller) {
            self.look();
        } else {
            self.settle();
        }
    }

    /// Notes where the reader is now, and brings in what they are about to reach.
    pub fn look(self) {
        let (Some(scroller), Some(rows)) =
            (self.scroller.try_get_untracked().flatten(), self.rows.try_get_untracked().flatten())
        else {
            return;
        };
        self.sizes.set_value(sizes(&scroller));
        let (view, all) = (scroller.get_bounding_client_rect(), rows.get_bounding_client_rect());
        let (above, below) = (view.top() - all.top(), all.bottom() - view.bottom());
        let at_end = below <= AT_END_PX;
        if self.open.at_end.get_untracked() != at_end {
            self.open.at_end.set(at_end);
        }
        if at_end && self.window.with_untracked(Window::follows) {
            self.anchors.set_value(None);
            self.note_seen();
        } else {
            self.anchors.set_value(Some(SendWrapper::new(rows_in_view(&rows, &view))));
            self.hold();
            if below < AHEAD_PX && !self.window.with_untracked(Window::follows) {
                self.load_newer();
            }
        }
        if above < AHEAD_PX && !self.failed.get_untracked() {
            self.load_older();
        }
        self.renew();
    }

    /// Keeps a row where it is, or at the upper edge if it began above, through the next change: of one that is about to grow
    /// its reader wants to see the beginning, even where they were at the end.
    pub fn keep(self, row: &Element) {
        let Some(scroller) = self.scroller.get_untracked() else { return };
        let top = row.get_bounding_client_rect().top() - scroller.get_bounding_client_rect().top();
        self.anchors.set_value(Some(SendWrapper::new(vec![(row.clone(), top.max(0.0))])));
    }

    /// Puts the reader back after something has changed around them.
    fn settle(self) {
        let Some(scroller) = self.scroller.try_get_untracked().flatten() else { return };
        self.anchors.with_value(|anchors| match anchors {
            None => scroller.set_scroll_top(0),
            Some(anchors) => {
                if let Some((row, top)) = anchors.iter().find(|(row, _)| row.is_connected()) {
                    put(row, *top, &scroller);
                }
            }
        });
        self.sizes.set_value(sizes(&scroller));
        // Not before all of this change has happened: a head that goes last must find the reader's old place, not that of
        // what has come above it.
        self.look_soon();
    }

    /// Looks for the reader in the next frame, once however much has changed: a tab that nobody sees has no frames, and would
    /// queue one for each change.
    fn look_soon(self) {
        let was_queued = self.looks.try_update_value(|looks| std::mem::replace(looks, true));
        if was_queued == Some(false) {
            request_animation_frame(move || {
                if self.looks.try_set_value(false).is_none() {
                    self.look();
                }
            });
        }
    }

    /// Leads to the place where the reader left the room, if they did, and looks around.
    fn arrive(self, rows: &HtmlElement) {
        let back_to = self.back_to.try_update_value(Option::take).flatten();
        if let (Some((seq, top)), Some(scroller)) = (back_to, self.scroller.get_untracked())
            && let Ok(Some(row)) = rows.query_selector(&format!("[data-seq='{seq}']"))
        {
            put(&held(&row), top, &scroller);
        }
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
        self.change_window(|window, timeline| {
            let before = *window;
            window.hold(timeline);
            *window != before
        });
    }

    /// Brings rows from memory back to the page; says whether there were any.
    fn bring_back(self, change: impl FnOnce(&mut Window, &Timeline) -> bool) -> bool {
        let was_changed = self.change_window(change);
        if was_changed {
            self.recall();
        }
        was_changed
    }

    /// Changes what is on the page; says whether it did.
    fn change_window(self, change: impl FnOnce(&mut Window, &Timeline) -> bool) -> bool {
        let mut changed = false;
        self.open.timeline.with_untracked(|timeline| {
            self.window.maybe_update(|window| {
                changed = change(window, timeline);
                changed
            });
        });
        changed
    }
}

/// Watches a timeline. Both observers run after a change is complete and before it is painted: one when rows come and go,
/// one when the window is resized, a phone turned, or a row grows.
pub fn watch(reader: Reader) {
    effect(move || {
        let (Some(rows), Some(scroller)) = (reader.rows.get(), reader.scroller.get()) else {
            return;
        };
        reader.arrive(&rows);
        let settle = Closure::new(move || reader.settle());
        let call = settle.as_ref().unchecked_ref();
        let (Ok(changes), Ok(sizes)) = (MutationObserver::new(call), ResizeObserver::new(call))
        else {
            return;
        };
        let rows_and_classes = MutationObserverInit::new();
        rows_and_classes.set_child_list(true);
        // A row that comes to begin a run, or is folded, changes its height by its class.
        rows_and_classes.set_subtree(true);
        rows_and_classes.set_attribute_filter(&Array::of1(&"class".into()));
        let _ = changes.observe_with_options(&rows, &rows_and_classes);
        sizes.observe(&scroller);
        sizes.observe(&rows);
        StoredValue::new_local(Watch { changes, sizes, _settle: settle });
    });
}

/// The observers with what they call; they end with the view that they watch.
struct Watch {
    changes: MutationObserver,
    sizes: ResizeObserver,
    _settle: Closure<dyn FnMut()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.changes.disconnect();
        self.sizes.disconnect();
    }
}

/// How high a timeline and all that is in it are.
fn sizes(scroller: &Element) -> (i32, i32) {
    (scroller.client_height(), scroller.scroll_height())
}

/// Scrolls until the upper edge of a row is `top` pixels below that of the timeline.
fn put(row: &Element, top: f64, scroller: &Element) {
    let now = row.get_bounding_client_rect().top() - scroller.get_bounding_client_rect().top();
    scroller.scroll_by_with_x_and_y(0.0, now - top);
}

/// The first rows that reach into view, with the position of each. The first that begins in view comes first: one that began
/// above may grow or shrink there, and would push what is read.
fn rows_in_view(rows: &HtmlElement, view: &DomRect) -> Anchors {
    let children = rows.children();
    let bottom =
        |at| children.item(at).map_or(f64::MAX, |row| row.get_bounding_client_rect().bottom());
    let (mut low, mut high) = (0, children.length());
    while low < high {
        let middle = low + (high - low) / 2;
        if bottom(middle) > view.top() { high = middle } else { low = middle + 1 }
    }
    let mut anchors: Anchors = (low..children.length())
        .filter_map(|at| children.item(at))
        // Above the oldest message stands the start of the timeline, which moves away with whatever is loaded.
        .filter(|row| row.has_attribute("data-seq"))
        .take(ANCHORS)
        .map(|row| {
            let held = held(&row);
            let top = held.get_bounding_client_rect().top() - view.top();
            (held, top)
        })
        .collect();
    let begins = |(_, top): &(Element, f64)| *top >= 0.0 && *top < view.height();
    let first = anchors.iter().position(begins).unwrap_or(0);
    anchors.rotate_left(first);
    anchors
}

/// The part of a row that stays where it is: its text. The head above it comes and goes with what is loaded before it.
fn held(row: &Element) -> Element {
    row.query_selector(".message-text").ok().flatten().unwrap_or_else(|| row.clone())
}
