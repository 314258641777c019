//! What each message changes. Nothing here reads a clock, a file or a socket.

mod staff;

use std::time::Duration;

use super::model::{Asked, Entry, EntryForm, EntryStage, Model, Question, ShownAnswer, Undoable};
use super::msg::{Effect, Msg};
use super::stroke::Stroke;
use super::text_field::TextField;
use crate::domain::{Channel, CheckInAnswer, LectureHere, Refusal, Timestamp};
use crate::words::Screen;

/// A half-typed entry is cleared after this long without a key: its student has walked away.
pub(super) const ABANDONED_AFTER: Duration = Duration::from_secs(15);

/// A new result cannot be dismissed by Enter for this long, nor a new question answered. Barcode readers end with
/// two line breaks, keyboards repeat a key that is held, and both would take it away unread.
const ENTER_IS_AN_ECHO_FOR: Duration = Duration::from_secs(1);

/// Keys kept while an answer is awaited: three entries of a barcode reader, and more than anybody
/// types within a commit.
const KEYS_AHEAD: usize = 256;

/// Applies a message and returns what is to be done, if anything.
pub fn update(model: &mut Model, msg: Msg) -> Option<Effect> {
    match msg {
        Msg::Clock(now) => {
            step_back(model, model.now.since(now));
            model.now = now;
            remove_what_is_old(model);
            None
        }
        Msg::Snapshot(snapshot) => {
            let before = model.board().map(|board| board.session.id);
            model.snapshot = snapshot;
            let session_changed = model.board().map(|board| board.session.id) != before;
            staff::snapshot_changed(model, session_changed)
        }
        Msg::Resized => None,
        Msg::Stroke(stroke) => press(model, stroke),
        Msg::Paste(text) => paste(model, &text),
        Msg::CheckedIn(answer) => show(model, *answer),
        Msg::CheckInBrokeOff => {
            let waiting = matches!(model.entry.stage, EntryStage::Waiting(_));
            let nothing = Err(Refusal::OutOfOrder);
            if waiting { show(model, nothing) } else { None }
        }
        Msg::Reply(reply) => staff::receive(model, reply),
    }
}

/// Moves every time that is waited for back with the clock: a result would otherwise stay, and a member of
/// staff stay signed in, until the old time is reached again.
fn step_back(model: &mut Model, step: Duration) {
    let entry = &mut model.entry;
    entry.touched_at = entry.touched_at - step;
    if let Some(outcome) = &mut entry.outcome {
        outcome.since = outcome.since - step;
    }
    if let Some(undoable) = &mut entry.undoable {
        undoable.until = undoable.until - step;
    }
    if let EntryStage::Asked(asked) = &mut entry.stage {
        asked.since = asked.since - step;
    }
    if let Some(hint) = &mut model.hint {
        hint.until = hint.until - step;
    }
    if let Some(staff) = &mut model.staff {
        staff.step_back(step);
    }
    if let Some(since) = &mut model.help {
        *since = *since - step;
    }
}

fn remove_what_is_old(model: &mut Model) {
    let now = model.now;
    let entry = &mut model.entry;
    let left_at = match &entry.stage {
        EntryStage::Number if entry.field.text().is_empty() => None,
        EntryStage::Number | EntryStage::Name(_) => Some(entry.touched_at),
        // No key makes a question stay.
        EntryStage::Asked(asked) => Some(asked.since),
        EntryStage::Waiting(_) => None,
    };
    if left_at.is_some_and(|at| now.since(at) >= ABANDONED_AFTER) {
        start_over(entry);
        entry.ahead.clear();
    }
    entry
        .outcome
        .take_if(|outcome| now.since(outcome.since) >= model.site.result_for);
    entry.undoable.take_if(|undoable| now >= undoable.until);
    model.hint.take_if(|hint| now >= hint.until);
    if model.staff.is_none() {
        // The reader has walked away. In the staff area the help goes with the staff session.
        model
            .help
            .take_if(|since| now.since(*since) >= ABANDONED_AFTER);
    }
    staff::close_when_left(model);
}

