//! Every figure of `docs/PERFORMANCE.md` that one machine can give, in one run: `scripts/bench`.
//!
//! Figures of one run compare with one another; those of different machines, or of different moments of a
//! busy one, do not. Where two are compared they take turns, and the ratio is the figure.

mod check_ins;
mod growth;
mod http;
mod others;
mod phones;
mod process;
mod pty;
mod report;
mod rest;
mod school;
mod screen;
mod start;

use std::path::Path;

use report::Report;
use serde_json::json;
use tempfile::TempDir;

/// What the parts of a run share.
pub struct Run {
    /// What has been measured.
    pub report: Report,
    /// Short measurements, to see that everything works; the figures mean less.
    pub is_quick: bool,
    /// On the disk that is measured.
    pub folder: TempDir,
}

impl Run {
    /// A folder of its own for a part, gone when the part is over.
    pub fn folder(&self) -> TempDir {
        tempfile::tempdir_in(self.folder.path()).expect("a folder")
    }
}

/// The parts, in the order of a run.
const PARTS: [&str; 9] = [
    "size",
    "start",
    "rest",
    "screen",
    "phones",
    "growth",
    "check-ins",
    "inner",
    "drain",
];

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    if let Some(unknown) = named.iter().find(|name| !PARTS.contains(name)) {
        eprintln!("{unknown} is no part of a run: {}", PARTS.join(", "));
        std::process::exit(2);
    }
    let wanted = |part: &str| named.is_empty() || named.contains(&part);
    let disk = std::env::var_os("BENCH_DIR").unwrap_or_else(|| "target".into());
    let mut run = Run {
        report: Report::default(),
        is_quick: arguments.iter().any(|argument| argument == "--quick"),
        folder: tempfile::tempdir_in(disk).expect("a folder on the disk to be measured"),
    };
    if wanted("size") {
        rest::size(&mut run);
    }
    if wanted("start") {
        start::measure(&mut run).await;
    }
    if wanted("rest") {
        rest::measure(&mut run).await;
    }
    if wanted("screen") {
        screen::measure(&mut run).await;
    }
    if wanted("phones") {
        phones::measure(&mut run).await;
    }
    if wanted("growth") {
        growth::measure(&mut run).await;
    }
    if wanted("check-ins") {
        check_ins::measure(&mut run).await;
    }
    if wanted("inner") {
        others::inner_loops(&mut run);
    }
    if wanted("drain") && !run.is_quick {
        others::drain(&mut run);
    }
    let path = std::env::var_os("BENCH_JSON").unwrap_or_else(|| "target/bench.json".into());
    run.report.write(Path::new(&path), &machine());
}

/// What the figures were taken on, and how busy it was.
fn machine() -> serde_json::Value {
    let first_word = |path: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    json!({
        "processors": std::thread::available_parallelism().map_or(0, usize::from),
        "architecture": std::env::consts::ARCH,
        "load": first_word("/proc/loadavg"),
    })
}
