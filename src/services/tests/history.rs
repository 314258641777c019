//! "Why this number?": whatever happened in a semester, the terms add up to the numbers that are shown.

use proptest::prelude::*;

use super::corrections::number;
use super::*;
use crate::words::Voice;

/// Students of a generated semester.
const STUDENTS: usize = 6;

/// One week of a semester that nobody planned. Students are bits.
#[derive(Debug, Clone)]
struct Week {
    /// Who is put on the roster before the lecture.
    enrolled: u8,
    /// Who comes in time, and who comes late.
    in_time: u8,
    late: u8,
    /// Whose mark is removed afterwards.
    unmarked: u8,
    /// Whether the lecture is called off afterwards.
    called_off: bool,
}

fn week() -> impl Strategy<Value = Week> {
    (
        any::<u8>(),
        any::<u8>(),
        any::<u8>(),
        any::<u8>(),
        prop::bool::weighted(0.25),
    )
        .prop_map(|(enrolled, in_time, late, unmarked, called_off)| Week {
            // Rarely all at once: enrolments come late.
            enrolled: enrolled & in_time.rotate_left(3),
            in_time,
            late,
            unmarked: unmarked & late.rotate_left(5),
            called_off,
        })
}

fn is_set(bits: u8, student: usize) -> bool {
    bits >> student & 1 == 1
}

impl School {
    async fn live_through(&self, week: &Week) -> Session {
        self.clock.advance(Duration::from_secs(7 * 24 * 3600));
        self.sessions.close_ended().await.unwrap();
        for student in (0..STUDENTS).filter(|it| is_set(week.enrolled, *it)) {
            self.enrol(&format!("ADM/{student}"), None).await;
        }
        let (session, _) = self.lecture().await;
        for student in (0..STUDENTS).filter(|it| is_set(week.in_time, *it)) {
            recorded(self.types(&format!("ADM/{student}"), "Some Body").await);
        }
        self.clock.advance(minutes(25));
        let late = week.late & !week.in_time;
        for student in (0..STUDENTS).filter(|it| is_set(late, *it)) {
            recorded(self.types(&format!("ADM/{student}"), "Some Body").await);
        }
        let unmarked = week.unmarked & (week.in_time | week.late);
        for student in (0..STUDENTS).filter(|it| is_set(unmarked, *it)) {
            let order = CorrectionOrder {
                session: session.id,
                admission_number: number(&format!("ADM/{student}")),
                correction: Correction::Unmark,
                name: None,
                reason: Reason::parse("was not there").unwrap(),
            };
            self.corrections
                .correct(Actor::Shell("shell"), order)
                .await
                .unwrap();
        }
        if week.called_off {
            let why = "the lecturer is ill".to_owned();
            self.sessions
                .cancel(Actor::Shell("shell"), session.id, why)
                .await
                .unwrap();
        }
        session
    }

    async fn why(&self, student: usize, semester: Option<&str>) -> Option<StudentHistory> {
        let student = number(&format!("ADM/{student}"));
        let semester = semester.map(|label| Semester::parse(label).unwrap());
        self.corrections
            .history(Actor::Shell("shell"), &unit(), semester.as_ref(), &student)
            .await
            .unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_terms_add_up_exactly_to_the_percentages_shown(weeks in prop::collection::vec(week(), 1..14)) {
        tokio::runtime::Runtime::new().unwrap().block_on(add_up(&weeks));
    }
}

async fn add_up(weeks: &[Week]) {
    let school = School::with(|policy| policy.max_sessions = 20).await;
    let mut last = None;
    for week in weeks {
        last = Some(school.live_through(week).await);
    }
    let last = last.unwrap();
    let roster = school
        .sessions
        .roster(Actor::Shell("shell"), last.id)
        .await
        .unwrap();
    for student in 0..STUDENTS {
        let Some(history) = school.why(student, None).await else {
            continue;
        };
        let Some(standing) = &history.standing else {
            assert_eq!(history.listing, Listing::Stranger);
            continue;
        };
        let counts = |counts| {
            let lines = history
                .lectures
                .iter()
                .filter(|it| it.line.counts == counts);
            u32::try_from(lines.count()).unwrap()
        };
        // The lines that count add up to the figures.
        assert_eq!(counts(Counts::Attended), standing.attended);
        assert_eq!(
            counts(Counts::Attended) + counts(Counts::Missed),
            standing.held
        );
        assert_eq!(history.lectures.len(), weeks.len());

        // The board shows the same, and the sentence is made of the same terms.
        let mut lines = roster.lines.iter();
        let line = lines.find(|line| line.admission_number == history.admission_number);
        if let Some(line) = line {
            assert_eq!(line.standing.as_ref(), Some(standing));
        }
        for (label, terms) in Voice::english(school.desk.zone()).sum(&history) {
            assert!(adds_up(&terms), "{label}: {terms}");
        }
    }
}

/// Whether `5 = 4 attended + 1 absent` is so; percentages are looked at elsewhere.
fn adds_up(terms: &str) -> bool {
    let Some((total, terms)) = terms.split_once(" = ") else {
        return true;
    };
    let first = |text: &str| text.split(' ').next().and_then(|it| it.parse::<u32>().ok());
    terms.ends_with('%') || Some(terms.split(" + ").filter_map(first).sum()) == first(total)
}

#[tokio::test]
async fn a_history_is_of_one_semester_and_knows_what_is_to_come() {
    let school = School::start().await;
    let open = async |semester: &str, days: u64| {
        let starts_at = Some(school.clock.now() + Duration::from_secs(days * 24 * 3600));
        let opening = Opening {
            semester: Semester::parse(semester).ok(),
            ..opening(starts_at, minutes(60))
        };
        school.opens(opening).await;
    };
    open("1", 0).await;
    recorded(school.types("ADM/1", "Jane Doe").await);
    open("1", 7).await;
    open("2", 8).await;
    let history = school.why(1, None).await.unwrap();
    assert_eq!(history.semester.as_str(), "1");
    assert_eq!(history.count(Counts::ToCome, CountReason::Upcoming), 1);
    assert_eq!(
        Voice::english(school.desk.zone())
            .sum(&history)
            .into_iter()
            .map(|(label, terms)| format!("{label}: {terms}"))
            .collect::<Vec<_>>(),
        [
            "Attended: 1 = 1 on time",
            "Held: 1 = 1 attended",
            "Not counted: 1 = 1 to come",
            "So far: 1 of 1 held = 100.00 %",
            "Of plan: 1 of 12 planned = 8.33 %",
        ]
    );
    let second = school.why(1, Some("2")).await.unwrap();
    assert_eq!(
        (second.lectures.len(), second.listing),
        (1, Listing::Stranger)
    );
}
