//! How values are read from TOML and written again: typed text, optional text, whole numbers in a range.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::base_url::BaseUrl;
use crate::domain::{self, Cidr, NumberPattern, Secret, Semester, Venue, Zone, words};

/// A type that is written as text in the configuration.
pub(super) trait AsText: Sized {
    /// Reads the text; the error says what it must be.
    fn read(text: &str) -> Result<Self, String>;
    /// The text from which this value is read.
    fn show(&self) -> String;
}

/// An empty text is no value.
impl<T: AsText> AsText for Option<T> {
    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            Ok(None)
        } else {
            T::read(text).map(Some)
        }
    }

    fn show(&self) -> String {
        self.as_ref().map(T::show).unwrap_or_default()
    }
}

/// For `#[serde(with = "text")]`.
pub(super) mod text {
    use super::{AsText, Deserialize, Deserializer, Serialize, Serializer};
    use serde::de::Error as _;

    /// Reads the value from a string.
    pub fn deserialize<'de, T: AsText, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        T::read(&String::deserialize(from)?).map_err(D::Error::custom)
    }

    /// Writes the value as a string.
    pub fn serialize<T: AsText, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        value.show().serialize(to)
    }
}

/// For `#[serde(with = "texts")]`: a list of such values.
pub(super) mod texts {
    use super::{AsText, Deserialize, Deserializer, Serializer};
    use serde::de::Error as _;

    /// Reads each value from a string.
    pub fn deserialize<'de, T: AsText, D: Deserializer<'de>>(from: D) -> Result<Vec<T>, D::Error> {
        Vec::<String>::deserialize(from)?
            .iter()
            .map(|text| T::read(text).map_err(D::Error::custom))
            .collect()
    }

    /// Writes each value as a string.
    pub fn serialize<T: AsText, S: Serializer>(values: &[T], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(values.iter().map(T::show))
    }
}

/// For `#[serde(deserialize_with = "between::<1, 60, _>")]`: a whole number, both limits inside.
pub(super) fn between<'de, const LEAST: u32, const MOST: u32, D: Deserializer<'de>>(
    from: D,
) -> Result<u32, D::Error> {
    let given = i64::deserialize(from)?;
    u32::try_from(given)
        .ok()
        .filter(|number| (LEAST..=MOST).contains(number))
        .ok_or_else(|| D::Error::custom(format!("must be between {LEAST} and {MOST}, not {given}")))
}

/// As [`between`], or 0 for "off".
pub(super) fn off_or_between<'de, const LEAST: u32, const MOST: u32, D: Deserializer<'de>>(
    from: D,
) -> Result<u32, D::Error> {
    let given = i64::deserialize(from)?;
    u32::try_from(given)
        .ok()
        .filter(|number| *number == 0 || (LEAST..=MOST).contains(number))
        .ok_or_else(|| {
            D::Error::custom(format!(
                "must be 0 or between {LEAST} and {MOST}, not {given}"
            ))
        })
}

/// One of a few words; the error lists them.
pub(super) fn one_of<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    T::deserialize(from).map_err(|error| {
        // Only serde knows the words: its error is rewritten in the form of the others.
        D::Error::custom(
            error
                .to_string()
                .trim()
                .replace("unknown variant", "is")
                .replace(", expected", ", but must be"),
        )
    })
}

