//! A lecture: its start, end, room and unit, and what is done to it, whether it is planned, open or over.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use maud::Markup;

use super::Web;
use super::forms::{Stopped, reason, typed};
use super::pages::{self, Field, LectureForm, LecturePage};
use super::problem::{Answer, Problem};
use super::staff::{Staff, StaffForm};
use crate::domain::{
    LectureState, NewEnd, SessionEdit, SessionId, SessionRefusal, UnitCode, Venue, WhenAndWhere,
};
use crate::services::{SessionError, StoreError};
use crate::words::{EditText, QuestionText, Voice};

/// `GET /lectures/{lecture}`.
pub async fn show(State(web): State<Web>, staff: Staff, Path(id): Path<String>) -> Answer<Markup> {
    let page = page(&web, &staff, id_of(&id)?).await?;
    Ok(pages::lecture(&web.chrome(&staff), &page))
}

/// `POST /lectures/{lecture}`: shows what a change would do, or does something.
pub async fn change(
    State(web): State<Web>,
    Path(id): Path<String>,
    StaffForm { staff, mut fields }: StaffForm,
) -> Answer {
    let id = id_of(&id)?;
    let mut page = page(&web, &staff, id).await?;
    let wanted = fields.one("do")?;
    let form = LectureForm {
        start: typed(&mut fields, "start")?,
        end: typed(&mut fields, "end")?,
        venue: typed(&mut fields, "venue")?,
        unit: fields.one("unit")?,
        reason: typed(&mut fields, "reason")?,
        minutes: typed(&mut fields, "minutes")?,
        seen: fields.one("seen")?.parse().ok(),
    };
    if matches!(wanted.as_str(), "show" | "keep") {
        page.form = form.clone();
    }
    match carry_out(&web, &staff, (id, &wanted), &form, &mut page).await {
        Ok(Some(id)) => Ok(Redirect::to(&format!("/lectures/{id}")).into_response()),
        Ok(None) => Ok(pages::lecture(&web.chrome(&staff), &page).into_response()),
        Err(Stopped::Sentence(sentence)) => {
            page.complaint = Some(sentence);
            let page = pages::lecture(&web.chrome(&staff), &page);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Stopped::Problem(problem)) => Err(problem),
    }
}

/// Does what is wanted; answers which lecture is shown then, or fills the page.
async fn carry_out(
    web: &Web,
    staff: &Staff,
    (id, wanted): (SessionId, &str),
    form: &LectureForm,
    page: &mut LecturePage,
) -> Result<Option<SessionId>, Stopped> {
    let (sessions, by, voice) = (&web.services.sessions, staff.by(), web.voice());
    let stopped = |error: SessionError| match error {
        SessionError::Refused(refusal) => Stopped::Sentence(voice.say(&refusal)),
        SessionError::Store(StoreError::ChangedMeanwhile { .. }) => {
            Stopped::Sentence(voice.say(&error))
        }
        error => Stopped::Problem(error.into()),
    };
    let given = reason(&form.reason.text, voice).map_err(Stopped::Sentence);
    let given = given.map(|reason| reason.map(|reason| reason.as_str().to_owned()));
    let needed = |reason: Option<String>| {
        let empty = || Stopped::Sentence(voice.say(QuestionText::ReasonEmpty));
        reason.ok_or_else(empty)
    };
    match wanted {
        "show" | "keep" => {
            let mut edit = read(form, &page.head, voice).map_err(Stopped::Sentence)?;
            if wanted == "show" {
                let effect = sessions.preview_edit(by, id, edit).await;
                page.effect = Some(effect.map_err(stopped)?);
                return Ok(None);
            }
            let why = match &edit.unit {
                Some(_) => Some(needed(given?)?),
                None => given?,
            };
            edit.seen = form.seen;
            sessions.edit(by, id, edit, why).await.map_err(stopped)?;
        }
        "undo" => match form.seen {
            None => {
                let effect = sessions.preview_undo(by, id).await.map_err(stopped)?;
                (page.effect, page.undoes) = (Some(effect), true);
                return Ok(None);
            }
            seen => {
                sessions.undo_edit(by, id, seen).await.map_err(stopped)?;
            }
        },
        "close" => {
            sessions.close(by, id).await.map_err(stopped)?;
        }
        "extend" => {
            let minutes: Option<u64> = form.minutes.text.trim().parse().ok();
            let minutes = minutes.filter(|minutes| (1..=24 * 60).contains(minutes));
            let invalid = || Stopped::Sentence(voice.say(QuestionText::MinutesInvalid));
            let longer = Duration::from_secs(60 * minutes.ok_or_else(invalid)?);
            sessions.extend(by, id, longer).await.map_err(stopped)?;
        }
        "reopen" => {
            let reason = needed(given?)?;
            sessions.reopen(by, id, reason).await.map_err(stopped)?;
        }
        "cancel" => {
            let reason = needed(given?)?;
            sessions.cancel(by, id, reason).await.map_err(stopped)?;
        }
        "open" | "open_beside" => {
            page.beside = open_here(web).filter(|_| wanted == "open");
            if page.beside.is_some() {
                return Ok(None);
            }
            let number = page.planned;
            let number = number.ok_or_else(|| Stopped::Problem(Problem::not_found()))?;
            let opened = web.services.timetable.open_lecture(by, number).await;
            return Ok(Some(opened.map_err(stopped)?.id));
        }
        _ => return Err(Stopped::Problem(Problem::not_found())),
    }
    Ok(Some(id))
}

