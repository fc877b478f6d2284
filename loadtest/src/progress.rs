//! A line now and then on standard error, so that a long run is not taken for a dead one.

use std::time::{Duration, Instant};

/// Between two lines.
const EVERY: Duration = Duration::from_secs(5);

/// Progress of one step.
pub struct Progress {
    what: String,
    last: Instant,
    start: Instant,
}

impl Progress {
    pub fn new(what: impl Into<String>) -> Self {
        let now = Instant::now();
        Self { what: what.into(), last: now, start: now }
    }

    /// Says where it is, if it has not for a while.
    pub fn at(&mut self, state: impl FnOnce() -> String) {
        if self.last.elapsed() >= EVERY {
            self.last = Instant::now();
            eprintln!("{:>5} s  {}: {}", self.start.elapsed().as_secs(), self.what, state());
        }
    }
}
