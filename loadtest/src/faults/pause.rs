//! SIGSTOP and SIGCONT: a server that sleeps without knowing it, as on a suspended machine, and a graceful restart.

use super::{Context, ScenarioResult};
use color_eyre::eyre::Result;
use nix::sys::signal::Signal;
use std::{thread, time::Duration};

pub(super) fn run(context: &mut Context<'_>) -> Result<ScenarioResult> {
    // The long one outlasts every heartbeat.
    let pauses: &[u64] = if context.quick { &[300, 1500] } else { &[300, 1500, 5000, 35_000] };
    let mut target = context.target()?;
    let server = target.take_process()?;
    let talking = context.enter(&target, &[target.address], 40.0)?;
    for pause in pauses {
        talking.progress()?;
        server.signal(Signal::SIGSTOP)?;
        thread::sleep(Duration::from_millis(*pause));
        server.signal(Signal::SIGCONT)?;
    }
    let paused = talking.finish(format!("stopped and continued, {} times", pauses.len()))?;
    drop(server);

    let mut target = context.target()?;
    let mut server = target.take_process()?;
    let restarts = context.times(2, 10);
    let talking = context.enter(&target, &[target.address], 40.0)?;
    for _ in 0..restarts {
        talking.progress()?;
        thread::sleep(Duration::from_millis(context.random.u64(0..300)));
        server.stop()?;
        server.start_again()?;
    }
    let restarted = talking.finish(format!("asked to stop and started, {restarts} times"))?;
    Ok(ScenarioResult::Tried(vec![paused, restarted]))
}
