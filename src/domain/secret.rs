//! A value that must not be shown.

use std::fmt;

/// A key or a password: shown as `(hidden)` wherever it is printed, logged or serialised.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text without the white space around it: files and shells leave a newline at the end.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().to_owned())
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to hide.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if self.is_empty() { "" } else { "(hidden)" })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

impl serde::Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_hides_itself_everywhere() {
        let secret = Secret::new(" s3cr3t-key\n");
        let shown = format!(
            "{secret} {secret:?} {secret:>20} {}",
            serde_json::to_string(&secret).unwrap()
        );
        assert!(!shown.contains("s3cr3t"), "{shown}");
        assert_eq!(secret.reveal(), "s3cr3t-key");
    }

    #[test]
    fn no_secret_is_shown_as_none() {
        assert_eq!(Secret::default().to_string(), "");
    }
}
