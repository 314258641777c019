//! The details of a lecture: its start, end and room, before, while and after it is held.
//!
//! ```text
//! Start      08:45                    was 09:00
//!
//! End        11:00
//!
//! Venue      Hall 1
//!
//! What changes
//! It begins at 08:45, was 09:00.
//! Turn late: 31. Turn on time: 0.
//! ```

use ratatui::layout::{Position, Rect};

use super::chosen_lecture::ChosenLecture;
use super::effect::Effect;
use super::page::{PageAction, PageContext, StaffPage};
use crate::domain::{EditEffect, NewEnd, SessionEdit, Venue};
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, below, input, shifted, top};
use crate::tui::request::{StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::tui::theme::Role;
use crate::words::{EditText, Key, KeyHelp, KeyUse, Label, Message, StaffScreen, Voice};

/// By how many changes Enter keeps.
const KEYS: [Keys; 4] = [
    &keys(KeyUse::Keep),
    &keys(KeyUse::KeepChanges { n: 1 }),
    &keys(KeyUse::KeepChanges { n: 2 }),
    &keys(KeyUse::KeepChanges { n: 3 }),
];

const fn keys(keep: KeyUse) -> [(Key, KeyUse); 5] {
    [
        (Key::Enter, keep),
        (Key::Escape, KeyUse::Back),
        (Key::Tab, KeyUse::NextField),
        (Key::F1, KeyUse::Help),
        (Key::CtrlZ, KeyUse::OldValue),
    ]
}

const HELP: Help = (
    Message::StaffScreen(StaffScreen::HelpDetails),
    &[
        (Key::Tab, KeyHelp::EditTab),
        (Key::CtrlZ, KeyHelp::OldValue),
        (Key::Enter, KeyHelp::EditKeep),
        (Key::Escape, KeyHelp::OpeningBack),
    ],
);

/// The columns of the field names.
const LABEL: u16 = 12;

/// The columns of the fields with what stands beside them.
const FIELD: u16 = 56;

const LABELS: [Label; 3] = [Label::Start, Label::End, Label::Venue];

/// What is typed of a lecture's details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsForm {
    lecture: ChosenLecture,
    /// In the order of [`LABELS`].
    fields: [TextField; 3],
    /// The field that keys go to.
    at: usize,
    /// What the fields ask for, or why they cannot be read.
    wanted: Result<SessionEdit, String>,
    effect: Effect<SessionEdit, EditEffect>,
}

impl DetailsForm {
    pub(super) fn new(lecture: ChosenLecture, context: &PageContext) -> Self {
        let voice = context.site.voice;
        Self {
            fields: [
                TextField::holding(&voice.time(lecture.starts_at)),
                TextField::holding(&voice.time(lecture.ends_at)),
                TextField::holding(lecture.venue.as_str()),
            ],
            lecture,
            at: 0,
            wanted: Ok(SessionEdit::default()),
            effect: Effect::default(),
        }
    }

    fn keys(&self) -> Keys {
        let n = self.wanted.as_ref().map_or(0, |edit| {
            let SessionEdit {
                starts_at,
                ends_at,
                venue,
                ..
            } = edit;
            usize::from(starts_at.is_some())
                + usize::from(ends_at.is_some())
                + usize::from(venue.is_some())
        });
        KEYS[n.min(KEYS.len() - 1)]
    }

    /// What is said beside a field that is as it was.
    fn beside(&self, label: Label, context: &PageContext) -> Option<String> {
        let (lecture, voice) = (&self.lecture, context.site.voice);
        let starts_at = self.wanted.as_ref().ok()?.starts_at;
        match label {
            Label::End => Some(
                voice.say(EditText::Lasts {
                    n: lecture
                        .ends_at
                        .since(starts_at.unwrap_or(lecture.starts_at))
                        .as_secs()
                        / 60,
                }),
            ),
            Label::Venue if lecture.venue.is_same_as(&context.site.venue) => {
                Some(voice.say(EditText::ThisKiosk))
            }
            _ => None,
        }
    }

