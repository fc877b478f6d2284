//! Sign in by name: one field, one button, a plain form.

use crate::components::Brand;
use crate::components::field_error::FieldError;
use crate::components::page_field::KeyField;
use crate::navigation::use_navigation;
use crate::page::{FormData, FormKind, SignIn, Why};
use crate::routes::LOGIN;
use crate::words::why;
use leptos::prelude::*;
use protocol::limits::USER_NAME_CHARS_MAX;

const ERROR: &str = "name-error";

#[component]
pub fn LoginPage() -> impl IntoView {
    // The page is always loaded whole, so what it says never changes under it.
    let refused = use_navigation().shown.with_untracked(|shown| shown.refused.clone());
    let (form, name, reason) = match refused {
        Some(refused) => (Some(refused.form), refused.typed, Some(refused.why)),
        None => (None, String::new(), None),
    };
    let cookie_advice = match &reason {
        Some(Why::CookieLost { address }) => Some(view! { <CookieLost address=address.clone() /> }),
        _ => None,
    };
    let suggestion = match &reason {
        Some(Why::NameTaken { suggestion }) => suggestion.clone(),
        _ => None,
    };
    let words = reason.filter(|_| cookie_advice.is_none()).as_ref().map(why);
    // Another form than this one was refused, and leads here because nobody is signed in.
    let is_name_refused = form == Some(FormKind::SignIn) && words.is_some();
    let name = if form == Some(FormKind::SignIn) { name } else { String::new() };

    view! {
        <main class="login">
            <div class="login-card">
                <h1>
                    <Brand />
                </h1>
                <p class="login-lead">"Team chat that never loses a message."</p>
                {cookie_advice}
                <form class="login-form" method="post" action=LOGIN>
                    <SignInFields />
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
                        aria-invalid=is_name_refused.then_some("true")
                    />
                    <FieldError id=ERROR text=Signal::derive(move || words.clone()) />
                    <button class="button button-wide" type="submit">
                        "Enter"
                    </button>
                </form>
                {suggestion
                    .map(|suggestion| {
                        view! {
                            <form class="login-suggestion" method="post" action=LOGIN>
                                <SignInFields />
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

/// What goes along with the name: where to go then, and what was typed before.
#[component]
fn SignInFields() -> impl IntoView {
    let SignIn { next, carried } = expect_context::<FormData>().sign_in;
    let field = |name: &'static str, value: String| {
        (!value.is_empty()).then(|| view! { <input type="hidden" name=name value=value /> })
    };
    view! {
        <KeyField />
        {field("next", next)}
        {field("text", carried.text)}
        {field("room", carried.room)}
    }
}

/// What to do where the browser keeps no cookie.
#[component]
fn CookieLost(
    /// The one address for which the cookie is made.
    address: Option<String>,
) -> impl IntoView {
    let advice = match address {
        Some(address) => view! {
            "The cookie is made for "
            <a href=address>{address.clone()}</a>
            " and for encrypted connections only. Open that address instead. If it is not the one that people use, "
            "whoever runs this server has to set "
            <code>"HUBBUB_PUBLIC_URL"</code>
            "."
        }
        .into_any(),
        None => view! {
            "Without it nobody can be signed in. Allow cookies for this address in the browser's settings, then enter "
            "again. Your name is still free."
        }
        .into_any(),
    };
    view! {
        <div class="login-alert" role="alert">
            <strong>"This browser did not keep the cookie"</strong>
            <p>{advice}</p>
        </div>
    }
}
