//! The server's half of the server functions: where their answers come from, and the HTTP status of a refusal.

use super::ApiError;
use crate::backend::Backend;
use leptos::prelude::use_context;
use leptos_router::location::RequestUrl;
use protocol::{ErrorCode, User};
use std::sync::Arc;

/// The backend of the request that is being answered.
pub(super) fn backend() -> Result<Arc<dyn Backend>, ApiError> {
    use_context::<Arc<dyn Backend>>().ok_or(ApiError(ErrorCode::Unavailable))
}

/// Passes the result on; a refusal also becomes the status of the response, be it a page or the function's own.
pub(super) fn answer<T>(
    backend: &dyn Backend,
    result: Result<T, ErrorCode>,
) -> Result<T, ApiError> {
    result.map_err(|code| {
        backend.set_status(if code == ErrorCode::UnknownRoom { 404 } else { 503 });
        ApiError(code)
    })
}

pub(super) fn viewer() -> Option<User> {
    use_context::<Arc<dyn Backend>>()?.viewer()
}

/// Makes the page that is being rendered a refusal.
pub(super) fn set_status(status: u16) {
    if let Some(backend) = use_context::<Arc<dyn Backend>>() {
        backend.set_status(status);
    }
}

pub(super) fn rendered_address() -> Option<String> {
    let url = use_context::<RequestUrl>()?.parse().ok()?;
    let (path, query) = (url.path(), url.search());
    Some(if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") })
}
