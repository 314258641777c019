//! Doing what the screen wants done: each request is carried out by a service, and its answer comes back as
//! a message.

use std::io::ErrorKind;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::msg::{Effect, Msg, StaffReply};
use super::request::{
    DeliveryLine, EnrolmentChange, EnrolmentOrder, ListOrder, OpeningTexts, ReadLimit, RequestKind,
    SignInRequest, StaffAnswer, StaffRequest, StudentPlace,
};
use super::site::Site;
use crate::domain::{
    Channel, CheckInAnswer, Corrected, Correction, CorrectionOrder, CorrectionRefusal, EditEffect,
    Excused, Lecturer, NumberEffect, Reason, Refusal, Semester, Session, SignInSource,
    StudentHistory, Timestamp, Venue,
};
use crate::services::export::{ExportFolders, FileError};
use crate::services::{
    Actor, CorrectionError, Corrections, Entrance, ExcuseOrder, ExcuseQuery, LectureSettled,
    Opening, Page, Place, PlaceChange, Request, Services, SignIn, UnsettledDelivery,
};
use crate::words::{EditText, InvalidIn, Message, NumberText, StaffScreen, TextField, Voice};

/// Carries an effect out and returns the message that says what came of it. [`Effect::Leave`] is for the loop;
/// nothing comes of it here.
pub(super) async fn carry_out(effect: Effect, services: Services, site: Arc<Site>) -> Option<Msg> {
    let (staff_session, kind, answer) = match effect {
        Effect::CheckIn(entry) => {
            let request = Request {
                admission_number: entry.number,
                student_name: entry.name.unwrap_or_default(),
                insists: entry.insists,
                entrance: if entry.is_chosen {
                    Entrance::Session(entry.session)
                } else {
                    Entrance::OnScreen(entry.session)
                },
                channel: Channel::Keypad,
                device: None,
            };
            return Some(at_desk(services.desk.check_in(request)).await);
        }
        Effect::TakeBack(id) => {
            return Some(at_desk(services.desk.take_back_at_keyboard(id)).await);
        }
        Effect::PutBack(id) => return Some(at_desk(services.desk.put_back(id)).await),
        Effect::SignIn(staff_session, request) => {
            let answer = unless_it_panics(sign_in(request, &services)).await;
            (staff_session, RequestKind::SignIn, answer)
        }
        Effect::Request(staff_session, by, request) => {
            let kind = request.kind();
            let answer = unless_it_panics(carry_out_for(&by, request, &services, &site)).await;
            (staff_session, kind, answer.flatten())
        }
        Effect::Leave => return None,
    };
    Some(Msg::Reply(StaffReply {
        staff_session,
        kind,
        answer,
    }))
}

/// What the desk answers, as a message.
async fn at_desk(asked: impl Future<Output = Result<CheckInAnswer, Refusal>>) -> Msg {
    let answer = unless_it_panics(asked).await;
    let answer = answer.map(|answer| Msg::CheckedIn(Box::new(answer)));
    answer.unwrap_or(Msg::CheckInBrokeOff)
}

/// Keys may wait for the answer, so a panic must not leave them without one.
async fn unless_it_panics<T>(work: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}

async fn sign_in(request: SignInRequest, services: &Services) -> StaffAnswer {
    let pin_auth = &services.pin_auth;
    match request {
        SignInRequest::SignIn { staff_id, pin } => {
            let signed_in = pin_auth.sign_in(&staff_id, &pin, SignInSource::Terminal);
            StaffAnswer::SignedIn(signed_in.await)
        }
        SignInRequest::SetFirstPin {
            staff_id,
            pin,
            administrator,
            administrator_pin,
        } => {
            let set = pin_auth.set_first_pin(&staff_id, pin, &administrator, &administrator_pin);
            StaffAnswer::FirstPinSet(set.await)
        }
    }
}

