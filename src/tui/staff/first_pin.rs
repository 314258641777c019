//! The first PIN of somebody who has none, with an administrator beside them.

use super::PageAction;
use crate::services::{InvalidPin, Pin};
use crate::tui::field::Field;
use crate::tui::msg::{Effect, Stroke};
use crate::tui::words;

/// The form for a first PIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstPinForm {
    /// The fields, in the order of [`FirstPinField::ALL`].
    pub fields: [Field; 5],
    /// Where keys go.
    pub at: FirstPinField,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstPinField {
    /// Whose PIN it will be.
    StaffId,
    /// The PIN.
    Pin,
    /// The same again: nobody sees what is typed.
    Again,
    /// The staff id of the administrator.
    Administrator,
    /// The administrator's own PIN.
    AdministratorPin,
}

impl FirstPinField {
    /// Top to bottom.
    pub const ALL: [Self; 5] = [
        Self::StaffId,
        Self::Pin,
        Self::Again,
        Self::Administrator,
        Self::AdministratorPin,
    ];

    /// The text before the field.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::StaffId => "Staff id",
            Self::Pin => "New PIN",
            Self::Again => "Again",
            Self::Administrator => "Admin id",
            Self::AdministratorPin => "Admin PIN",
        }
    }

    /// Whether stars are shown for what is typed.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Pin | Self::Again | Self::AdministratorPin)
    }
}

impl FirstPinForm {
    /// The form, with the staff id that was typed at the door.
    pub(super) fn for_staff_id(staff_id: &str) -> Self {
        let mut fields: [Field; 5] = Default::default();
        fields[FirstPinField::StaffId as usize] = Field::holding(staff_id);
        let at = if staff_id.trim().is_empty() {
            FirstPinField::StaffId
        } else {
            FirstPinField::Pin
        };
        Self { fields, at }
    }

    /// Where keys go.
    pub(super) fn field(&mut self) -> &mut Field {
        &mut self.fields[self.at as usize]
    }

    /// Forgets the administrator's PIN, which was wrong.
    pub(super) fn ask_again(&mut self) {
        self.at = FirstPinField::AdministratorPin;
        self.field().clear();
    }

    pub(super) fn press(&mut self, stroke: Stroke) -> PageAction {
        let count = FirstPinField::ALL.len();
        let at = self.at as usize;
        let moved_to = match stroke {
            Stroke::Escape => return PageAction::Out,
            // As at the door: from field to field, and then done.
            Stroke::Enter if self.field().is_blank() => at,
            Stroke::Enter if at + 1 == count => return self.submit(),
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

    fn submit(&mut self) -> PageAction {
        let [staff_id, pin, again, administrator, administrator_pin] =
            self.fields.each_ref().map(|field| field.text().to_owned());
        let sentence = match Pin::parse(&pin) {
            Err(InvalidPin) => words::INVALID_PIN.to_owned(),
            Ok(_) if pin.trim() != again.trim() => words::PINS_DIFFER.to_owned(),
            Ok(pin) => {
                return PageAction::Await(Effect::SetFirstPin {
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
