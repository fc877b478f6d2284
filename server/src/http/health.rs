//! Probes for whoever runs the server.

use crate::chat::NotReady;
use crate::site::SiteState;
use axum::extract::State;
use axum::http::StatusCode;

/// The process is up.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The store can be read and written, and what happens is passed on.
pub(super) async fn readyz(State(site): State<SiteState>) -> (StatusCode, &'static str) {
    match site.chat.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(NotReady::Store(error)) => {
            error.log("not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be used right now\n")
        }
        Err(error @ NotReady::Hub) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "what happens is not passed on right now\n")
        }
    }
}
