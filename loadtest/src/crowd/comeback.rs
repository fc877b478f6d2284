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

/// Who is away, since when, and with what in the outbox.
#[derive(Debug, Clone)]
pub struct Comeback {
    /// When somebody tries again.
    due: BTreeSet<(Instant, usize)>,
    /// Attempts of each member since it was last in its room.
    failures: Vec<u32>,
    /// Sends without an acknowledgement, by index: the member and the frame with its key.
    outbox: BTreeMap<u64, (usize, Vec<u8>)>,
    /// When the first socket ended.
    first_lost: Option<Instant>,
    /// When each came back, in that order.
    returned: Vec<Instant>,
    /// Connections that failed while the server was away.
    refused: u64,
}

impl Comeback {
    pub(super) fn new(members: usize) -> Self {
        Self {
            due: BTreeSet::new(),
            failures: vec![0; members],
            outbox: BTreeMap::new(),
            first_lost: None,
            returned: Vec::new(),
            refused: 0,
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    pub(super) fn keep(&mut self, index: u64, member: usize, frame: &[u8]) {
        self.outbox.insert(index, (member, frame.to_vec()));
    }

    pub(super) fn acknowledged(&mut self, index: u64) {
        self.outbox.remove(&index);
    }

    /// How many times somebody came back.
    pub fn count(&self) -> usize {
        self.returned.len()
    }

    /// Connections that failed on the way back.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// When the share (0 to 1) of those who came back was back.
    pub fn returned_by(&self, share: f64) -> Option<Instant> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a number of sockets"
        )]
        let count = (self.returned.len() as f64 * share).ceil() as usize;
        self.returned.get(count.checked_sub(1)?).copied()
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
                self.comeback.first_lost.get_or_insert(now);
            } else {
                self.comeback.refused += 1;
            }
            let failures = &mut self.comeback.failures[member];
            let pause = PAUSE * 2_u32.pow((*failures).min(DOUBLINGS_MAX));
            *failures += 1;
            let jittered = pause.mul_f64(0.5 + fastrand::f64() / 2.0);
            self.comeback.due.insert((now + jittered, member));
        }
        while let Some((at, member)) = self.comeback.due.first().copied() {
            if at > now {
                break;
            }
            self.comeback.due.remove(&(at, member));
            self.connect(net, member)?;
        }
        Ok(())
    }

    /// A member is in its room again: what it could not send goes out in order, with the keys it had.
    pub(super) fn welcome_back(&mut self, net: &mut Net, member: usize, at: Instant) -> Result<()> {
        self.comeback.failures[member] = 0;
        self.comeback.returned.push(at);
        let socket = self.members[member].socket;
        for (owner, frame) in self.comeback.outbox.values() {
            if *owner == member {
                net.send(socket, frame)?;
            }
        }
        Ok(())
    }
}
