//! Somebody else signs in at a browser whose tabs are cut off. What the first one wrote stays theirs: the tab sends none of
//! it, its forms are refused, and when the first one is back everything arrives under their name.

use super::{
    Context, Played,
    proxy::{Mood, Proxy},
    stage::Cast,
};
use color_eyre::eyre::Result;
use std::{thread, time::Duration};

/// How long a tab is cut off: longer than it waits for a sign of life.
const AWAY: Duration = Duration::from_secs(5);

pub(super) fn run(context: &mut Context<'_>) -> Result<Played> {
    let target = context.target()?;
    let server = target.address;
    let proxy = Proxy::start(server, Mood::default(), context.random.u64(..))?;
    // Half of the browsers keep their user and their network, and must not notice.
    let cast = Cast::enter(server, &[proxy.address, server], 8, 30.0, &mut context.random)?;
    let times = context.times(1, 5);
    for _ in 0..times {
        cast.progress()?;
        proxy.swallow(true);
        let owners = cast.sign_in_others()?;
        thread::sleep(AWAY);
        proxy.swallow(false);
        let count = owners.len();
        cast.wait("every stale tab to notice", |signals| {
            signals.count(|state| state.is_strange) == count
        })?;
        cast.swap_cookies(owners);
    }
    cast.progress()?;
    Ok(Played::Scenes(vec![(
        format!("another user at the browser, {times} times"),
        cast.finish()?,
    )]))
}
