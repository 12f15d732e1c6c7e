//! What a process has cost so far, from `/proc`.

use std::fs;
use std::time::Duration;

use crate::host::Result;

/// Ticks per second in `/proc`: a constant of the interface on every platform Linux has.
const TICKS: f64 = 100.0;

/// CPU seconds, user and system, of a running process.
pub(crate) fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name, in parentheses, may hold anything; fields are counted after it.
    let (_, fields) = stat.rsplit_once(')').ok_or("unreadable stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().unwrap_or(0.0));
    Ok(ticks.sum::<f64>() / TICKS)
}

/// The most memory a process has held since [`forget_peak`], in bytes.
pub(crate) fn peak_memory(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

/// Begins the peak anew.
pub(crate) fn forget_peak(pid: u32) -> Result<()> {
    Ok(fs::write(format!("/proc/{pid}/clear_refs"), "5")?)
}

/// Waits until a process rests, so that work put off after an answer is counted where it belongs.
pub(crate) fn settle(pid: u32) -> Result<()> {
    let mut before = cpu_seconds(pid)?;
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(200));
        let now = cpu_seconds(pid)?;
        if now - before < 0.015 {
            return Ok(());
        }
        before = now;
    }
    Ok(())
}