/// A name by which browsers ask for the kiosk, in lower case and without a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// In lower case, without scheme and port.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsText for HostName {
    fn read(text: &str) -> Result<Self, String> {
        let is_name = |name: &str| {
            let ok = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
            !name.is_empty() && name.len() <= 253 && name.chars().all(ok)
        };
        if is_name(text) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            let rule = "must list names such as \"kiosk.example.ac.ke\", without http:// and port";
            Err(format!("{rule}, not {text:?}"))
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// A regular expression for admission numbers, compiled once and shown as it was written.
#[derive(Debug, Clone, Default)]
pub struct Pattern {
    text: String,
    compiled: NumberPattern,
}

impl Pattern {
    /// The pattern that admission numbers must match.
    #[must_use]
    pub fn rule(&self) -> &NumberPattern {
        &self.compiled
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl AsText for Pattern {
    fn read(text: &str) -> Result<Self, String> {
        if text.contains(char::is_control) {
            return Err("must be one line".to_owned());
        }
        NumberPattern::parse(text)
            .map(|compiled| Self {
                text: text.to_owned(),
                compiled,
            })
            .map_err(|error| {
                // The last line of a regex error is its message; the lines before draw an arrow.
                let error = error.to_string();
                let reason = error.lines().last().unwrap_or_default();
                let reason = reason.trim().trim_start_matches("error: ");
                format!("must be a regular expression such as \"[A-Z]{{3}}/[0-9]{{4}}/[0-9]+\" ({reason})")
            })
    }

    fn show(&self) -> String {
        self.text.clone()
    }
}

words! {
    /// How much is logged.
    pub enum LogLevel {
        /// Errors that need a person.
        Error = "error",
        /// Also errors that the program recovered from.
        Warn = "warn",
        Info = "info",
        Debug = "debug",
        Trace = "trace",
    }
}

/// For each type, how it is read from a text, and how it is written.
macro_rules! as_text {
    ($($Type:ty: $read:expr, $show:expr;)+) => {$(
        impl AsText for $Type {
            fn read(text: &str) -> Result<Self, String> {
                let read: fn(&str) -> Result<Self, String> = $read;
                read(text)
            }

            fn show(&self) -> String {
                let show: fn(&Self) -> String = $show;
                show(self)
            }
        }
    )+};
}

as_text! {
    LogLevel: |text| LogLevel::parse(text).ok_or_else(|| {
        format!("must be \"error\", \"warn\", \"info\", \"debug\" or \"trace\", not {text:?}")
    }), |level| level.as_str().to_owned();
    Zone: |text| Zone::parse(text).ok_or_else(|| {
        format!("must be an IANA time zone such as \"Africa/Nairobi\", not {text:?}")
    }), |zone| zone.name().to_owned();
    Semester: |text| {
        Semester::parse(text).map_err(|_| "must be a label of 1 to 20 printable characters".to_owned())
    }, Semester::to_string;
    NaiveDate: |text| text.parse().map_err(|_| {
        format!("must be a date such as \"2026-12-18\", not {text:?}")
    }), NaiveDate::to_string;
    Venue: |text| {
        Venue::parse(text).map_err(|_| "must be one line of at most 100 printable characters".to_owned())
    }, Venue::to_string;
    SocketAddr: |text| text.parse().map_err(|_| {
        format!("must be an IP address and a port such as \"0.0.0.0:8080\", not {text:?}")
    }), SocketAddr::to_string;
    PathBuf: |text| if text.is_empty() || text.contains('\0') {
        Err("must be the name of a file or folder".to_owned())
    } else {
        Ok(PathBuf::from(text))
    }, |path| path.display().to_string();
    BaseUrl: BaseUrl::parse, BaseUrl::to_string;
    Cidr: Cidr::parse, Cidr::to_string;
}

/// The kiosk's name: one line that fits the screen's header.
pub(super) fn kiosk_name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    domain::clean_line(&String::deserialize(from)?, 60)
        .map_err(|_| D::Error::custom("must be one line of 1 to 60 printable characters"))
}

/// A name that becomes part of an address or of a document: letters, digits and a few signs.
pub(super) fn plain_id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let id = String::deserialize(from)?;
    let sound = id.len() <= 100
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'));
    if sound {
        Ok(id)
    } else {
        Err(D::Error::custom(format!(
            "must be at most 100 letters, digits, hyphens, dots or colons, not {id:?}"
        )))
    }
}

/// The name of a Firestore database: a plain id, or `(default)`.
pub(super) fn database_name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    let inner = name
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(&name);
    if !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        Ok(name)
    } else {
        Err(D::Error::custom(format!(
            "must be \"(default)\" or the id of a database, not {name:?}"
        )))
    }
}

/// A key that fits into an HTTP header. The error never repeats it.
pub(super) fn header_key<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    let key = String::deserialize(from)?;
    if key.chars().all(|c| c.is_ascii_graphic()) {
        Ok(Secret::new(key))
    } else {
        Err(D::Error::custom(
            "must hold only visible ASCII characters, without blanks",
        ))
    }
}
