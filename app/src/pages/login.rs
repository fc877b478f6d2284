//! Sign in by name: one field, one button, a plain form.

use crate::components::{Brand, FieldError};
use crate::words::{code_of, refusal};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use protocol::limits::USER_NAME_CHARS_MAX;

const ERROR: &str = "name-error";

#[component]
pub fn LoginPage() -> impl IntoView {
    let query = use_query_map();
    // The page is always loaded whole, so its parameters never change under it.
    let parameter = move |name| query.with_untracked(|query| query.get(name)).unwrap_or_default();
    let error = Some(parameter("error")).filter(|code| !code.is_empty());
    let is_refused = error.is_some();
    let next = parameter("next");
    let suggestion = parameter("suggestion");
    let words = error.map(|code| {
        let refusal = refusal(code_of(&code));
        if suggestion.is_empty() {
            refusal
        } else {
            format!("{refusal} “{suggestion}” is free.")
        }
    });

    view! {
        <Title text="Sign in" />
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
                        value=parameter("name")
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
