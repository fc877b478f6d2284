//! A disk that fills up under the server: senders are told to try again later, readiness says no, and both heal
//! without a restart when there is space again.

use super::{
    Context, Played,
    stage::{Cast, wait_for_readiness},
};
use crate::target::RunningServer;
use color_eyre::eyre::{Result, bail, eyre};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How soon a full disk shows in the readiness, and an emptied one.
const NOTICED: Duration = Duration::from_secs(20);

/// A file system of its own that is soon full, unmounted with this value.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    fn mount() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("hubbub-small-disk-").tempdir()?;
        mount(
            Some("tmpfs"),
            folder.path(),
            Some("tmpfs"),
            MsFlags::MS_NODEV | MsFlags::MS_NOSUID,
            Some("size=12m"),
        )?;
        Ok(Self { folder })
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }

    /// Takes all the space there is.
    fn fill(&self) -> Result<()> {
        let mut ballast = File::create(self.ballast())?;
        for size in [64 * 1024, 4096, 512, 1] {
            while ballast.write_all(&vec![b'x'; size]).is_ok() {}
        }
        Ok(())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // The server that still has files open here is ended before; if not, the kernel waits for it.
        let _busy = umount2(self.folder.path(), MntFlags::MNT_DETACH);
    }
}

pub(super) fn run(context: &mut Context<'_>) -> Result<Played> {
    let disk = match SmallDisk::mount() {
        Ok(disk) => disk,
        Err(error) => {
            return Ok(Played::Skipped(format!("a small file system cannot be mounted: {error}")));
        }
    };
    let data = disk.folder.path().join("data");
    fs::create_dir(&data)?;
    let mut target = context.server.target_in(Path::new(&data))?;
    let server = target.take_process()?;
    let cast = Cast::enter(target.address, &[target.address], 6, 40.0, &mut context.random)?;
    let mut healed = Vec::new();
    for _ in 0..context.times(1, 5) {
        cast.progress()?;
        healed.push(fill_and_heal(&disk, &server, &cast)?);
    }
    let scene = cast.finish()?;
    if scene.refused == 0 {
        bail!("nobody was refused while the disk was full");
    }
    let slowest = healed.iter().max().map_or(0.0, Duration::as_secs_f64);
    let what = format!("disk full {}×, healed in {slowest:.1} s", healed.len());
    Ok(Played::Scenes(vec![(what, scene)]))
}

/// How long it took from free space to the next acknowledgement.
fn fill_and_heal(disk: &SmallDisk, server: &RunningServer, cast: &Cast) -> Result<Duration> {
    let refused = cast.refused();
    disk.fill()?;
    cast.wait("a refusal", |signals| signals.refused.load(Ordering::Acquire) > refused)?;
    let noticed = wait_for_readiness(server, 503, NOTICED);
    thread::sleep(Duration::from_millis(500));
    fs::remove_file(disk.ballast())?;
    let freed = Instant::now();
    noticed.map_err(|error| eyre!("with a full disk {error}"))?;
    cast.progress()?;
    let healed = freed.elapsed();
    wait_for_readiness(server, 200, NOTICED)?;
    Ok(healed)
}
