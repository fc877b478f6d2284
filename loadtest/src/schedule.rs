//! When each message is due. The schedule is open-loop: it never waits for the server, so a server that pauses is
//! charged for every message that was due meanwhile, as its users would.

use std::time::{Duration, Instant};

/// How long a workload sends.
#[derive(Debug, Clone, clap::Args)]
pub struct Times {
    /// Seconds before measuring begins
    #[arg(long, default_value_t = 2.0)]
    pub warm_up: f64,
    /// Seconds to measure
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
}

impl Times {
    pub fn warm_up(&self) -> Duration {
        Duration::from_secs_f64(self.warm_up.max(0.0))
    }

    pub fn measured(&self) -> Duration {
        Duration::from_secs_f64(self.seconds.max(0.1))
    }
}

/// Evenly spaced sends.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    start: Instant,
    interval: Duration,
    /// Sends before measuring begins.
    pub warm_up: u64,
    /// All sends, warm-up included.
    pub total: u64,
}

impl Schedule {
    /// `a_second` sends, warming up and then measured, from `start` on.
    pub fn new(start: Instant, a_second: f64, times: &Times) -> Self {
        let interval = Duration::from_secs_f64(1.0 / a_second.max(0.001));
        let sends = |time: Duration| count(time.as_secs_f64() * a_second);
        let warm_up = sends(times.warm_up());
        Self { start, interval, warm_up, total: warm_up + sends(times.measured()) }
    }

    /// When the `index`-th send is meant to happen.
    pub fn due(&self, index: u64) -> Instant {
        // In nanoseconds, because a Duration multiplies by u32 only.
        let nanos = u64::try_from(self.interval.as_nanos()).unwrap_or(u64::MAX);
        self.start + Duration::from_nanos(nanos.saturating_mul(index))
    }

    /// How long after its intended time something about the `index`-th send happened.
    pub fn since_due(&self, index: u64, at: Instant) -> Duration {
        at.saturating_duration_since(self.due(index))
    }

    pub fn is_measured(&self, index: u64) -> bool {
        index >= self.warm_up && index < self.total
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float to integer cast saturates, and no run has 2^64 sends"
)]
fn count(sends: f64) -> u64 {
    sends.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sends_are_spaced_evenly_and_never_wait() {
        let start = Instant::now();
        let schedule = Schedule::new(start, 40.0, &Times { warm_up: 1.0, seconds: 2.0 });
        assert_eq!((schedule.warm_up, schedule.total), (40, 120));
        assert_eq!(schedule.due(0), start);
        assert_eq!(schedule.due(40), start + Duration::from_secs(1));
        assert!(
            !schedule.is_measured(39) && schedule.is_measured(40) && !schedule.is_measured(120)
        );
    }

    #[test]
    fn lateness_counts_from_the_intended_time() {
        let start = Instant::now();
        let schedule = Schedule::new(start, 10.0, &Times { warm_up: 0.0, seconds: 1.0 });
        let at = start + Duration::from_millis(350);
        assert_eq!(schedule.since_due(3, at), Duration::from_millis(50));
        assert_eq!(schedule.since_due(4, at), Duration::ZERO, "early is not negative");
    }
}
