//! A page, or a part of one, that has nothing to show: what happened and the way on.

use leptos::prelude::*;

#[component]
pub fn Notice(title: &'static str, text: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="notice">
            <h1>{title}</h1>
            <p>{text}</p>
            <p class="notice-way">{children()}</p>
        </div>
    }
}
