//! How much one user, or one address, may ask for: a token bucket for each action.
//!
//! What a user does over all sockets and forms counts together. Where nobody is known yet, or many users cost nothing to
//! make, the address counts: for signing in, for opening sockets, and for the pages that guests see.

use super::{Actor, Chat, CommandError, Result};
use crate::config::Config;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use protocol::{ErrorCode, UserId};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

/// How many seconds' worth of commands and reads may come at once: room for an outbox that was filled offline.
const BURST_SECONDS: NonZeroU32 = NonZeroU32::new(2).unwrap();

/// Sockets that one user may open at once: all tabs of their devices, twice, as after two restarts in a row.
const SOCKETS_AT_ONCE: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// Sockets that one user may open per second beyond that: tabs that come back again and again wait for each other.
const SOCKETS_PER_SECOND: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// Where a request comes from, as far as limits can tell apart: an address, or for IPv6 the network of 64 bits that a single
/// household has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin(IpAddr);

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        // An IPv4 address is the same one through a port that listens for both.
        match address.to_canonical() {
            IpAddr::V6(address) => {
                Self(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into())
            }
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

/// Buckets for one action, one for each `K`.
struct Allowance<K: Hash + Eq + Clone> {
    buckets: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
}

impl<K: Hash + Eq + Clone> Allowance<K> {
    fn new(quota: Quota) -> Self {
        Self { buckets: RateLimiter::keyed(quota), clock: DefaultClock::default() }
    }

    /// Takes one from the bucket, or says how long to wait.
    fn take(&self, key: &K) -> Result<()> {
        self.buckets.check_key(key).map_err(|not_until| CommandError {
            code: ErrorCode::RateLimited,
            retry_after: Some(not_until.wait_time_from(self.clock.now())),
        })
    }

    /// Forgets buckets that are full again.
    fn tidy(&self) {
        self.buckets.retain_recent();
        self.buckets.shrink_to_fit();
    }
}

pub(super) struct Limits {
    commands: Allowance<UserId>,
    rooms: Allowance<UserId>,
    reads: Allowance<UserId>,
    reads_by_origin: Allowance<Origin>,
    sockets: Allowance<UserId>,
    sockets_by_origin: Allowance<Origin>,
    sign_ins: Allowance<Origin>,
}

impl Limits {
    pub(super) fn new(config: &Config) -> Self {
        let per_second = |count: NonZeroU32| {
            Quota::per_second(count).allow_burst(count.saturating_mul(BURST_SECONDS))
        };
        Self {
            commands: Allowance::new(per_second(config.commands_per_second)),
            rooms: Allowance::new(Quota::per_hour(config.rooms_per_hour)),
            reads: Allowance::new(per_second(config.reads_per_second)),
            reads_by_origin: Allowance::new(Quota::per_minute(config.guest_reads_per_minute)),
            sockets: Allowance::new(
                Quota::per_second(SOCKETS_PER_SECOND).allow_burst(SOCKETS_AT_ONCE),
            ),
            sockets_by_origin: Allowance::new(Quota::per_minute(config.sockets_per_minute)),
            sign_ins: Allowance::new(Quota::per_minute(config.sign_ins_per_minute)),
        }
    }

    pub(super) fn take_room(&self, user: UserId) -> Result<()> {
        self.rooms.take(&user)
    }
}

/// Each refuses with [`ErrorCode::RateLimited`] and the time to wait.
impl Chat {
    /// Takes one command from the user's allowance.
    ///
    /// # Errors
    /// [`ErrorCode::RateLimited`].
    pub fn admit(&self, actor: &Actor) -> Result<()> {
        self.limits.commands.take(&actor.user.id)
    }

    /// Lets a user read a page, or more of one.
    ///
    /// # Errors
    /// [`ErrorCode::RateLimited`].
    pub fn admit_read(&self, actor: &Actor) -> Result<()> {
        self.limits.reads.take(&actor.user.id)
    }

    /// Lets somebody who is not signed in read a page.
    ///
    /// # Errors
    /// [`ErrorCode::RateLimited`].
    pub fn admit_guest_read(&self, origin: Origin) -> Result<()> {
        self.limits.reads_by_origin.take(&origin)
    }

    /// Lets a user open a socket.
    ///
    /// # Errors
    /// [`ErrorCode::RateLimited`].
    pub fn admit_socket(&self, actor: &Actor, origin: Origin) -> Result<()> {
        self.limits.sockets_by_origin.take(&origin)?;
        self.limits.sockets.take(&actor.user.id)
    }

    /// Lets somebody try to sign in.
    ///
    /// # Errors
    /// [`ErrorCode::RateLimited`].
    pub fn admit_sign_in(&self, origin: Origin) -> Result<()> {
        self.limits.sign_ins.take(&origin)
    }

    /// Forgets allowances that are whole again; to be called now and then.
    pub fn tidy_limits(&self) {
        let Limits {
            commands,
            rooms,
            reads,
            reads_by_origin,
            sockets,
            sockets_by_origin,
            sign_ins,
        } = &self.limits;
        for by_user in [commands, rooms, reads, sockets] {
            by_user.tidy();
        }
        for by_origin in [reads_by_origin, sockets_by_origin, sign_ins] {
            by_origin.tidy();
        }
    }
}

/// How long to wait, in whole seconds and rounded up, as `Retry-After` says it.
#[must_use]
pub fn retry_after_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(address: &str) -> Origin {
        address.parse::<IpAddr>().expect("an address").into()
    }

    #[test]
    fn a_burst_is_admitted_and_then_one_user_waits_alone() {
        let limits = Limits::new(&Config::of_flags(["--commands-per-second=1"]));
        for _ in 0..BURST_SECONDS.get() {
            assert_eq!(limits.commands.take(&UserId(1)), Ok(()));
        }
        let refused = limits.commands.take(&UserId(1)).expect_err("the bucket is empty");
        let wait = refused.retry_after.expect("a time to wait");
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        assert_eq!(limits.commands.take(&UserId(2)), Ok(()));
    }

    #[test]
    fn each_action_has_a_bucket_of_its_own() {
        let limits = Limits::new(&Config::of_flags(["--rooms-per-hour=1"]));
        assert!(limits.rooms.take(&UserId(1)).is_ok());
        assert!(limits.rooms.take(&UserId(1)).is_err());
        assert!(limits.commands.take(&UserId(1)).is_ok());
        assert!(limits.reads.take(&UserId(1)).is_ok());
    }

    #[test]
    fn a_household_is_one_origin() {
        assert_eq!(origin("2001:db8:1:2::1"), origin("2001:db8:1:2:ffff::9"));
        assert_ne!(origin("2001:db8:1:2::1"), origin("2001:db8:1:3::1"));
        assert_eq!(origin("::ffff:192.0.2.1"), origin("192.0.2.1"));
        assert_ne!(origin("192.0.2.1"), origin("192.0.2.2"));
    }

    #[test]
    fn a_wait_is_rounded_up_to_seconds() {
        assert_eq!(retry_after_seconds(Duration::from_millis(1_001)), 2);
        assert_eq!(retry_after_seconds(Duration::from_secs(3)), 3);
    }
}
