//! The answer to who asks more often than is allowed.

use crate::chat::{CommandError, retry_after_seconds};
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// 429, with the time to wait.
pub struct TooOften(pub CommandError);

impl TooOften {
    fn headers(&self) -> [(header::HeaderName, String); 2] {
        let seconds = self.0.retry_after.map_or(1, retry_after_seconds);
        [(header::RETRY_AFTER, seconds.to_string()), (header::CACHE_CONTROL, "no-store".to_owned())]
    }

    /// For scripts, which read the code.
    #[must_use]
    pub fn into_json(self) -> Response {
        (StatusCode::TOO_MANY_REQUESTS, self.headers(), Json(self.0.code)).into_response()
    }
}

impl IntoResponse for TooOften {
    fn into_response(self) -> Response {
        let words = "Too many requests. Wait a moment, then load the page again.\n";
        (StatusCode::TOO_MANY_REQUESTS, self.headers(), words).into_response()
    }
}
