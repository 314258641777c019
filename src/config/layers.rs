//! Layers of values, each with its source. The defaults are the schema: a key exists if it has a default, and a
//! value must have the default's type.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize as _;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::error::ConfigError;
use super::sections::Config;
use super::source::SettingSource;

/// Which source each `section.key` has; a key that is absent has its default.
pub(super) type Sources = BTreeMap<String, SettingSource>;

/// The settings of all layers so far.
pub(super) struct Layers {
    schema: Table,
    values: Table,
    sources: Sources,
}

impl Layers {
    /// Starts with the default of every setting.
    pub(super) fn defaults() -> Self {
        let schema =
            Table::try_from(Config::default()).expect("the defaults can be written as TOML");
        Self {
            values: schema.clone(),
            schema,
            sources: Sources::new(),
        }
    }

    /// Adds a layer: a configuration file.
    pub(super) fn add_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let line_at = |offset: usize| {
            let before = text.get(..offset).unwrap_or_default();
            before.matches('\n').count() + 1
        };
        let syntax = |error: &toml::de::Error| ConfigError::Syntax {
            path: path.to_owned(),
            line: line_at(error.span().map_or(0, |span| span.start)),
            complaint: one_line(error.message()),
        };
        let file = DeTable::parse(text).map_err(|error| syntax(&error))?;
        for (section, inside) in file.get_ref() {
            let name = section.get_ref().as_ref();
            let at = |offset| SettingSource::File {
                path: path.to_owned(),
                line: line_at(offset),
            };
            self.section(name, &at(section.span().start))?;
            let Some(keys) = inside.get_ref().as_table() else {
                return Err(ConfigError::Unknown {
                    place: at(section.span().start),
                    complaint: format!(
                        "{name} is a section; write [{name}] and its settings below"
                    ),
                });
            };
            for (key, value) in keys {
                let value = of_a_setting(value.get_ref());
                self.set(name, key.get_ref(), value, at(key.span().start))?;
            }
        }
        Ok(())
    }

    /// Adds one value that came as text, from the environment or the command line.
    ///
    /// It is parsed as the setting's type; items of a list are separated by commas.
    pub(super) fn add_text(
        &mut self,
        section: &str,
        key: &str,
        text: &str,
        source: SettingSource,
    ) -> Result<(), ConfigError> {
        let value = match self.schema_of(section, key, &source)? {
            Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
            Value::Boolean(_) => text.trim().parse().ok().map(Value::Boolean),
            Value::Array(_) => Some(Value::Array(
                text.split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(|item| Value::String(item.to_owned()))
                    .collect(),
            )),
            _ => Some(Value::String(text.to_owned())),
        };
        // Text that is no number is kept as text, and refused with the message for its type.
        let value = value.unwrap_or_else(|| Value::String(text.to_owned()));
        self.set(section, key, Some(value), source)
    }

    /// The configuration of all layers.
    pub(super) fn finish(self) -> Result<(Config, Sources), ConfigError> {
        let config = Config::deserialize(Value::Table(self.values)).map_err(|error| {
            // Each value was checked on its own before, so an error here has no place to name.
            ConfigError::Invalid {
                place: SettingSource::Default,
                key: "the configuration".to_owned(),
                complaint: one_line(error.message()),
            }
        })?;
        agree(&config, &self.sources)?;
        Ok((config, self.sources))
    }

    fn set(
        &mut self,
        section: &str,
        key: &str,
        value: Option<Value>,
        source: SettingSource,
    ) -> Result<(), ConfigError> {
        let invalid = |complaint: String| ConfigError::Invalid {
            place: source.clone(),
            key: format!("{section}.{key}"),
            complaint,
        };
        let kind = self.schema_of(section, key, &source)?;
        let is_percent = PERCENTAGES.contains(&(section, key));
        let fits = |value: &Value| kind.same_type(value) || (is_percent && value.is_str());
        let Some(value) = value.filter(fits) else {
            let must_be = if is_percent {
                "must be a percentage such as 75, or \"66.5\" or \"200/3\" in quotes"
            } else {
                must_be(kind)
            };
            return Err(invalid(must_be.to_owned()));
        };
        // Read alone, so that an error is about this value and its place is known.
        let alone = Table::from_iter([(
            section.to_owned(),
            Value::Table(Table::from_iter([(key.to_owned(), value.clone())])),
        )]);
        Config::deserialize(Value::Table(alone))
            .map_err(|error| invalid(one_line(error.message())))?;
        if let Some(inside) = self.values.get_mut(section).and_then(Value::as_table_mut) {
            inside.insert(key.to_owned(), value);
        }
        self.sources.insert(format!("{section}.{key}"), source);
        Ok(())
    }

    fn section(&self, section: &str, source: &SettingSource) -> Result<&Table, ConfigError> {
        self.schema
            .get(section)
            .and_then(Value::as_table)
            .ok_or_else(|| ConfigError::Unknown {
                place: source.clone(),
                complaint: match self.section_with(section) {
                    Some(owner) => {
                        format!("{section} is outside its section; write it under [{owner}]")
                    }
                    None => format!(
                        "there is no section [{}]; the sections are {}",
                        section.escape_debug(),
                        listed(self.schema.keys())
                    ),
                },
            })
    }

    fn schema_of(
        &self,
        section: &str,
        key: &str,
        source: &SettingSource,
    ) -> Result<&Value, ConfigError> {
        let inside = self.section(section, source)?;
        inside.get(key).ok_or_else(|| ConfigError::Unknown {
            place: source.clone(),
            complaint: match self.section_with(key) {
                Some(owner) => {
                    format!("[{section}] has no setting {key}; did you mean {owner}.{key}?")
                }
                None => format!(
                    "[{section}] has no setting {key:?}; its settings are {}",
                    listed(inside.keys())
                ),
            },
        })
    }

    /// The section that has this key.
    fn section_with(&self, key: &str) -> Option<&str> {
        self.schema
            .iter()
            .find(|(_, inside)| {
                inside
                    .as_table()
                    .is_some_and(|inside| inside.contains_key(key))
            })
            .map(|(section, _)| section.as_str())
    }
}

