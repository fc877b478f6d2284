//! Placeholder.
use leptos::prelude::*;

#[component]
pub fn RoomPage() -> impl IntoView {
    view! { <main><h1>"Room"</h1></main> }
}
