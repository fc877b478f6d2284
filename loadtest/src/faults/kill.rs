//! `kill -9` in the middle of writing, again and again.

use super::{Context, ScenarioResult};
use color_eyre::eyre::Result;
use std::{thread, time::Duration};

pub(super) fn run(context: &mut Context<'_>) -> Result<ScenarioResult> {
    let mut target = context.target()?;
    let mut server = target.take_process()?;
    let times = context.times(6, 100);
    let talking = context.enter(&target, &[target.address], 60.0)?;
    for _ in 0..times {
        talking.progress()?;
        thread::sleep(Duration::from_millis(context.random.u64(0..600)));
        server.kill()?;
        server.start_again()?;
    }
    Ok(talking.finish(format!("kill -9, {times} times"))?.into())
}
