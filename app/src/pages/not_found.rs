//! Placeholder.
use leptos::prelude::*;

#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! { <main><h1>"NotFound"</h1></main> }
}
