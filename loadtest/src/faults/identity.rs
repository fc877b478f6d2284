//! Somebody else signs in at a browser whose tabs are cut off. What the first one wrote stays theirs: the tab sends none of
//! it, its forms are refused, and when the first one is back everything arrives under their name.

use super::{
    Context, ScenarioResult,
    proxy::{Impairment, Proxy},
};
use color_eyre::eyre::Result;
use std::{thread, time::Duration};

/// How long a tab is cut off: longer than it waits for a sign of life.
const AWAY: Duration = Duration::from_secs(5);

pub(super) fn run(context: &mut Context<'_>) -> Result<ScenarioResult> {
    let target = context.target()?;
    let server = target.address;
    let proxy = Proxy::start(server, Impairment::default(), context.random.u64(..))?;
    // Half of the browsers keep their user and their network, and must not notice.
    let talking = context.enter(&target, &[proxy.address, server], 30.0)?;
    let times = context.times(1, 5);
    for _ in 0..times {
        talking.progress()?;
        proxy.swallow(true);
        let owners = talking.sign_in_others()?;
        thread::sleep(AWAY);
        proxy.swallow(false);
        let count = owners.len();
        talking.wait("every stale tab to notice", |signals| {
            signals.count(|state| state.is_strange) == count
        })?;
        talking.swap_cookies(owners);
    }
    Ok(talking.finish(format!("another user at the browser, {times} times"))?.into())
}
