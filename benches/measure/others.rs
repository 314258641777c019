//! Figures that other programs of this project take: the inner loops, and a long queue that drains.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::Run;
use crate::report::Row;

/// Reads what criterion kept of the last run of the bench `inner_loops`.
pub fn inner_loops(run: &mut Run) {
    run.report.heading("Inner loops");
    let read = |path: &Path| -> Option<Value> {
        serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
    };
    let folders = std::fs::read_dir("target/criterion").into_iter().flatten();
    let mut rows: Vec<(String, f64)> = folders
        .flatten()
        .filter_map(|folder| {
            let latest = folder.path().join("new");
            let name = read(&latest.join("benchmark.json"))?["title"]
                .as_str()?
                .to_owned();
            let figures = read(&latest.join("estimates.json"))?;
            Some((name, figures["median"]["point_estimate"].as_f64()?))
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, nanoseconds) in rows {
        run.report.add(Row::new(name, nanoseconds / 1e3, "us"));
    }
}

/// Ten thousand records to the Firestore emulator and a portal. `scripts/drain` fails where a bound of its
/// own is not kept, and its tests say which.
pub fn drain(run: &mut Run) {
    run.report.heading("10,000 records drain");
    let ran = Command::new("scripts/drain").arg("10000").output();
    let said = ran.map(|ran| {
        let both = [ran.stdout, ran.stderr].concat();
        String::from_utf8_lossy(&both).into_owned()
    });
    let said = said.unwrap_or_default();
    let mut most = None;
    for line in said.lines() {
        let Some((what, speed, megabytes)) = drained(line) else {
            continue;
        };
        run.report.add(Row::new(what, speed, "/s"));
        most = Some(f64::max(most.unwrap_or_default(), megabytes));
    }
    match most {
        Some(most) => run
            .report
            .add(Row::new("memory, the most in a drain", most, "MB").at_most(64.0)),
        None => println!(
            "  not measured: {}",
            said.lines().last().unwrap_or("no output")
        ),
    }
}

/// A line such as `MEASURED Firestore, no cap: 10000 records in 7.1 s, 1408 a second, at most 38 MB`.
fn drained(line: &str) -> Option<(String, f64, f64)> {
    let (_, line) = line.split_once("MEASURED")?;
    let (what, figures) = line.trim_start_matches([':', ' ']).rsplit_once(": ")?;
    let speed = figures
        .split(", ")
        .find_map(|part| part.strip_suffix(" a second"))?;
    let megabytes = figures.rsplit_once("at most ")?.1.strip_suffix(" MB")?;
    Some((
        what.to_owned(),
        speed.parse().ok()?,
        megabytes.parse().ok()?,
    ))
}
