//! How a store fails, by what can be done about it.

use crate::telemetry::Sparingly;
use std::error::Error;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// What the implementation said; shared, because everybody in a group is told of its failure.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// A store that fails does so for everybody at once: a line for each would fill the disk that is full already.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// By kind, so that the many of one do not hide the first of another.
static LINES: LazyLock<[(&str, Sparingly); 5]> = LazyLock::new(|| {
    ["busy", "full", "damaged", "other", "closed"].map(|kind| (kind, Sparingly::every(LINE_EVERY)))
});

/// Failure of the store itself; nothing of the transaction was kept.
///
/// Domain outcomes such as a taken name are values, not errors.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the database, or all readers are taken. It passes by itself.
    #[error("the store is busy")]
    Busy(#[source] Cause),
    /// It passes when somebody makes room.
    #[error("the disk is full")]
    Full(#[source] Cause),
    /// It does not pass: a backup is needed.
    #[error("the database is damaged")]
    Damaged(#[source] Cause),
    /// Anything else, an I/O error for one.
    #[error("the store failed")]
    Other(#[source] Cause),
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    pub(super) fn other(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(cause.into().into())
    }

    /// One word for logs.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Busy(_) => "busy",
            Self::Full(_) => "full",
            Self::Damaged(_) => "damaged",
            Self::Other(_) => "other",
            Self::Closed => "closed",
        }
    }

    /// Logs the failure where it is handled, with its causes; `what` says what came to nothing. Lines that follow soon
    /// are counted only.
    pub fn log(&self, what: &str) {
        let lines = LINES.iter().find(|(kind, _)| *kind == self.kind());
        if let Some(kept_back) = lines.and_then(|(_, lines)| lines.pass()) {
            let error: &dyn Error = self;
            tracing::error!(
                store.failure = self.kind(),
                log.kept_back = kept_back,
                error,
                "{what}"
            );
        }
    }
}
