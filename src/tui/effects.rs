//! Doing what the screen wants done: each effect is carried to a service, and what the service
//! answers comes back as a message.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::model::Site;
use super::msg::{Effect, Msg, RequestKind};
use super::staff::{Delivery, Extent, ListOrder, OpeningTexts};
use super::words;
use crate::domain::{
    Channel, Corrected, Correction, CorrectionOrder, CorrectionRefusal, Lecturer, Reason, Semester,
    Session, SessionId, Timestamp, Venue,
};
use crate::services::export::Shelf;
use crate::services::words::sentence;
use crate::services::{
    self, Actor, CorrectionError, Entrance, Opening, OwedLine, Page, Request, Services, SignIn,
};

/// Does one thing for whoever is in the staff area, unless what they came in with has been taken away from
/// them since. As on the web, that is looked up each time: whoever goes on pressing keys stays inside for as
/// long as they like.
pub(super) async fn carry_out_for(
    sign_in: Option<SignIn>,
    effect: Effect,
    services: Services,
    site: Arc<Site>,
) -> Option<Msg> {
    // A check-in is a student's; what they typed ahead may be sent while staff are inside.
    if let Some(sign_in) = sign_in.filter(|_| effect.errand() != RequestKind::CheckIn) {
        match services.pin_auth.still_admits(&sign_in).await {
            Ok(true) => {}
            Ok(false) => return Some(Msg::AccessRevoked),
            Err(error) => {
                tracing::error!(%error, "a sign-in could not be looked up again");
                return Some(Msg::BrokeOff(effect.errand()));
            }
        }
    }
    carry_out(effect, services, site).await
}

/// Does one thing and says what came of it. [`Effect::Leave`] is for the loop; it comes to nothing
/// here.
async fn carry_out(effect: Effect, services: Services, site: Arc<Site>) -> Option<Msg> {
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
            Msg::SignedIn(services.pin_auth.sign_in(&staff_id, &pin).await)
        }
        Effect::SetFirstPin {
            staff_id,
            pin,
            administrator,
            administrator_pin,
        } => {
            let door = &services.pin_auth;
            let set = door.set_first_pin(&staff_id, pin, &administrator, &administrator_pin);
            Msg::FirstPin(set.await)
        }
        Effect::ListUnits(purpose, lecturer) => {
            let units = services
                .administration
                .units(Actor::Lecturer(&lecturer))
                .await;
            Msg::Units(purpose, units.map_err(sentence))
        }
        Effect::ListLectures(lecturer) => {
            let today = services.timetable.today(Actor::Lecturer(&lecturer)).await;
            Msg::Lectures(today.map_err(sentence))
        }
        Effect::ListSessions(lecturer, extent) => {
            let sessions = services
                .sessions
                .list(Actor::Lecturer(&lecturer), extent.lines());
            Msg::Sessions(sessions.await.map_err(sentence))
        }
        Effect::ListNeighbours(lecturer) => {
            let sessions = services
                .neighbours
                .list_remote(Actor::Lecturer(&lecturer))
                .await;
            Msg::Neighbours(sessions.map_err(sentence))
        }
        Effect::FindPlaces => Msg::Places(places(site.shelf.clone()).await),
        Effect::WriteList(order, lecturer) => {
            Msg::Noted(write_list(&services, &site, *order, &lecturer).await)
        }
        Effect::ReadRoster(session, lecturer) => {
            let roster = services
                .sessions
                .roster(Actor::Lecturer(&lecturer), session)
                .await;
            Msg::Roster(session, roster.map(Arc::new).map_err(sentence))
        }
        Effect::ReadHistory(unit, semester, number, lecturer) => {
            let corrections = &services.corrections;
            let history =
                corrections.history(Actor::Lecturer(&lecturer), &unit, Some(&semester), &number);
            Msg::History(match history.await {
                Ok(Some(history)) => Ok(Arc::new(history)),
                Ok(None) => Err(words::NO_SUCH_STUDENT.to_owned()),
                Err(error) => Err(correction_error(&error, &site)),
            })
        }
        Effect::Correct(order, lecturer) => correct(&services, order, &lecturer, &site).await,
        Effect::Undo(session, number, reason, lecturer) => match Reason::parse(&reason) {
            Ok(reason) => {
                let corrections = &services.corrections;
                let undone =
                    corrections.undo(Actor::Lecturer(&lecturer), session, Some(number), reason);
                noted(undone.await, &site)
            }
            Err(error) => Msg::Noted(Err(sentence(error))),
        },
        Effect::ListDeliveries(lecturer, extent) => {
            let lines = services.deliveries.page(None, all_of(extent)).await;
            Msg::Deliveries(lines.map(for_eyes_of(&lecturer)).map_err(sentence))
        }
        // Not only for administrators: what is owed is paid, and nothing else happens.
        Effect::Retry(attendance_id, target) => {
            let retried = services.deliveries.retry(attendance_id, Some(target)).await;
            Msg::Noted(retried.map(words::retried).map_err(sentence))
        }
        Effect::RetryAll => {
            let retried = services.deliveries.retry_all(None).await;
            Msg::Noted(retried.map(words::retried).map_err(sentence))
        }
        // The look at who asks, before it came here, is all that is asked.
        Effect::AskToLeave => Msg::MayLeave,
        other => return change_session(other, &services, &site).await,
    })
}