fn press(model: &mut Model, stroke: Stroke) -> Option<Effect> {
    let staff = model.staff.as_mut();
    let in_field = staff.is_some_and(|staff| staff.text_field().is_some());
    // Control-Z stops other programs; where there is a value to bring back it does that.
    let stroke = match stroke {
        Stroke::OldValue if !in_field => Stroke::Interrupt,
        stroke => stroke,
    };
    let staff = model.staff.as_mut();
    let takes_commands = staff.is_some_and(super::staff::StaffArea::takes_commands);
    let asks_for_help =
        stroke == Stroke::Help || (takes_commands && stroke == Stroke::Character('?'));
    match stroke {
        Stroke::Interrupt if model.site.demo.is_some() => return Some(Effect::Leave),
        Stroke::Interrupt => {
            model.show_hint(model.site.voice.say(Screen::OnlyStaffLeave));
            return None;
        }
        // Any key ends the help and does nothing else.
        _ if model.help.take().is_some() => {
            staff::touch(model);
            return None;
        }
        _ if asks_for_help => {
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
    model.for_projector = false;
    if !takes_entries(model) {
        return None;
    }
    model.entry.touched_at = model.now;
    if matches!(model.entry.stage, EntryStage::Waiting(_)) {
        if model.entry.ahead.len() < KEYS_AHEAD {
            model.entry.ahead.push_back(stroke);
        }
        return None;
    }
    dismiss_outcome(&mut model.entry, stroke, model.now);
    let effect = not_me(model, stroke).or_else(|| apply(model, stroke));
    if stroke == Stroke::Escape {
        // A student who gives up on the name leaves the field to what was typed ahead.
        return apply_ahead(model);
    }
    effect
}

/// Without a session, or out of order, there is no field on the screen to type into.
fn takes_entries(model: &Model) -> bool {
    model.snapshot.shown.is_some() && model.snapshot.trouble.is_none()
}

/// Types a text. A clipboard may hold a book; a field does not.
fn paste(model: &mut Model, text: &str) -> Option<Effect> {
    let mut effect = None;
    // Nor is a check-in taken back by what is pasted.
    model.entry.undoable = None;
    let characters = text.chars().filter(|character| !character.is_control());
    for character in characters.take(TextField::MAX_CHARS) {
        // In the staff area a character may be a command, and a command is not pasted.
        let is_text = model
            .staff
            .as_mut()
            .is_none_or(|staff| staff.text_field().is_some());
        if is_text {
            let asked = press(model, Stroke::Character(character));
            effect = effect.or(asked);
        }
    }
    effect
}

/// The next key ends the result and starts the next entry.
fn dismiss_outcome(entry: &mut EntryForm, stroke: Stroke, now: Timestamp) {
    let submits = matches!(stroke, Stroke::Enter | Stroke::Tab);
    entry
        .outcome
        .take_if(|outcome| !submits || now.since(outcome.since) >= ENTER_IS_AN_ECHO_FOR);
}

/// Takes back what this keyboard has just recorded, or puts it back, while the field is empty. Not by a key that was
/// typed ahead, before the answer was there.
fn not_me(model: &mut Model, stroke: Stroke) -> Option<Effect> {
    let form = &mut model.entry;
    let is_free = form.stage == EntryStage::Number && form.field.text().is_empty();
    if stroke != Stroke::Character(model.site.not_me_key) || !is_free {
        return None;
    }
    let undoable = form.undoable.take()?;
    form.stage = EntryStage::Waiting(undoable.entry);
    Some(if undoable.is_taken_back {
        Effect::PutBack(undoable.attendance_id)
    } else {
        Effect::TakeBack(undoable.attendance_id)
    })
}

/// What can be undone of an answer, and until when.
fn undoable(answer: &Result<CheckInAnswer, Refusal>, now: Timestamp) -> Option<Undoable> {
    let lasts = Channel::Keypad.not_me_for();
    let (receipt, is_taken_back, since) = match answer {
        Ok(CheckInAnswer::Recorded(receipt)) => (receipt, false, receipt.checked_in_at.min(now)),
        Ok(CheckInAnswer::TakenBack(receipt)) => (receipt, true, now),
        Ok(CheckInAnswer::AlreadyMarked(_) | CheckInAnswer::MarkedElsewhere(_)) | Err(_) => {
            return None;
        }
    };
    Some(Undoable {
        attendance_id: receipt.attendance_id,
        entry: Entry {
            session: receipt.session.id,
            is_chosen: true,
            number: receipt.student.admission_number.to_string(),
            name: None,
            insists: false,
        },
        is_taken_back,
        until: since + lasts,
    })
}

fn apply(model: &mut Model, stroke: Stroke) -> Option<Effect> {
    if let EntryStage::Asked(asked) = &model.entry.stage {
        let asked = asked.clone();
        return decide(model, asked, stroke);
    }
    match stroke {
        Stroke::Enter | Stroke::Tab => return submit(model),
        Stroke::Escape => start_over(&mut model.entry),
        _ => model.entry.field.edit(stroke),
    }
    None
}

/// Takes the answer to a question. What answers nothing is the next student's number.
fn decide(model: &mut Model, mut asked: Asked, stroke: Stroke) -> Option<Effect> {
    if let Question::Lecture(lectures, marked) = &mut asked.question
        && let Some(place) = place_marked(&model.entry.field, (lectures, *marked), stroke)
    {
        *marked = place;
        asked.marked_at = model.now;
        model.entry.field.clear();
        if matches!(stroke, Stroke::Character(_)) {
            model.entry.field.edit(stroke);
        }
        model.entry.stage = EntryStage::Asked(asked);
        return None;
    }
    let Asked {
        mut entry,
        question,
        since,
        marked_at,
    } = asked;
    match (stroke, question) {
        (Stroke::Enter | Stroke::Tab, _) if is_echo(model, since) => None,
        (Stroke::Enter, Question::Number(suggestion)) => {
            entry.number = suggestion.to_string();
            ask_desk(model, entry)
        }
        (Stroke::Tab, Question::Number(_)) => {
            entry.insists = true;
            ask_desk(model, entry)
        }
        (Stroke::Enter, Question::Lecture(lectures, marked)) => {
            (entry.session, entry.is_chosen) = (lectures.get(marked)?.session.id, true);
            model.entry.field.clear();
            ask_desk(model, entry)
        }
        (Stroke::Escape, _) => {
            start_over(&mut model.entry);
            None
        }
        (Stroke::Character(_), _) => {
            // With the digit just before it, which was the first of a card.
            let is_of_card = is_echo(model, marked_at);
            let form = &mut model.entry;
            let typed = form.field.take();
            let first = typed.chars().filter(|_| is_of_card);
            form.ahead.extend(first.map(Stroke::Character));
            form.ahead.push_back(stroke);
            start_over(form);
            apply_ahead(model)
        }
        _ => None,
    }
}

/// The place of the lecture that an arrow marks, or a digit that is the first character since the question.
fn place_marked(
    typed: &TextField,
    (lectures, marked): (&[LectureHere], usize),
    stroke: Stroke,
) -> Option<usize> {
    let place = match stroke {
        Stroke::Up | Stroke::Left => marked.saturating_sub(1),
        Stroke::Down | Stroke::Right => (marked + 1).min(lectures.len().saturating_sub(1)),
        Stroke::Character(digit) if typed.text().is_empty() => {
            usize::try_from(digit.to_digit(10)?).ok()?.checked_sub(1)?
        }
        _ => return None,
    };
    (place < lectures.len()).then_some(place)
}

/// Whether a key comes too soon after a question to be its answer.
fn is_echo(model: &Model, since: Timestamp) -> bool {
    model.now.since(since) < ENTER_IS_AN_ECHO_FOR
}

/// Sends an entry to the desk, unless the lecture has gone from the screen.
fn ask_desk(model: &mut Model, entry: Entry) -> Option<Effect> {
    model.board()?;
    model.entry.stage = EntryStage::Waiting(entry.clone());
    Some(Effect::CheckIn(entry))
}

fn start_over(entry: &mut EntryForm) {
    entry.field.clear();
    entry.stage = EntryStage::Number;
}

fn submit(model: &mut Model) -> Option<Effect> {
    let session = model.board()?.session.id;
    let entry = &mut model.entry;
    if entry.field.is_blank() {
        return None;
    }
    let typed = entry.field.take();
    let new = |number| Entry {
        session,
        is_chosen: false,
        number,
        name: None,
        insists: false,
    };
    let entry = match std::mem::replace(&mut entry.stage, EntryStage::Number) {
        EntryStage::Number => new(typed),
        // The student before has walked away, and the next holds a card to the reader.
        EntryStage::Name(_) if looks_like_a_number(&typed) => new(typed),
        EntryStage::Name(named) => Entry {
            name: Some(typed),
            ..named
        },
        busy @ (EntryStage::Asked(_) | EntryStage::Waiting(_)) => {
            entry.stage = busy;
            return None;
        }
    };
    ask_desk(model, entry)
}

/// Whether what was typed where a name is asked for is an admission number. Names have no digits,
/// save for the odd "3rd"; numbers have several.
fn looks_like_a_number(typed: &str) -> bool {
    typed.chars().filter(|typed| typed.is_numeric()).count() >= 3
}

/// Shows an answer, and goes on with what was typed while it was awaited.
fn show(model: &mut Model, answer: Result<CheckInAnswer, Refusal>) -> Option<Effect> {
    let (form, since) = (&mut model.entry, model.now);
    let stage = std::mem::replace(&mut form.stage, EntryStage::Number);
    form.touched_at = since;
    form.undoable = undoable(&answer, since);
    let next = match (&answer, stage) {
        (Err(Refusal::NameNeeded | Refusal::InvalidName(_)), EntryStage::Waiting(entry)) => {
            EntryStage::Name(entry)
        }
        (Err(refusal), EntryStage::Waiting(entry)) => match question(refusal) {
            Some(question) => EntryStage::Asked(Asked {
                entry,
                question,
                since,
                marked_at: since,
            }),
            None => EntryStage::Number,
        },
        _ => EntryStage::Number,
    };
    // A question is asked in a place of its own.
    let is_asked = matches!(next, EntryStage::Asked(_)) || answer == Err(Refusal::NameNeeded);
    form.outcome = (!is_asked).then_some(ShownAnswer { answer, since });
    if next != EntryStage::Number {
        // What was typed ahead was not meant as an answer. It waits for its turn.
        form.stage = next;
        return None;
    }
    apply_ahead(model)
}

/// What a refusal asks, where the student can answer it with a key.
fn question(refusal: &Refusal) -> Option<Question> {
    match refusal {
        Refusal::NearNumber { suggestion } => Some(Question::Number(suggestion.clone())),
        Refusal::WhichLecture { lectures } => Some(Question::Lecture(lectures.clone(), 0)),
        _ => None,
    }
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

#[cfg(test)]
mod tests;
