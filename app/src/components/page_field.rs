//! The hidden fields of a plain form: whose page it is on, and that it is one form however often it is sent.

use crate::page::FormData;
use leptos::prelude::*;

/// Whose page it is: a server that is not meant does nothing of what the form asks.
#[component]
pub fn PageField() -> impl IntoView {
    let page = expect_context::<FormData>().page;
    (!page.is_empty()).then(|| view! { <input type="hidden" name="page" value=page /> })
}

/// The key of a form that changes something once.
#[component]
pub fn KeyField() -> impl IntoView {
    let key = expect_context::<FormData>().key.to_string();
    view! { <input type="hidden" name="key" value=key /> }
}
