//! What a bench runs, and with which numbers.

use super::Args;
use crate::{
    report::Report,
    target::{Kind, ServerArgs},
    workload::{
        Times, chatty, fanout, history, idle, page, posts, reconnect, rooms, stalled, storm,
    },
};
use color_eyre::eyre::{Result, bail};

/// Flask-SocketIO on threads is saturated by the others' rate. Its CPU per delivery is measured below that.
const FLASK_SHARE: f64 = 0.1;

type Run = Box<dyn Fn(&ServerArgs) -> Result<Report>>;

/// One run.
pub(super) struct Step {
    pub(super) name: String,
    run: Run,
}

impl Step {
    fn new(name: impl Into<String>, run: impl Fn(&ServerArgs) -> Result<Report> + 'static) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }

    pub(super) fn run(&self, server: &ServerArgs) -> Result<Report> {
        (self.run)(server)
    }
}

/// What is compared in a round. Every other round goes the other way, so that nobody always comes after the same: what
/// one leaves behind (closing sockets, pages to be written) weighs on the next.
pub(super) fn round(args: &Args, number: usize) -> Vec<Step> {
    let times = Times { warm_up: 2.0, seconds: args.seconds };
    let mut steps = Vec::new();
    let mut kinds = Kind::ALL;
    // Between two that are as quick as we are.
    kinds.swap(0, 1);
    if number % 2 == 1 {
        kinds.reverse();
    }
    for kind in kinds {
        let rate = rate(kind, 40.0);
        let fanout =
            fanout::Args { members: 1000, rate, bytes: 100, target: kind, times: times.clone() };
        steps.push(Step::new(format!("fanout, {}", kind.name()), move |server| {
            installed(kind)?;
            fanout::run(server, &fanout)
        }));
    }
    for kind in kinds {
        let rate = rate(kind, 500.0);
        let chatty =
            chatty::Args { members: 100, rate, bytes: 100, target: kind, times: times.clone() };
        steps.push(Step::new(format!("chatty, {}", kind.name()), move |server| {
            installed(kind)?;
            chatty::run(server, &chatty)
        }));
    }
    for kind in kinds.into_iter().filter(|kind| *kind != Kind::Floor) {
        let idle = idle::Args { sockets: 1000, rooms: 10, settle: 2.0, target: kind };
        steps.push(Step::new(format!("idle, {}", kind.name()), move |server| {
            installed(kind)?;
            idle::run(server, &idle)
        }));
    }
    steps
}

fn rate(kind: Kind, rate: f64) -> f64 {
    if matches!(kind, Kind::Flask | Kind::FlaskGevent) { rate * FLASK_SHARE } else { rate }
}

fn installed(kind: Kind) -> Result<()> {
    if !kind.is_installed() {
        bail!("{} is not installed", kind.name());
    }
    Ok(())
}

/// What only Hubbub does, once.
pub(super) fn alone(args: &Args) -> Vec<Step> {
    let times = Times { warm_up: 2.0, seconds: args.seconds };
    let posting = |clients, rate| {
        let args = posts::Args { clients, pipeline: 1, rate, bytes: 100, times: times.clone() };
        move |server: &ServerArgs| posts::run(server, &args)
    };
    let connected = idle::Args { sockets: 10_000, rooms: 10, settle: 3.0, target: Kind::Hubbub };
    let storming = storm::Args { connects: 20_000, window: 64, open: 5000, users: 400 };
    let paging = page::Args { clients: 16, seconds: args.seconds };
    let reading = history::Args {
        messages: args.messages,
        rate: 2000.0,
        clients: 32,
        through: history::Through::Room,
        times: times.clone(),
    };
    let stalling = stalled::Args {
        members: 1000,
        asleep: 5.0,
        rate: 20.0,
        bytes: 2000,
        bound: 256.0,
        times: times.clone(),
    };
    let returning = reconnect::Args {
        members: 5000,
        rate: 4.0,
        bytes: 100,
        kill: false,
        times: Times { warm_up: 2.0, seconds: 9.0 },
    };
    let mingling =
        rooms::Args { rooms: 500, members: 10, rate: 1000.0, bytes: 100, times: times.clone() };
    vec![
        Step::new("posts of 16 clients", posting(16, None)),
        Step::new("posts of 64 clients", posting(64, None)),
        Step::new("2,000 posts a second", posting(64, Some(2000.0))),
        Step::new("pages", move |server| page::run(server, &paging)),
        Step::new("history", move |server| history::run(server, &reading)),
        Step::new("storm", move |server| storm::run(server, &storming)),
        Step::new("rooms", move |server| rooms::run(server, &mingling)),
        Step::new("10,000 idle sockets", move |server| idle::run(server, &connected)),
        Step::new("stalled readers", move |server| stalled::run(server, &stalling)),
        Step::new("reconnect", move |server| reconnect::run(server, &returning)),
    ]
}
