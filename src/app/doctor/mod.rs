//! `kiosk doctor`: is this kiosk ready for a class (feature K3)?
//!
//! Each check looks at one thing, says in a sentence what it found, and what to do about it. It changes
//! nothing, and shows no secret. What cannot be had in a test, such as a disk that is full, is a
//! [`Facts`] that a test makes up.

mod data;
mod exposure;
mod facts;
mod machine;
mod remotes;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::config::Loaded;

pub use facts::{Facts, Space};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Nothing to be seen here, or not to be judged from here.
    Skipped,
    /// As it should be.
    Ok,
    /// A class can be held, and somebody should look.
    Warning,
    /// A class cannot be held, or not as it is meant.
    Failure,
}

/// What a check has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check, in a word.
    pub check: &'static str,
    /// How it came out.
    pub health: Health,
    /// What was found.
    pub found: String,
    /// What to do about it; empty when there is nothing to do.
    pub remedy: String,
}

impl Finding {
    fn new(check: &'static str, health: Health, found: String, remedy: &str) -> Self {
        Self {
            check,
            health,
            found,
            remedy: remedy.to_owned(),
        }
    }

    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Health::Ok, found.into(), "")
    }

    fn skipped(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Health::Skipped, found.into(), "")
    }

    fn warning(check: &'static str, found: impl Into<String>, remedy: &str) -> Self {
        Self::new(check, Health::Warning, found.into(), remedy)
    }

    fn failure(check: &'static str, found: impl Into<String>, remedy: &str) -> Self {
        Self::new(check, Health::Failure, found.into(), remedy)
    }

    /// The configuration cannot be read, so that nothing else can be looked at.
    #[must_use]
    pub fn no_configuration(error: &str) -> Self {
        let remedy = "correct that place; kiosk.toml explains every setting";
        Self::failure("configuration", error, remedy)
    }
}

/// Looks at everything.
pub async fn examine(loaded: &Loaded, facts: &Facts) -> Vec<Finding> {
    let config = &loaded.config;
    let configured = match &loaded.file {
        Some(file) => file.display().to_string(),
        None => "no file: every setting has its default".to_owned(),
    };
    let mut findings = vec![Finding::ok("configuration", configured)];
    findings.extend(loaded.warnings.iter().map(|warning| {
        let remedy =
            "the configuration is read where its owner alone can write: see docs/SECURITY.md";
        Finding::warning("configuration", warning.to_string(), remedy)
    }));
    findings.extend(data::examine(loaded, facts).await);
    findings.push(machine::disk(facts.space));
    findings.push(machine::log(config));
    findings.push(machine::clock(facts));
    findings.extend(machine::server(config, facts).await);
    findings.push(machine::terminal(facts));
    findings.push(machine::secrets(loaded));
    findings.extend(exposure::examine(loaded));
    let (firestore, portal) = tokio::join!(remotes::firestore(loaded), remotes::portal(loaded));
    findings.extend([firestore, portal]);
    findings
}
