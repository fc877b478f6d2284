//! Asks before signing out: where a link or a bookmark leads to `/logout`, and where signing out did not work.

use crate::components::Brand;
use crate::components::field_error::FieldError;
use crate::components::page_field::PageField;
use crate::navigation::use_navigation;
use crate::page::FormKind;
use crate::routes::{ROOMS, SIGN_OUT};
use crate::words::why;
use leptos::prelude::*;

const ERROR: &str = "sign-out-error";

#[component]
pub fn SignOutPage() -> impl IntoView {
    let navigation = use_navigation();
    let refused = navigation
        .shown
        .with_untracked(|shown| shown.refused(FormKind::SignOut).map(|refused| why(&refused.why)));
    let name = navigation.viewer().map(|viewer| viewer.name);
    view! {
        <main class="login">
            <div class="login-card">
                <Brand />
                <h1 class="login-title">"Sign out?"</h1>
                <p class="login-lead" dir="auto">
                    {name.map(|name| format!("You are signed in as {name}."))}
                </p>
                <form class="login-form" method="post" action=SIGN_OUT>
                    <PageField />
                    <FieldError id=ERROR text=Signal::derive(move || refused.clone()) />
                    <button class="button button-wide" type="submit">
                        "Sign out"
                    </button>
                </form>
                <p class="login-other">
                    <a href=ROOMS>"Stay, and go to the rooms"</a>
                </p>
            </div>
        </main>
    }
}