/// Does one thing for a member of staff, unless their PIN or role has changed since the sign-in. As on the web,
/// that is checked at each request: nobody is signed out who goes on pressing keys. `None` when it cannot be
/// checked.
async fn carry_out_for(
    by: &SignIn,
    request: StaffRequest,
    services: &Services,
    site: &Site,
) -> Option<StaffAnswer> {
    match services.pin_auth.still_admits(by).await {
        Ok(true) => Some(answer_to(request, &by.lecturer, services, site).await),
        Ok(false) => Some(StaffAnswer::AccessRevoked),
        Err(error) => {
            tracing::error!(%error, "a sign-in could not be checked again");
            None
        }
    }
}

#[expect(clippy::too_many_lines, reason = "one arm for each request")]
async fn answer_to(
    request: StaffRequest,
    lecturer: &Lecturer,
    services: &Services,
    site: &Site,
) -> StaffAnswer {
    let by = Actor::Lecturer(lecturer);
    let Services {
        administration,
        sessions,
        timetable,
        corrections,
        deliveries,
        other_kiosks,
        exports,
        students,
        ..
    } = services;
    match request {
        StaffRequest::ListUnits(purpose) => {
            let units = administration.units(by).await;
            StaffAnswer::Units(purpose, units.map_err(error_text(site)))
        }
        StaffRequest::ListLectures => {
            StaffAnswer::Lectures(sessions.today(by).await.map_err(error_text(site)))
        }
        StaffRequest::ListSessions(limit) => {
            let latest = sessions.list(by, limit.lines()).await;
            StaffAnswer::Sessions(latest.map_err(error_text(site)))
        }
        StaffRequest::ListRemoteSessions => {
            let open = other_kiosks.list_remote(by).await;
            StaffAnswer::RemoteSessions(open.map_err(error_text(site)))
        }
        StaffRequest::FindFolders => {
            StaffAnswer::Folders(folders(site.export_folders.clone()).await)
        }
        StaffRequest::WriteList(order) => {
            StaffAnswer::Noted(write_list(services, site, *order, by).await)
        }
        StaffRequest::ReadRoster(session) => {
            let roster = sessions.roster(by, session).await;
            StaffAnswer::Roster(session, roster.map(Arc::new).map_err(error_text(site)))
        }
        StaffRequest::ReadHistory(unit, semester, number) => {
            let place = StudentPlace {
                unit,
                semester,
                number,
            };
            StaffAnswer::History(history(corrections, by, &place, site).await)
        }
        StaffRequest::ReadEnrolment(place) => {
            StaffAnswer::Enrolment(history(corrections, by, &place, site).await)
        }
        StaffRequest::ChangeEnrolment(order) => {
            StaffAnswer::Noted(change_enrolment(services, site, *order, by).await)
        }
        StaffRequest::ReadExam(unit, semester) => {
            let record = exports.unit_record(by, unit.clone(), semester).await;
            StaffAnswer::Exam(unit, record.map(Arc::new).map_err(error_text(site)))
        }
        StaffRequest::SettleLecture(lecture, settled) => {
            let done = sessions.settle(by, lecture, settled).await;
            let said = |()| {
                site.voice.say(match settled {
                    LectureSettled::Held => StaffScreen::WasHeld,
                    LectureSettled::NotHeld => StaffScreen::WasNotHeld,
                    LectureSettled::Undecided => StaffScreen::ToDecideAgain,
                })
            };
            StaffAnswer::Noted(done.map(said).map_err(error_text(site)))
        }
        StaffRequest::ReadExcuses(unit, student) => {
            let query = ExcuseQuery {
                student: Some(student.clone()),
                unit: Some(unit),
                lecture: None,
            };
            let given = administration.excuses(by, query).await;
            StaffAnswer::Excuses(student, given.map_err(error_text(site)))
        }
        StaffRequest::Excuse(order) => {
            let said = is_excused(&order, site);
            let excused = administration.excuse(by, *order).await;
            StaffAnswer::Finished(excused.map(|_| said).map_err(error_text(site)))
        }
        StaffRequest::TakeBackExcuse(excuse, student) => {
            let taken_back = administration.take_back_excuse(by, excuse).await;
            // One that was taken back meanwhile is as good.
            let number = student.to_string();
            let said = |_| site.voice.say(StaffScreen::IsNotExcused { number });
            StaffAnswer::Noted(taken_back.map(said).map_err(error_text(site)))
        }
        StaffRequest::Correct(order) => correct(corrections, order, by, site).await,
        StaffRequest::Undo(session, student, reason) => match Reason::parse(&reason) {
            Ok(reason) => {
                let undone = corrections.undo(by, session, Some(student), reason);
                corrected(undone.await, site)
            }
            Err(error) => StaffAnswer::Noted(Err(site
                .voice
                .say(InvalidIn::Other(TextField::Reason, error)))),
        },
        StaffRequest::ListDeliveries(limit) => {
            let lines = deliveries.page(None, from_the_first(limit)).await;
            StaffAnswer::Deliveries(lines.map(masked_for(lecturer)).map_err(error_text(site)))
        }
        // Not only for administrators: it delivers what is waiting, and nothing else.
        StaffRequest::Retry(attendance_id, target) => {
            let said = |n| site.voice.say(StaffScreen::Retried { n });
            let retried = deliveries.retry(attendance_id, Some(target)).await;
            StaffAnswer::Noted(retried.map(said).map_err(error_text(site)))
        }
        StaffRequest::RetryAll => {
            let said = |n| site.voice.say(StaffScreen::Retried { n });
            let retried = deliveries.retry_all(None).await;
            StaffAnswer::Noted(retried.map(said).map_err(error_text(site)))
        }
        StaffRequest::OpenSession(texts) => {
            StaffAnswer::Done(open(services, site, &texts, by).await)
        }
        StaffRequest::CloseSession(session) => {
            let closed = sessions.close(by, session).await;
            let said = |session: Session| {
                let unit = session.unit_code.to_string();
                site.voice.say(StaffScreen::IsClosed { unit })
            };
            StaffAnswer::Done(closed.map(said).map_err(error_text(site)))
        }
        StaffRequest::OpenLecture(lecture) => {
            let opened = timetable.open_lecture(by, lecture).await;
            StaffAnswer::Done(opened.map(is_open(site)).map_err(error_text(site)))
        }
        StaffRequest::CancelLecture(lecture, reason) => {
            let cancelled = timetable.cancel_lecture(by, lecture, reason).await;
            let said = |()| site.voice.say(StaffScreen::LectureIsCancelled);
            StaffAnswer::Noted(cancelled.map(said).map_err(error_text(site)))
        }
        StaffRequest::JoinSession(session) => {
            let joined = other_kiosks.join(by, session).await;
            let said = joined.map(|(session, _)| is_open(site)(session));
            StaffAnswer::Done(said.map_err(error_text(site)))
        }
        StaffRequest::ExtendSession(session, duration) => {
            let extended = sessions.extend(by, session, duration).await;
            StaffAnswer::Noted(extended.map(is_open(site)).map_err(error_text(site)))
        }
        StaffRequest::ReopenSession(session, reason) => {
            let reopened = sessions.reopen(by, session, reason).await;
            let said = |session: Option<Session>| match session {
                Some(session) => is_open(site)(session),
                None => site.voice.say(StaffScreen::IsPlannedAgain),
            };
            StaffAnswer::Noted(reopened.map(said).map_err(error_text(site)))
        }
        StaffRequest::CancelSession(session, reason) => {
            let cancelled = sessions.cancel(by, session, reason).await;
            let said = |session: Option<Session>| {
                site.voice.say(match session {
                    Some(session) => StaffScreen::IsCancelled {
                        unit: session.unit_code.to_string(),
                    },
                    None => StaffScreen::LectureIsCancelled,
                })
            };
            StaffAnswer::Noted(cancelled.map(said).map_err(error_text(site)))
        }
        StaffRequest::CloseListed(session) => {
            let closed = sessions.close(by, session).await;
            let said = |session: Session| {
                let unit = session.unit_code.to_string();
                site.voice.say(StaffScreen::IsClosed { unit })
            };
            StaffAnswer::Noted(closed.map(said).map_err(error_text(site)))
        }
        StaffRequest::PreviewEdit(session, edit) => {
            let effect = sessions.preview_edit(by, session, (*edit).clone()).await;
            StaffAnswer::EditEffect(edit, effect.map(Box::new).map_err(error_text(site)))
        }
        StaffRequest::EditSession(session, edit, reason) => {
            let reason = Some(reason).filter(|reason| !reason.is_empty());
            let edited = sessions.edit(by, session, *edit, reason).await;
            let said = |effect| is_edited(&effect, site);
            StaffAnswer::Finished(edited.map(said).map_err(error_text(site)))
        }
        StaffRequest::PreviewUndo(session) => {
            let effect = sessions.preview_undo(by, session).await;
            StaffAnswer::UndoEffect(session, effect.map(Box::new).map_err(error_text(site)))
        }
        StaffRequest::UndoEdit(session, seen) => {
            let undone = sessions.undo_edit(by, session, Some(seen)).await;
            let said = |_| site.voice.say(EditText::Undone);
            StaffAnswer::Finished(undone.map(said).map_err(error_text(site)))
        }
        StaffRequest::PreviewNumber(order) => {
            let effect = students.preview_number(by, (*order).clone()).await;
            let effect = effect.map(Box::new).map_err(error_text(site));
            StaffAnswer::NumberEffect(order, effect)
        }
        StaffRequest::ChangeNumber(order) => match students.change_number(by, *order).await {
            Ok(effect) => {
                let right = effect.right.as_ref().unwrap_or(&effect.student);
                let number = right.admission_number.clone();
                StaffAnswer::NumberIs(number, is_renumbered(&effect, site))
            }
            Err(error) => StaffAnswer::Finished(Err(error_text(site)(error))),
        },
        StaffRequest::ReadUndo(session, number) => {
            let next = students.came_last(by, session, number.clone()).await;
            StaffAnswer::UndoNext(session, number, next.map_err(error_text(site)))
        }
        StaffRequest::UndoNumber(number) => {
            let undone = students.undo_number(by, number).await;
            let said = |undone| site.voice.number_undone(&undone).join(" ");
            StaffAnswer::Noted(undone.map(said).map_err(error_text(site)))
        }
        // The check of PIN and role before this is all that is asked.
        StaffRequest::AskToLeave => StaffAnswer::MayLeave,
    }
}

