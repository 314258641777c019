//! Attendance percentages, exact to the hundredth.

use std::fmt;

/// A share of 100 in hundredths of a percent, 0.00 to 100.00 (feature D2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, utoipa::ToSchema)]
#[schema(value_type = f64, minimum = 0, maximum = 100)]
pub struct Percentage(u16);

impl Percentage {
    /// 0 %: no lecture was attended.
    pub const ZERO: Self = Self(0);
    /// 100 %: every lecture was attended.
    pub const FULL: Self = Self(10_000);

    /// `attended / whole x 100`, rounded half up to two decimals and clamped to 100; a whole of zero is 0.
    ///
    /// With the planned lessons of the semester as the whole this is the number sent to the remotes.
    #[must_use]
    pub fn of(attended: u32, whole: u32) -> Self {
        if whole == 0 {
            return Self::ZERO;
        }
        let (attended, whole) = (u64::from(attended.min(whole)), u64::from(whole));
        let hundredths = (attended * 20_000 + whole) / (whole * 2);
        Self(u16::try_from(hundredths).unwrap_or(10_000))
    }

    /// From hundredths of a percent, clamped to 100.00.
    #[must_use]
    pub fn from_hundredths(hundredths: u16) -> Self {
        Self(hundredths.min(10_000))
    }

    /// The nearest to a floating-point number of percent, clamped to 0.00 to 100.00.
    #[must_use]
    pub fn from_share(percent: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast of a float saturates, and nothing above 100.00 is kept"
        )]
        Self::from_hundredths((percent * 100.0).round() as u16)
    }

    /// In hundredths of a percent.
    #[must_use]
    pub fn hundredths(self) -> u16 {
        self.0
    }

    /// As the nearest binary floating-point number, for JSON.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

/// `8.33`, without a sign.
impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{:02}", self.0 / 100, self.0 % 100))
    }
}

impl serde::Serialize for Percentage {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_rule() {
        let shown: Vec<String> = [1, 2, 6, 9, 12, 13]
            .iter()
            .map(|&attended| Percentage::of(attended, 12).to_string())
            .collect();
        assert_eq!(
            shown,
            ["8.33", "16.67", "50.00", "75.00", "100.00", "100.00"]
        );
    }

    #[test]
    fn half_a_hundredth_rounds_up() {
        assert_eq!(Percentage::of(1, 800).to_string(), "0.13", "0.125");
        assert_eq!(Percentage::of(1, 1600).to_string(), "0.06", "0.0625");
    }

    #[test]
    fn json_shows_two_decimals_at_most() {
        assert_eq!(
            serde_json::to_string(&Percentage::of(1, 12)).unwrap(),
            "8.33"
        );
        assert_eq!(serde_json::to_string(&Percentage::FULL).unwrap(), "100.0");
    }

    proptest! {
        #[test]
        fn it_is_the_nearest_hundredth(attended in 0u32..5000, whole in 1u32..5000) {
            let shown = i64::from(Percentage::of(attended, whole).hundredths());
            let exact_times_whole = i64::from(attended.min(whole)) * 10_000;
            // |shown - exact| <= 1/2, and a tie goes up.
            let twice_error = 2 * (shown * i64::from(whole) - exact_times_whole);
            prop_assert!(twice_error <= i64::from(whole) && twice_error > -i64::from(whole));
        }

        #[test]
        fn one_more_lecture_never_lowers_it(attended in 0u32..200, whole in 0u32..200) {
            prop_assert!(Percentage::of(attended + 1, whole) >= Percentage::of(attended, whole));
        }
    }
}
