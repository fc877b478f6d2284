//! The answer to who asks more often than is allowed.

use super::{ComesFrom, SiteState, Viewer};
use crate::chat::{CommandError, retry_after_seconds};
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// The page of the answer has no script and sends nothing.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

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

    /// For people. The page is drawn once for all, or to refuse would cost as much as to answer.
    #[must_use]
    pub fn into_page(self, site: &SiteState) -> Response {
        let policy = [(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)];
        let page = Html(site.too_often_page.to_string());
        (StatusCode::TOO_MANY_REQUESTS, self.headers(), policy, page).into_response()
    }
}

/// For whoever opens sockets.
impl IntoResponse for TooOften {
    fn into_response(self) -> Response {
        let words = "Too many requests. Wait a moment, then try again.\n";
        (StatusCode::TOO_MANY_REQUESTS, self.headers(), words).into_response()
    }
}

impl SiteState {
    /// Lets somebody read a page: who is signed in out of their own allowance, guests out of that of their address.
    ///
    /// # Errors
    /// The page that says so.
    pub fn admit_read(&self, viewer: &Viewer, origin: ComesFrom) -> Result<(), Box<Response>> {
        let admitted = match &viewer.actor {
            Some(actor) => self.chat.admit_read(actor),
            None => self.chat.admit_guest_read(origin.0),
        };
        admitted.map_err(|refused| Box::new(TooOften(refused).into_page(self)))
    }
}