/// A student's lectures in a unit, or the sentence that says why they cannot be read.
async fn history(
    corrections: &Corrections,
    by: Actor<'_>,
    place: &StudentPlace,
    site: &Site,
) -> Result<Arc<StudentHistory>, String> {
    let history = corrections.history(by, &place.unit, Some(&place.semester), &place.number);
    match history.await {
        Ok(Some(history)) => Ok(Arc::new(history)),
        Ok(None) => Err(site.voice.say(StaffScreen::NoSuchStudent)),
        Err(error) => Err(correction_error(&error, site)),
    }
}

/// Enrols or withdraws a student, and says what has become of them.
async fn change_enrolment(
    services: &Services,
    site: &Site,
    order: EnrolmentOrder,
    by: Actor<'_>,
) -> Result<String, String> {
    let EnrolmentOrder { place, change } = order;
    let (change, ends_with) = match change {
        EnrolmentChange::Enrol(interval) => (PlaceChange::Set(interval), None),
        EnrolmentChange::Withdraw(day) => (PlaceChange::Withdraw(day), Some(day)),
    };
    let of = Place {
        unit: place.unit.clone(),
        semester: place.semester.clone(),
        number: place.number.clone(),
    };
    let changed = services.administration.change_enrolment(by, of, change);
    changed.await.map_err(error_text(site))?;
    let history = history(&services.corrections, by, &place, site).await?;
    let number = place.number.to_string();
    let enrolment = &history.enrolment;
    let standing = history.standing.as_ref();
    Ok(site.voice.say(match ends_with {
        // Whoever had left before keeps the earlier day.
        Some(day) => StaffScreen::IsWithdrawn {
            number,
            last_day: enrolment.until().unwrap_or(day),
            credit: standing.map_or(0, |standing| standing.credit),
            held: standing.map_or(0, |standing| standing.held),
        },
        None => StaffScreen::IsEnrolled {
            number,
            from: enrolment.since(),
        },
    }))
}

