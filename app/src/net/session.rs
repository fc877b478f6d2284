//! What HTTP says of the server and of the session, for when the socket cannot.

use leptos::prelude::window;
use protocol::{PAGE_HEADER, PageIdentity};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Request, RequestInit, Response};

/// How long the server may take to answer, in milliseconds.
const ANSWER_MS: u32 = 7_000;

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The server, to somebody it knows.
    SignedIn,
    /// The server, which knows nobody at this browser.
    SignedOut,
    /// The server, but the page is not meant any more.
    Stale,
    /// Nobody, or something before the server that has no answer of its.
    Nobody,
}

/// Asks whether the session of a page lives.
pub async fn session(page: PageIdentity) -> Found {
    match status(page).await {
        Ok(200) => Found::SignedIn,
        Ok(401) => Found::SignedOut,
        Ok(409) => Found::Stale,
        _ => Found::Nobody,
    }
}

async fn status(page: PageIdentity) -> Result<u16, JsValue> {
    let init = RequestInit::new();
    init.set_signal(Some(&AbortSignal::timeout_with_u32(ANSWER_MS)));
    let request = Request::new_with_str_and_init("/api/session", &init)?;
    request.headers().set(PAGE_HEADER, &page.to_string())?;
    let response = JsFuture::from(window().fetch_with_request(&request)).await?;
    Ok(response.dyn_into::<Response>()?.status())
}
