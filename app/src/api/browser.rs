//! The browser's `fetch`.

use super::{PostError, ReadError, foreign_answer};
use crate::json;
use leptos::prelude::window;
use protocol::{ErrorCode, PAGE_HEADER, PageIdentity};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Request, RequestInit, Response};

/// Reads what is at `address`.
pub(super) async fn get<T: DeserializeOwned>(
    page: PageIdentity,
    address: &str,
) -> Result<T, ReadError> {
    let (status, text) = fetch(page, address, None).await.map_err(|_| ReadError::Unreachable)?;
    match status {
        200 => json::read(&text).ok_or(ReadError::Unreachable),
        401 => Err(ReadError::SignedOut),
        404 => Err(ReadError::UnknownRoom),
        409 => Err(ReadError::Stale),
        // The server gives a code; a proxy that stands before it has words of its own.
        _ if json::read::<ErrorCode>(&text).is_some() => Err(ReadError::Unavailable),
        _ => Err(ReadError::Unreachable),
    }
}

/// Sends something to `address`.
pub(super) async fn post<T: DeserializeOwned, B: Serialize>(
    page: PageIdentity,
    address: &str,
    body: &B,
) -> Result<T, PostError> {
    let body = serde_json::to_string(body).map_err(|_| PostError::Unreachable)?;
    let answer = fetch(page, address, Some(&body)).await;
    match answer.map_err(|_| PostError::Unreachable)? {
        (200, text) => json::read(&text).ok_or(PostError::Unreachable),
        (409, _) => Err(PostError::Stale),
        (status, text) => {
            Err(json::read(&text).map_or_else(|| foreign_answer(status), PostError::Refused))
        }
    }
}

/// How long the server may take to answer, in milliseconds: what it allows itself.
const ANSWER_MS: u32 = 30_000;

/// A request that is given up when its answer takes too long.
fn patient() -> RequestInit {
    let init = RequestInit::new();
    init.set_signal(Some(&AbortSignal::timeout_with_u32(ANSWER_MS)));
    init
}

/// The status and the body that `address` answers, to a body that it is sent or to none.
async fn fetch(
    page: PageIdentity,
    address: &str,
    body: Option<&str>,
) -> Result<(u16, String), JsValue> {
    let init = patient();
    if let Some(body) = body {
        init.set_method("POST");
        init.set_body(&body.into());
    }
    let request = Request::new_with_str_and_init(address, &init)?;
    request.headers().set(PAGE_HEADER, &page.to_string())?;
    if body.is_some() {
        request.headers().set("Content-Type", "application/json")?;
    }
    let response = JsFuture::from(window().fetch_with_request(&request)).await?;
    let response: Response = response.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.status(), text.as_string().unwrap_or_default()))
}

/// Whatever it answers, it is there.
pub(super) async fn is_there() -> bool {
    JsFuture::from(window().fetch_with_str_and_init("/healthz", &patient())).await.is_ok()
}

pub(super) async fn socket_setting() -> Option<String> {
    let origin = window().location().origin().ok()?;
    let address = format!("/api/socket-check?origin={}", js_sys::encode_uri_component(&origin));
    let request = window().fetch_with_str_and_init(&address, &patient());
    let response = JsFuture::from(request).await.ok()?;
    let text = response.dyn_into::<Response>().ok()?.text().ok()?;
    let text = JsFuture::from(text).await.ok()?.as_string()?;
    json::read::<Option<String>>(&text).flatten()
}
