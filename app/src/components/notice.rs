//! A page, or a part of one, that has nothing to show: what happened and the way on.

use leptos::prelude::*;

#[component]
pub fn Notice(
    title: &'static str,
    text: &'static str,
    action: &'static str,
    /// Where the way on leads; empty loads the same page again.
    href: &'static str,
) -> impl IntoView {
    view! {
        <div class="notice">
            <h1>{title}</h1>
            <p>{text}</p>
            <p class="notice-way">
                <a class="button" href=href rel=href.is_empty().then_some("external")>
                    {action}
                </a>
            </p>
        </div>
    }
}
