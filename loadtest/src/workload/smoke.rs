//! `smoke`: a second or two of every workload, so that none of them rots. Nothing is judged but the promises.

use super::Workload;
use crate::{
    report::{Report, Verdict},
    target::ServerArgs,
};
use color_eyre::eyre::{Result, WrapErr};

const LINES: [&str; 12] = [
    "floor --members 30 --warm-up 0.3 --seconds 1",
    "fanout --members 50 --warm-up 0.3 --seconds 1",
    "rooms --rooms 10 --members 4 --rate 100 --warm-up 0.3 --seconds 1",
    "chatty --members 10 --rate 300 --warm-up 0.3 --seconds 1",
    "stalled --members 20 --rate 200 --bytes 4000 --warm-up 0.3 --seconds 1",
    "idle --sockets 100 --rooms 2 --settle 0.3",
    "posts --clients 8 --warm-up 0.3 --seconds 1",
    "posts --clients 8 --rate 200 --warm-up 0.3 --seconds 1",
    "page --clients 4 --seconds 0.5",
    "storm --connects 400 --window 16 --open 100 --users 20",
    "history --messages 2000 --rate 100 --clients 4 --warm-up 0.3 --seconds 1",
    "reconnect --members 50 --rate 20 --warm-up 0.3 --seconds 3",
];

/// The reports; a workload that could not run is an error.
pub fn run(server: &ServerArgs) -> Result<Vec<Report>> {
    let run = |line: &&str| {
        let report = Workload::run_line(server, line).wrap_err_with(|| format!("`{line}`"))?;
        match report.verdict() {
            Verdict::Failed => println!("FAILED    {line}: {}", report.violations),
            _ => println!("complete  {line}"),
        }
        Ok(report)
    };
    LINES.iter().map(run).collect()
}
