//! A disk that fills up under the server: senders are told to try again later, readiness says no, and both heal
//! without a restart when there is space again.

use super::{Context, ScenarioResult, participants::Participants};
use crate::{net::http::Http, target::RunningServer};
use color_eyre::eyre::{Result, bail, eyre};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use std::{
    fs::{self, File},
    io::Write,
    path::PathBuf,
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

pub(super) fn run(context: &mut Context<'_>) -> Result<ScenarioResult> {
    let disk = match SmallDisk::mount() {
        Ok(disk) => disk,
        Err(error) => {
            let why = format!("a small file system cannot be mounted: {error}");
            return Ok(ScenarioResult::Skipped(why));
        }
    };
    let data = disk.folder.path().join("data");
    fs::create_dir(&data)?;
    let mut target =
        context.server.target_with(&[("HUBBUB_DATA_DIR", &data.display().to_string())])?;
    let server = target.take_process()?;
    let talking = context.enter(&target, &[target.address], 40.0)?;
    let times = context.times(1, 5);
    let mut slowest = Duration::ZERO;
    for _ in 0..times {
        talking.progress()?;
        slowest = slowest.max(fill_and_heal(&disk, &server, &talking)?);
    }
    let healed = slowest.as_secs_f64();
    let scenario = talking.finish(format!("disk full {times}×, healed in {healed:.1} s"))?;
    if scenario.refused == 0 {
        bail!("nobody was refused while the disk was full");
    }
    Ok(scenario.into())
}

/// How long it took from free space to the next acknowledgement.
fn fill_and_heal(
    disk: &SmallDisk,
    server: &RunningServer,
    talking: &Participants,
) -> Result<Duration> {
    let refused = talking.signals.refused.load(Ordering::Acquire);
    disk.fill()?;
    talking.wait("a refusal", |signals| signals.refused.load(Ordering::Acquire) > refused)?;
    let noticed = wait_for_readiness(server, 503);
    thread::sleep(Duration::from_millis(500));
    fs::remove_file(disk.ballast())?;
    let freed = Instant::now();
    noticed.map_err(|error| eyre!("with a full disk {error}"))?;
    talking.progress()?;
    let healed = freed.elapsed();
    wait_for_readiness(server, 200)?;
    Ok(healed)
}

/// Waits until the server answers its probe with this status.
fn wait_for_readiness(server: &RunningServer, status: u16) -> Result<()> {
    let end = Instant::now() + NOTICED;
    let http = Http::new(server.address());
    while !http.get("/readyz", "").is_ok_and(|response| response.status == status) {
        if Instant::now() > end {
            bail!("/readyz did not answer {status} within {NOTICED:?}");
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
