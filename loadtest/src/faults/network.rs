//! A network that delays, splits, cuts in the middle of a frame, and falls silent without telling anybody.

use super::{
    Context, ScenarioResult,
    participants::Scenario,
    proxy::{Impairment, Proxy},
};
use crate::{
    crowd::setup,
    net::{
        client::{Client, Incoming},
        http,
    },
};
use color_eyre::eyre::{Result, bail};
use protocol::{Seq, ServerFrame};
use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

/// A dead peer is noticed within this time, and gone from the roster.
const DEAD: Duration = Duration::from_secs(30);

const IMPAIRMENTS: [(&str, Impairment); 3] = [
    ("delayed and split", Impairment { delay_ms: 0..20, split: 1..40, cut_after: 0..0 }),
    (
        "cut in the middle of frames",
        Impairment { delay_ms: 0..0, split: 0..0, cut_after: 300..200_000 },
    ),
    (
        "delayed, split and cut",
        Impairment { delay_ms: 0..8, split: 1..200, cut_after: 300..200_000 },
    ),
];

pub(super) fn run(context: &mut Context<'_>) -> Result<ScenarioResult> {
    let target = context.target()?;
    let server = target.address;
    let seconds = u64::from(context.times(2, 20));
    let mut scenarios = Vec::new();
    for (what, impairment) in IMPAIRMENTS {
        let proxy = Proxy::start(server, impairment, context.random.u64(..))?;
        // Half of them have a good network, and must not notice.
        let talking = context.enter(&target, &[proxy.address, server], 30.0)?;
        thread::sleep(Duration::from_secs(seconds));
        let scenario = talking.finish(what.to_owned())?;
        scenarios.push(Scenario { name: format!("{what}, {} cuts", proxy.cuts()), ..scenario });
    }

    let proxy = Proxy::start(server, Impairment::default(), context.random.u64(..))?;
    let talking = context.enter(&target, &[proxy.address, server], 30.0)?;
    for _ in 0..context.times(1, 3) {
        talking.progress()?;
        proxy.swallow(true);
        // Longer than a client waits for a sign of life.
        thread::sleep(Duration::from_secs(5));
        proxy.swallow(false);
    }
    scenarios.push(talking.finish("silent network".to_owned())?);
    if !context.quick {
        half_open(server, context.random.u64(..))?;
    }
    Ok(ScenarioResult::Tried(scenarios))
}

/// The server notices by itself that somebody's connection is half open: they leave the roster in time.
fn half_open(server: SocketAddr, seed: u64) -> Result<()> {
    let proxy = Proxy::start(server, Impairment::default(), seed)?;
    let (mut watcher, _) = setup::client(server, "watcher")?;
    let room = watcher.create_room(&setup::unique("half-open"))?.id;
    let silent = http::sign_in(server, &setup::unique("silent"))?;
    let mut silent = Client::connect_through(proxy.address, server, &silent, DEAD)?;
    silent.read_roster(room)?;
    watcher.open_room(room, Seq::ZERO)?;
    wait_for_count(&mut watcher, 2, Duration::from_secs(10))?;
    proxy.swallow(true);
    let gone = wait_for_count(&mut watcher, 1, DEAD)?;
    eprintln!("        a half-open socket was noticed after {:.1} s", gone.as_secs_f64());
    Ok(())
}

fn wait_for_count(client: &mut Client, expected: u32, limit: Duration) -> Result<Duration> {
    let start = Instant::now();
    while start.elapsed() < limit {
        let count = match client.next(Duration::from_millis(500))? {
            Incoming::Frame(
                ServerFrame::Roster { count, .. } | ServerFrame::RosterChanged { count, .. },
            ) => count,
            Incoming::Closed => bail!("the watcher's socket was closed"),
            Incoming::Frame(_) | Incoming::Silence => continue,
        };
        if count == expected {
            return Ok(start.elapsed());
        }
    }
    bail!("the roster did not come to {expected} within {limit:?}")
}