/// What is said of a student who has been excused.
fn is_excused(order: &ExcuseOrder, site: &Site) -> String {
    let category = order.category;
    let what = site.voice.say(match order.covers {
        Excused::Lecture(_) => StaffScreen::ExcusedOnce { category },
        Excused::Days(first, last) => StaffScreen::ExcusedDays {
            category,
            first,
            last,
            everywhere: order.unit.is_none(),
        },
    });
    let number = order.student.to_string();
    site.voice.say(StaffScreen::IsExcused { number, what })
}

/// What is said of a number that was changed.
fn is_renumbered(effect: &NumberEffect, site: &Site) -> String {
    let number = effect.student.admission_number.to_string();
    let right = effect.right.as_ref();
    let right = right.map(|right| right.admission_number.to_string());
    site.voice.say(match right {
        Some(right) => NumberText::Done { number, right },
        None => NumberText::OnNoList { number },
    })
}

/// What is said of a lecture that was changed.
fn is_edited(effect: &EditEffect, site: &Site) -> String {
    let (before, after) = (&effect.before, &effect.after);
    let unit = after.unit.to_string();
    let (from, until) = (after.starts_at, after.ends_at);
    let room = after.venue.as_str().to_owned();
    site.voice.say(if before.unit != after.unit {
        EditText::Moved { unit }
    } else if before.venue == after.venue || room.is_empty() {
        EditText::Changed { unit, from, until }
    } else {
        EditText::ChangedRoom {
            unit,
            from,
            until,
            room,
        }
    })
}

