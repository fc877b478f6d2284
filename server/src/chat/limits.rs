//! How many commands one user may give, over all their sockets and forms: a token bucket each.

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use protocol::UserId;
use std::num::NonZeroU32;
use std::time::Duration;

/// How many seconds' worth of commands may come at once: room for an outbox that was filled offline.
const BURST_SECONDS: u32 = 2;

pub(super) struct CommandLimits {
    buckets: DefaultKeyedRateLimiter<UserId>,
    clock: DefaultClock,
}

impl CommandLimits {
    pub(super) fn new(per_second: NonZeroU32) -> Self {
        let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1));
        Self {
            buckets: RateLimiter::keyed(Quota::per_second(per_second).allow_burst(burst)),
            clock: DefaultClock::default(),
        }
    }

    /// Takes one command from the user's bucket, or says how long to wait.
    pub(super) fn admit(&self, user: UserId) -> Result<(), Duration> {
        self.buckets
            .check_key(&user)
            .map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }

    /// Forgets users whose buckets are full again.
    pub(super) fn tidy(&self) {
        self.buckets.retain_recent();
        self.buckets.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_admitted_and_then_one_user_waits_alone() {
        let limits = CommandLimits::new(NonZeroU32::MIN);
        for _ in 0..BURST_SECONDS {
            assert_eq!(limits.admit(UserId(1)), Ok(()));
        }
        let wait = limits.admit(UserId(1)).expect_err("the bucket is empty");
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        assert_eq!(limits.admit(UserId(2)), Ok(()));
    }
}