/// Whole numbers, or fractions as text.
const PERCENTAGES: [(&str, &str); 2] = [
    ("attendance", "required_percent"),
    ("attendance", "warning_percent"),
];

/// Checks the rules that concern several settings at once.
fn agree(config: &Config, sources: &Sources) -> Result<(), ConfigError> {
    let invalid = |key: &str, complaint: String| {
        Err(ConfigError::Invalid {
            place: sources.get(key).cloned().unwrap_or(SettingSource::Default),
            key: key.to_owned(),
            complaint,
        })
    };
    let missing = |key: &str, other: &str| invalid(key, format!("needs {other} beside it"));
    let (required, warning) = (
        config.attendance.required_percent,
        config.attendance.warning_percent,
    );
    if warning < required {
        let key = "attendance.warning_percent";
        if sources.contains_key(key) {
            let complaint = format!("({warning}) must not be below required_percent ({required})");
            return invalid(key, complaint);
        }
        return invalid(
            "attendance.required_percent",
            format!("({required}) must not be above warning_percent ({warning}); set that too"),
        );
    }
    match (&config.server.tls_cert, &config.server.tls_key) {
        (Some(_), None) => return missing("server.tls_cert", "server.tls_key"),
        (None, Some(_)) => return missing("server.tls_key", "server.tls_cert"),
        _ => {}
    }
    let public_url = config.server.public_url.as_ref();
    if public_url.is_some_and(super::BaseUrl::has_path) {
        return invalid(
            "server.public_url",
            "must end after the host and port: the pages live at /".to_owned(),
        );
    }
    if config.server.staff_bind == Some(config.server.bind) {
        return invalid(
            "server.staff_bind",
            "must differ from server.bind; leave it empty to serve both at one address".to_owned(),
        );
    }
    Ok(())
}

/// A value of a setting's type: text, a whole number, true or false, or a list of texts; `None` for any other.
///
/// The parser limits the depth of values and of dotted keys, but not of both together: code that recursed into
/// a value could overflow the stack.
fn of_a_setting(value: &DeValue<'_>) -> Option<Value> {
    let text = |value: &DeValue<'_>| Some(Value::String(value.as_str()?.to_owned()));
    match value {
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            number.ok().map(Value::Integer)
        }
        DeValue::Boolean(is_true) => Some(Value::Boolean(*is_true)),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| text(item.get_ref()));
            items.collect::<Option<_>>().map(Value::Array)
        }
        value => text(value),
    }
}

fn must_be(kind: &Value) -> &'static str {
    match kind {
        Value::Integer(_) => "must be a whole number",
        Value::Boolean(_) => "must be true or false",
        Value::Array(_) => "must be a list of texts such as [\"192.168.0.0/16\"]",
        _ => "must be text in quotes",
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
