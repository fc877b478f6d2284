//! A list whose rows keep their elements for as long as they keep their keys.
//!
//! All lists of the app are of this one type: what draws them is compiled into the script once, not once for each.

use leptos::prelude::*;
use std::sync::Arc;

/// One row.
#[derive(Clone)]
pub struct Item {
    /// Rows of one list differ in it; a row whose key changes is drawn anew.
    pub key: String,
    draw: Arc<dyn Fn() -> AnyView + Send + Sync>,
}

impl Item {
    pub fn new(key: String, draw: impl Fn() -> AnyView + Send + Sync + 'static) -> Self {
        Self { key, draw: Arc::new(draw) }
    }
}

#[component]
pub fn List(#[prop(into)] items: Signal<Vec<Item>>) -> impl IntoView {
    view! {
        <For each=move || items.get() key=|item| item.key.clone() let(item)>
            {(item.draw)()}
        </For>
    }
}
