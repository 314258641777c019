//! Enrolling and withdrawing the student who is chosen on a page.

use super::page::{PageAction, PageContext};
use super::question::{Question, Subject};
use crate::domain::{Enrolment, EnrolmentSource, Interval, LectureStage, Standing, StudentHistory};
use crate::tui::request::{StaffRequest, StudentPlace};
use crate::tui::stroke::Stroke;
use crate::words::StaffScreen;

/// What a key asks for that is about the enrolment of the student who is chosen.
pub(super) fn command(
    stroke: Stroke,
    place: StudentPlace,
    standing: Option<&Standing>,
    context: &PageContext,
) -> Option<PageAction> {
    Some(match (stroke, standing) {
        (Stroke::Character('i' | 'I'), _) => {
            PageAction::Request(StaffRequest::ReadEnrolment(place))
        }
        (Stroke::Character('o' | 'O'), None) => {
            let number = place.number.to_string();
            PageAction::Say(context.say(StaffScreen::NotEnrolled { number }))
        }
        (Stroke::Character('o' | 'O'), Some(standing)) => {
            let share = (standing.credit, standing.held);
            let today = context.site.voice.zone.date(context.now);
            PageAction::Ask(Question::new(Subject::Withdraw(
                Box::new(place),
                share,
                today,
            )))
        }
        _ => return None,
    })
}

/// Asks from which day on the student is enrolled.
pub(super) fn ask(history: &StudentHistory, context: &PageContext) -> PageAction {
    let today = context.site.voice.zone.date(context.now);
    let place = StudentPlace {
        unit: history.unit.clone(),
        semester: history.semester.clone(),
        number: history.admission_number.clone(),
    };
    let interval = offered(history, today);
    PageAction::Ask(Question::new(Subject::Enrol(Box::new((place, interval)))))
}

/// The enrolment that is offered: as it is, and for somebody who is on no list from the first lecture to which
/// they came. Whoever left before today begins anew.
fn offered(history: &StudentHistory, today: chrono::NaiveDate) -> Interval {
    let enrolment: &Enrolment = &history.enrolment;
    let last = enrolment.intervals().last();
    let has_left = enrolment.until().is_some_and(|until| until < today);
    let from = if has_left {
        Some(today)
    } else if enrolment.is_listed() {
        enrolment.since()
    } else {
        Some(first_came(history).unwrap_or(today))
    };
    Interval {
        group: last.and_then(|interval| interval.group.clone()),
        // A last day that a list gave stays; the withdrawal ends.
        until: last
            .filter(|interval| !interval.withdrawn && !has_left)
            .and_then(|interval| interval.until),
        ..Interval::from(from, EnrolmentSource::Staff)
    }
}

/// The day of the first lecture to which the student came.
fn first_came(history: &StudentHistory) -> Option<chrono::NaiveDate> {
    let came = history.lectures.iter().filter(|lecture| {
        let is_live = !matches!(
            lecture.lecture.state,
            LectureStage::Cancelled | LectureStage::NotHeld
        );
        let record = lecture.record.as_ref();
        is_live && record.is_some_and(|record| record.mark.has_come())
    });
    came.map(|lecture| lecture.lecture.date).min()
}
