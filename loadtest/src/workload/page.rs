//! `page`: the server-rendered room page with its last 50 messages, by clients that keep asking. What a person waits
//! for who opens a room.

use crate::{
    crowd::{Usage, setup},
    latency::Latency,
    net::{
        client::Client,
        http::{self, Http},
    },
    report::{Goal, Report},
    target::{ServerArgs, Target},
};
use color_eyre::eyre::{Result, bail, eyre};
use protocol::{MessageKey, limits::PAGE_MESSAGES};
use std::{
    thread,
    time::{Duration, Instant},
};

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Clients, each asking again as soon as it has its answer
    #[arg(long, default_value_t = 16)]
    pub clients: usize,
    /// Seconds to measure
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.target()?;
    let mut report = Report::new("page", target.kind.name());
    report.parameter("clients", args.clients).parameter("seconds", args.seconds);
    let (path, marks) = fill_a_room(&target)?;
    let cookies = setup::users(&target, args.clients, args.clients)?;

    let before = Usage::of(&target)?;
    let end = Instant::now() + Duration::from_secs_f64(args.seconds);
    let mut latency = Latency::new()?;
    let mut size = 0;
    thread::scope(|scope| {
        let workers: Vec<_> = cookies
            .iter()
            .map(|cookie| scope.spawn(|| ask(&target, &path, cookie, &marks, end)))
            .collect();
        for worker in workers {
            let (theirs, bytes) = worker.join().map_err(|_| eyre!("a client panicked"))??;
            latency.add(&theirs)?;
            size = bytes;
        }
        Ok::<_, color_eyre::Report>(())
    })?;
    let usage = Usage::since(before, &target)?;

    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 pages")]
    let count = latency.count() as f64;
    report.figure("pages a second", count / usage.wall.as_secs_f64(), "/s");
    report.figure("first byte p50", latency.quantile_ms(0.5), "ms");
    report.goal("first byte p99", latency.quantile_ms(0.99), "ms", Goal::AtMost(20.0));
    report.figure("first byte max", latency.max_ms(), "ms");
    if let Some(cpu) = usage.server {
        report.figure("server CPU per page", cpu.as_secs_f64() * 1000.0 / count.max(1.0), "ms");
    }
    #[expect(clippy::cast_precision_loss, reason = "the size of a page")]
    report.figure("page", size as f64 / 1024.0, "KiB");
    usage.describe(&mut report);
    Ok(report)
}

/// A room with more messages than a page shows; its path, and the texts that its page must show.
fn fill_a_room(target: &Target) -> Result<(String, Vec<String>)> {
    let mut http = Http::connect(target.address)?;
    let cookie = http::sign_in(&mut http, &setup::unique("writer"))?;
    let mut client = Client::connect(target.address, &cookie)?;
    let room = client.create_room(&setup::unique("page"))?;
    let mut texts = Vec::new();
    for index in 0..PAGE_MESSAGES + 10 {
        let text = format!("mark-{index:03}- and a sentence of the usual length for a chat");
        if let Err(code) = client.post(room.id, MessageKey(uuid::Uuid::new_v4()), &text)? {
            bail!("a message was refused: {code}");
        }
        texts.push(format!("mark-{index:03}-"));
    }
    Ok((format!("/rooms/{}", room.slug), texts.split_off(10)))
}

fn ask(
    target: &Target,
    path: &str,
    cookie: &str,
    marks: &[String],
    end: Instant,
) -> Result<(Latency, usize)> {
    let mut http = Http::connect(target.address)?;
    let mut latency = Latency::new()?;
    let mut size = 0;
    let mut is_first = true;
    while Instant::now() < end {
        let response = http.get(path, cookie)?;
        if response.status != 200 {
            bail!("{path} answered {}", response.status);
        }
        // A fast page without its messages would be no achievement; looking once is enough, all are made alike.
        if is_first {
            let html = String::from_utf8_lossy(&response.body);
            if let Some(lacking) = marks.iter().find(|mark| !html.contains(mark.as_str())) {
                bail!("{path} lacks the message {lacking}");
            }
            is_first = false;
            size = response.body.len();
            continue;
        }
        latency.record(response.first_byte);
    }
    Ok((latency, size))
}
