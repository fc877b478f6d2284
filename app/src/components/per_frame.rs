//! What is drawn at most once for each frame of the screen, however often it changes: nobody could see more, and in a flood
//! of changes the drawing itself would keep the page from being painted.

use crate::effect::effect;
use leptos::prelude::*;
use std::time::Duration;

/// Where a frame stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// Nothing was drawn in it: a change is drawn at once.
    Free,
    /// Something was drawn in it.
    Used,
    /// And something has changed since.
    Behind,
}

/// How long a frame takes in a tab that nobody sees, where browsers have none, in milliseconds.
const UNSEEN_MS: u64 = 1_000;

/// What `compute` says, brought up to date when one of `sources` changes.
pub fn per_frame<T>(
    sources: impl Fn() + 'static,
    compute: impl Fn() -> T + Send + Sync + 'static,
) -> ReadSignal<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    let (value, set_value) = signal(untrack(&compute));
    let compute = StoredValue::new(compute);
    let draw = move || {
        let new = untrack(|| compute.with_value(|compute| compute()));
        if value.with_untracked(|old| *old != new) {
            set_value.set(new);
        }
    };
    let frame = StoredValue::new(Frame::Free);
    effect(move || {
        sources();
        if frame.get_value() == Frame::Free {
            draw();
            end_frame(frame, draw);
        } else {
            frame.set_value(Frame::Behind);
        }
    });
    value
}

/// Draws what is left when the present frame is over, until one passes without a change.
fn end_frame(frame: StoredValue<Frame>, draw: impl Fn() + Copy + 'static) {
    frame.set_value(Frame::Used);
    let end = move || match frame.try_get_value() {
        Some(Frame::Behind) => {
            draw();
            end_frame(frame, draw);
        }
        Some(_) => frame.set_value(Frame::Free),
        // The view is gone.
        None => {}
    };
    if document().hidden() {
        set_timeout(end, Duration::from_millis(UNSEEN_MS));
    } else {
        request_animation_frame(end);
    }
}
