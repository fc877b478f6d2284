//! A list whose rows keep their elements for as long as they keep their keys.
//!
//! All lists of the app are of this one type: what draws them is compiled into the script once, not once for each. How
//! the rows get onto the page, and stay there, is in `rows`.

mod rows;

use leptos::prelude::*;
use rows::Rows;
use std::sync::Arc;

/// One row.
#[derive(Clone)]
pub struct Item {
    /// Rows of one list differ in it; a row whose key changes is drawn anew.
    key: String,
    /// The one thing about a row that may change while it stays: whether it leads those after it.
    leads: bool,
    draw: Arc<dyn Fn(Signal<bool>) -> AnyView + Send + Sync>,
}

impl Item {
    pub fn new(key: String, draw: impl Fn() -> AnyView + Send + Sync + 'static) -> Self {
        Self::leading(key, false, move |_| draw())
    }

    /// A row that is told whether it leads, now and later.
    pub fn leading(
        key: String,
        leads: bool,
        draw: impl Fn(Signal<bool>) -> AnyView + Send + Sync + 'static,
    ) -> Self {
        Self { key, leads, draw: Arc::new(draw) }
    }
}

#[component]
pub fn List(#[prop(into)] items: Signal<Vec<Item>>) -> impl IntoView {
    // Rows belong to the list and not to the effect that draws it, which lets go of all it owns whenever it runs.
    let owner = Owner::current().unwrap_or_default();
    move || Rows::new(items.get(), owner.clone())
}
