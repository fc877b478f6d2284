//! A system clock that jumps, forwards and back, as with a broken time server: order must come from the store, never
//! from the time.

use super::{Context, ScenarioResult};
use color_eyre::eyre::Result;
use std::{fs, path::Path, thread, time::Duration};

/// Where Debian's package `libfaketime` puts the library that lies about the time.
const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib64/faketime/libfaketime.so.1",
];

pub(super) fn run(context: &mut Context<'_>) -> Result<ScenarioResult> {
    let Some(library) = LIBRARIES.into_iter().find(|library| Path::new(library).exists()) else {
        return Ok(ScenarioResult::Skipped("libfaketime is not installed".to_owned()));
    };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("now");
    fs::write(&file, "+0")?;
    let target = context.server.target_with(&[
        ("LD_PRELOAD", library),
        ("FAKETIME_TIMESTAMP_FILE", &file.display().to_string()),
        ("FAKETIME_NO_CACHE", "1"),
        // Only the clock on the wall jumps; the kernel's monotonic one never does.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ])?;
    let talking = context.enter(&target, &[target.address], 40.0)?;
    let jumps = ["+1h", "-1h", "+3d", "+0", "-3d", "+0"];
    let pause = Duration::from_millis(u64::from(context.times(400, 3000)));
    for jump in jumps {
        talking.progress()?;
        fs::write(&file, jump)?;
        thread::sleep(pause);
    }
    Ok(talking.finish(format!("clock jumps, {} of them", jumps.len()))?.into())
}
