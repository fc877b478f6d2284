//! `history`: reading the newest messages of a very large room, at a steady rate. Shows whether a room slows down as it
//! grows.

use super::{Times, posts::Posters};
use crate::{
    crowd::{Usage, setup},
    latency::Latency,
    net::{http::Http, swarm::Swarm},
    report::{Goal, Report},
    schedule::Schedule,
    target::{ServerArgs, Target},
};
use color_eyre::eyre::{Result, bail, eyre};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Clients that fill the room, and messages of each under way at once: many, for large groups in each commit, and few
/// enough that the server reads on while it stores.
const WRITERS: usize = 16;
const UNDER_WAY: usize = 60;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Through {
    /// The room with its last 50 messages as JSON
    Room,
    /// The 50 messages before one in the middle of the room, as JSON
    Middle,
    /// The server-rendered page of the room
    Page,
}

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Messages in the room
    #[arg(long, default_value_t = 1_000_000)]
    pub messages: u64,
    /// Requests a second
    #[arg(long, default_value_t = 2000.0)]
    pub rate: f64,
    /// Connections that share them
    #[arg(long, default_value_t = 32)]
    pub clients: usize,
    /// What to ask for
    #[arg(long, value_enum, default_value_t = Through::Room)]
    pub through: Through,
    #[command(flatten)]
    pub times: Times,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.target()?;
    let mut report = Report::new("history", target.kind.name());
    report
        .parameter("messages", args.messages)
        .parameter("requests/s", args.rate)
        .parameter("clients", args.clients)
        .parameter("through", format!("{:?}", args.through).to_lowercase());

    let room = setup::rooms(&target, 1)?.remove(0);
    let writers = setup::users(&target, WRITERS, WRITERS)?;
    let mut posters = Posters::new(room.id, 100)?;
    let mut swarm = Swarm::new()?;
    posters.connect(&mut swarm, &target, &writers)?;
    let start = Instant::now();
    posters.fill(&mut swarm, WRITERS, UNDER_WAY, args.messages)?;
    drop(swarm);
    #[expect(clippy::cast_precision_loss, reason = "no room has 2^53 messages")]
    let a_second = args.messages as f64 / start.elapsed().as_secs_f64();
    report.figure("filling", a_second, "messages/s");

    let path = match args.through {
        Through::Room => format!("/api/room?slug={}", room.slug),
        Through::Middle => format!("/api/history?room={}&before={}", room.id, args.messages / 2),
        Through::Page => format!("/rooms/{}", room.slug),
    };
    let cookies = setup::users(&target, args.clients, args.clients)?;
    let begin = Instant::now() + Duration::from_millis(200);
    let schedule = Schedule::new(begin, args.rate, args.times.warm_up(), args.times.measured());
    let next = AtomicU64::new(0);
    let mut latency = Latency::new()?;
    let (usage, bytes) = thread::scope(|scope| {
        let workers: Vec<_> = cookies
            .iter()
            .map(|cookie| {
                let (target, path, next) = (&target, &path, &next);
                scope.spawn(move || ask(target, path, cookie, schedule, next))
            })
            .collect();
        thread::sleep(schedule.due(schedule.warm_up).saturating_duration_since(Instant::now()));
        let before = Usage::of(&target)?;
        let mut bytes = 0;
        for worker in workers {
            let (theirs, size) = worker.join().map_err(|_| eyre!("a client panicked"))??;
            latency.add(&theirs)?;
            bytes = bytes.max(size);
        }
        Ok::<_, color_eyre::Report>((Usage::since(before, &target)?, bytes))
    })?;

    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 requests")]
    let count = latency.count() as f64;
    report.figure("requests a second", count / usage.wall.as_secs_f64(), "/s");
    report.figure("answer p50", latency.quantile_ms(0.5), "ms");
    report.goal("answer p99", latency.quantile_ms(0.99), "ms", Goal::AtMost(5.0));
    report.figure("answer max", latency.max_ms(), "ms");
    if let Some(cpu) = usage.server {
        report.figure("server CPU per request", cpu.as_secs_f64() * 1e6 / count.max(1.0), "µs");
    }
    if let Some(share) = usage.server_share() {
        report.figure("server CPU", share * 100.0, "% of a core");
    }
    #[expect(clippy::cast_precision_loss, reason = "the size of an answer")]
    report.figure("answer", bytes as f64 / 1024.0, "KiB");
    usage.describe(&mut report);
    Ok(report)
}

/// One connection: takes the next request that is due, waits for its time, counts from that time.
fn ask(
    target: &Target,
    path: &str,
    cookie: &str,
    schedule: Schedule,
    next: &AtomicU64,
) -> Result<(Latency, usize)> {
    let mut http = Http::connect(target.address)?;
    let mut latency = Latency::new()?;
    let mut size = 0;
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= schedule.total {
            return Ok((latency, size));
        }
        thread::sleep(schedule.due(index).saturating_duration_since(Instant::now()));
        let response = http.get(path, cookie)?;
        let at = Instant::now();
        if response.status != 200 {
            bail!("{path} answered {}", response.status);
        }
        let shown = memchr::memmem::find_iter(&response.body, b"#").count();
        if shown < 50 {
            bail!("{path} has {shown} messages");
        }
        size = response.body.len();
        if schedule.is_measured(index) {
            latency.record(schedule.since_due(index, at));
        }
    }
}
