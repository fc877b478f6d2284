//! `history`: reading the newest messages of a very large room, at a steady rate. Shows whether a room slows down as it
//! grows.

use super::{posts::Posters, requests::Requests};
use crate::{
    crowd::setup,
    net::swarm::Swarm,
    report::{Goal, Report},
    schedule::Times,
    target::ServerArgs,
};
use color_eyre::eyre::{Result, bail};
use std::time::Instant;

/// Clients that fill the room, and messages of each under way at once: many, for large groups in each commit, and few
/// enough that the server reads on while it stores.
const WRITERS: usize = 16;
const UNDER_WAY: usize = 60;

/// Messages of a page.
const SHOWN: usize = protocol::limits::PAGE_MESSAGES as usize;

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
    messages: u64,
    /// Requests a second
    #[arg(long, default_value_t = 2000.0)]
    rate: f64,
    /// Connections that share them
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// What to ask for
    #[arg(long, value_enum, default_value_t = Through::Room)]
    through: Through,
    #[command(flatten)]
    times: Times,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.target()?;
    let mut report = Report::new("history", target.kind.name);
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
    let a_second = args.messages as f64 / start.elapsed().as_secs_f64();
    report.figure("filling", a_second, "messages/s");

    let path = match args.through {
        Through::Room => format!("/api/room?slug={}", room.slug),
        Through::Middle => format!("/api/history?room={}&before={}", room.id, args.messages / 2),
        Through::Page => format!("/rooms/{}", room.slug),
    };
    let cookies = setup::users(&target, args.clients, args.clients)?;
    let check = |answer: &[u8]| {
        let shown = memchr::memmem::find_iter(answer, b"#").count();
        if shown < SHOWN {
            bail!("{path} has {shown} messages");
        }
        Ok(())
    };
    let requests =
        Requests { path: &path, check: &check, rate: Some(args.rate), times: &args.times };
    let answered = requests.run(&target, &cookies)?;
    let (latency, usage) = (&answered.latency, answered.usage);

    report.figure("requests a second", usage.a_second(latency.count()), "/s");
    report.quantiles("answer", latency).goal("answer p99", Goal::AtMost(5.0));
    report.figure("answer max", latency.max_ms(), "ms");
    usage.describe_server(&mut report, "request", latency.count());
    report.figure("answer", answered.kib, "KiB");
    usage.describe(&mut report);
    Ok(report)
}
