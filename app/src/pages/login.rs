//! Placeholder.
use leptos::prelude::*;

#[component]
pub fn LoginPage() -> impl IntoView {
    view! { <main><h1>"Login"</h1></main> }
}
