//! Where a value came from.

use std::fmt;
use std::path::PathBuf;

/// The place that set a value; the later variants win over the earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingSource {
    Default,
    /// A line of the configuration file.
    File {
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A variable in `.env` in the working directory.
    DotEnv {
        variable: String,
    },
    /// A credential from systemd.
    Credential {
        path: PathBuf,
    },
    /// A variable of the process.
    Environment {
        variable: String,
    },
    /// `--set` on the command line.
    Flag,
}

impl fmt::Display for SettingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
            Self::DotEnv { variable } => write!(f, "{variable} in .env"),
            Self::Credential { path } => write!(f, "credential {}", path.display()),
            Self::Environment { variable } => write!(f, "environment variable {variable}"),
            Self::Flag => f.write_str("--set"),
        }
    }
}

impl serde::Serialize for SettingSource {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
