//! Who is signed in, and the way out.

use super::avatar::Avatar;
use super::field_error::FieldError;
use super::page_field::PageField;
use crate::api;
use crate::navigation::use_navigation;
use crate::routes::SIGN_OUT;
use crate::words::NOT_SIGNED_OUT;
use leptos::ev::SubmitEvent;
use leptos::html::Form;
use leptos::prelude::*;
use leptos::task::spawn_local;

const ERROR: &str = "sign-out-error";

#[component]
pub fn Account() -> impl IntoView {
    let form = NodeRef::<Form>::new();
    let error = RwSignal::new(None);
    // A plain form, once it is known that somebody will answer: or the browser would put an error page in place of ours.
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            if !api::is_there().await {
                error.set(Some(NOT_SIGNED_OUT.to_owned()));
            } else if let Some(form) = form.get_untracked() {
                let _ = form.submit();
            }
        });
    };
    use_navigation().viewer().map(|viewer| {
        view! {
            <div class="account">
                <Avatar user=viewer.clone() />
                <span class="account-name" dir="auto">
                    {viewer.name}
                </span>
                <form node_ref=form method="post" action=SIGN_OUT on:submit=submit>
                    <PageField />
                    <button class="button-quiet" type="submit">
                        "Sign out"
                    </button>
                </form>
                <FieldError id=ERROR text=error />
            </div>
        }
    })
}
