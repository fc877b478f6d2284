//! Nothing is at this address.

use crate::components::{Brand, Notice};
use crate::routes::ROOMS;
use leptos::prelude::*;

#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <main class="page">
            <Brand />
            <Notice
                title="Nothing here"
                text="This address leads nowhere. Perhaps a letter got lost."
                action="All rooms"
                href=ROOMS
            />
        </main>
    }
}
