//! Effects, compiled once.

use leptos::prelude::Effect;

/// Runs something in the browser, now and whenever a signal changes that it has read.
///
/// [`Effect::new`] is compiled anew for each closure, with the task behind it, and weighs more than most of them. This one
/// boxes them, so that all share one task. An effect that wants its last value keeps it itself.
pub fn effect(run: impl FnMut() + 'static) {
    boxed(Box::new(run));
}

fn boxed(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_: Option<()>| run());
}
