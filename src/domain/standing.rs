//! A student's standing in a unit: two percentages, a band and a forecast.

use super::percentage::Percentage;

/// The attendance that a site requires, in whole percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Needed to sit the exam.
    pub required_percent: u32,
    /// Below this, a warning.
    pub warning_percent: u32,
}

/// How the lectures held so far compare with the thresholds (feature D4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Nothing has been held yet.
    NoneHeld,
    /// At or above the warning line.
    Good,
    /// Between the required and the warning line.
    Warning,
    /// Below what is required.
    Below,
}

/// Whether the required attendance can still be reached (feature D4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "forecast", content = "lessons")]
pub enum Forecast {
    /// This many of the remaining lessons may be missed.
    CanMiss(u32),
    /// Every one of this many remaining lessons is needed.
    MustAttend(u32),
    /// The required attendance is out of reach.
    CannotReach,
}

/// A student's standing in one unit and semester.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Standing {
    /// Lectures attended, each counted once.
    pub attended: u32,
    /// Lectures held to date that count for this student.
    pub held: u32,
    /// Lessons planned in the semester.
    pub planned: u32,
    /// `attended / planned`: the number sent to the remotes (feature D2).
    pub of_plan: Percentage,
    /// `attended / held` (feature D3).
    pub so_far: Percentage,
    /// `so_far` against the thresholds.
    pub band: Band,
    /// What the remaining lessons allow.
    #[serde(flatten)]
    pub forecast: Forecast,
}

impl Standing {
    /// Computes a standing in exact integers.
    ///
    /// A lecture attended counts as held, so that a number such as 13 of 12 can never appear.
    #[must_use]
    pub fn new(attended: u32, held: u32, planned: u32, thresholds: Thresholds) -> Self {
        let held = held.max(attended);
        Self {
            attended,
            held,
            planned,
            of_plan: Percentage::of(attended, planned),
            so_far: Percentage::of(attended, held),
            band: band(attended, held, thresholds),
            forecast: forecast(attended, held, planned, thresholds),
        }
    }
}

/// Whether `part` of `whole` is at least `percent`, without rounding.
fn reaches(part: u32, whole: u32, percent: u32) -> bool {
    u64::from(part) * 100 >= u64::from(whole) * u64::from(percent)
}

fn band(attended: u32, held: u32, thresholds: Thresholds) -> Band {
    if held == 0 {
        Band::NoneHeld
    } else if !reaches(attended, held, thresholds.required_percent) {
        Band::Below
    } else if !reaches(attended, held, thresholds.warning_percent) {
        Band::Warning
    } else {
        Band::Good
    }
}

fn forecast(attended: u32, held: u32, planned: u32, thresholds: Thresholds) -> Forecast {
    // More lectures may be held than were planned; then all of them are the whole.
    let whole = planned.max(held);
    let remaining = whole - held;
    let needed = (u64::from(whole) * u64::from(thresholds.required_percent)).div_ceil(100);
    let short = needed.saturating_sub(u64::from(attended));
    match u64::from(remaining).checked_sub(short) {
        None => Forecast::CannotReach,
        Some(0) if remaining > 0 => Forecast::MustAttend(remaining),
        Some(spare) => Forecast::CanMiss(u32::try_from(spare).unwrap_or(u32::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: Thresholds = Thresholds {
        required_percent: 75,
        warning_percent: 80,
    };

    #[test]
    fn the_examples_of_the_rule() {
        let forecast = |attended, held| Standing::new(attended, held, 12, USUAL).forecast;
        assert_eq!(forecast(6, 7), Forecast::CanMiss(2));
        assert_eq!(forecast(3, 6), Forecast::MustAttend(6));
        assert_eq!(forecast(2, 6), Forecast::CannotReach);
        assert_eq!(forecast(9, 12), Forecast::CanMiss(0));
    }

    #[test]
    fn a_band_is_decided_without_rounding() {
        let band = |attended, held| Standing::new(attended, held, 12, USUAL).band;
        assert_eq!(band(0, 0), Band::NoneHeld);
        assert_eq!(band(3, 4), Band::Warning);
        assert_eq!(band(4, 5), Band::Good);
        assert_eq!(band(2, 3), Band::Below);
        // 74.996 % would show as 75.00 but is not 75 %.
        assert_eq!(band(18_749, 25_000), Band::Below);
    }

    /// Tries every number of further lectures to attend.
    fn brute_force(attended: u32, held: u32, planned: u32, required: u32) -> Forecast {
        let whole = planned.max(held);
        let remaining = whole - held;
        let fewest = (0..=remaining).find(|more| (attended + more) * 100 >= whole * required);
        match fewest {
            None => Forecast::CannotReach,
            Some(more) if more == remaining && remaining > 0 => Forecast::MustAttend(remaining),
            Some(more) => Forecast::CanMiss(remaining - more),
        }
    }

    /// Tries every hundredth: the first that lies no more than half a hundredth below the exact share.
    fn nearest(attended: u32, whole: u32) -> u16 {
        if whole == 0 {
            return 0;
        }
        (0..=10_000_u16)
            .find(|tried| (2 * u32::from(*tried) + 1) * whole > 20_000 * attended.min(whole))
            .unwrap()
    }

    #[test]
    fn a_band_of_every_small_case_equals_brute_force() {
        for held in 0..=40_u32 {
            for attended in 0..=held {
                let share = |percent: u32| attended * 100 >= held * percent;
                let expected = match (held, share(75), share(80)) {
                    (0, ..) => Band::NoneHeld,
                    (_, _, true) => Band::Good,
                    (_, true, false) => Band::Warning,
                    (_, false, false) => Band::Below,
                };
                assert_eq!(
                    band(attended, held, USUAL),
                    expected,
                    "{attended} of {held}"
                );
            }
        }
    }

    #[test]
    fn every_small_case_equals_brute_force() {
        for planned in 0..=40 {
            for held in 0..=planned + 2 {
                for attended in 0..=held {
                    for required in [0, 1, 50, 66, 75, 80, 99, 100] {
                        let thresholds = Thresholds {
                            required_percent: required,
                            warning_percent: 100,
                        };
                        let standing = Standing::new(attended, held, planned, thresholds);
                        assert_eq!(
                            standing.forecast,
                            brute_force(attended, held, planned, required),
                            "{attended} of {held} of {planned} at {required}"
                        );
                        let below = held > 0 && attended * 100 < held * required;
                        assert_eq!(standing.band == Band::Below, below);
                        assert_eq!(standing.of_plan.hundredths(), nearest(attended, planned));
                        assert_eq!(standing.so_far.hundredths(), nearest(attended, held));
                    }
                }
            }
        }
    }

    #[test]
    fn more_lectures_attended_than_held_count_as_held() {
        let standing = Standing::new(13, 12, 12, USUAL);
        assert_eq!((standing.attended, standing.held), (13, 13));
        assert_eq!(standing.so_far, Percentage::FULL);
        assert_eq!(standing.of_plan, Percentage::FULL);
        assert_eq!(standing.forecast, Forecast::CanMiss(0));
    }
}
