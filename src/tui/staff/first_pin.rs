//! The first PIN of somebody who has none, with an administrator beside them.

use ratatui::layout::{Position, Rect};

use super::page::{PageAction, PageContext, StaffPage};
use crate::services::Pin;
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, below, input, shifted, top};
use crate::tui::request::{SignInRequest, StaffAnswer};
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::tui::theme::Role;
use crate::words::{AdminText, Key, KeyHelp, KeyUse, Label, Message, StaffScreen};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::NextThenSet),
    (Key::UpDown, KeyUse::Field),
    (Key::Escape, KeyUse::Back),
];

/// Also for the sign-in form.
pub(super) const HELP: Help = (
    Message::StaffScreen(StaffScreen::HelpSignIn),
    &[
        (Key::Enter, KeyHelp::SignInEnter),
        (Key::Escape, KeyHelp::SignInBack),
        (Key::F2, KeyHelp::SignInFirstPin),
        (Key::LostPin, KeyHelp::SignInLost),
    ],
);

/// The columns of the field names.
const LABEL: u16 = 11;

/// The form for a first PIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstPinForm {
    /// In the order of [`FirstPinField::ALL`].
    fields: [TextField; 5],
    /// The field that keys go to.
    at: FirstPinField,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FirstPinField {
    StaffId,
    Pin,
    /// The PIN once more: nobody sees what is typed.
    Again,
    Administrator,
    /// The administrator's own PIN.
    AdministratorPin,
}

impl FirstPinField {
    const ALL: [Self; 5] = [
        Self::StaffId,
        Self::Pin,
        Self::Again,
        Self::Administrator,
        Self::AdministratorPin,
    ];

    fn label(self) -> Label {
        match self {
            Self::StaffId => Label::StaffId,
            Self::Pin => Label::NewPin,
            Self::Again => Label::Again,
            Self::Administrator => Label::AdminId,
            Self::AdministratorPin => Label::AdminPin,
        }
    }

    /// Whether stars are shown for what is typed.
    fn is_secret(self) -> bool {
        matches!(self, Self::Pin | Self::Again | Self::AdministratorPin)
    }
}

impl FirstPinForm {
    /// The form, with the staff id that was typed in the sign-in form.
    pub(super) fn for_staff_id(staff_id: &str) -> Self {
        let mut fields: [TextField; 5] = Default::default();
        fields[FirstPinField::StaffId as usize] = TextField::holding(staff_id);
        let at = if staff_id.trim().is_empty() {
            FirstPinField::StaffId
        } else {
            FirstPinField::Pin
        };
        Self { fields, at }
    }

    fn field(&mut self) -> &mut TextField {
        &mut self.fields[self.at as usize]
    }

    fn submit(&mut self, context: &PageContext) -> PageAction {
        let [staff_id, pin, again, administrator, administrator_pin] =
            self.fields.each_ref().map(|field| field.text().to_owned());
        let sentence = match Pin::parse(&pin) {
            Err(error) => context.say(&error),
            Ok(_) if pin.trim() != again.trim() => context.say(AdminText::PinsDiffer),
            Ok(pin) => {
                return PageAction::SignIn(SignInRequest::SetFirstPin {
                    staff_id,
                    pin,
                    administrator,
                    administrator_pin,
                });
            }
        };
        self.at = FirstPinField::Pin;
        for field in [FirstPinField::Pin, FirstPinField::Again] {
            self.fields[field as usize].clear();
        }
        PageAction::Say(sentence)
    }
}

impl StaffPage for FirstPinForm {
    fn frame(&self, context: &PageContext) -> Frame {
        Frame::boxed(context.say(AdminText::FirstPin), KEYS)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let text = canvas.theme.role(Role::Text);
        let spaced = area.height >= 2 * 5 - 1;
        let mut cursor = None;
        for (index, name) in (0_u16..).zip(FirstPinField::ALL) {
            let row = top(below(area, if spaced { 2 * index } else { index }), 1);
            canvas.left(row, &context.say(name.label()), text);
            let typed = &self.fields[name as usize];
            let row = shifted(row, LABEL);
            let at = if name.is_secret() {
                Some(input::secret(canvas, row, typed))
            } else {
                input::field(canvas, row, typed)
            };
            if self.at == name {
                cursor = at;
            }
        }
        cursor
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        let count = FirstPinField::ALL.len();
        let at = self.at as usize;
        let moved_to = match stroke {
            Stroke::Escape => return PageAction::Close,
            // As in the sign-in form: from field to field, and then submitted.
            Stroke::Enter if self.field().is_blank() => at,
            Stroke::Enter if at + 1 == count => return self.submit(context),
            Stroke::Enter | Stroke::Tab | Stroke::Down => (at + 1) % count,
            Stroke::BackTab | Stroke::Up => (at + count - 1) % count,
            _ => {
                self.field().edit(stroke);
                at
            }
        };
        self.at = FirstPinField::ALL[moved_to];
        PageAction::Stay
    }

    fn receive(&mut self, answer: StaffAnswer, context: &PageContext) -> Option<PageAction> {
        let StaffAnswer::FirstPinSet(answer) = answer else {
            return None;
        };
        Some(match answer {
            Ok(sign_in) => PageAction::Enter(Box::new(sign_in)),
            Err(refusal) => {
                // Only the administrator's PIN is typed again.
                self.at = FirstPinField::AdministratorPin;
                self.field().clear();
                PageAction::Say(context.say(&refusal))
            }
        })
    }

    fn text_field(&mut self) -> Option<&mut TextField> {
        Some(self.field())
    }
}
