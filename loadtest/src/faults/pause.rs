//! SIGSTOP and SIGCONT: a server that sleeps without knowing it, as on a suspended machine, and a graceful restart.

use super::{Context, Played, stage::Cast};
use color_eyre::eyre::Result;
use nix::sys::signal::Signal;
use std::{thread, time::Duration};

pub(super) fn run(context: &mut Context<'_>) -> Result<Played> {
    let mut scenes = Vec::new();
    // The long one outlasts every heartbeat.
    let pauses: &[u64] = if context.quick { &[300, 1500] } else { &[300, 1500, 5000, 35_000] };
    {
        let mut target = context.target()?;
        let server = target.take_process()?;
        let cast = Cast::enter(target.address, &[target.address], 8, 40.0, &mut context.random)?;
        for pause in pauses {
            cast.progress()?;
            server.signal(Signal::SIGSTOP)?;
            thread::sleep(Duration::from_millis(*pause));
            server.signal(Signal::SIGCONT)?;
        }
        cast.progress()?;
        scenes.push((format!("stopped and continued, {} times", pauses.len()), cast.finish()?));
    }
    let mut target = context.target()?;
    let mut server = target.take_process()?;
    let restarts = context.times(2, 10);
    let cast = Cast::enter(target.address, &[target.address], 8, 40.0, &mut context.random)?;
    for _ in 0..restarts {
        cast.progress()?;
        thread::sleep(Duration::from_millis(context.random.u64(0..300)));
        server.stop()?;
        server.start_again()?;
    }
    cast.progress()?;
    scenes.push((format!("asked to stop and started, {restarts} times"), cast.finish()?));
    Ok(Played::Scenes(scenes))
}