/// A list from its first line on.
fn from_the_first(limit: ReadLimit) -> Page {
    Page {
        offset: 0,
        limit: limit.lines(),
    }
}

/// Finds the folders that lists can be written to. Disks must not block the screen's thread.
async fn folders(export_folders: ExportFolders) -> Vec<PathBuf> {
    let looking = tokio::task::spawn_blocking(move || export_folders.places());
    looking.await.unwrap_or_default()
}

/// Makes a list and writes it into a file.
async fn write_list(
    services: &Services,
    site: &Site,
    order: ListOrder,
    by: Actor<'_>,
) -> Result<String, String> {
    let ListOrder {
        list,
        format,
        folder,
    } = order;
    let made = services.exports.list(by, list).await;
    let sheet = made.map_err(error_text(site))?;
    let (name, lines) = (sheet.file_name(format), sheet.rows.len());
    let (export_folders, into, file) = (site.export_folders.clone(), folder.clone(), name.clone());
    let (to_text, voice) = (error_text(site), site.voice);
    let writing = tokio::task::spawn_blocking(move || {
        let bytes = sheet.to_bytes(format).map_err(to_text)?;
        let put = export_folders.put(&into, &file, &bytes);
        put.map_err(|error| not_written(&into, &error, voice))
    });
    let written = writing.await;
    let written = written.unwrap_or_else(|_| Err(voice.say(RequestKind::Export.broke_off())));
    written.map(|_| {
        let folder = folder.display().to_string();
        voice.say(StaffScreen::Written {
            name,
            lines,
            folder,
        })
    })
}

/// Why a list is nowhere.
fn not_written(folder: &Path, error: &FileError, voice: Voice) -> String {
    let why = voice.say(match error {
        FileError::NoRoom(_) => StaffScreen::DiskFull,
        FileError::NoFolder(_) => StaffScreen::FolderGone,
        FileError::Folder(_) | FileError::Special(_) => StaffScreen::NameTaken,
        FileError::Other { source, .. } => match source.kind() {
            ErrorKind::PermissionDenied => StaffScreen::NotAllowed,
            ErrorKind::ReadOnlyFilesystem => StaffScreen::ReadOnlyDisk,
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => StaffScreen::NotAFolder,
            _ => StaffScreen::DiskError {
                cause: source.to_string(),
            },
        },
    });
    let folder = folder.display().to_string();
    voice.say(StaffScreen::NotWritten { why, folder })
}

