//! Probes for whoever runs the server.

use crate::site::SiteState;
use axum::extract::State;
use axum::http::StatusCode;

/// The process is up.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The store can be read and written.
pub(super) async fn readyz(State(site): State<SiteState>) -> (StatusCode, &'static str) {
    match site.chat.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be used right now\n")
        }
    }
}
