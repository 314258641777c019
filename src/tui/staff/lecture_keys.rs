//! What the keys of a lecture do, on every page that lists or shows one.

use super::chosen_lecture::ChosenLecture;
use super::details::DetailsForm;
use super::move_unit::MovePage;
use super::page::{PageAction, PageContext};
use super::question::{Question, Subject};
use super::undo::UndoPage;
use crate::domain::{LectureStage, SessionRefusal};
use crate::tui::stroke::Stroke;
use crate::words::StaffScreen;

/// What a key asks for; `None` for a key that is about no lecture.
pub(super) fn command(
    stroke: Stroke,
    lecture: &ChosenLecture,
    context: &PageContext,
) -> Option<PageAction> {
    let Stroke::Character(key) = stroke else {
        return None;
    };
    let (id, code) = (lecture.id, lecture.unit.clone());
    let ask = |subject| PageAction::Ask(Question::new(subject));
    let say = |message| PageAction::Say(context.say(message));
    let refuse = |refusal: SessionRefusal| PageAction::Say(context.say(&refusal));
    let is_called_off = matches!(
        lecture.stage,
        LectureStage::Cancelled | LectureStage::NotHeld
    );
    Some(match (key, lecture.stage) {
        ('e', LectureStage::Open) => ask(Subject::Extend(id, code)),
        ('e', _) => say(StaffScreen::NotOpen),
        ('d' | 'M', _) if is_called_off => refuse(SessionRefusal::CalledOff(id)),
        ('d', _) => PageAction::go(DetailsForm::new(lecture.clone(), context)),
        ('M', _) => PageAction::go(MovePage::new(lecture.clone())),
        ('r', LectureStage::Open) => refuse(SessionRefusal::OpenAlready(id)),
        ('r', LectureStage::Planned) => say(StaffScreen::NotOpenedYet),
        ('r', LectureStage::Cancelled) if lecture.planned.is_some() => {
            ask(Subject::PlanAgain(id, code))
        }
        ('r', _) => ask(Subject::Reopen(id, code)),
        ('c', LectureStage::Open) => ask(Subject::Close(id, code)),
        ('c', _) if is_called_off => say(StaffScreen::CancelledAlready),
        ('c', _) => ask(match lecture.planned {
            Some(number) => Subject::CancelLecture(number, code),
            None => Subject::Cancel(id, code),
        }),
        _ => return None,
    })
}

/// What undoing the last change of a lecture changes, before it is undone.
pub(super) fn undo(lecture: &ChosenLecture) -> PageAction {
    PageAction::go(UndoPage::new(lecture.clone()))
}
