//! Probes for whoever runs the server.

use crate::chat::NotReady;
use crate::site::SiteState;
use crate::telemetry::Sparingly;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::LazyLock;
use std::time::Duration;

/// How often the log says that the hub does not answer, however often somebody asks.
const LINE_EVERY: Duration = Duration::from_secs(10);

static LINES: LazyLock<Sparingly> = LazyLock::new(|| Sparingly::every(LINE_EVERY));

/// The process is up.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The store can be read and written, and what happens is passed on.
pub(super) async fn readyz(State(site): State<SiteState>) -> (StatusCode, &'static str) {
    let Err(not_ready) = site.chat.ready().await else { return (StatusCode::OK, "ready\n") };
    match &*not_ready {
        NotReady::Store(error) => {
            error.log("not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be used right now\n")
        }
        NotReady::Hub => {
            if let Some(kept_back) = LINES.pass() {
                tracing::error!(log.kept_back = kept_back, "not ready: {not_ready}");
            }
            (StatusCode::SERVICE_UNAVAILABLE, "what happens is not passed on right now\n")
        }
    }
}
