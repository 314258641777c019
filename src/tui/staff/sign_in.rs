//! The door: staff id and PIN.

use super::PageAction;
use crate::domain::Timestamp;
use crate::tui::field::Field;
use crate::tui::msg::{Effect, Stroke};

/// The sign-in form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignInForm {
    /// The staff id.
    pub staff_id: Field,
    /// The PIN, shown as stars.
    pub pin: Field,
    /// Whether keys go to the PIN.
    pub in_pin: bool,
    /// No try before this moment.
    pub locked_until: Option<Timestamp>,
}

impl SignInForm {
    /// Where keys go.
    pub(super) fn field(&mut self) -> &mut Field {
        if self.in_pin {
            &mut self.pin
        } else {
            &mut self.staff_id
        }
    }

    /// Ends a wait that is over, and says whether one was.
    pub(super) fn wait_is_over(&mut self, now: Timestamp) -> bool {
        self.locked_until.take_if(|until| now >= *until).is_some()
    }

    pub(super) fn press(&mut self, stroke: Stroke) -> PageAction {
        match stroke {
            Stroke::Escape => return PageAction::Out,
            Stroke::Tab | Stroke::BackTab | Stroke::Up | Stroke::Down => self.in_pin = !self.in_pin,
            Stroke::Enter if !self.in_pin => self.in_pin = !self.staff_id.is_blank(),
            Stroke::Enter => {
                let complete = !self.staff_id.is_blank() && !self.pin.is_blank();
                if complete && self.locked_until.is_none() {
                    return PageAction::Await(Effect::SignIn {
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
}
