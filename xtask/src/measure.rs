//! What a process has cost so far, from its clock and from `/proc`.

use std::fs;
use std::time::Duration;

use nix::time::ClockId;
use nix::unistd::Pid;

use crate::host::Result;

/// CPU seconds, user and system, of a running process and its threads, those that ended included.
pub(crate) fn cpu_seconds(pid: u32) -> Result<f64> {
    let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(i32::try_from(pid)?))?;
    Ok(Duration::from(clock.now()?).as_secs_f64())
}

/// CPU seconds of a process's first thread alone, which in workerd is the one that requests run on; the others compile.
pub(crate) fn main_thread_seconds(pid: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/schedstat"))?;
    let nanoseconds: u64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(Duration::from_nanos(nanoseconds).as_secs_f64())
}

/// The most memory a process has held since [`forget_peak`], in bytes.
pub(crate) fn peak_memory(pid: u32) -> Result<u64> {
    memory(pid, "VmHWM:")
}

/// The memory a process holds now, in bytes.
pub(crate) fn resident(pid: u32) -> Result<u64> {
    memory(pid, "VmRSS:")
}

fn memory(pid: u32, field: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field of memory")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

/// Begins the peak anew.
pub(crate) fn forget_peak(pid: u32) -> Result<()> {
    Ok(fs::write(format!("/proc/{pid}/clear_refs"), "5")?)
}

/// Waits until a process rests, so that work put off after an answer is counted where it belongs.
pub(crate) fn settle(pid: u32) -> Result<()> {
    quiet_for(pid, 1)
}

/// Waits until a process has rested for two seconds: what works in slices waits for the disk between two of them.
pub(crate) fn rest(pid: u32) -> Result<()> {
    quiet_for(pid, 10)
}

/// Waits for so many fifths of a second in a row in which next to nothing is done; not for ever.
fn quiet_for(pid: u32, looks: u32) -> Result<()> {
    let mut before = cpu_seconds(pid)?;
    let mut quiet = 0;
    for _ in 0..300 {
        std::thread::sleep(Duration::from_millis(200));
        let now = cpu_seconds(pid)?;
        quiet = if now - before < 0.004 { quiet + 1 } else { 0 };
        if quiet == looks {
            return Ok(());
        }
        before = now;
    }
    Ok(())
}
