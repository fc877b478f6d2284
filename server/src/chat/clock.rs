//! What time it is: for sessions that grow old, and for what people read beside a message. What only measures a duration
//! takes the monotonic clock instead.

use protocol::Millis;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// The system's clock, or one that runs ahead of it.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// The present time.
    #[must_use]
    pub fn now(&self) -> Millis {
        let since_epoch =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Millis(millis(since_epoch).saturating_add(self.ahead.load(Ordering::Relaxed)))
    }

    /// Turns it forward, for everybody who has a clone of it.
    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(millis(by), Ordering::Relaxed);
    }
}

pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
