//! The socket's life as people see it, when to come back after a loss, and when silence means a dead peer.

use protocol::CloseCode;

/// Where the one socket of this tab stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// On the way for the first time.
    Connecting,
    /// Open, and everything missed is on the screen.
    Online,
    /// Lost, and on the way back.
    Reconnecting,
    /// Lost, and the browser says that there is no network.
    Offline,
    /// Something on the way lets HTTP through and no WebSocket: messages are posted, and nothing is live.
    Blocked,
    /// Open, but the server will not let it follow the room on the page: nothing there is live.
    Refused,
    /// Ended by the server for good.
    Stopped(StopReason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    SignedOut,
    /// This page is another user's, another store's or another protocol's; it is being loaded anew.
    Stale,
    /// Loading it anew brought the same page again.
    Outdated,
    /// A reason newer than this client.
    Other,
}

impl StopReason {
    /// The reason behind a close code after which a client stays away.
    #[must_use]
    pub fn from_code(code: u16) -> Self {
        if code == CloseCode::SignedOut.number() { Self::SignedOut } else { Self::Other }
    }
}

/// The first pause, in milliseconds: a restarting server needs about that.
const FIRST_PAUSE_MS: u32 = 500;

/// The longest pause, in milliseconds: nobody waits longer for a server that is back.
const LONGEST_PAUSE_MS: u32 = 15_000;

/// After so many failures the pause is the longest.
const LONGEST_AFTER: u32 = 5;

/// Online for this long, in milliseconds, a connection counts as good. One that is lost sooner is one more failure:
/// otherwise a server that lets everybody in and then fails them would be stormed.
const STEADY_MS: f64 = 10_000.0;

/// Pauses between attempts, growing and jittered so that a restart is not followed by everybody at once.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
    online_since: Option<f64>,
}

impl Backoff {
    /// Attempts that failed in a row.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// The pause before the next attempt, in milliseconds, at least half of the full one. `random` is in `0.0..1.0`.
    pub fn next_pause(&mut self, random: f64) -> u32 {
        let doublings = self.failures.min(LONGEST_AFTER);
        let full = FIRST_PAUSE_MS.saturating_mul(1 << doublings).min(LONGEST_PAUSE_MS);
        self.failures = self.failures.saturating_add(1);
        self.online_since = None;
        let half = full / 2;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and half the longest pause"
        )]
        let jitter = (f64::from(half) * random.clamp(0.0, 1.0)) as u32;
        half + jitter
    }

    /// Makes the next pause the longest: this socket made place for another one of its user, and would take the place of a third
    /// one if it came back at once. Those that are dead are found out meanwhile.
    pub fn hold_back(&mut self) {
        self.failures = self.failures.max(LONGEST_AFTER);
    }

    /// Looks whether the connection has been good for long enough that the pauses start over. Times are milliseconds of one
    /// clock.
    pub fn watch(&mut self, is_online: bool, now: f64) {
        let since = is_online.then(|| self.online_since.unwrap_or(now));
        self.online_since = since;
        if since.is_some_and(|since| now - since >= STEADY_MS) {
            self.failures = 0;
        }
    }
}

/// After this long without a frame the client asks for a sign of life, in milliseconds.
const QUIET_MS: f64 = 8_000.0;

/// How long the server may take for its first or its asked-for sign of life, in milliseconds.
const ANSWER_MS: f64 = 7_000.0;

/// What to do about the silence of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeartbeatAction {
    Fine,
    /// Send a ping.
    Ask,
    /// Give this socket up.
    Dead,
}

/// Listens for signs of life of one socket: a half-open connection never closes by itself.
#[derive(Debug)]
pub struct Heartbeat {
    heard: f64,
    asked: Option<f64>,
}

impl Heartbeat {
    /// A socket that was just opened owes its first frame. All times are milliseconds of one clock.
    #[must_use]
    pub fn new(now: f64) -> Self {
        Self { heard: now, asked: Some(now) }
    }

    /// A frame came.
    pub fn heard(&mut self, now: f64) {
        self.heard = now;
        self.asked = None;
    }

