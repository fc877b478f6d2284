//! A system clock that jumps, forwards and back, as with a broken time server: order must come from the store, never
//! from the time.

use super::{Context, Played, stage::Cast};
use color_eyre::eyre::Result;
use std::{fs, path::Path, thread, time::Duration};

/// Where Debian's package `libfaketime` puts the library that lies about the time.
const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib64/faketime/libfaketime.so.1",
];

pub(super) fn run(context: &mut Context<'_>) -> Result<Played> {
    let Some(library) = LIBRARIES.into_iter().find(|library| Path::new(library).exists()) else {
        return Ok(Played::Skipped("libfaketime is not installed".to_owned()));
    };
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("now");
    fs::write(&file, "+0")?;
    let environment = [
        ("LD_PRELOAD", library),
        ("FAKETIME_TIMESTAMP_FILE", &file.display().to_string()),
        ("FAKETIME_NO_CACHE", "1"),
        // Only the clock on the wall jumps; the kernel's monotonic one never does.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let target = context.server.target_with(&environment)?;
    let cast = Cast::enter(target.address, &[target.address], 8, 40.0, &mut context.random)?;
    let jumps = ["+1h", "-1h", "+3d", "+0", "-3d", "+0"];
    let pause = Duration::from_millis(u64::from(context.times(400, 3000)));
    for jump in jumps {
        cast.progress()?;
        fs::write(&file, jump)?;
        thread::sleep(pause);
    }
    cast.progress()?;
    Ok(Played::Scenes(vec![(format!("clock jumps, {} of them", jumps.len()), cast.finish()?)]))
}
