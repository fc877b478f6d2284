//! What the kernel says of a process: CPU time and memory.

use color_eyre::eyre::{Context, ContextCompat, Result};
use procfs::{CurrentSI, KernelStats, process::Process, ticks_per_second};
use std::time::Duration;

/// CPU time of a process and its threads, user and system together, in clock ticks of the kernel (usually 10 ms).
pub fn cpu_time(pid: u32) -> Result<Duration> {
    let stat = process(pid)?.stat()?;
    Ok(ticks(stat.utime + stat.stime))
}

/// CPU time that the whole machine has worked, and that all its cores together could have.
pub fn machine_time() -> Result<(Duration, Duration)> {
    let time = KernelStats::current()?.total;
    let others = [time.irq, time.softirq, time.steal];
    let busy = time.user + time.nice + time.system + others.into_iter().flatten().sum::<u64>();
    // Waiting is not working.
    let all = busy + time.idle + time.iowait.unwrap_or_default();
    Ok((ticks(busy), ticks(all)))
}

/// Resident memory of a process in bytes.
pub fn resident_bytes(pid: u32) -> Result<u64> {
    let kib = process(pid)?.status()?.vmrss.wrap_err("a process without memory")?;
    Ok(kib * 1024)
}

fn process(pid: u32) -> Result<Process> {
    Process::new(i32::try_from(pid)?).wrap_err_with(|| format!("process {pid} is gone"))
}

fn ticks(count: u64) -> Duration {
    Duration::from_secs(count).div_f64(ticks_per_second() as f64)
}
