//! The words of the pages for what the domain only names.
//!
//! What every door says alike is in `crate::words`; here is what only a page has room for.

use crate::domain::{Band, Forecast, Standing, Thresholds};

/// A band in three forms: colour, symbol and words say the same (feature D4).
pub struct BandWords {
    /// The style sheet's class.
    pub tone: &'static str,
    /// For those who cannot tell the colours.
    pub symbol: &'static str,
    /// What it means.
    pub words: String,
}

/// The words for a band.
pub fn band(band: Band, thresholds: Thresholds) -> BandWords {
    let required = thresholds.required_percent;
    let (tone, symbol, words) = match band {
        Band::NoneHeld => ("calm", "○", "Nothing held yet.".to_owned()),
        Band::Good => ("calm", "✓", "Good standing.".to_owned()),
        Band::Warning => ("amber", "!", format!("Close to the required {required} %.")),
        Band::Below => ("red", "✗", format!("Below the required {required} %.")),
    };
    BandWords {
        tone,
        symbol,
        words,
    }
}

/// What the rest of the semester can still do, in a sentence.
pub fn forecast(standing: &Standing, thresholds: Thresholds) -> String {
    let required = thresholds.required_percent;
    let are_all_held = standing.held >= standing.planned;
    match standing.forecast {
        Forecast::CanMiss(_) if are_all_held => "All planned lectures have been held.".to_owned(),
        Forecast::CanMiss(1) => "You can miss 1 more lecture.".to_owned(),
        Forecast::CanMiss(lectures) => format!("You can miss {lectures} more lectures."),
        Forecast::MustAttend(1) => "You must attend the last lecture.".to_owned(),
        Forecast::MustAttend(lectures) => format!("You must attend the next {lectures} lectures."),
        Forecast::CannotReach if are_all_held => {
            format!("All planned lectures have been held: you cannot reach {required} %.")
        }
        Forecast::CannotReach => format!("You cannot reach {required} % any more."),
    }
}
