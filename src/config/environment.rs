//! What a configuration reads besides its file: variables, `.env`, working directory, credentials.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::files::{FileWarning, is_inaccessible, read_believed};
use super::layers::Layers;
use super::source::SettingSource;

/// Variables of the school's Django system, and the settings that they set.
const NAMED: [(&str, &str, &str); 3] = [
    ("LECTURER_PORTAL_API_URL", "portal", "url"),
    ("LECTURER_PORTAL_API_KEY", "portal", "api_key"),
    ("PORTAL_SYNC_TIMEOUT", "portal", "timeout_seconds"),
];

/// `KIOSK__SECTION__KEY` sets any key.
const PREFIX: &str = "KIOSK__";

/// Everything outside the configuration file that a configuration depends on.
#[derive(Debug, Clone)]
pub struct Environment {
    pub variables: BTreeMap<String, String>,
    /// The working directory: `kiosk.toml` is looked for in it, and relative paths start from it.
    pub directory: PathBuf,
    /// The directory of the packaged configuration, `/etc/kiosk`.
    pub system_directory: PathBuf,
    /// Relative paths in the packaged configuration start from it: `/var/lib/kiosk`.
    pub state_directory: PathBuf,
}

impl Environment {
    /// The usual places of an installed kiosk.
    #[must_use]
    pub fn new(variables: BTreeMap<String, String>, directory: PathBuf) -> Self {
        Self {
            variables,
            directory,
            system_directory: PathBuf::from("/etc/kiosk"),
            state_directory: PathBuf::from("/var/lib/kiosk"),
        }
    }

    /// A variable of the process; an empty one counts as absent.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        present(self.variables.get(name)?)
    }

    /// A credential from systemd.
    ///
    /// An empty one counts as absent (a power cut can leave an empty file), and so does `unset` (the
    /// placeholder that lets a unit start without the file).
    pub(super) fn credential(&self, name: &str) -> Option<(PathBuf, String)> {
        let path = Path::new(self.variable("CREDENTIALS_DIRECTORY")?).join(name);
        let text = fs::read_to_string(&path).ok()?;
        let text = present(text.trim())?.to_owned();
        Some((path, text))
    }

    /// The variables in `.env` in `folder`, beside the configuration; none when there is no such file, or when
    /// others may have written it.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`] and [`ConfigError::DotEnv`].
    pub(super) fn dot_env(
        &self,
        folder: &Path,
        warnings: &mut Vec<FileWarning>,
    ) -> Result<BTreeMap<String, String>, ConfigError> {
        let here = self.directory.join(".env");
        let path = folder.join(".env");
        if here != path && here.is_file() {
            let (path, folder) = (here, folder.to_owned());
            warnings.push(FileWarning::Elsewhere { path, folder });
        }
        let text = match read_believed(&path) {
            Ok(Ok(text)) => text,
            Ok(Err(reason)) => {
                warnings.push(FileWarning::VariablesNotBelieved { path, reason });
                return Ok(BTreeMap::new());
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(BTreeMap::new());
            }
            Err(_) if is_inaccessible(&path) => return Ok(BTreeMap::new()),
            Err(error) => return Err(ConfigError::Unreadable { path, error }),
        };
        // The iterator only reads; dotenvy's other functions would change the process's environment.
        dotenvy::from_read_iter(text.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| match error {
                dotenvy::Error::LineParse(wrong, _) => ConfigError::DotEnv {
                    line: line_that_contains(&text, &wrong),
                },
                dotenvy::Error::Io(error) => ConfigError::Unreadable { path, error },
                _ => ConfigError::DotEnv { line: 1 },
            })
    }
}

/// The text, unless it is empty or `unset`.
pub(super) fn present(text: &str) -> Option<&str> {
    (!text.is_empty() && text != "unset").then_some(text)
}

fn line_that_contains(text: &str, wrong: &str) -> usize {
    let first = wrong.lines().next().unwrap_or_default();
    text.lines()
        .position(|line| line.contains(first))
        .map_or(1, |index| index + 1)
}

/// Adds a layer of variables; `KIOSK__SECTION__KEY` takes precedence over the Django system's names.
pub(super) fn add_variables(
    layers: &mut Layers,
    variables: &BTreeMap<String, String>,
    source: fn(String) -> SettingSource,
) -> Result<(), ConfigError> {
    for (name, section, key) in NAMED {
        if let Some(text) = variables.get(name).and_then(|text| present(text)) {
            layers.add_text(section, key, text, source(name.to_owned()))?;
        }
    }
    for (name, text) in variables {
        let Some(path) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let path = path.to_ascii_lowercase();
        let (section, key) = path.split_once("__").unwrap_or((&path, ""));
        layers.add_text(section, key, text, source(name.clone()))?;
    }
    Ok(())
}
