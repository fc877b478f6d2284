//! What HTTP says of the server and of the session, for when the socket cannot.

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestInit, RequestRedirect, Response, ResponseType};

/// How long the server may take to answer, in milliseconds.
const ANSWER_MS: u32 = 7_000;

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The server, to somebody it knows.
    SignedIn,
    /// The server, which sends this browser away from its rooms.
    SignedOut,
    /// Nobody, or something before the server that has no answer of its.
    Nobody,
}

/// Asks for the rooms.
pub async fn session() -> Found {
    let request = RequestInit::new();
    request.set_method("HEAD");
    request.set_redirect(RequestRedirect::Manual);
    request.set_signal(Some(&AbortSignal::timeout_with_u32(ANSWER_MS)));
    let answer = JsFuture::from(window().fetch_with_str_and_init("/rooms", &request)).await;
    let response = answer.ok().and_then(|answer| answer.dyn_into::<Response>().ok());
    match response {
        Some(response) if response.type_() == ResponseType::Opaqueredirect => Found::SignedOut,
        Some(response) if response.status() == 401 => Found::SignedOut,
        Some(response) if response.ok() => Found::SignedIn,
        _ => Found::Nobody,
    }
}
