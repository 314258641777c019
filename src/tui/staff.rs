//! The staff area: signing in, and what staff can do at the kiosk.

use std::time::Duration;

use super::field::Field;
use super::model::{Model, SignInForm, Staff, StaffChoice, StaffMenu, StaffPage, UnitList};
use super::msg::{Effect, Stroke};
use super::update::hint;
use super::words;
use crate::domain::{Lecturer, Timestamp, Unit};
use crate::services::{SignIn, SignInRefusal};

/// A sign-in form that nobody types into gives the screen back to the students.
const FORM_LEFT_AFTER: Duration = Duration::from_secs(30);

/// Opens the sign-in form. What a student had half typed is gone.
pub(super) fn open(model: &mut Model) {
    model.entry.field.clear();
    model.staff = Some(Staff {
        page: StaffPage::SignIn(SignInForm::default()),
        touched_at: model.now,
        awaiting: false,
        note: None,
    });
}

/// Closes the staff area when nobody has touched a key for long enough.
pub(super) fn lock_when_left(model: &mut Model) {
    let lock_after = model.site.lock_after;
    let now = model.now;
    model.staff.take_if(|staff| {
        let patience = match staff.page {
            StaffPage::SignIn(_) => FORM_LEFT_AFTER,
            StaffPage::Menu(_) | StaffPage::Units(_) => lock_after,
        };
        now.since(staff.touched_at) >= patience
    });
}

/// The field that takes text, if there is one now.
pub(super) fn field(staff: &mut Staff) -> Option<&mut Field> {
    if staff.awaiting {
        return None;
    }
    match &mut staff.page {
        StaffPage::SignIn(SignInForm {
            pin, in_pin: true, ..
        }) => Some(pin),
        StaffPage::SignIn(form) => Some(&mut form.staff_id),
        StaffPage::Units(list) => Some(&mut list.filter),
        StaffPage::Menu(_) => None,
    }
}

/// Applies a key in the staff area.
pub(super) fn press(model: &mut Model, stroke: Stroke) -> Option<Effect> {
    let now = model.now;
    let has_session = model.picture.shown.is_some();
    let staff = model.staff.as_mut()?;
    staff.touched_at = now;
    match &mut staff.page {
        _ if stroke == Stroke::Staff => model.staff = None,
        _ if staff.awaiting => {}
        StaffPage::Units(list) if stroke == Stroke::Escape => {
            let lecturer = list.lecturer.clone();
            staff.note = None;
            staff.page = menu(lecturer, has_session);
        }
        _ if stroke == Stroke::Escape => model.staff = None,
        StaffPage::SignIn(form) => {
            if unlock(form, now) {
                staff.note = None;
            }
            let effect = type_sign_in(form, stroke);
            staff.awaiting = effect.is_some();
            return effect;
        }
        StaffPage::Menu(menu) => {
            let taken = choose(menu, stroke, has_session)?;
            return take(model, taken);
        }
        StaffPage::Units(list) => {
            let effect = pick(list, stroke);
            staff.awaiting = effect.is_some();
            return effect;
        }
    }
    None
}

/// Ends a wait that is over, and says whether one was.
fn unlock(form: &mut SignInForm, now: Timestamp) -> bool {
    form.locked_until.take_if(|until| now >= *until).is_some()
}

fn type_sign_in(form: &mut SignInForm, stroke: Stroke) -> Option<Effect> {
    match stroke {
        Stroke::Tab | Stroke::BackTab | Stroke::Up | Stroke::Down => form.in_pin = !form.in_pin,
        Stroke::Enter if !form.in_pin => form.in_pin = !form.staff_id.is_blank(),
        Stroke::Enter => {
            let complete = !form.staff_id.is_blank() && !form.pin.is_blank();
            if complete && form.locked_until.is_none() {
                return Some(Effect::SignIn {
                    staff_id: form.staff_id.text().to_owned(),
                    pin: form.pin.take(),
                });
            }
            form.in_pin = !form.staff_id.is_blank();
        }
        _ if form.in_pin => form.pin.edit(stroke),
        _ => form.staff_id.edit(stroke),
    }
    None
}

/// The menu, with the likeliest choice first in line that harms nobody.
fn menu(lecturer: Lecturer, has_session: bool) -> StaffPage {
    StaffPage::Menu(StaffMenu {
        lecturer,
        chosen: if has_session {
            StaffChoice::Back
        } else {
            StaffChoice::OpenSession
        },
        confirming: None,
    })
}