/// Opens, joins and changes sessions, and lectures of the timetable. Everything else was carried out before
/// it came here, and comes to nothing.
async fn change_session(effect: Effect, services: &Services, site: &Site) -> Option<Msg> {
    Some(match effect {
        Effect::OpenSession(texts, lecturer) => {
            Msg::Done(open(services, site, texts, &lecturer).await)
        }
        Effect::CloseSession(session, lecturer) => {
            Msg::Done(close(services, session, &lecturer).await)
        }
        Effect::OpenLecture(lecture, lecturer) => {
            let opened = services
                .timetable
                .open_lecture(Actor::Lecturer(&lecturer), lecture);
            Msg::Done(opened.await.map(is_open(site)).map_err(sentence))
        }
        Effect::CancelLecture(lecture, reason, lecturer) => {
            let timetable = &services.timetable;
            let cancelled = timetable.cancel_lecture(Actor::Lecturer(&lecturer), lecture, reason);
            let said = |()| words::LECTURE_IS_CANCELLED.to_owned();
            Msg::Noted(cancelled.await.map(said).map_err(sentence))
        }
        Effect::JoinSession(session, lecturer) => {
            let joined = services
                .neighbours
                .join(Actor::Lecturer(&lecturer), session)
                .await;
            let said = joined.map(|(session, _)| is_open(site)(session));
            Msg::Done(said.map_err(sentence))
        }
        Effect::ExtendSession(session, by, lecturer) => {
            let extended = services
                .sessions
                .extend(Actor::Lecturer(&lecturer), session, by);
            Msg::Noted(extended.await.map(is_open(site)).map_err(sentence))
        }
        Effect::ReopenSession(session, reason, lecturer) => {
            let reopened = services
                .sessions
                .reopen(Actor::Lecturer(&lecturer), session, reason);
            Msg::Noted(reopened.await.map(is_open(site)).map_err(sentence))
        }
        Effect::CancelSession(session, reason, lecturer) => {
            let cancelled = services
                .sessions
                .cancel(Actor::Lecturer(&lecturer), session, reason);
            let said = |session: Session| format!("{} is cancelled.", session.unit_code);
            Msg::Noted(cancelled.await.map(said).map_err(sentence))
        }
        _ => return None,
    })
}

/// All that a list shows, from its beginning.
fn all_of(extent: Extent) -> Page {
    Page {
        offset: 0,
        limit: extent.lines(),
    }
}

/// Looks where lists can be put. Disks are waited for elsewhere than on the screen's thread.
async fn places(shelf: Shelf) -> Vec<PathBuf> {
    let looking = tokio::task::spawn_blocking(move || shelf.places());
    looking.await.unwrap_or_default()
}

/// Makes a list and puts it into a file.
async fn write_list(
    services: &Services,
    site: &Site,
    order: ListOrder,
    lecturer: &Lecturer,
) -> Result<String, String> {
    let ListOrder {
        list,
        format,
        place,
    } = order;
    let made = services.exports.list(Actor::Lecturer(lecturer), list).await;
    let sheet = made.map_err(sentence)?;
    let (name, lines) = (sheet.file_name(format), sheet.rows.len());
    let (shelf, folder, file) = (site.shelf.clone(), place.clone(), name.clone());
    let writing = tokio::task::spawn_blocking(move || {
        let bytes = sheet.to_bytes(format).map_err(sentence)?;
        let put = shelf.put(&folder, &file, &bytes);
        put.map_err(|error| words::not_written(&folder, &error))
    });
    let written = writing.await.unwrap_or_else(|error| Err(sentence(error)));
    written.map(|_| words::written(&place, &name, lines))
}