    /// What the fields ask for. A time is of the lecture's day, however long ago that is.
    ///
    /// # Errors
    /// A sentence that says what cannot be read.
    fn read(&self, voice: Voice) -> Result<SessionEdit, String> {
        let [start, end, venue] = &self.fields;
        let mut edit = SessionEdit::default();
        let time = |field: &TextField, near| {
            let read = voice.zone.read_start(field.text().trim(), near);
            read.map_err(|error| voice.say(&error))
        };
        if start.replaced().is_some() {
            edit.starts_at = Some(time(start, self.lecture.starts_at)?);
        }
        if end.replaced().is_some() {
            let near = edit.starts_at.unwrap_or(self.lecture.starts_at);
            edit.ends_at = Some(NewEnd::At(time(end, near)?));
        }
        if venue.text().trim() != self.lecture.venue.as_str() {
            let venue = Venue::parse(venue.text()).map_err(|error| voice.say(&error))?;
            edit.venue = Some(venue);
        }
        Ok(edit)
    }
}

impl StaffPage for DetailsForm {
    fn frame(&self, context: &PageContext) -> Frame {
        let voice = context.site.voice;
        let title = voice.say(EditText::Details {
            unit: self.lecture.unit.to_string(),
            start: self.lecture.starts_at,
        });
        Frame::step(title, voice.date(self.lecture.starts_at), self.keys())
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let roles = [Role::Text, Role::Strong, Role::Warning, Role::Quiet];
        let [text, strong, warning, quiet] = roles.map(|role| canvas.theme.role(role));
        let voice = context.site.voice;
        let step = if area.height >= 14 { 2 } else { 1 };
        let mut cursor = None;
        let mut row = below(area, step - 1);
        for (index, label) in LABELS.into_iter().enumerate() {
            let line = top(row, 1);
            let is_here = self.at == index;
            canvas.left(line, &voice.say(label), if is_here { strong } else { text });
            let field = &self.fields[index];
            let beside = self.beside(label, context);
            let beside = beside.filter(|_| field.replaced().is_none());
            let place = shifted(line, LABEL);
            let width = if beside.is_some() { FIELD / 2 } else { FIELD };
            let place = Rect {
                width: place.width.min(width),
                ..place
            };
            let in_field = input::of_form(canvas, place, field, voice);
            if is_here {
                cursor = in_field;
            }
            if let Some(beside) = beside {
                canvas.left(shifted(line, LABEL + width + 1), &beside, quiet);
            }
            row = below(row, step);
        }
        if step == 2 {
            let line = top(row, 1);
            canvas.left(line, &voice.say(Label::Unit), text);
            canvas.left(shifted(line, LABEL + 1), self.lecture.unit.as_str(), text);
            let hint = voice.say(EditText::MoveHint);
            canvas.left(shifted(line, LABEL + FIELD / 2 + 1), &hint, quiet);
            row = below(row, step);
        }
        let rest = below(row, step - 1);
        if let Err(problem) = &self.wanted {
            canvas.wrapped(rest, problem, warning);
            return cursor;
        }
        let used = self.effect.draw(canvas, rest, voice, Voice::effect);
        if step == 2 {
            let line = top(below(rest, used + 1), 1);
            canvas.left(line, &voice.say(EditText::NotKept), quiet);
        }
        cursor
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        let count = LABELS.len();
        match stroke {
            Stroke::Escape => return PageAction::Back,
            Stroke::Enter => {
                return match &self.wanted {
                    Ok(edit) if *edit == SessionEdit::default() => PageAction::Back,
                    Ok(edit) => self
                        .effect
                        .keep(edit, String::new(), self.lecture.edited(edit)),
                    Err(problem) => PageAction::Say(problem.clone()),
                };
            }
            Stroke::Tab | Stroke::Down => self.at = (self.at + 1) % count,
            Stroke::BackTab | Stroke::Up => self.at = (self.at + count - 1) % count,
            _ => {
                self.fields[self.at].edit(stroke);
                self.wanted = self.read(context.site.voice);
            }
        }
        PageAction::Stay
    }

    fn receive(&mut self, answer: StaffAnswer, _: &PageContext) -> Option<PageAction> {
        let StaffAnswer::EditEffect(of, effect) = answer else {
            return None;
        };
        let waited = self.effect.take(&of, effect.map(|effect| *effect));
        Some(waited.map_or(PageAction::Stay, |reason| {
            self.effect.keep(&of, reason, self.lecture.edited(&of))
        }))
    }

    fn broke_off(&mut self, _: &str) {
        self.effect.broke_off();
    }

    fn read_more(&mut self) -> Option<StaffRequest> {
        let wanted = self.wanted.as_ref().ok()?;
        let edit = self.effect.read(wanted)?;
        Some(StaffRequest::PreviewEdit(self.lecture.id, Box::new(edit)))
    }

    fn text_field(&mut self) -> Option<&mut TextField> {
        Some(&mut self.fields[self.at])
    }
}