/// The choice that a key takes, if it takes one.
fn choose(menu: &mut StaffMenu, stroke: Stroke, has_session: bool) -> Option<StaffChoice> {
    let choices = StaffChoice::menu(has_session);
    // The session may have ended since the choice was made.
    let at = choices
        .iter()
        .position(|&choice| choice == menu.chosen)
        .unwrap_or(0);
    let moved_to = match stroke {
        Stroke::Up | Stroke::BackTab => (at + choices.len() - 1) % choices.len(),
        Stroke::Down | Stroke::Tab => (at + 1) % choices.len(),
        Stroke::Enter => return Some(choices[at]),
        Stroke::Character(digit) => {
            let number = usize::try_from(digit.to_digit(10)?).ok()?;
            menu.chosen = *choices.get(number.checked_sub(1)?)?;
            return Some(menu.chosen);
        }
        _ => return None,
    };
    menu.chosen = choices[moved_to];
    menu.confirming = None;
    None
}

/// Makes a choice that was taken once be taken twice again.
pub(super) fn forget_confirmation(model: &mut Model) {
    if let Some(staff) = &mut model.staff
        && let StaffPage::Menu(menu) = &mut staff.page
        && menu.confirming.take().is_some()
    {
        staff.note = None;
    }
}

fn take(model: &mut Model, choice: StaffChoice) -> Option<Effect> {
    let session = model.board().map(|board| board.session.id);
    let staff = model.staff.as_mut()?;
    let StaffPage::Menu(menu) = &mut staff.page else {
        return None;
    };
    let lecturer = menu.lecturer.clone();
    staff.note = None;
    let effect = match choice {
        StaffChoice::Back => {
            model.staff = None;
            return None;
        }
        StaffChoice::OpenSession => Effect::ListUnits(lecturer),
        // Both end something for everybody in the room, so they are asked twice.
        StaffChoice::CloseSession | StaffChoice::Leave if menu.confirming != Some(choice) => {
            menu.confirming = Some(choice);
            staff.note = Some(words::confirm(choice).to_owned());
            return None;
        }
        StaffChoice::CloseSession => Effect::CloseSession(session?, lecturer),
        StaffChoice::Leave => return Some(Effect::Leave),
    };
    menu.confirming = None;
    staff.awaiting = true;
    Some(effect)
}

fn pick(list: &mut UnitList, stroke: Stroke) -> Option<Effect> {
    let found = list.filtered();
    let lowest = found.len().saturating_sub(1);
    let at = list.chosen.min(lowest);
    match stroke {
        Stroke::Enter => {
            let unit = found.get(at)?.code.clone();
            return Some(Effect::OpenSession(unit, list.lecturer.clone()));
        }
        Stroke::Up => list.chosen = at.saturating_sub(1),
        Stroke::Down => list.chosen = (at + 1).min(lowest),
        _ => {
            list.filter.edit(stroke);
            list.chosen = 0;
        }
    }
    None
}

/// Applies the answer to a sign-in.
pub(super) fn signed_in(model: &mut Model, answer: Result<SignIn, SignInRefusal>) {
    let now = model.now;
    let has_session = model.picture.shown.is_some();
    let Some(staff) = &mut model.staff else {
        return;
    };
    staff.awaiting = false;
    staff.touched_at = now;
    let StaffPage::SignIn(form) = &mut staff.page else {
        return;
    };
    staff.note = match answer {
        Ok(SignIn { lecturer }) => {
            staff.page = menu(lecturer, has_session);
            None
        }
        Err(SignInRefusal::Wrong) => Some(words::WRONG_PIN.to_owned()),
        Err(SignInRefusal::Locked { until }) => {
            form.locked_until = Some(until);
            Some(words::locked(until.since(now)))
        }
        Err(SignInRefusal::OutOfOrder) => Some(words::CANNOT_SIGN_IN.to_owned()),
    };
}

/// Lists the units whose sessions can be opened.
pub(super) fn choose_unit(model: &mut Model, units: Result<Vec<Unit>, String>) {
    let Some(staff) = &mut model.staff else {
        return;
    };
    staff.awaiting = false;
    let StaffPage::Menu(menu) = &staff.page else {
        return;
    };
    match units {
        Ok(units) if units.is_empty() => staff.note = Some(words::NO_UNITS.to_owned()),
        Ok(units) => {
            staff.page = StaffPage::Units(UnitList {
                lecturer: menu.lecturer.clone(),
                units,
                filter: Field::default(),
                chosen: 0,
            });
        }
        Err(problem) => staff.note = Some(problem),
    }
}

/// Goes back to the students' screen when something was done, and says so there.
pub(super) fn done(model: &mut Model, done: Result<String, String>) {
    match (done, &mut model.staff) {
        (Ok(sentence), _) => {
            model.staff = None;
            hint(model, sentence);
        }
        (Err(problem), Some(staff)) => {
            staff.awaiting = false;
            staff.note = Some(problem);
        }
        (Err(problem), None) => hint(model, problem),
    }
}

/// Takes keys again after something broke off.
pub(super) fn broke_off(model: &mut Model) {
    if let Some(staff) = &mut model.staff {
        staff.awaiting = false;
        staff.note = Some(words::CANNOT_SIGN_IN.to_owned());
    }
}
