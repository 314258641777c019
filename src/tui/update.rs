//! What each message changes. Nothing here reads a clock, a file or a socket.

use std::time::Duration;

use super::field::Field;
use super::model::{Entry, Hint, Model, Outcome, Stage};
use super::msg::{Effect, Msg, RequestKind, StaffSessionId, Stroke};
use super::{staff, words};
use crate::domain::{CheckInAnswer, Refusal, Timestamp};

/// A half-typed entry is cleared after this long without a key: its student has walked away.
const ABANDONED_AFTER: Duration = Duration::from_secs(15);

/// A new result cannot be dismissed by Enter for this long. Barcode readers end with two line
/// breaks, keyboards repeat a key that is held, and both would take the result away unread.
const ENTER_IS_AN_ECHO_FOR: Duration = Duration::from_secs(1);

/// How long a hint stays.
const HINT_FOR: Duration = Duration::from_secs(4);

/// Keys kept while an answer is awaited: three entries of a barcode reader, and more than anybody
/// types within a commit.
const KEYS_AHEAD: usize = 256;

/// Applies a message and says what is to be done, if anything.
pub fn update(model: &mut Model, msg: Msg) -> Option<Effect> {
    match msg {
        Msg::Clock(now) => {
            turn_back(model, model.now.since(now));
            model.now = now;
            let_go_of_what_is_old(model);
            None
        }
        Msg::Snapshot(picture) => {
            let before = model.board().map(|board| board.session.id);
            model.picture = picture;
            if model.board().map(|board| board.session.id) != before {
                // What was asked about is not what would be closed now.
                staff::forget_confirmation(model);
            }
            staff::refresh(model)
        }
        Msg::Resized => None,
        Msg::Stroke(stroke) => press(model, stroke),
        Msg::Paste(text) => {
            paste(model, &text);
            None
        }
        Msg::Answered(answer) => show(model, *answer),
        Msg::SignedIn(answer) => {
            staff::signed_in(model, answer);
            None
        }
        Msg::FirstPin(answer) => {
            staff::first_pin_set(model, answer);
            None
        }
        Msg::Units(purpose, units) => {
            staff::choose_unit(model, purpose, units);
            None
        }
        Msg::Sessions(sessions) => staff::show_sessions(model, sessions),
        Msg::Lectures(lectures) => staff::show_lectures(model, lectures),
        Msg::Neighbours(sessions) => {
            staff::show_neighbours(model, sessions);
            None
        }
        Msg::Places(places) => staff::show_places(model, places),
        Msg::Roster(session, roster) => staff::show_roster(model, session, roster),
        Msg::History(history) => {
            staff::show_history(model, history);
            None
        }
        Msg::ReasonNeeded(order) => {
            staff::ask_reason(model, order);
            None
        }
        Msg::NameNeeded(order) => {
            staff::ask_name(model, order);
            None
        }
        Msg::Deliveries(lines) => staff::show_deliveries(model, lines),
        Msg::Noted(done) => staff::noted(model, done),
        Msg::Done(done) => {
            staff::done(model, done);
            None
        }
        // Whoever has gone back to the students' screen meanwhile stays there.
        Msg::MayLeave => model.staff.is_some().then_some(Effect::Leave),
        Msg::AccessRevoked => {
            staff::turn_out(model);
            None
        }
        Msg::BrokeOff(RequestKind::CheckIn) => {
            let waiting = matches!(model.entry.stage, Stage::Waiting { .. });
            let nothing = CheckInAnswer::Refused(Refusal::OutOfOrder);
            if waiting { show(model, nothing) } else { None }
        }
        Msg::BrokeOff(errand) => {
            staff::broke_off(model, errand);
            None
        }
        Msg::Reply(visit, answer) => reply(model, visit, *answer),
    }
}

/// Applies an answer, unless the staff area was opened anew since it was asked for. A check-in is the
/// student's, who waits for it whoever comes and goes there.
fn reply(model: &mut Model, visit: StaffSessionId, answer: Msg) -> Option<Effect> {
    let is_students = matches!(
        answer,
        Msg::Answered(_) | Msg::BrokeOff(RequestKind::CheckIn)
    );
    if is_students || visit == model.visit {
        return update(model, answer);
    }
    None
}

/// Takes a clock's step backwards out of everything that is waited for: a result would otherwise
/// stay, and a staff member stay signed in, until the old time is reached again.
fn turn_back(model: &mut Model, step: Duration) {
    let entry = &mut model.entry;
    entry.touched_at = entry.touched_at - step;
    if let Some(outcome) = &mut entry.outcome {
        outcome.since = outcome.since - step;
    }
    if let Some(hint) = &mut model.hint {
        hint.until = hint.until - step;
    }
    if let Some(staff) = &mut model.staff {
        staff.touched_at = staff.touched_at - step;
    }
    if let Some(since) = &mut model.help {
        *since = *since - step;
    }
}

fn let_go_of_what_is_old(model: &mut Model) {
    let now = model.now;
    let entry = &mut model.entry;
    let half_typed = !entry.field.text().is_empty() || matches!(entry.stage, Stage::Name { .. });
    if half_typed
        && !matches!(entry.stage, Stage::Waiting { .. })
        && now.since(entry.touched_at) >= ABANDONED_AFTER
    {
        start_over(entry);
        entry.ahead.clear();
    }
    entry
        .outcome
        .take_if(|outcome| now.since(outcome.since) >= model.site.result_for);
    model.hint.take_if(|hint| now >= hint.until);
    if model.staff.is_none() {
        // Whoever asked has walked away; staff are locked out by the same token.
        model
            .help
            .take_if(|since| now.since(*since) >= ABANDONED_AFTER);
    }
    staff::lock_when_left(model);
}

