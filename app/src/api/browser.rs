//! The browser's `fetch`.

use leptos::prelude::window;
use protocol::ErrorCode;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// Reads what is at `address`. Whatever failed on the way (no network, a proxy's error page) is "not now" to a person.
pub(super) async fn get<T: DeserializeOwned>(address: &str) -> Result<T, ErrorCode> {
    match fetch(address).await {
        Ok((404, _)) => Err(ErrorCode::UnknownRoom),
        Ok((200, text)) => serde_json::from_str(&text).map_err(|_| ErrorCode::Unavailable),
        _ => Err(ErrorCode::Unavailable),
    }
}

/// The status and the body at `address`.
async fn fetch(address: &str) -> Result<(u16, String), JsValue> {
    let response: Response = JsFuture::from(window().fetch_with_str(address)).await?.dyn_into()?;
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
