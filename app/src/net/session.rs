//! Whether the browser is still signed in, for when the socket cannot say so.

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, RequestRedirect, Response, ResponseType};

/// Whether the server sends this browser away from its rooms. False while the server cannot be reached.
pub async fn is_session_gone() -> bool {
    let request = RequestInit::new();
    request.set_method("HEAD");
    request.set_redirect(RequestRedirect::Manual);
    let answer = JsFuture::from(window().fetch_with_str_and_init("/rooms", &request)).await;
    let response = answer.ok().and_then(|answer| answer.dyn_into::<Response>().ok());
    response.is_some_and(|response| {
        response.type_() == ResponseType::Opaqueredirect || response.status() == 401
    })
}
