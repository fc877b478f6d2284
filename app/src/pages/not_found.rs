//! Nothing is at this address.

use crate::api;
use crate::components::{Brand, Notice};
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn NotFoundPage() -> impl IntoView {
    api::set_status(404);
    view! {
        <Title text="Not found" />
        <main class="page">
            <Brand />
            <Notice
                title="Nothing here"
                text="This address leads nowhere. Perhaps a letter got lost."
                way_on="All rooms"
                href="/rooms"
            />
        </main>
    }
}
