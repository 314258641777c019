//! What the system says of a process.

use std::fs;
use std::time::Duration;

/// Memory that a process has now, and the most that it ever had, in megabytes.
pub struct Memory {
    pub now: f64,
    pub most: f64,
}

pub fn memory(pid: u32) -> Memory {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).expect("the program runs");
    let megabytes = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key));
        let number = line.and_then(|line| line.split_whitespace().next());
        let kilobytes: f64 = number
            .and_then(|number| number.parse().ok())
            .expect("a number of kilobytes");
        kilobytes / 1024.0
    };
    Memory {
        now: megabytes("VmRSS:"),
        most: megabytes("VmHWM:"),
    }
}

/// Processor time that a process has used, all its threads together.
pub fn processor_time(pid: u32) -> Duration {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the program runs");
    // The name before it is in brackets and may hold blanks.
    let (_, fields) = text.rsplit_once(") ").expect("a name in brackets");
    let ticks: u64 = fields
        .split(' ')
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u64>().expect("a number of ticks"))
        .sum();
    let per_second = rustix::param::clock_ticks_per_second();
    Duration::from_millis(ticks * 1000 / per_second)
}
