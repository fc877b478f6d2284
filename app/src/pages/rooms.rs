//! Placeholder.
use leptos::prelude::*;

#[component]
pub fn RoomsPage() -> impl IntoView {
    view! { <main><h1>"Rooms"</h1></main> }
}
