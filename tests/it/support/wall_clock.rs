//! The wall clock of a kiosk, turned by hand.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::kiosk::Kiosk;
use super::tools;

/// What every program of a kiosk takes for the time. Monotonic time is the machine's.
pub struct WallClock(PathBuf);

impl WallClock {
    /// So far behind, until it is set. `None` without libfaketime: the test is then skipped.
    pub fn behind(kiosk: &mut Kiosk, seconds: u64) -> Option<Self> {
        let Some(library) = libfaketime() else {
            tools::skip("libfaketime is not installed");
            return None;
        };
        let clock = Self(kiosk.folder().join("clock"));
        clock.turn_by(&format!("-{seconds}"));
        kiosk.set("LD_PRELOAD", &library.to_string_lossy());
        kiosk.set("FAKETIME_TIMESTAMP_FILE", &clock.0.to_string_lossy());
        kiosk.set("FAKETIME_NO_CACHE", "1");
        // Setting the clock moves neither monotonic time nor the times of files.
        kiosk.set("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        kiosk.set("NO_FAKE_STAT", "1");
        Some(clock)
    }

    /// Turns it to a moment, from which it goes on.
    pub fn is(&self, moment: DateTime<Utc>) {
        self.turn_by(&format!("{:+}", (moment - Utc::now()).num_seconds()));
    }

    /// Turns it to the time of the machine.
    pub fn is_set(&self) {
        self.turn_by("+0");
    }

    /// Atomically: a program may be reading it.
    fn turn_by(&self, offset: &str) {
        let new = self.0.with_extension("new");
        fs::write(&new, format!("{offset}\n")).expect("a file");
        fs::rename(&new, &self.0).expect("it can be put in place");
    }
}

fn libfaketime() -> Option<PathBuf> {
    fs::read_dir("/usr/lib")
        .ok()?
        .filter_map(|folder| Some(folder.ok()?.path()))
        .map(|folder: PathBuf| folder.join(Path::new("faketime/libfaketime.so.1")))
        .find(|library| library.exists())
}