async fn correct(
    corrections: &Corrections,
    order: Box<CorrectionOrder>,
    by: Actor<'_>,
    site: &Site,
) -> StaffAnswer {
    match corrections.correct(by, (*order).clone()).await {
        Err(CorrectionError::Refused(CorrectionRefusal::ReasonNeeded))
            if order.reason.is_none() =>
        {
            StaffAnswer::ReasonNeeded(order)
        }
        Err(CorrectionError::Refused(CorrectionRefusal::UnknownStudent))
            if order.name.is_none() && matches!(order.correction, Correction::Mark(_)) =>
        {
            StaffAnswer::NameNeeded(order)
        }
        answer => corrected(answer, site),
    }
}

/// Says an error to the people at the screen.
fn error_text<E>(site: &Site) -> impl Fn(E) -> String + use<E>
where
    for<'a> Message<'a>: From<&'a E>,
{
    let voice = site.voice;
    move |error| voice.say(&error)
}

/// What came of a correction.
fn corrected(answer: Result<Corrected, CorrectionError>, site: &Site) -> StaffAnswer {
    StaffAnswer::Noted(match answer {
        Ok(corrected) => {
            let number = corrected.receipt.student.admission_number.to_string();
            let mark = site.voice.say(corrected.mark);
            Ok(site.voice.say(if !corrected.changed {
                StaffScreen::MarkStays { number, mark }
            } else if corrected.others > 0 {
                let n = corrected.others;
                StaffScreen::MarkAndOthers { number, mark, n }
            } else if corrected.portal_by_hand {
                StaffScreen::MarkIsNotAtPortal { number, mark }
            } else {
                StaffScreen::MarkIs { number, mark }
            }))
        }
        Err(error) => Err(correction_error(&error, site)),
    })
}

fn correction_error(error: &CorrectionError, site: &Site) -> String {
    site.voice.explain(error).sentence()
}

async fn open(
    services: &Services,
    site: &Site,
    texts: &OpeningTexts,
    by: Actor<'_>,
) -> Result<String, String> {
    let opening = read_opening(texts, site, services.desk.now())?;
    let opened = services.sessions.open(by, opening).await;
    let (session, _) = opened.map_err(error_text(site))?;
    Ok(is_open(site)(session))
}

/// Shows an administrator the admission numbers, and everybody else only their tails: the list has the records
/// of every unit, and a lecturer sees only their own (feature F4).
fn masked_for(lecturer: &Lecturer) -> impl Fn(Vec<UnsettledDelivery>) -> Vec<DeliveryLine> {
    let in_full = lecturer.is_admin;
    let delivery = move |line: UnsettledDelivery| DeliveryLine {
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

/// Reads what was typed; a blank start is now.
fn read_opening(texts: &OpeningTexts, site: &Site, now: Timestamp) -> Result<Opening, String> {
    let starts_at = match texts.start.trim() {
        "" => None,
        start => Some(
            site.voice
                .zone
                .read_start(start, now)
                .map_err(error_text(site))?,
        ),
    };
    let minutes: u64 = texts
        .minutes
        .trim()
        .parse()
        .map_err(|_| site.voice.say(StaffScreen::MinutesInvalid))?;
    Ok(Opening {
        unit: texts.unit.clone(),
        semester: Some(Semester::parse(&texts.semester).map_err(error_text(site))?),
        starts_at,
        lasts: Duration::from_secs(minutes.saturating_mul(60)),
        venue: Some(Venue::parse(&texts.venue).map_err(error_text(site))?),
    })
}

fn is_open(site: &Site) -> impl Fn(Session) -> String {
    let voice = site.voice;
    move |session| {
        voice.say(StaffScreen::IsOpen {
            unit: session.unit_code.to_string(),
            until: session.ends_at,
        })
    }
}

#[cfg(test)]
mod tests;
