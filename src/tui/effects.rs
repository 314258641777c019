//! Doing what the screen wants done: each effect is carried to a service, and what the service
//! answers comes back as a message.

use std::sync::Arc;

use super::model::Site;
use super::msg::{Effect, Msg};
use crate::domain::{Channel, Lecturer, SessionId, Unit, UnitCode};
use crate::services::{Desk, Entrance, Opening, Registrar, Request, StaffDoor, Timetable};

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
        Effect::ListUnits(lecturer) => Msg::Units(units_of(&services, &lecturer).await),
        Effect::OpenSession(unit, lecturer) => {
            Msg::Done(open(&services, &site, unit, &lecturer).await)
        }
        Effect::CloseSession(session, lecturer) => {
            Msg::Done(close(&services, session, &lecturer).await)
        }
        Effect::Leave => return None,
    })
}

/// The units whose sessions a staff member may open and close.
async fn units_of(services: &Services, lecturer: &Lecturer) -> Result<Vec<Unit>, String> {
    let units = services.registrar.units().await.map_err(sentence)?;
    Ok(own(units, lecturer))
}

/// A lecturer's are their own; an administrator's are all (feature F4).
fn own(mut units: Vec<Unit>, lecturer: &Lecturer) -> Vec<Unit> {
    units.retain(|unit| lecturer.is_admin || unit.lecturer_staff_id == lecturer.staff_id.as_str());
    units
}

async fn open(
    services: &Services,
    site: &Site,
    unit: UnitCode,
    lecturer: &Lecturer,
) -> Result<String, String> {
    let opening = Opening {
        unit,
        semester: site.semester.clone(),
        starts_at: None,
        lasts: site.session_lasts,
        venue: None,
    };
    let actor = lecturer.staff_id.as_str();
    let (session, _) = services
        .timetable
        .open(opening, actor)
        .await
        .map_err(sentence)?;
    let until = site.zone.hour_minute(session.ends_at);
    Ok(format!("{} is open until {until}", session.unit_code))
}

async fn close(
    services: &Services,
    session: SessionId,
    lecturer: &Lecturer,
) -> Result<String, String> {
    let own = units_of(services, lecturer).await?;
    let (shown, _) = services
        .desk
        .session(session)
        .await
        .map_err(sentence)?
        .ok_or("The session is gone.")?;
    if !own.iter().any(|unit| unit.code == shown.unit_code) {
        return Err(format!(
            "Only {} or an administrator can close it.",
            shown.lecturer_name
        ));
    }
    let actor = lecturer.staff_id.as_str();
    let closed = services
        .timetable
        .close(session, actor)
        .await
        .map_err(sentence)?;
    Ok(format!("{} is closed", closed.unit_code))
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
    use crate::tui::testing::{lecturer, unit};

    #[test]
    fn a_lecturer_has_their_own_units_and_an_administrator_all() {
        let mine = unit("CS101", "Programming");
        let mut theirs = unit("MA110", "Mathematics");
        theirs.lecturer_staff_id = "T-999".to_owned();
        let all = vec![mine.clone(), theirs];
        assert_eq!(own(all.clone(), &lecturer(false)), [mine]);
        assert_eq!(own(all.clone(), &lecturer(true)), all);
    }

    #[test]
    fn an_error_is_shown_as_a_sentence() {
        assert_eq!(sentence("the disk is full"), "The disk is full.");
        assert_eq!(sentence(""), ".");
    }
}
