//! What a crowd does with the frames that arrive: the hot path of the generator.

use super::Crowd;
use crate::{
    check::Receiver,
    net::swarm::{Handler, Net},
    wire::{Delivery, Incoming},
};
use color_eyre::eyre::Result;
use std::time::Instant;

impl Handler for Crowd {
    fn text(&mut self, net: &mut Net, id: usize, payload: &[u8], at: Instant) -> Result<()> {
        let owner = self.owners[id];
        match self.wire.read(payload)? {
            Incoming::Deliveries { range, messages } => self.deliver(owner, range, &messages, at),
            Incoming::Acknowledged { index, .. } => {
                self.acknowledged += 1;
                self.reconnect.outbox.remove(&index);
                if let Some(schedule) = self.schedule.filter(|schedule| schedule.is_measured(index))
                {
                    self.acknowledgements.record(schedule.since_due(index, at));
                }
            }
            Incoming::Greeting => {
                let member = &self.members[owner];
                if let Some(frame) = self.wire.join(member.room, member.receiver.cursor())? {
                    net.send(id, &frame)?;
                }
            }
            Incoming::Joined { through } => {
                let member = &mut self.members[owner];
                if !member.joined {
                    member.joined = true;
                    self.joined += 1;
                    if self.schedule.is_none() {
                        member.receiver = Receiver::after(through);
                    } else {
                        self.welcome_back(net, owner, at)?;
                    }
                }
            }
            Incoming::Answer(text) => net.send(id, text.as_bytes())?,
            Incoming::Other => {}
        }
        Ok(())
    }

    fn closed(&mut self, _net: &mut Net, id: usize, code: Option<u16>) -> Result<()> {
        self.lost.push((self.owners[id], code));
        Ok(())
    }
}

impl Crowd {
    fn deliver(
        &mut self,
        owner: usize,
        range: Option<(u64, u64)>,
        messages: &[Delivery],
        at: Instant,
    ) {
        let member = &mut self.members[owner];
        if let Some((after, through)) = range {
            member.receiver.range(after, through, messages.len() as u64, &mut self.violations);
        }
        for delivery in messages {
            if !member.receiver.message(delivery.number, &mut self.violations) {
                continue;
            }
            if range.is_none() {
                member.receiver.advance(delivery.number);
            }
            self.delivered += 1;
            self.ledgers[member.room].entry(delivery.number, delivery.index, &mut self.violations);
            let Some(schedule) = &self.schedule else { continue };
            // A sleeper's deliveries are late by its own will.
            if schedule.is_measured(delivery.index) && !member.sleeps {
                self.latency.record(schedule.since_due(delivery.index, at));
            }
        }
    }
}
