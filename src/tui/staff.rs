//! The staff area: signing in, and what staff can do at the kiosk.

use std::time::Duration;

use super::field::Field;
use super::model::{Model, SignInForm, SignedIn, Staff, StaffChoice, StaffMenu, StaffPage};
use super::msg::{Effect, Stroke};
use super::words;

/// A sign-in form that nobody types into gives the screen back to the students.
const FORM_LEFT_AFTER: Duration = Duration::from_secs(30);

/// Opens the sign-in form. What a student had half typed is gone.
pub(super) fn open(model: &mut Model) {
    model.entry.field.clear();
    model.staff = Some(Staff {
        page: StaffPage::SignIn(SignInForm::default()),
        touched_at: model.now,
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
            StaffPage::Menu(_) => lock_after,
        };
        now.since(staff.touched_at) >= patience
    });
}

/// The field that takes text, if there is one now.
pub(super) fn field(staff: &mut Staff) -> Option<&mut Field> {
    match &mut staff.page {
        StaffPage::SignIn(form) if !form.awaiting => Some(if form.in_pin {
            &mut form.pin
        } else {
            &mut form.staff_id
        }),
        _ => None,
    }
}

/// Applies a key in the staff area.
pub(super) fn press(model: &mut Model, stroke: Stroke) -> Option<Effect> {
    let now = model.now;
    let staff = model.staff.as_mut()?;
    staff.touched_at = now;
    if matches!(stroke, Stroke::Escape | Stroke::Staff) {
        model.staff = None;
        return None;
    }
    match &mut staff.page {
        StaffPage::SignIn(form) => {
            if form.awaiting {
                return None;
            }
            if form.locked_until.is_some_and(|until| now >= until) {
                form.locked_until = None;
                staff.note = None;
            }
            type_sign_in(form, stroke)
        }
        StaffPage::Menu(menu) => {
            let taken = choose(menu, stroke)?;
            staff.note = None;
            let has_session = model.picture.board.is_some();
            take(model, taken, has_session)
        }
    }
}

fn type_sign_in(form: &mut SignInForm, stroke: Stroke) -> Option<Effect> {
    match stroke {
        Stroke::Tab | Stroke::BackTab | Stroke::Up | Stroke::Down => form.in_pin = !form.in_pin,
        Stroke::Enter if !form.in_pin => form.in_pin = true,
        Stroke::Enter => {
            let complete = !form.staff_id.is_blank() && !form.pin.is_blank();
            if complete && form.locked_until.is_none() {
                form.awaiting = true;
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

/// The choice that a key takes, if it takes one.
fn choose(menu: &mut StaffMenu, stroke: Stroke) -> Option<StaffChoice> {
    if menu.awaiting {
        return None;
    }
    let count = StaffChoice::ALL.len();
    let at = StaffChoice::ALL
        .iter()
        .position(|&choice| choice == menu.chosen)?;
    let moved_to = match stroke {
        Stroke::Up | Stroke::BackTab => (at + count - 1) % count,
        Stroke::Down | Stroke::Tab => (at + 1) % count,
        Stroke::Enter => return Some(menu.chosen),
        Stroke::Character(digit) => {
            let number = usize::try_from(digit.to_digit(10)?).ok()?;
            menu.chosen = *StaffChoice::ALL.get(number.checked_sub(1)?)?;
            return Some(menu.chosen);
        }
        _ => return None,
    };
    menu.chosen = StaffChoice::ALL[moved_to];
    menu.confirming = None;
    None
}

fn take(model: &mut Model, choice: StaffChoice, has_session: bool) -> Option<Effect> {
    let staff = model.staff.as_mut()?;
    let StaffPage::Menu(menu) = &mut staff.page else {
        return None;
    };
    match choice {
        StaffChoice::Back => {
            model.staff = None;
            None
        }
        StaffChoice::CloseSession if !has_session => {
            staff.note = Some(words::NOTHING_TO_CLOSE.to_owned());
            None
        }
        // Both end something for everybody in the room, so they are asked twice.
        StaffChoice::CloseSession | StaffChoice::Leave if menu.confirming != Some(choice) => {
            menu.confirming = Some(choice);
            staff.note = Some(words::confirm(choice).to_owned());
            None
        }
        StaffChoice::CloseSession => {
            menu.confirming = None;
            menu.awaiting = true;
            Some(Effect::CloseSession)
        }
        StaffChoice::Leave => Some(Effect::Leave),
    }
}

/// Applies the answer to a sign-in.
pub(super) fn signed_in(model: &mut Model, answer: SignedIn) {
    let now = model.now;
    let Some(staff) = &mut model.staff else {
        return;
    };
    staff.touched_at = now;
    let StaffPage::SignIn(form) = &mut staff.page else {
        return;
    };
    form.awaiting = false;
    staff.note = match answer {
        SignedIn::Yes { name } => {
            staff.page = StaffPage::Menu(StaffMenu {
                name,
                chosen: StaffChoice::Back,
                confirming: None,
                awaiting: false,
            });
            None
        }
        SignedIn::No => Some(words::WRONG_PIN.to_owned()),
        SignedIn::Wait { retry_after } => {
            form.locked_until = Some(now + retry_after);
            Some(words::wait(retry_after))
        }
        SignedIn::OutOfOrder => Some(words::CANNOT_SIGN_IN.to_owned()),
    };
}

/// Applies the answer to a choice.
pub(super) fn answered(model: &mut Model, answer: Result<String, String>) {
    if let Some(staff) = &mut model.staff {
        if let StaffPage::Menu(menu) = &mut staff.page {
            menu.awaiting = false;
        }
        staff.note = Some(answer.unwrap_or_else(|problem| problem));
    }
}
