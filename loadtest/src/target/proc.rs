//! What the kernel says of a process: CPU time and memory, from `/proc`.

use color_eyre::eyre::{Context, ContextCompat, Result};
use nix::unistd::{SysconfVar, sysconf};
use std::{fs, time::Duration};

/// CPU time of a process and its threads, user and system together, in clock ticks of the kernel (usually 10 ms).
pub fn cpu_time(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .wrap_err_with(|| format!("process {pid} is gone"))?;
    let ticks = cpu_ticks(&stat).wrap_err("unexpected form of /proc/PID/stat")?;
    let a_second = sysconf(SysconfVar::CLK_TCK)?.wrap_err("no clock tick")?;
    let a_second = u32::try_from(a_second)?;
    Ok(Duration::from_secs(ticks) / a_second)
}

/// CPU time that the whole machine has worked, and that all its cores together could have.
pub fn machine_time() -> Result<(Duration, Duration)> {
    let stat = fs::read_to_string("/proc/stat")?;
    let (busy, all) = machine_ticks(&stat).wrap_err("unexpected form of /proc/stat")?;
    let a_second = sysconf(SysconfVar::CLK_TCK)?.wrap_err("no clock tick")?;
    let a_second = u32::try_from(a_second)?;
    Ok((Duration::from_secs(busy) / a_second, Duration::from_secs(all) / a_second))
}

fn machine_ticks(stat: &str) -> Option<(u64, u64)> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = line.split_whitespace().map_while(|tick| tick.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in user already.
    let all = ticks.get(..8)?.iter().sum();
    Some((all - ticks[3] - ticks[4], all))
}

fn cpu_ticks(stat: &str) -> Option<u64> {
    // The name in parentheses may hold spaces and parentheses itself; everything after the last one is numbers.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Resident memory of a process in bytes.
pub fn resident_bytes(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .wrap_err_with(|| format!("process {pid} is gone"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|value| value.trim().strip_suffix(" kB"))
        .and_then(|kib| kib.trim().parse::<u64>().ok())
        .map(|kib| kib * 1024)
        .wrap_err("unexpected form of /proc/PID/status")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_ticks_are_found_behind_a_hostile_process_name() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 70 30 0 0 20 0 1 0 5 0 0";
        assert_eq!(cpu_ticks(stat), Some(100));
    }

    #[test]
    fn waiting_is_not_working() {
        let stat = "cpu  10 1 5 100 20 2 3 4 50 0\ncpu0 1 2 3\n";
        assert_eq!(machine_ticks(stat), Some((25, 145)));
    }

    #[test]
    fn this_process_uses_cpu_and_memory() -> Result<()> {
        cpu_time(std::process::id())?;
        assert!(resident_bytes(std::process::id())? > 0);
        Ok(())
    }
}
