//! Requests for one path by many clients, as fast as they are answered or by a schedule.

use crate::{
    crowd::Usage,
    latency::Latency,
    net::http::{Http, in_threads},
    schedule::{Schedule, Times},
    target::Target,
};
use color_eyre::eyre::{Result, bail};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Instant,
};

/// What is asked for, and what the answer must be.
pub(super) struct Requests<'a> {
    pub(super) path: &'a str,
    /// A fast answer without its messages would be no achievement; what it lacks is an error.
    pub(super) check: &'a (dyn Fn(&[u8]) -> Result<()> + Sync),
    /// Requests a second, counted from when each was due to its last byte. Without a rate each client asks again as soon
    /// as it has its answer, and the first byte counts.
    pub(super) rate: Option<f64>,
    pub(super) times: &'a Times,
}

/// What came of them.
pub(super) struct Answered {
    pub(super) latency: Latency,
    pub(super) usage: Usage,
    /// Of one answer.
    pub(super) kib: f64,
}

impl Requests<'_> {
    pub(super) fn run(&self, target: &Target, cookies: &[String]) -> Result<Answered> {
        let start = Instant::now();
        let measured = start + self.times.warm_up();
        let end = measured + self.times.measured();
        let schedule = self.rate.map(|rate| Schedule::new(start, rate, self.times));
        let next = AtomicU64::new(0);
        thread::scope(|scope| {
            let before = scope.spawn(|| {
                thread::sleep(measured.saturating_duration_since(Instant::now()));
                Usage::of(target)
            });
            let clients = in_threads(cookies.len(), |client| {
                let http = Http::new(target.address);
                let mut latency = Latency::new()?;
                let mut bytes = 0;
                let mut ask = || {
                    let response = http.get(self.path, &cookies[client])?;
                    if response.status != 200 {
                        bail!("{} answered {}", self.path, response.status);
                    }
                    // Looking once is enough, all answers are made alike.
                    if bytes == 0 {
                        (self.check)(&response.body)?;
                    }
                    bytes = response.body.len();
                    Ok(response.first_byte)
                };
                // The first one of all makes the connection.
                ask()?;
                while let Some(schedule) = schedule {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= schedule.total {
                        break;
                    }
                    thread::sleep(schedule.due(index).saturating_duration_since(Instant::now()));
                    ask()?;
                    if schedule.is_measured(index) {
                        latency.record(schedule.since_due(index, Instant::now()));
                    }
                }
                while schedule.is_none() && Instant::now() < end {
                    let is_measured = Instant::now() >= measured;
                    let first_byte = ask()?;
                    if is_measured {
                        latency.record(first_byte);
                    }
                }
                Ok((latency, bytes))
            });
            let before =
                before.join().map_err(|_| color_eyre::eyre::eyre!("a clock panicked"))??;
            let usage = Usage::since(before, target)?;
            let mut latency = Latency::new()?;
            let mut kib = 0.0;
            for (theirs, bytes) in clients? {
                latency.add(&theirs)?;
                kib = bytes as f64 / 1024.0;
            }
            Ok(Answered { latency, usage, kib })
        })
    }
}
