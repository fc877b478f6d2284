//! Logs: readable lines on standard error, filtered by the `log` setting.

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// Starts logging. The filter was checked when the settings were read.
pub fn start(filter: &str) {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
}

/// Lets one line through in a while and counts the others: what can happen to everybody at once, or be brought about from
/// outside, must not fill the log.
pub struct Sparingly {
    lines: DefaultDirectRateLimiter,
    kept_back: AtomicU64,
}

impl Sparingly {
    #[must_use]
    pub fn every(period: Duration) -> Self {
        let quota = Quota::with_period(period).unwrap_or(Quota::per_second(NonZeroU32::MIN));
        Self { lines: RateLimiter::direct(quota), kept_back: AtomicU64::new(0) }
    }

    /// Whether a line may be written now, and how many were kept back since the last one.
    pub fn pass(&self) -> Option<u64> {
        if self.lines.check().is_ok() {
            return Some(self.kept_back.swap(0, Ordering::Relaxed));
        }
        self.kept_back.fetch_add(1, Ordering::Relaxed);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_passes_and_the_others_are_counted() {
        let lines = Sparingly::every(Duration::from_millis(20));
        assert_eq!(lines.pass(), Some(0));
        // On a slow machine the next line may be due at once.
        for _ in 0..1_000 {
            let mut kept_back = 0;
            let counted = loop {
                match lines.pass() {
                    None => kept_back += 1,
                    Some(counted) => break counted,
                }
            };
            assert_eq!(counted, kept_back);
            if kept_back > 0 {
                return;
            }
        }
        panic!("every line passed");
    }
}
