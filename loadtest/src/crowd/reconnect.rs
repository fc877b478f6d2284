//! Members that come back: after a growing, jittered pause, from where they were, and with what they could not send.

use super::Crowd;
use crate::net::swarm::Net;
use color_eyre::eyre::{Result, bail};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// First pause, as in the browser's client. It doubles with each failure, and half of it is random.
const PAUSE: Duration = Duration::from_millis(500);
const DOUBLINGS_MAX: u32 = 5;

/// Who is away, and with what in the outbox.
#[derive(Debug, Default)]
pub struct Reconnect {
    /// When somebody tries again.
    due: BTreeSet<(Instant, usize)>,
    /// Attempts of each member since it was last in its room.
    failures: BTreeMap<usize, u32>,
    /// Sends without an acknowledgement, by index: the member and the frame with its key.
    pub(super) outbox: BTreeMap<u64, (usize, Vec<u8>)>,
    /// When each came back, in that order.
    pub returned: Vec<Instant>,
    /// Connections that failed while the server was away.
    pub refused: u64,
}

impl Reconnect {
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }
}

impl Crowd {
    /// Connects those again who lost their socket and whose pause is over.
    pub(super) fn bring_back(&mut self, net: &mut Net, now: Instant) -> Result<()> {
        for (member, code) in std::mem::take(&mut self.lost) {
            let may_return = self.plan.resilient || self.members[member].sleeps;
            if !may_return || !code.is_none_or(protocol::CloseCode::should_reconnect) {
                bail!("the server ended the socket of member {member} with code {code:?}");
            }
            if std::mem::take(&mut self.members[member].joined) {
                self.joined -= 1;
            } else {
                self.reconnect.refused += 1;
            }
            let failures = self.reconnect.failures.entry(member).or_default();
            let pause = PAUSE * 2_u32.pow((*failures).min(DOUBLINGS_MAX));
            *failures += 1;
            let jittered = pause.mul_f64(0.5 + fastrand::f64() / 2.0);
            self.reconnect.due.insert((now + jittered, member));
        }
        while let Some(&(at, member)) = self.reconnect.due.first().filter(|(at, _)| *at <= now) {
            self.reconnect.due.remove(&(at, member));
            self.connect(net, member)?;
        }
        Ok(())
    }

    /// A member is in its room again: what it could not send goes out in order, with the keys it had.
    pub(super) fn welcome_back(&mut self, net: &mut Net, member: usize, at: Instant) -> Result<()> {
        self.reconnect.failures.remove(&member);
        self.reconnect.returned.push(at);
        let socket = self.members[member].socket;
        for (owner, frame) in self.reconnect.outbox.values() {
            if *owner == member {
                net.send(socket, frame)?;
            }
        }
        Ok(())
    }
}
