//! What keys and answers in the staff area change on the rest of the screen.

use crate::tui::model::Model;
use crate::tui::msg::{Effect, StaffReply};
use crate::tui::request::{RequestKind, StaffAnswer};
use crate::tui::staff::{AreaAction, PageContext, StaffArea};
use crate::tui::stroke::Stroke;

/// Opens the sign-in form in a new staff session. What a student had half typed is gone.
pub(super) fn open(model: &mut Model) {
    model.entry.field.clear();
    model.staff_session = model.staff_session.next();
    model.staff = Some(StaffArea::open(model.now));
}

/// Closes the staff area when nobody has pressed a key for long enough.
pub(super) fn close_when_left(model: &mut Model) {
    let (now, lock_after) = (model.now, model.site.lock_after);
    let left = model.staff.take_if(|staff| staff.is_left(now, lock_after));
    if let Some(left) = left {
        model.help = None;
        // The projector goes on, but nobody can go from it to the names.
        model.for_projector = left.is_for_projector();
    }
}

/// Notes a key that is handled elsewhere.
pub(super) fn touch(model: &mut Model) {
    if let Some(staff) = &mut model.staff {
        staff.touch(model.now);
    }
}

/// Applies a key while the staff area is open.
pub(super) fn press(model: &mut Model, stroke: Stroke) -> Option<Effect> {
    let (staff, context) = area(model)?;
    let action = staff.press(stroke, &context);
    apply(model, action)
}

/// Applies a new snapshot.
pub(super) fn snapshot_changed(model: &mut Model, session_changed: bool) -> Option<Effect> {
    let staff = model.staff.as_mut()?;
    if session_changed {
        // A confirmed choice would now close another session.
        staff.withdraw_confirmation();
    }
    let action = staff.refresh();
    apply(model, action)
}

/// Applies what came of a request, unless a new staff session has begun since.
pub(super) fn receive(model: &mut Model, reply: StaffReply) -> Option<Effect> {
    if reply.staff_session != model.staff_session {
        return None;
    }
    let Some((staff, context)) = area(model) else {
        // Who is excused or withdrawn is not for the students' screen.
        if reply.kind != RequestKind::Change
            && let Some(StaffAnswer::Noted(done) | StaffAnswer::Done(done)) = reply.answer
        {
            let (Ok(sentence) | Err(sentence)) = done;
            model.show_hint(sentence);
        }
        return None;
    };
    let action = staff.receive(reply.kind, reply.answer, &context);
    apply(model, action)
}

/// The staff area, and what its pages can see.
fn area(model: &mut Model) -> Option<(&mut StaffArea, PageContext<'_>)> {
    let Model {
        now,
        site,
        snapshot,
        staff,
        ..
    } = model;
    let context = PageContext {
        now: *now,
        site,
        snapshot,
    };
    Some((staff.as_mut()?, context))
}

fn apply(model: &mut Model, action: AreaAction) -> Option<Effect> {
    match action {
        AreaAction::Stay => {}
        AreaAction::SignIn(request) => return Some(Effect::SignIn(model.staff_session, request)),
        AreaAction::Request(sign_in, request) => {
            return Some(Effect::Request(model.staff_session, sign_in, request));
        }
        AreaAction::Close => model.staff = None,
        AreaAction::CloseSaying(sentence) => {
            model.staff = None;
            model.help = None;
            model.show_hint(sentence);
        }
        AreaAction::Leave => return Some(Effect::Leave),
    }
    None
}
