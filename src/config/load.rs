//! Finds the configuration's sources and merges them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::environment::{Environment, add_variables};
use super::error::ConfigError;
use super::files::{FileWarning, doubt, is_inaccessible, read_believed};
use super::firestore_access::{self, FirestoreAccess};
use super::layers::{Layers, Sources};
use super::sections::Config;
use super::source::SettingSource;

/// The options of the command line that concern the configuration.
#[derive(Debug, Clone, Default)]
pub struct ConfigFlags {
    /// `--config FILE`.
    pub config: Option<PathBuf>,
    /// `--set SECTION.KEY=VALUE`, in order.
    pub set: Vec<String>,
}

/// A configuration, and where it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings. Every path is absolute if the working directory is.
    pub config: Config,
    /// The file that was read; `None` without a file.
    pub file: Option<PathBuf>,
    /// How Firestore is reached, if at all.
    pub firestore: FirestoreAccess,
    /// Files that were not read, or read with a doubt.
    pub warnings: Vec<FileWarning>,
    pub(super) sources: Sources,
}

impl Loaded {
    /// Where a setting, `section.key`, came from.
    #[must_use]
    pub fn source(&self, key: &str) -> SettingSource {
        self.sources
            .get(key)
            .cloned()
            .unwrap_or(SettingSource::Default)
    }
}

impl Config {
    /// Reads the configuration: flags > environment > `.env` > file > defaults.
    ///
    /// The file is `--config`, else `$KIOSK_CONFIG`, else `kiosk.toml` in the working directory, else
    /// `/etc/kiosk/kiosk.toml`, else none. Relative paths start from the working directory, but from
    /// `/var/lib/kiosk` with a configuration in `/etc/kiosk`: the service runs there, and a command in any other
    /// folder must open the same database. `.env` is read beside the file, or from the working directory where there
    /// is none. What others may have written is not read, unless it was named.
    ///
    /// # Errors
    /// [`ConfigError`], a sentence for the person who wrote it.
    pub fn load(flags: &ConfigFlags, environment: &Environment) -> Result<Loaded, ConfigError> {
        let mut layers = Layers::defaults();
        let mut warnings = Vec::new();
        let file = find_file(flags, environment, &mut warnings)?;
        if let Some((path, text)) = &file {
            layers.add_file(path, text)?;
        }
        let file = file.map(|(path, _)| path);
        let beside = file.as_deref().and_then(Path::parent);
        let beside = beside.unwrap_or(&environment.directory);
        let dot_env = environment.dot_env(beside, &mut warnings)?;
        add_variables(&mut layers, &dot_env, |variable| SettingSource::DotEnv {
            variable,
        })?;
        if let Some((path, key)) = environment.credential("portal-api-key") {
            layers.add_text(
                "portal",
                "api_key",
                &key,
                SettingSource::Credential { path },
            )?;
        }
        add_variables(&mut layers, &environment.variables, |variable| {
            SettingSource::Environment { variable }
        })?;
        for text in &flags.set {
            add_flag(&mut layers, text)?;
        }
        let (mut config, sources) = layers.finish()?;
        let packaged = file
            .as_ref()
            .is_some_and(|file| file.parent() == Some(&environment.system_directory));
        resolve_paths(
            &mut config,
            if packaged {
                &environment.state_directory
            } else {
                &environment.directory
            },
        );
        let firestore = firestore_access::find(&config.firestore, environment, &dot_env, beside);
        Ok(Loaded {
            config,
            file,
            firestore,
            warnings,
            sources,
        })
    }

    /// Reads the text of one configuration file over the defaults, and nothing else.
    ///
    /// # Errors
    /// [`ConfigError`] naming `path` and the line.
    pub fn from_toml(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let mut layers = Layers::defaults();
        layers.add_file(path, text)?;
        Ok(layers.finish()?.0)
    }
}

/// A file that was named must exist; the usual places may be empty.
fn find_file(
    flags: &ConfigFlags,
    environment: &Environment,
    warnings: &mut Vec<FileWarning>,
) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let named = flags
        .config
        .clone()
        .or_else(|| environment.variable("KIOSK_CONFIG").map(PathBuf::from));
    if let Some(path) = named {
        // Joined, so that the folder beside it is known; an absolute path stays as it is.
        let path = environment.directory.join(path);
        return match fs::read_to_string(&path) {
            Ok(text) => {
                warnings.extend(doubt(&path));
                Ok(Some((path, text)))
            }
            Err(error) => Err(ConfigError::Unreadable { path, error }),
        };
    }
    let mut not_believed = None;
    for folder in [&environment.directory, &environment.system_directory] {
        let path = folder.join("kiosk.toml");
        if folder == &environment.directory && is_inaccessible(&path) {
            continue;
        }
        match read_believed(&path) {
            Ok(Ok(text)) => return Ok(Some((path, text))),
            Ok(Err(reason)) => {
                not_believed = Some((path.clone(), reason));
                warnings.push(FileWarning::NotBelieved { path, reason });
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => return Err(ConfigError::Unreadable { path, error }),
        }
    }
    // The defaults are another kiosk: with another database, and without remotes.
    match not_believed {
        Some((path, reason)) => Err(ConfigError::NotBelieved { path, reason }),
        None => Ok(None),
    }
}

fn add_flag(layers: &mut Layers, text: &str) -> Result<(), ConfigError> {
    let (path, value) = text.split_once('=').unwrap_or((text, ""));
    let named = path.split_once('.').filter(|_| text.contains('='));
    let Some((section, key)) = named else {
        return Err(ConfigError::Flag {
            text: path.escape_debug().to_string(),
        });
    };
    layers.add_text(section.trim(), key.trim(), value, SettingSource::Flag)
}

fn resolve_paths(config: &mut Config, base: &Path) {
    let optional = [
        &mut config.server.tls_cert,
        &mut config.server.tls_key,
        &mut config.firestore.credentials_path,
        &mut config.log.file,
        &mut config.kiosk.export_dir,
    ];
    for path in optional.into_iter().flatten() {
        *path = base.join(&*path);
    }
    config.kiosk.data_dir = base.join(&config.kiosk.data_dir);
}
