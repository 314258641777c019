//! Macros for enums with a fixed word per variant, and for types that hold one cleaned line of text.

/// Defines an enum whose variants each have one fixed word, for the database, the interfaces and exports.
macro_rules! words {
    (
        $(#[$attribute:meta])*
        pub enum $Name:ident { $($(#[$of_variant:meta])* $Variant:ident = $word:tt,)+ }
    ) => {
        $(#[$attribute])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        pub enum $Name {
            $($(#[$of_variant])* #[serde(rename = $word)] $Variant,)+
        }

        impl $Name {
            /// All variants, in the order of their declaration.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$Variant),+];

            /// The word that is stored, sent and exported.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Variant => $word,)+
                }
            }

            /// Reads the word; `None` for an unknown one.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$Variant),)+
                    _ => None,
                }
            }
        }
    };
}

/// Reads a type from text by its `parse`, so that nothing comes in that a door would have refused.
macro_rules! deserialize_by_parse {
    ($Name:ident) => {
        impl<'de> serde::Deserialize<'de> for $Name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// Defines a type for one line of text. `read by` adds a `parse` that cleans the line and checks its length in
/// characters; its error is made from [`InvalidText`](super::InvalidText).
macro_rules! line_of_text {
    ($(#[$attribute:meta])* pub struct $Name:ident) => {
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, utoipa::ToSchema)]
        #[serde(transparent)]
        $(#[$attribute])*
        pub struct $Name(String);

        impl $Name {
            /// The text without the blanks around it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }
    };
    (
        $(#[$attribute:meta])*
        pub struct $Name:ident read by $clean:ident, at most $max:tt, or $Error:ident
    ) => {
        line_of_text! { $(#[$attribute])* #[schema(min_length = 1, max_length = $max)] pub struct $Name }

        impl $Name {
            /// The longest allowed, in characters.
            pub const MAX_CHARS: usize = $max;

            /// Cleans a line as typed or scanned.
            ///
            /// # Errors
            /// When it is empty, too long or unprintable.
            pub fn parse(raw: &str) -> Result<Self, $Error> {
                Ok(Self($clean(raw, Self::MAX_CHARS)?))
            }
        }

        super::macros::deserialize_by_parse!($Name);
    };
}

/// Keeps a secret out of logs and panics.
macro_rules! hidden {
    ($Name:ident) => {
        impl std::fmt::Debug for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($Name), "(hidden)"))
            }
        }
    };
}

pub(crate) use {deserialize_by_parse, hidden, line_of_text, words};
