//! `kill -9` in the middle of writing, again and again.

use super::{Context, Played, stage::Cast};
use color_eyre::eyre::Result;
use std::{thread, time::Duration};

pub(super) fn run(context: &mut Context<'_>) -> Result<Played> {
    let mut target = context.target()?;
    let mut server = target.take_process()?;
    let cycles = context.times(6, 100);
    let cast = Cast::enter(target.address, &[target.address], 8, 60.0, &mut context.random)?;
    for _ in 0..cycles {
        cast.progress()?;
        thread::sleep(Duration::from_millis(context.random.u64(0..600)));
        server.kill()?;
        server.start_again()?;
    }
    cast.progress()?;
    Ok(Played::Scenes(vec![(format!("kill -9, {cycles} times"), cast.finish()?)]))
}
