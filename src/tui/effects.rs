//! Doing what the screen wants done: each effect is carried to a service, and what the service
//! answers comes back as a message.

use std::sync::Arc;

use super::model::Site;
use super::msg::{Effect, Msg};
use crate::domain::{Channel, Lecturer, SessionId, UnitCode};
use crate::services::{
    Deliveries, Desk, Entrance, Opening, Registrar, Request, StaffDoor, Timetable,
};

/// The services that the screen uses.
#[derive(Debug, Clone)]
pub struct Services {
    /// Takes check-ins.
    pub desk: Desk,
    /// Lets staff in.
    pub staff_door: StaffDoor,
    /// Knows the units.
    pub registrar: Registrar,
    /// Opens and closes sessions.
    pub timetable: Timetable,
    /// Watches deliveries.
    pub deliveries: Deliveries,
}

/// Does one thing and says what came of it. [`Effect::Leave`] is for the loop; it comes to nothing
/// here.
pub(super) async fn carry_out(effect: Effect, services: Services, site: Arc<Site>) -> Option<Msg> {
    Some(match effect {
        Effect::CheckIn {
            session,
            number,
            name,
        } => {
            let request = Request {
                admission_number: number,
                student_name: name.unwrap_or_default(),
                entrance: Entrance::Session(session),
                channel: Channel::Keypad,
                device: None,
            };
            Msg::Answered(Box::new(services.desk.check_in(request).await))
        }
        Effect::SignIn { staff_id, pin } => {
            Msg::SignedIn(services.staff_door.sign_in(&staff_id, &pin).await)
        }
        Effect::ListUnits(lecturer) => {
            let units = services.registrar.units_of(&lecturer).await;
            Msg::Units(units.map_err(sentence))
        }
        Effect::OpenSession(unit, lecturer) => {
            Msg::Done(open(&services, &site, unit, &lecturer).await)
        }
        Effect::CloseSession(session, lecturer) => {
            Msg::Done(close(&services, session, &lecturer).await)
        }
        Effect::Leave => return None,
    })
}

async fn open(
    services: &Services,
    site: &Site,
    unit: UnitCode,
    lecturer: &Lecturer,
) -> Result<String, String> {
    let opening = Opening {
        unit,
        semester: None,
        starts_at: None,
        lasts: site.session_lasts,
        venue: None,
    };
    let opened = services.timetable.open_as(lecturer, opening).await;
    let (session, _) = opened.map_err(sentence)?;
    let until = site.zone.hour_minute(session.ends_at);
    Ok(format!("{} is open until {until}", session.unit_code))
}

async fn close(
    services: &Services,
    session: SessionId,
    lecturer: &Lecturer,
) -> Result<String, String> {
    let closed = services.timetable.close_as(lecturer, session).await;
    Ok(format!("{} is closed", closed.map_err(sentence)?.unit_code))
}

/// An error as a sentence of the screen.
fn sentence(error: impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let capital: String = first.into_iter().flatten().collect();
    format!("{capital}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_shown_as_a_sentence() {
        assert_eq!(sentence("the disk is full"), "The disk is full.");
        assert_eq!(sentence(""), ".");
    }
}