/// Which lecture the kiosk shows, if it takes check-ins.
fn open_here(web: &Web) -> Option<String> {
    let snapshot = web.snapshot.borrow().clone();
    let session = &snapshot.shown.as_ref()?.board.session;
    let desk = &web.services.desk;
    let admission = session.admit(desk.now(), desk.policy().windows);
    admission.punctuality().is_ok().then(|| {
        web.voice().say(EditText::OpenBeside {
            unit: session.unit_code.to_string(),
            until: web.voice().time(session.ends_at),
        })
    })
}

/// What the form asks for. A time is of the lecture's day, however long ago that is.
fn read(form: &LectureForm, head: &WhenAndWhere, voice: Voice) -> Result<SessionEdit, String> {
    let mut edit = SessionEdit::default();
    let time = |field: &Field, near| {
        let read = voice.zone.read_start(field.text.trim(), near);
        read.map_err(|error| voice.say(&error))
    };
    if form.start.text.trim() != voice.time(head.starts_at) {
        edit.starts_at = Some(time(&form.start, head.starts_at)?);
    }
    if form.end.text.trim() != voice.time(head.ends_at) {
        let near = edit.starts_at.unwrap_or(head.starts_at);
        edit.ends_at = Some(NewEnd::At(time(&form.end, near)?));
    }
    let venue = Venue::parse(&form.venue.text).map_err(|error| voice.say(&error))?;
    edit.venue = Some(venue).filter(|venue| *venue != head.venue);
    let unit = UnitCode::parse(&form.unit).map_err(|error| voice.say(&error))?;
    edit.unit = Some(unit).filter(|unit| *unit != head.unit);
    Ok(edit)
}

async fn page(web: &Web, staff: &Staff, id: SessionId) -> Answer<LecturePage> {
    let services = &web.services;
    let fact = services.timetable.lecture_fact(staff.by(), id).await?;
    let head = fact.when_and_where().ok_or_else(Problem::not_found)?;
    let units = services.administration.units(staff.by()).await?;
    let today = services.sessions.today(staff.by()).await?;
    let planned = today.iter().find(|lecture| {
        let waits = matches!(
            lecture.state,
            LectureState::Planned | LectureState::Blocked { .. }
        );
        lecture.lecture == id && waits
    });
    let undo = services.sessions.preview_undo(staff.by(), id).await;
    let nothing = SessionError::Refused(SessionRefusal::NothingToUndo(id));
    let voice = web.voice();
    let form = LectureForm {
        start: Field::holding(voice.time(head.starts_at)),
        end: Field::holding(voice.time(head.ends_at)),
        venue: Field::holding(head.venue.as_str().to_owned()),
        unit: head.unit.to_string(),
        ..LectureForm::default()
    };
    Ok(LecturePage {
        id,
        was_opened: fact.sitting.is_some(),
        planned: planned.map(|lecture| lecture.id),
        head,
        units,
        form,
        effect: None,
        undoes: false,
        beside: None,
        has_change: undo != Err(nothing),
        complaint: None,
    })
}

fn id_of(id: &str) -> Answer<SessionId> {
    SessionId::parse(id).ok_or_else(Problem::not_found)
}
