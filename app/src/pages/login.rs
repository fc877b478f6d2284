//! Sign in by name: one field, one button, a plain form.

use crate::components::{Brand, FieldError};
use crate::navigation::use_navigation;
use crate::page::Query;
use crate::words::refusal;
use leptos::prelude::*;
use protocol::limits::USER_NAME_CHARS_MAX;

const ERROR: &str = "name-error";

#[component]
pub fn LoginPage() -> impl IntoView {
    // The page is always loaded whole, so its query never changes under it.
    let Query { error, name, suggestion, next, .. } =
        use_navigation().shown.with_untracked(|shown| shown.query.clone());
    let is_refused = error.is_some();
    let words = error.map(|code| {
        let refusal = refusal(code);
        if suggestion.is_empty() {
            refusal
        } else {
            format!("{refusal} “{suggestion}” is free.")
        }
    });

    view! {
        <main class="login">
            <div class="login-card">
                <h1>
                    <Brand />
                </h1>
                <p class="login-lead">"Team chat that never loses a message."</p>
                <form class="login-form" method="post" action="/login">
                    {next_field(&next)}
                    <label for="name">"Your name"</label>
                    <input
                        id="name"
                        type="text"
                        name="name"
                        value=name
                        required
                        maxlength=USER_NAME_CHARS_MAX.to_string()
                        autocomplete="username"
                        autocapitalize="words"
                        spellcheck="false"
                        autofocus
                        dir="auto"
                        aria-describedby=ERROR
                        aria-invalid=is_refused.then_some("true")
                    />
                    <FieldError id=ERROR text=Signal::derive(move || words.clone()) />
                    <button class="button button-wide" type="submit">
                        "Enter"
                    </button>
                </form>
                {(!suggestion.is_empty())
                    .then(|| {
                        view! {
                            <form class="login-suggestion" method="post" action="/login">
                                {next_field(&next)}
                                <input type="hidden" name="name" value=suggestion.clone() />
                                <button class="button-quiet button-wide" type="submit" dir="auto">
                                    {format!("Go on as {suggestion}")}
                                </button>
                            </form>
                        }
                    })}
            </div>
        </main>
    }
}

/// Where to go after signing in.
fn next_field(next: &str) -> Option<impl IntoView + use<>> {
    let next = next.to_owned();
    (!next.is_empty()).then(|| view! { <input type="hidden" name="next" value=next /> })
}
