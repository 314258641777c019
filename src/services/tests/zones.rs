//! Stories about the timetable where the clocks differ: three zones, and the two nights on which they change.

use super::*;
use crate::services::CsvTimetable;
use crate::services::export::Cell;

/// As often as a story looks at the clock; the kiosk looks every few seconds.
const LOOK: Duration = Duration::from_mins(5);

fn local(zone: Zone, text: &str) -> Timestamp {
    zone.moment(chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap())
}

/// A school in a zone, whose timetable is what an office types into a spreadsheet.
async fn school_in(zone: Zone, lectures: &[(&str, &str, &str)]) -> School {
    let school = School::with(|policy| policy.zone = zone).await;
    school.enrol("ADM/1", Some("Jane Doe")).await;
    let lines = lectures
        .iter()
        .map(|(date, start, end)| format!("CS101,{date},{start},{end}\n"));
    let csv = "unit,date,start,end\n".to_owned() + &lines.collect::<String>();
    let read = CsvTimetable::read(csv.as_bytes(), zone).unwrap();
    assert!(read.refused.is_empty());
    let lectures: Vec<_> = read.lectures.into_iter().map(|row| row.lecture).collect();
    school.timetable.import(lectures, "shell").await.unwrap();
    school
}

/// Lets the time pass until a second after a moment, since a session closes once its end has passed.
fn begins(school: &School, moment: Timestamp) {
    let second = Duration::from_secs(1);
    school
        .clock
        .advance((moment + second).since(school.clock.now()));
}

/// Lets the time pass until a moment, and tells what opened and closed by itself and when, by the clock on the
/// wall. The student checks in at the start of each lecture.
async fn passes(school: &School, zone: Zone, until: Timestamp) -> Vec<String> {
    let mut story = Vec::new();
    while school.clock.now() < until {
        school.clock.advance(LOOK);
        let now = school.clock.now();
        let wall = zone.hour_minute(now);
        for _ in school.sessions.close_ended().await.unwrap() {
            story.push(format!("closed {wall}"));
        }
        for _ in school.timetable.open_due().await.unwrap() {
            story.push(format!("opened {wall}"));
        }
        let open = school.sessions.shown().await.unwrap();
        let begins = |session: &Session| now >= session.starts_at && now < session.starts_at + LOOK;
        if open.is_some_and(|(session, _)| begins(&session)) {
            recorded(school.types("ADM/1", "").await);
        }
    }
    story
}

#[tokio::test]
async fn lectures_open_and_close_by_the_clock_on_the_wall_in_every_zone_and_season() {
    // In Warsaw the clocks go forward in the first night and back in the second; the lecture past midnight
    // has an hour less, and an hour more, than the wall says.
    for (zone, day, next, night_lasts) in [
        ("Africa/Nairobi", "2027-01-11", "2027-01-12", 270),
        ("Asia/Kolkata", "2027-01-11", "2027-01-12", 270),
        ("Europe/Warsaw", "2027-03-27", "2027-03-28", 210),
        ("Europe/Warsaw", "2027-10-30", "2027-10-31", 330),
    ] {
        let of = format!("{zone} {day}");
        let zone = Zone::parse(zone).unwrap();
        let school = school_in(
            zone,
            &[
                (day, "09:00", "11:00"),
                (day, "14:00", "16:00"),
                (day, "23:00", "03:30"),
                (next, "09:00", "11:00"),
            ],
        )
        .await;
        begins(&school, local(zone, &format!("{day} 06:00")));
        let story = passes(&school, zone, local(zone, &format!("{next} 12:00"))).await;
        assert_eq!(
            story,
            [
                "opened 08:50",
                "closed 11:00",
                "opened 13:50",
                "closed 16:00",
                "opened 22:50",
                "closed 03:30",
                "opened 08:50",
                "closed 11:00",
            ],
            "{of}"
        );
        let sessions = school
            .sessions
            .list(Actor::Shell("shell"), 9)
            .await
            .unwrap();
        let told: Vec<String> = sessions
            .iter()
            .rev()
            .map(|session| {
                let lasts = session.ends_at.since(session.starts_at).as_secs() / 60;
                format!("{} {} {lasts}", session.date(zone), session.time_slot(zone))
            })
            .collect();
        assert_eq!(
            told,
            [
                format!("{day} 09:00 - 11:00 120"),
                format!("{day} 14:00 - 16:00 120"),
                format!("{day} 23:00 - 03:30 {night_lasts}"),
                format!("{next} 09:00 - 11:00 120"),
            ],
            "{of}: the lecture past midnight is of the day on which it began"
        );
        filed_by_the_clock_on_the_wall(&school, day, next).await;
    }
}