fn press(model: &mut Model, stroke: Stroke) -> Option<Effect> {
    match stroke {
        Stroke::Interrupt if model.site.demo.is_some() => return Some(Effect::Leave),
        Stroke::Interrupt => {
            hint(model, words::ONLY_STAFF_LEAVE);
            return None;
        }
        // The next key, whichever, ends the help and does nothing else.
        _ if model.help.take().is_some() => {
            staff::touch(model);
            return None;
        }
        Stroke::Help => {
            staff::touch(model);
            model.help = Some(model.now);
            return None;
        }
        Stroke::Character('?') if staff::takes_commands(model) => {
            staff::touch(model);
            model.help = Some(model.now);
            return None;
        }
        _ => {}
    }
    if model.staff.is_some() {
        return staff::press(model, stroke);
    }
    if stroke == Stroke::Staff {
        staff::open(model);
        return None;
    }
    model.on_the_wall = false;
    if !takes_entries(model) {
        return None;
    }
    model.entry.touched_at = model.now;
    if matches!(model.entry.stage, Stage::Waiting { .. }) {
        if model.entry.ahead.len() < KEYS_AHEAD {
            model.entry.ahead.push_back(stroke);
        }
        return None;
    }
    dismiss_outcome(&mut model.entry, stroke, model.now);
    let effect = apply(model, stroke);
    if stroke == Stroke::Escape {
        // Whoever gives up on the name leaves the field to what was typed ahead.
        return apply_ahead(model);
    }
    effect
}

/// Without a session, or out of order, there is no field on the screen to type into.
fn takes_entries(model: &Model) -> bool {
    model.picture.shown.is_some() && model.picture.trouble.is_none()
}

/// Types a text. A clipboard may hold a book; a field does not.
fn paste(model: &mut Model, text: &str) {
    let characters = text.chars().filter(|character| !character.is_control());
    for character in characters.take(Field::MAX_CHARS) {
        // In the staff area a character may be a choice, and a choice is not pasted.
        let is_text = model
            .staff
            .as_mut()
            .is_none_or(|staff| staff::field(staff).is_some());
        if is_text {
            press(model, Stroke::Character(character));
        }
    }
}

/// The next key ends the result and starts the next entry.
fn dismiss_outcome(entry: &mut Entry, stroke: Stroke, now: Timestamp) {
    let submits = matches!(stroke, Stroke::Enter | Stroke::Tab);
    entry
        .outcome
        .take_if(|outcome| !submits || now.since(outcome.since) >= ENTER_IS_AN_ECHO_FOR);
}

fn apply(model: &mut Model, stroke: Stroke) -> Option<Effect> {
    match stroke {
        Stroke::Enter | Stroke::Tab => return submit(model),
        Stroke::Escape => start_over(&mut model.entry),
        _ => model.entry.field.edit(stroke),
    }
    None
}

fn start_over(entry: &mut Entry) {
    entry.field.clear();
    entry.stage = Stage::Number;
}

fn submit(model: &mut Model) -> Option<Effect> {
    let session = model.board()?.session.id;
    let entry = &mut model.entry;
    if entry.field.is_blank() {
        return None;
    }
    let typed = entry.field.take();
    let (number, name) = match std::mem::replace(&mut entry.stage, Stage::Number) {
        Stage::Number => (typed, None),
        // The one before has walked away, and the next holds a card to the reader.
        Stage::Name { .. } if looks_like_a_number(&typed) => (typed, None),
        Stage::Name { number } => (number, Some(typed)),
        waiting @ Stage::Waiting { .. } => {
            entry.stage = waiting;
            return None;
        }
    };
    entry.stage = Stage::Waiting {
        number: number.clone(),
    };
    Some(Effect::CheckIn {
        session,
        number,
        name,
    })
}

/// Whether what was typed where a name is asked for is an admission number. Names have no digits,
/// save for the odd "3rd"; numbers have several.
fn looks_like_a_number(typed: &str) -> bool {
    typed.chars().filter(|typed| typed.is_numeric()).count() >= 3
}

/// Shows an answer, and goes on with what was typed while it was awaited.
fn show(model: &mut Model, answer: CheckInAnswer) -> Option<Effect> {
    let entry = &mut model.entry;
    let stage = std::mem::replace(&mut entry.stage, Stage::Number);
    let asks_for_name = matches!(
        answer,
        CheckInAnswer::Refused(Refusal::NameNeeded | Refusal::InvalidName(_))
    );
    entry.touched_at = model.now;
    // The question for the name is asked by the field itself.
    entry.outcome = (answer != CheckInAnswer::Refused(Refusal::NameNeeded)).then_some(Outcome {
        answer,
        since: model.now,
    });
    if let (true, Stage::Waiting { number }) = (asks_for_name, stage) {
        // What was typed ahead was not meant as a name. It waits for its turn.
        entry.stage = Stage::Name { number };
        return None;
    }
    apply_ahead(model)
}

/// What was typed ahead is the next entry; it does not take the result of this one away.
fn apply_ahead(model: &mut Model) -> Option<Effect> {
    while let Some(stroke) = model.entry.ahead.pop_front() {
        let effect = apply(model, stroke);
        if effect.is_some() {
            return effect;
        }
    }
    None
}

/// Shows a passing sentence.
pub(super) fn hint(model: &mut Model, text: impl Into<String>) {
    model.hint = Some(Hint {
        text: text.into(),
        until: model.now + HINT_FOR,
    });
}

#[cfg(test)]
mod tests;
