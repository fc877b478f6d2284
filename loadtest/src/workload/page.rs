//! `page`: the server-rendered room page with its last 50 messages, by clients that keep asking. What a person waits
//! for who opens a room.

use super::requests::Requests;
use crate::{
    crowd::setup,
    net::client::key,
    report::{Goal, Report},
    schedule::Times,
    target::{ServerArgs, Target},
};
use color_eyre::eyre::{Result, bail};
use protocol::limits::PAGE_MESSAGES;

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Clients, each asking again as soon as it has its answer
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Seconds to measure
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
}

pub fn run(server: &ServerArgs, args: &Args) -> Result<Report> {
    let target = server.target()?;
    let mut report = Report::new("page", target.kind.name);
    report.parameter("clients", args.clients).parameter("seconds", args.seconds);
    let (path, marks) = fill_a_room(&target)?;
    let cookies = setup::users(&target, args.clients, args.clients)?;
    let check = |html: &[u8]| {
        let lacks = |mark: &&String| memchr::memmem::find(html, mark.as_bytes()).is_none();
        match marks.iter().find(lacks) {
            Some(mark) => bail!("{path} lacks the message {mark}"),
            None => Ok(()),
        }
    };
    let times = Times { warm_up: 0.0, seconds: args.seconds };
    let requests = Requests { path: &path, check: &check, rate: None, times: &times };
    let answered = requests.run(&target, &cookies)?;
    let (latency, usage) = (&answered.latency, answered.usage);

    report.figure("pages a second", usage.a_second(latency.count()), "/s");
    report.quantiles("first byte", latency).goal("first byte p99", Goal::AtMost(20.0));
    report.figure("first byte max", latency.max_ms(), "ms");
    if let Some(cpu) = usage.each_us(latency.count()) {
        report.figure("server CPU per page", cpu / 1000.0, "ms");
    }
    report.figure("page", answered.kib, "KiB");
    usage.describe(&mut report);
    Ok(report)
}

/// A room with more messages than a page shows; its path, and the texts that its page must show.
fn fill_a_room(target: &Target) -> Result<(String, Vec<String>)> {
    let (mut client, _) = setup::client(target.address, "writer")?;
    let room = client.create_room(&setup::unique("page"))?;
    let mut marks = Vec::new();
    for index in 0..PAGE_MESSAGES + 10 {
        let mark = format!("mark-{index:03}-");
        let text = format!("{mark} and a sentence of the usual length for a chat");
        if let Err(code) = client.post(room.id, key(fastrand::u128(..)), &text)? {
            bail!("a message was refused: {code}");
        }
        marks.push(mark);
    }
    Ok((format!("/rooms/{}", room.slug), marks.split_off(10)))
}
