//! The forms of staff: what is typed into them, and why a page is shown again.

use super::body::Fields;
use super::echo::echo;
use super::pages::Field;
use super::problem::{Answer, Problem};
use crate::domain::Reason;
use crate::words::{InvalidIn, TextField, Voice};

/// Why nothing was done.
pub enum Stopped {
    /// The page says why.
    Sentence(String),
    Problem(Problem),
}

/// A field as it was typed.
///
/// # Errors
/// As [`Fields::one`].
pub fn typed(fields: &mut Fields, name: &str) -> Answer<Field> {
    Ok(Field::holding(echo(fields.one(name)?.trim())))
}

/// The reason of a change; `None` for an empty one.
///
/// # Errors
/// The sentence for a reason that cannot be kept.
pub fn reason(text: &str, voice: Voice) -> Result<Option<Reason>, String> {
    Reason::parse(text).map_err(|error| voice.say(InvalidIn::Other(TextField::Reason, error)))
}