    /// Looks at the clock.
    pub fn check(&mut self, now: f64) -> HeartbeatAction {
        match self.asked {
            Some(asked) if now - asked >= ANSWER_MS => HeartbeatAction::Dead,
            Some(_) => HeartbeatAction::Fine,
            None if now - self.heard >= QUIET_MS => self.ask(now),
            None => HeartbeatAction::Fine,
        }
    }

    /// Looks now, because the network or the tab just came back.
    pub fn wake(&mut self, now: f64) -> HeartbeatAction {
        if self.asked.is_some() { self.check(now) } else { self.ask(now) }
    }

    fn ask(&mut self, now: f64) -> HeartbeatAction {
        self.asked = Some(now);
        HeartbeatAction::Ask
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, Heartbeat, HeartbeatAction, LONGEST_PAUSE_MS, StopReason};

    #[test]
    fn pauses_double_up_to_the_longest() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..8).map(|_| backoff.next_pause(1.0)).collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    }

    #[test]
    fn jitter_never_halves_a_pause_further() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.next_pause(0.0), 250);
        for _ in 0..100 {
            assert!(backoff.next_pause(0.5) <= LONGEST_PAUSE_MS);
        }
    }

    #[test]
    fn who_made_place_for_another_socket_holds_back() {
        let mut backoff = Backoff::default();
        backoff.hold_back();
        assert_eq!(backoff.next_pause(1.0), LONGEST_PAUSE_MS);
        backoff.watch(true, 0.0);
        backoff.watch(true, 10_000.0);
        assert_eq!(backoff.next_pause(1.0), 500, "and starts over like everybody");
    }

    #[test]
    fn only_ten_seconds_online_start_the_pauses_over() {
        let mut backoff = Backoff::default();
        backoff.next_pause(1.0);
        backoff.watch(true, 1_000.0);
        backoff.watch(true, 10_900.0);
        assert_eq!(backoff.next_pause(1.0), 1_000, "lost too soon");
        backoff.watch(true, 20_000.0);
        backoff.watch(false, 25_000.0);
        backoff.watch(true, 26_000.0);
        backoff.watch(true, 35_000.0);
        assert_eq!(backoff.next_pause(1.0), 2_000, "not ten seconds in a row");
        backoff.watch(true, 40_000.0);
        backoff.watch(true, 50_000.0);
        assert_eq!(backoff.next_pause(1.0), 500);
    }

    #[test]
    fn silence_is_asked_about_once_and_then_given_up() {
        let mut heartbeat = Heartbeat::new(0.0);
        heartbeat.heard(1_000.0);
        assert_eq!(heartbeat.check(8_900.0), HeartbeatAction::Fine);
        assert_eq!(heartbeat.check(9_000.0), HeartbeatAction::Ask);
        assert_eq!(heartbeat.check(15_000.0), HeartbeatAction::Fine);
        assert_eq!(heartbeat.check(16_000.0), HeartbeatAction::Dead);
    }

    #[test]
    fn a_socket_that_never_speaks_is_dead() {
        let mut heartbeat = Heartbeat::new(0.0);
        assert_eq!(heartbeat.check(6_900.0), HeartbeatAction::Fine);
        assert_eq!(heartbeat.check(7_000.0), HeartbeatAction::Dead);
    }

    #[test]
    fn waking_up_asks_at_once_but_not_twice() {
        let mut heartbeat = Heartbeat::new(0.0);
        heartbeat.heard(100.0);
        assert_eq!(heartbeat.wake(200.0), HeartbeatAction::Ask);
        assert_eq!(heartbeat.wake(300.0), HeartbeatAction::Fine);
        heartbeat.heard(400.0);
        assert_eq!(heartbeat.check(500.0), HeartbeatAction::Fine);
    }

    #[test]
    fn stop_codes_have_their_reason() {
        assert_eq!(StopReason::from_code(4100), StopReason::SignedOut);
        assert_eq!(StopReason::from_code(4999), StopReason::Other);
    }
}
