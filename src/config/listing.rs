//! The effective configuration as people and programs read it, secrets hidden.

use std::fmt::Write as _;
use std::path::Path;

use super::layers::Sources;
use super::load::Loaded;
use super::sections::Config;

impl Loaded {
    /// TOML with the source of each value in a comment, in the order of the manual.
    #[must_use]
    pub fn to_text(&self) -> String {
        let toml = toml::to_string(&self.config).expect("settings can be written as TOML");
        let mut text = match &self.file {
            Some(file) => format!("# {}\n", file.display()),
            None => "# no configuration file: the built-in defaults\n".to_owned(),
        };
        let width = toml
            .lines()
            .map(str::len)
            .filter(|&width| width <= 50)
            .max();
        let width = width.unwrap_or(0);
        let mut section = "";
        for line in toml.lines() {
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                section = name;
                let _ = write!(text, "\n{line}\n");
            } else if let Some((key, _)) = line.split_once(" = ") {
                let source = self.source(&format!("{section}.{key}"));
                let _ = writeln!(text, "{line:width$}  # {source}");
            }
        }
        let _ = writeln!(text, "\n# Firestore: {}", self.firestore);
        text
    }

    /// One JSON document: file, settings, the source of every setting that is not a default, Firestore.
    #[must_use]
    pub fn to_json(&self) -> impl serde::Serialize {
        SettingsListing {
            file: self.file.as_deref(),
            settings: &self.config,
            sources: &self.sources,
            firestore: self.firestore.to_string(),
        }
    }
}

#[derive(serde::Serialize)]
struct SettingsListing<'a> {
    file: Option<&'a Path>,
    settings: &'a Config,
    sources: &'a Sources,
    firestore: String,
}
