//! The code of a unit.

use super::macros::line_of_text;
use super::text::{InvalidText, clean_capitals};

line_of_text! {
    /// A unit's code, such as `CS101`: NFKC, upper-cased.
    ///
    /// 20 characters are the width of the code column in the Django system.
    pub struct UnitCode read by clean_capitals, at most 20, or InvalidUnitCode
}

/// Why a unit code cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the unit code {0}")]
pub struct InvalidUnitCode(#[from] pub InvalidText);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_upper_case() {
        assert_eq!(UnitCode::parse(" cs101 ").unwrap().as_str(), "CS101");
    }

    #[test]
    fn a_code_of_twenty_one_characters_is_refused() {
        assert!(UnitCode::parse(&"x".repeat(20)).is_ok());
        assert!(UnitCode::parse(&"x".repeat(21)).is_err());
    }
}