async fn correct(
    services: &Services,
    order: Box<CorrectionOrder>,
    lecturer: &Lecturer,
    site: &Site,
) -> Msg {
    let corrected = services
        .corrections
        .correct(Actor::Lecturer(lecturer), (*order).clone());
    match corrected.await {
        Err(CorrectionError::Refused(CorrectionRefusal::ReasonNeeded))
            if order.reason.is_none() =>
        {
            Msg::ReasonNeeded(order)
        }
        Err(CorrectionError::Refused(CorrectionRefusal::UnknownStudent))
            if order.name.is_none() && matches!(order.correction, Correction::Mark(_)) =>
        {
            Msg::NameNeeded(order)
        }
        answer => noted(answer, site),
    }
}

/// What came of a correction.
fn noted(answer: Result<Corrected, CorrectionError>, site: &Site) -> Msg {
    Msg::Noted(match answer {
        Ok(corrected) => Ok(words::corrected(&corrected)),
        Err(error) => Err(correction_error(&error, site)),
    })
}

fn correction_error(error: &CorrectionError, site: &Site) -> String {
    services::words::correction_error(error, site.zone).sentence()
}

async fn open(
    services: &Services,
    site: &Site,
    texts: OpeningTexts,
    lecturer: &Lecturer,
) -> Result<String, String> {
    let opening = read_opening(&texts, site, services.desk.now())?;
    let opened = services
        .sessions
        .open(Actor::Lecturer(lecturer), opening)
        .await;
    let (session, _) = opened.map_err(sentence)?;
    Ok(is_open(site)(session))
}

/// Whose record it is, for an administrator; its number's tail for everybody else, since the list has the
/// records of every unit and a lecturer sees only their own (feature F4).
fn for_eyes_of(lecturer: &Lecturer) -> impl Fn(Vec<OwedLine>) -> Vec<Delivery> {
    let in_full = lecturer.is_admin;
    let delivery = move |line: OwedLine| Delivery {
        number: if in_full {
            line.admission_number.to_string()
        } else {
            line.admission_number.masked()
        },
        attendance_id: line.attendance_id,
        target: line.target,
        state: line.state,
        attempts: line.attempts,
        next_attempt_at: line.next_attempt_at,
        last_error: line.last_error,
        checked_in_at: line.checked_in_at,
        clock_untrusted: line.clock_untrusted,
    };
    move |lines| lines.into_iter().map(delivery).collect()
}

/// Reads what was typed; a start that is blank is now.
fn read_opening(texts: &OpeningTexts, site: &Site, now: Timestamp) -> Result<Opening, String> {
    let starts_at = match texts.start.trim() {
        "" => None,
        start => Some(site.zone.read_start(start, now).map_err(sentence)?),
    };
    let minutes: u64 = texts
        .minutes
        .trim()
        .parse()
        .map_err(|_| words::MINUTES_ARE_A_NUMBER.to_owned())?;
    Ok(Opening {
        unit: texts.unit.clone(),
        semester: Some(Semester::parse(&texts.semester).map_err(sentence)?),
        starts_at,
        lasts: Duration::from_secs(minutes.saturating_mul(60)),
        venue: Some(Venue::parse(&texts.venue).map_err(sentence)?),
    })
}

fn is_open(site: &Site) -> impl Fn(Session) -> String {
    let zone = site.zone;
    move |session| {
        let until = zone.hour_minute(session.ends_at);
        format!("{} is open until {until}", session.unit_code)
    }
}

async fn close(
    services: &Services,
    session: SessionId,
    lecturer: &Lecturer,
) -> Result<String, String> {
    let closed = services
        .sessions
        .close(Actor::Lecturer(lecturer), session)
        .await;
    Ok(format!("{} is closed", closed.map_err(sentence)?.unit_code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::UnitCode;
    use crate::tui::testing::usual_screen;

    #[test]
    fn a_blank_start_is_now_and_a_typed_one_near_it() {
        let site = usual_screen().site;
        let past_midnight = Timestamp::parse("2026-11-23T00:00:20+03:00").unwrap();
        let start = |typed: &str| {
            let texts = OpeningTexts {
                unit: UnitCode::parse("CS101").unwrap(),
                start: typed.to_owned(),
                minutes: "120".to_owned(),
                venue: String::new(),
                semester: "1".to_owned(),
            };
            let opening = read_opening(&texts, &site, past_midnight).unwrap();
            opening.starts_at.map(|at| at.to_string())
        };
        assert_eq!(start(" "), None);
        assert_eq!(start("23:59").unwrap(), "2026-11-22T20:59:00.000Z");
    }
}
