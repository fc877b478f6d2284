//! A network that delays, splits, cuts in the middle of a frame, and falls silent without telling anybody.

use super::{
    Context, Played,
    proxy::{Mood, Proxy},
    stage::Cast,
};
use crate::{
    crowd::setup,
    net::{
        client::{Client, Incoming},
        http::{self, Http},
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

pub(super) fn run(context: &mut Context<'_>) -> Result<Played> {
    let target = context.target()?;
    let server = target.address;
    let seconds = u64::from(context.times(2, 20));
    let mut scenes = Vec::new();
    let moods = [
        ("delayed and split", Mood { delay_ms: 0..20, split: 1..40, cut_after: 0..0 }),
        (
            "cut in the middle of frames",
            Mood { delay_ms: 0..0, split: 0..0, cut_after: 300..200_000 },
        ),
        ("delayed, split and cut", Mood { delay_ms: 0..8, split: 1..200, cut_after: 300..200_000 }),
    ];
    for (what, mood) in moods {
        let proxy = Proxy::start(server, mood, context.random.u64(..))?;
        // Half of them have a good network, and must not notice.
        let via = [proxy.address, server];
        let cast = Cast::enter(server, &via, 8, 30.0, &mut context.random)?;
        thread::sleep(Duration::from_secs(seconds));
        let scene = cast.finish()?;
        scenes.push((format!("{what}, {} cuts", proxy.cuts()), scene));
    }

    let proxy = Proxy::start(server, Mood::default(), context.random.u64(..))?;
    let cast = Cast::enter(server, &[proxy.address, server], 8, 30.0, &mut context.random)?;
    for _ in 0..context.times(1, 3) {
        cast.progress()?;
        proxy.swallow(true);
        // Longer than a client waits for a sign of life.
        thread::sleep(Duration::from_secs(5));
        proxy.swallow(false);
    }
    cast.progress()?;
    scenes.push(("silent network".to_owned(), cast.finish()?));
    if !context.quick {
        half_open(server, context.random.u64(..))?;
    }
    Ok(Played::Scenes(scenes))
}

/// The server notices by itself that somebody's connection is half open: they leave the roster in time.
fn half_open(server: SocketAddr, seed: u64) -> Result<()> {
    let proxy = Proxy::start(server, Mood::default(), seed)?;
    let mut http = Http::connect(server)?;
    let watcher = http::sign_in(&mut http, &setup::unique("watcher"))?;
    let silent = http::sign_in(&mut http, &setup::unique("silent"))?;
    let mut watcher = Client::connect(server, &watcher)?;
    let room = watcher.create_room(&setup::unique("half-open"))?.id;
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
            Incoming::Frame(ServerFrame::Roster { roster, .. }) => roster.count,
            Incoming::Frame(ServerFrame::RosterChanged { count, .. }) => count,
            Incoming::Closed { code } => bail!("the watcher was closed with {code}"),
            Incoming::Frame(_) | Incoming::Silence => continue,
        };
        if count == expected {
            return Ok(start.elapsed());
        }
    }
    bail!("the roster did not come to {expected} within {limit:?}")
}
