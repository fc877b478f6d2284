//! What a run needs of the machine: the server, the generator, and everybody else.

use crate::{
    report::Report,
    target::{Target, proc},
};
use color_eyre::eyre::Result;
use std::{
    process,
    time::{Duration, Instant},
};

/// CPU time and memory over a stretch of time.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    server: Option<Duration>,
    generator: Duration,
    pub wall: Duration,
    /// By how much the server's memory grew.
    pub grown_bytes: Option<u64>,
    /// What other programs took, as a share of all cores; known where the server's process is.
    others_share: Option<f64>,
}

/// The start of such a stretch.
#[derive(Debug, Clone, Copy)]
pub struct Before {
    server: Option<Duration>,
    resident: Option<u64>,
    generator: Duration,
    machine: (Duration, Duration),
    at: Instant,
}

impl Usage {
    /// Starts counting.
    pub fn of(target: &Target) -> Result<Before> {
        Ok(Before {
            server: target.cpu_time()?,
            resident: target.resident_bytes()?,
            generator: proc::cpu_time(process::id())?,
            machine: proc::machine_time()?,
            at: Instant::now(),
        })
    }

    /// What was used since.
    pub fn since(before: Before, target: &Target) -> Result<Self> {
        let after = Self::of(target)?;
        let used = |now: Duration, then: Duration| now.saturating_sub(then);
        let server = after.server.zip(before.server).map(|(now, then)| used(now, then));
        let grown = after.resident.zip(before.resident);
        let generator = used(after.generator, before.generator);
        let busy = used(after.machine.0, before.machine.0).as_secs_f64();
        let all = used(after.machine.1, before.machine.1).as_secs_f64();
        let ours = (generator + server.unwrap_or_default()).as_secs_f64();
        Ok(Self {
            server,
            generator,
            wall: after.at.duration_since(before.at),
            grown_bytes: grown.map(|(now, then)| now.saturating_sub(then)),
            // Without the server's process its time would be taken for somebody else's.
            others_share: server.map(|_| (busy - ours).max(0.0) / all.max(0.01)),
        })
    }

    /// How many of something there were in a second.
    pub fn a_second(&self, count: u64) -> f64 {
        count as f64 / self.wall.as_secs_f64().max(0.001)
    }

    /// The server's CPU time for one of `count`, in microseconds.
    pub fn each_us(&self, count: u64) -> Option<f64> {
        Some(self.server?.as_secs_f64() * 1e6 / count.max(1) as f64)
    }

    /// Says in a report what the server needed for each of `count`, and in all.
    pub fn describe_server(&self, report: &mut Report, what: &str, count: u64) {
        if let (Some(each), Some(server)) = (self.each_us(count), self.server) {
            report.figure(format!("server CPU per {what}"), each, "µs");
            let share = server.as_secs_f64() / self.wall.as_secs_f64().max(0.001);
            report.figure("server CPU", share * 100.0, "% of a core");
        }
    }

    /// Says in a report what the generator and other programs needed.
    pub fn describe(&self, report: &mut Report) {
        let share = self.generator.as_secs_f64() / self.wall.as_secs_f64().max(0.001);
        report.generator_share = Some(share);
        report.others_share = self.others_share;
    }
}
