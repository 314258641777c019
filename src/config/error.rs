//! Errors of a configuration, as sentences for the person who wrote it.

use std::path::PathBuf;

use super::files::Distrust;
use super::source::SettingSource;

/// Why the configuration cannot be used. Each message is one sentence with the place and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that exists or was named cannot be read.
    #[error("the configuration file {} cannot be read: {error}; check its name and permissions", path.display())]
    Unreadable {
        path: PathBuf,
        error: std::io::Error,
    },
    /// The only file that was found may be somebody else's.
    #[error("the configuration file {} is not read: {reason}; name it with --config if it is meant", path.display())]
    NotBelieved { path: PathBuf, reason: Distrust },
    /// The file is not TOML.
    #[error("{} line {line}: this is not TOML ({complaint}); write settings as `key = value` under a [section]", path.display())]
    Syntax {
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The message of the parser.
        complaint: String,
    },
    /// A line of `.env` is not `NAME=value`. Its text is not repeated: it may hold a key.
    #[error(".env line {line}: this is not `NAME=value`; put values with blanks or # in quotes")]
    DotEnv {
        /// The line, from 1.
        line: usize,
    },
    /// There is no such section or key.
    #[error("{place}: {complaint}")]
    Unknown {
        /// Where it was set.
        place: SettingSource,
        /// The unknown name, and the known ones.
        complaint: String,
    },
    /// A value that cannot be used.
    #[error("{place}: {key} {complaint}")]
    Invalid {
        /// Where it was set.
        place: SettingSource,
        /// The setting, `section.key`.
        key: String,
        /// What it must be.
        complaint: String,
    },
    /// `--set` without `section.key=value`.
    #[error("--set {text}: write it as SECTION.KEY=VALUE, such as --set server.bind=0.0.0.0:9000")]
    Flag {
        /// What was given, up to its `=`.
        text: String,
    },
}
