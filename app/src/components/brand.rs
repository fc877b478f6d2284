//! The product's mark and name.

use leptos::prelude::*;

#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <span class="brand">
            <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
                <path
                    class="brand-back"
                    d="M20 9a9 9 0 0 1 7.6 13.8l.9 4.1-4.2-.9A9 9 0 1 1 20 9Z"
                />
                <path
                    class="brand-front"
                    d="M12 3a9 9 0 1 1-4.3 16.9l-4.2 1 .9-4.2A9 9 0 0 1 12 3Z"
                />
            </svg>
            "Hubbub"
        </span>
    }
}