/// Dates, times and percentages of the lists that leave the kiosk.
async fn filed_by_the_clock_on_the_wall(school: &School, day: &str, next: &str) {
    let exports = school.exports.clone();
    let matrix = exports
        .unit(Actor::Shell("shell"), unit(), None)
        .await
        .unwrap();
    let headings = matrix.columns.iter().skip(2).take(4);
    assert_eq!(
        headings.map(|column| &*column.heading).collect::<Vec<_>>(),
        [
            format!("1 {day} 09:00"),
            format!("2 {day} 14:00"),
            format!("3 {day} 23:00"),
            format!("4 {next} 09:00"),
        ]
    );
    let row = matrix.rows[0].iter().map(Cell::text);
    assert_eq!(
        row.skip(2).take(10).collect::<Vec<_>>(),
        [
            "present", "present", "present", "present", "4", "4", "12", "33.33", "100.00", "good"
        ]
    );
    let sessions = school
        .sessions
        .list(Actor::Shell("shell"), 9)
        .await
        .unwrap();
    let night = exports
        .session(Actor::Shell("shell"), sessions[1].id)
        .await
        .unwrap();
    let time = night
        .columns
        .iter()
        .position(|column| column.heading == "Time");
    assert_eq!(
        night.rows[0][time.unwrap()].text(),
        format!("{day} 23:00:01")
    );
}

#[tokio::test]
async fn a_lecture_of_the_hour_that_is_skipped_or_comes_twice_opens_once() {
    let zone = Zone::parse("Europe/Warsaw").unwrap();
    // 02:30 does not come on the first day, and comes twice on the second: the first of the two counts.
    for (day, start, end, story) in [
        (
            "2027-03-28",
            "02:30",
            "04:00",
            ["opened 01:50", "closed 04:00"],
        ),
        (
            "2027-10-31",
            "02:30",
            "03:30",
            ["opened 02:20", "closed 03:30"],
        ),
    ] {
        let school = school_in(zone, &[(day, start, end)]).await;
        begins(&school, local(zone, &format!("{day} 00:00")));
        let until = local(zone, &format!("{day} 12:00"));
        assert_eq!(passes(&school, zone, until).await, story, "{day}");
        assert_eq!(
            school
                .sessions
                .list(Actor::Shell("shell"), 9)
                .await
                .unwrap()
                .len(),
            1
        );
    }
}

#[tokio::test]
async fn no_lecture_opens_by_a_clock_that_is_not_set_and_the_screen_says_so() {
    let zone = Zone::parse("Africa/Nairobi").unwrap();
    let days = [
        ("2026-11-23", "08:00", "10:00"),
        ("2026-11-24", "08:00", "10:00"),
    ];
    let school = school_in(zone, &days).await;
    let screen = school.screen();
    // A machine without a battery: as of 1970, as of when it was switched off a day ago, years ahead.
    school.clock.set_trusted(false);
    for wrong in ["1970-01-01 03:00", "2026-11-23 08:00", "2036-01-01 08:00"] {
        school.clock.turn_to(local(zone, wrong));
        let picture = screen.look().await;
        assert!(
            picture.shown.is_none() && picture.lecture_awaits_clock,
            "{wrong}"
        );
    }
    assert!(
        school
            .sessions
            .list(Actor::Shell("shell"), 9)
            .await
            .unwrap()
            .is_empty()
    );
    // A lecturer in the room knows better, whatever the clock says.
    school.clock.turn_to(local(zone, "2026-11-23 07:00"));
    let (by_hand, _) = school.lecture().await;
    school
        .sessions
        .cancel(Actor::Shell("S1"), by_hand.id, "a try".to_owned())
        .await
        .unwrap();
    // A time server sets it to twenty past: that day's lecture opens, late and once.
    school.clock.turn_to(local(zone, "2026-11-24 08:20"));
    school.clock.set_trusted(true);
    for _ in 0..2 {
        let picture = screen.look().await;
        let shown = &picture.shown.as_ref().unwrap().board.session;
        assert_eq!(shown.starts_at, local(zone, "2026-11-24 08:00"));
        assert!(!picture.lecture_awaits_clock);
    }
    assert_eq!(school.store.open_sessions().await.unwrap().len(), 1);
}
