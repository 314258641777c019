//! The output of a command: text for people or one JSON document for programs.

use std::io::{IsTerminal as _, Write as _, stdout};

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Serialize;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// The request was carried out: exit status 0.
    Done,
    /// It was refused in whole or in part, and the reason is printed: exit status 1.
    Refused,
}

impl Exit {
    /// Done, or refused where a part was.
    pub(super) fn done_if(is_whole: bool) -> Self {
        if is_whole { Self::Done } else { Self::Refused }
    }
}

/// Whether to print text or JSON.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct Output {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Output {
    /// Prints the value as JSON with `--json`, else the text.
    pub(super) fn show(
        self,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<Exit> {
        if self.json {
            let json = if stdout().is_terminal() {
                serde_json::to_string_pretty(value)?
            } else {
                serde_json::to_string(value)?
            };
            print(&format!("{json}\n"))?;
        } else {
            print(&text())?;
        }
        Ok(Exit::Done)
    }

    /// Prints a refusal: as JSON with `--json`, else as a sentence on standard error.
    pub(super) fn refuse(self, value: &impl Serialize, sentence: &str) -> Result<Exit> {
        if self.json {
            self.show(value, String::new)?;
        } else {
            remark(&format!("kiosk: {sentence}"));
        }
        Ok(Exit::Refused)
    }

    pub(super) fn is_json(self) -> bool {
        self.json
    }
}

/// Writes to standard output; unlike `print!`, a closed pipe is an error and not a panic.
pub(super) fn print(text: &str) -> Result<()> {
    write(text.as_bytes())
}

pub(super) fn write(bytes: &[u8]) -> Result<()> {
    // Tests capture what is printed.
    #[cfg(test)]
    let mut out = super::tests::Printed;
    #[cfg(not(test))]
    let mut out = stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .context("standard output cannot be written")
}

/// Writes a remark for people to standard error, apart from the data.
pub(super) fn remark(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
