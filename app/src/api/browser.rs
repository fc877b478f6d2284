//! The browser's `fetch`.

use super::ReadError;
use leptos::prelude::window;
use protocol::{ErrorCode, PAGE_HEADER, PageIdentity};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, Response};

/// Reads what is at `address`.
pub(super) async fn get<T: DeserializeOwned>(
    page: PageIdentity,
    address: &str,
) -> Result<T, ReadError> {
    let (status, text) = fetch(page, address).await.map_err(|_| ReadError::Unreachable)?;
    match status {
        200 => serde_json::from_str(&text).map_err(|_| ReadError::Unreachable),
        401 => Err(ReadError::SignedOut),
        404 => Err(ReadError::UnknownRoom),
        409 => Err(ReadError::Stale),
        // The server gives a code; a proxy that stands before it has words of its own.
        _ if serde_json::from_str::<ErrorCode>(&text).is_ok() => Err(ReadError::Unavailable),
        _ => Err(ReadError::Unreachable),
    }
}

/// The status and the body at `address`.
async fn fetch(page: PageIdentity, address: &str) -> Result<(u16, String), JsValue> {
    let request = Request::new_with_str(address)?;
    request.headers().set(PAGE_HEADER, &page.to_string())?;
    let response = JsFuture::from(window().fetch_with_request(&request)).await?;
    let response: Response = response.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.status(), text.as_string().unwrap_or_default()))
}

/// Whatever it answers, it is there.
pub(super) async fn is_there() -> bool {
    JsFuture::from(window().fetch_with_str("/healthz")).await.is_ok()
}

pub(super) async fn socket_setting() -> Option<String> {
    let origin = window().location().origin().ok()?;
    let address = format!("/api/socket-check?origin={}", js_sys::encode_uri_component(&origin));
    let response = JsFuture::from(window().fetch_with_str(&address)).await.ok()?;
    let text = response.dyn_into::<Response>().ok()?.text().ok()?;
    let text = JsFuture::from(text).await.ok()?.as_string()?;
    serde_json::from_str::<Option<String>>(&text).ok().flatten()
}
