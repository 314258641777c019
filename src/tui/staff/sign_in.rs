//! Signing in with staff id and PIN.

use ratatui::layout::{Position, Rect};

use super::first_pin::{self, FirstPinForm};
use super::page::{PageAction, PageContext, StaffPage};
use crate::domain::Timestamp;
use crate::services::SignInRefusal;
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, below, input, shifted, top};
use crate::tui::request::{SignInRequest, StaffAnswer};
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::tui::theme::Role;
use crate::words::{Key, KeyUse, Label, StaffScreen};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::SignIn),
    (Key::Tab, KeyUse::OtherField),
    (Key::Escape, KeyUse::Back),
    (Key::F2, KeyUse::FirstPin),
];

/// The columns of the field names.
const LABEL: u16 = 11;

/// What is typed to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignInForm {
    staff_id: TextField,
    /// It is shown as stars.
    pin: TextField,
    /// Whether keys go to the PIN.
    in_pin: bool,
    /// After too many wrong PINs: no attempt before this time.
    locked_until: Option<Timestamp>,
}

impl SignInForm {
    fn field(&mut self) -> &mut TextField {
        if self.in_pin {
            &mut self.pin
        } else {
            &mut self.staff_id
        }
    }
}

impl StaffPage for SignInForm {
    fn frame(&self, context: &PageContext) -> Frame {
        Frame::boxed(context.say(StaffScreen::Staff), KEYS)
    }

    fn help(&self) -> Help {
        first_pin::HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let text = canvas.theme.role(Role::Text);
        let [id_row, pin_row] = [0, 2].map(|row| top(below(area, row), 1));
        canvas.left(id_row, &context.say(Label::StaffId), text);
        canvas.left(pin_row, &context.say(Label::Pin), text);
        let in_id = input::field(canvas, shifted(id_row, LABEL), &self.staff_id);
        let in_pin = input::secret(canvas, shifted(pin_row, LABEL), &self.pin);
        if self.in_pin { Some(in_pin) } else { in_id }
    }

    fn press(&mut self, stroke: Stroke, _: &PageContext) -> PageAction {
        match stroke {
            Stroke::Escape => return PageAction::Close,
            Stroke::FirstPin => {
                return PageAction::go(FirstPinForm::for_staff_id(self.staff_id.text()));
            }
            Stroke::Tab | Stroke::BackTab | Stroke::Up | Stroke::Down => self.in_pin = !self.in_pin,
            Stroke::Enter if !self.in_pin => self.in_pin = !self.staff_id.is_blank(),
            Stroke::Enter => {
                let complete = !self.staff_id.is_blank() && !self.pin.is_blank();
                if complete && self.locked_until.is_none() {
                    return PageAction::SignIn(SignInRequest::SignIn {
                        staff_id: self.staff_id.text().to_owned(),
                        pin: self.pin.take(),
                    });
                }
                self.in_pin = !self.staff_id.is_blank();
            }
            _ => self.field().edit(stroke),
        }
        PageAction::Stay
    }

    fn receive(&mut self, answer: StaffAnswer, context: &PageContext) -> Option<PageAction> {
        let StaffAnswer::SignedIn(answer) = answer else {
            return None;
        };
        Some(match answer {
            Ok(sign_in) => PageAction::Enter(Box::new(sign_in)),
            Err(refusal) => {
                if let SignInRefusal::Locked { until } = refusal {
                    self.locked_until = Some(until);
                }
                PageAction::Say(context.say(&refusal))
            }
        })
    }

    fn text_field(&mut self) -> Option<&mut TextField> {
        Some(self.field())
    }

    /// The refusal stays while the next PIN is typed, until the lock that it tells of is over.
    fn keeps_note(&mut self, now: Timestamp) -> bool {
        self.locked_until.take_if(|until| now >= *until).is_none()
    }
}
