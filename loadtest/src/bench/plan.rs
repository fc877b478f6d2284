//! What a bench runs: command lines that can be typed as well.

use super::Args;
use crate::target::Kind;

/// What is compared in a round. Every other round goes the other way, so that nobody always comes after the same: what
/// one leaves behind (closing sockets, pages to be written) weighs on the next.
pub(super) fn round(args: &Args, number: usize) -> Vec<String> {
    let seconds = args.seconds;
    let mut kinds: Vec<&Kind> = Kind::all().collect();
    // Between two that are as quick as we are.
    kinds.swap(0, 1);
    if number % 2 == 1 {
        kinds.reverse();
    }
    let names = || kinds.iter().map(|kind| kind.value);
    // Flask-SocketIO on threads is saturated by the others' rate. Its CPU per delivery is measured at a tenth of it.
    let rate = |kind: &str, rate: u32| if kind.starts_with("flask") { rate / 10 } else { rate };
    let fanout = names().map(|kind| {
        let rate = rate(kind, 40);
        format!("fanout --target {kind} --rate {rate} --seconds {seconds}")
    });
    let chatty = names().map(|kind| {
        let rate = rate(kind, 500);
        format!("chatty --target {kind} --rate {rate} --seconds {seconds}")
    });
    let idle = names().filter(|kind| *kind != Kind::FLOOR.value);
    let idle = idle.map(|kind| format!("idle --target {kind} --settle 2"));
    fanout.chain(chatty).chain(idle).collect()
}

/// What only Hubbub does, once.
pub(super) fn alone(args: &Args) -> Vec<String> {
    let Args { seconds, messages, .. } = args;
    vec![
        format!("posts --clients 16 --seconds {seconds}"),
        format!("posts --clients 64 --seconds {seconds}"),
        format!("posts --clients 64 --rate 2000 --seconds {seconds}"),
        format!("page --seconds {seconds}"),
        format!("history --messages {messages} --seconds {seconds}"),
        "storm".to_owned(),
        format!("rooms --seconds {seconds}"),
        "idle --sockets 10000".to_owned(),
        format!("stalled --rate 20 --seconds {seconds}"),
        "reconnect --seconds 9".to_owned(),
    ]
}
