//! Who is signed in, and the way out.

use super::avatar::Avatar;
use crate::navigation::use_navigation;
use leptos::prelude::*;

#[component]
pub fn Account() -> impl IntoView {
    use_navigation().viewer().map(|viewer| {
        view! {
            <div class="account">
                <Avatar user=viewer.clone() />
                <span class="account-name" dir="auto">
                    {viewer.name}
                </span>
                <form method="post" action="/logout">
                    <button class="button-quiet" type="submit">
                        "Sign out"
                    </button>
                </form>
            </div>
        }
    })
}
