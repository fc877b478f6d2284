//! `faults`: participants talk while the server is killed, stopped, cut off, filled up or lied to about the time. In the
//! end every timeline must be the store's, every acknowledged message in it under its author's name, and every roster that a
//! client merged must name who is there.
//!
//! One fault a file. The seed decides when things happen; the same seed gives the same blows, though the kernel's
//! scheduling stays its own.

mod clock;
mod disk;
mod duplicate_keys;
mod identity;
mod judge;
mod kill;
mod network;
mod participant;
mod participants;
mod pause;
mod presence;
mod proxy;

use crate::target::{ServerArgs, Target};
use color_eyre::eyre::Result;
use participants::{Participants, Scenario};
use std::{net::SocketAddr, time::Instant};

#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// A short version, below 40 seconds
    #[arg(long)]
    pub quick: bool,
    /// Seed of everything that is random
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Only the faults whose name contains this
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
}

/// Everything a fault needs.
struct Context<'a> {
    server: &'a ServerArgs,
    quick: bool,
    random: fastrand::Rng,
}

/// How a fault went.
enum ScenarioResult {
    Tried(Vec<Scenario>),
    /// Not possible here, and why.
    Skipped(String),
}

impl From<Scenario> for ScenarioResult {
    fn from(scenario: Scenario) -> Self {
        Self::Tried(vec![scenario])
    }
}

impl Context<'_> {
    fn target(&self) -> Result<Target> {
        self.server.target()
    }

    /// Everybody in a fresh room, reaching the server by `via` in turns, and writing so often.
    fn enter(
        &mut self,
        target: &Target,
        via: &[SocketAddr],
        a_second: f64,
    ) -> Result<Participants> {
        Participants::enter(target.address, via, a_second, &mut self.random)
    }

    /// The first number in the short version, else the second.
    fn times(&self, quick: u32, full: u32) -> u32 {
        if self.quick { quick } else { full }
    }
}

type Fault = fn(&mut Context<'_>) -> Result<ScenarioResult>;

const FAULTS: [(&str, Fault); 7] = [
    ("kill", kill::run),
    ("pause", pause::run),
    ("network", network::run),
    ("duplicate-keys", duplicate_keys::run),
    ("identity", identity::run),
    ("disk", disk::run),
    ("clock", clock::run),
];

/// Whether all promises were kept.
pub fn run(server: &ServerArgs, args: &Args) -> Result<bool> {
    let start = Instant::now();
    let mut kept = true;
    let mut skipped = Vec::new();
    println!("faults · seed {}{}", args.seed, if args.quick { " · quick" } else { "" });
    for (index, (name, fault)) in FAULTS.iter().enumerate() {
        if args.only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let began = Instant::now();
        let random = fastrand::Rng::with_seed(args.seed.wrapping_mul(1009) + index as u64);
        let mut context = Context { server, quick: args.quick, random };
        match fault(&mut context) {
            Ok(ScenarioResult::Tried(scenarios)) => {
                for scenario in scenarios {
                    kept &= print(&scenario);
                }
            }
            Ok(ScenarioResult::Skipped(why)) => {
                skipped.push(*name);
                println!("  {name:<44} skipped: {why}");
            }
            Err(error) => {
                kept = false;
                println!("  {name:<44} FAILED: {error:#}");
            }
        }
        eprintln!("{:>5} s  {name} done", began.elapsed().as_secs());
    }
    println!("  {} after {:.0} s", verdict(kept, &skipped), start.elapsed().as_secs_f64());
    Ok(kept)
}

/// What was not tried is not kept.
fn verdict(kept: bool, skipped: &[&str]) -> String {
    let tried = match (kept, skipped) {
        (false, _) => "PROMISES BROKEN",
        (true, []) => "every promise kept",
        (true, _) => "every promise kept that was tried",
    };
    match skipped {
        [] => tried.to_owned(),
        _ => format!("{tried}; SKIPPED: {}", skipped.join(", ")),
    }
}

/// Broken promises printed for one scenario; more of the same kind only fill the screen.
const SHOWN: usize = 20;

fn print(scenario: &Scenario) -> bool {
    let Scenario { name, messages, reconnects, refused, rosters, found } = scenario;
    println!(
        "  {name:<44} {messages:>6} messages, {reconnects:>5} reconnects, {refused:>4} refused, {rosters:>3} \
         rosters: {}",
        if found.is_empty() { "complete".to_owned() } else { format!("{} BROKEN", found.len()) }
    );
    for broken in found.iter().take(SHOWN) {
        println!("      {broken}");
    }
    found.is_empty()
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn what_was_skipped_is_named_and_not_said_to_be_kept() {
        assert_eq!(verdict(true, &[]), "every promise kept");
        let verdict = verdict(true, &["disk", "clock"]);
        assert_eq!(verdict, "every promise kept that was tried; SKIPPED: disk, clock");
    }

    #[test]
    fn a_broken_promise_is_said_first() {
        assert_eq!(verdict(false, &["clock"]), "PROMISES BROKEN; SKIPPED: clock");
        assert_eq!(verdict(false, &[]), "PROMISES BROKEN");
    }
}
