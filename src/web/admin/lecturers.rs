//! Lecturers: the list, a new one, changes, PINs (feature G4).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use maud::Markup;

use super::Asked;
use crate::domain::{InvalidText, Lecturer, PersonName, StaffId, clean_line};
use crate::services::{AdministrationError, LecturerChange, Pin};
use crate::web::Web;
use crate::web::body::Fields;
use crate::web::echo::echo;
use crate::web::pages::{self, Field, LecturerForm};
use crate::web::percent;
use crate::web::problem::{Answer, Problem};
use crate::web::staff::{Admin, AdminForm, Staff};
use crate::words::{AdminText, InvalidIn, TextField, Voice};

/// The longest department: the width of the column in the Django system.
const DEPARTMENT_CHARS: usize = 100;

/// `GET /admin/lecturers`.
pub async fn list(State(web): State<Web>, Admin(staff): Admin) -> Answer<Markup> {
    page_of_all(&web, &staff, &LecturerForm::default()).await
}

/// `POST /admin/lecturers`: a new lecturer, without a PIN until one is given.
pub async fn add(State(web): State<Web>, AdminForm { staff, mut fields }: AdminForm) -> Answer {
    let mut form = LecturerForm::receive(&mut fields)?;
    let staff_id = StaffId::parse(&form.staff_id.text);
    if let Err(error) = &staff_id {
        form.staff_id.error = Some(web.voice().say(error));
    }
    if let (Ok(staff_id), Some(new)) = (staff_id, read(&mut form, web.voice())) {
        let path = path_of(&staff_id);
        let added = web
            .services
            .administration
            .add_lecturer(
                staff.by(),
                staff_id,
                new.name,
                new.department,
                new.is_admin,
                None,
            )
            .await;
        match added {
            Ok(()) => return Ok(Redirect::to(&path).into_response()),
            Err(AdministrationError::Refused(why)) => {
                form.staff_id.error = Some(web.voice().say(&why));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let page = page_of_all(&web, &staff, &form).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `GET /admin/lecturer?staff_id=`.
pub async fn show(State(web): State<Web>, Asked { staff, mut query }: Asked) -> Answer<Markup> {
    let lecturer = find(&web, &staff, &query.one("staff_id")?).await?;
    let form = LecturerForm::of(&lecturer);
    Ok(pages::lecturer(&web.chrome(&staff), &lecturer, &form))
}

/// `POST /admin/lecturer`.
pub async fn change(State(web): State<Web>, AdminForm { staff, mut fields }: AdminForm) -> Answer {
    let mut form = LecturerForm::receive(&mut fields)?;
    let lecturer = find(&web, &staff, &form.staff_id.text).await?;
    let confirmed = !fields.one("confirmed")?.is_empty();
    if let Some(change) = read(&mut form, web.voice()) {
        let loses_role = lecturer.is_admin && !change.is_admin;
        let leaves = change.has_left && !lecturer.has_left;
        if (loses_role || leaves) && !confirmed {
            let page = pages::confirm_loss(&web.chrome(&staff), &lecturer, &form);
            return Ok(page.into_response());
        }
        let id = lecturer.staff_id.clone();
        match web
            .services
            .administration
            .change_lecturer(staff.by(), id, change)
            .await
        {
            Ok(()) => return Ok(Redirect::to("/admin/lecturers").into_response()),
            Err(AdministrationError::Refused(why)) => {
                form.name.error = Some(web.voice().say(&why));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let page = pages::lecturer(&web.chrome(&staff), &lecturer, &form);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /admin/lecturer/pin`: a new PIN, typed twice; replacing one needs a confirmation. Sign-ins with the
/// old PIN end.
pub async fn set_pin(State(web): State<Web>, AdminForm { staff, mut fields }: AdminForm) -> Answer {
    let lecturer = find(&web, &staff, &fields.one("staff_id")?).await?;
    let (pin, again) = (fields.one("pin")?, fields.one("again")?);
    let may_go = !lecturer.has_pin || !fields.one("replace")?.is_empty();
    let mut form = LecturerForm::of(&lecturer);
    form.pin.error = match Pin::parse(&pin) {
        Ok(_) if pin != again => Some(web.voice().say(AdminText::PinsDiffer)),
        Ok(_) if !may_go => {
            form.replace.error = Some(web.voice().say(AdminText::ReplaceNeeded));
            None
        }
        Ok(pin) => {
            let set = web
                .services
                .administration
                .set_pin(staff.by(), lecturer.staff_id.clone(), pin)
                .await;
            set?;
            return Ok(Redirect::to("/admin/lecturers").into_response());
        }
        Err(error) => Some(web.voice().say(&error)),
    };
    let page = pages::lecturer(&web.chrome(&staff), &lecturer, &form);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

impl LecturerForm {
    fn of(lecturer: &Lecturer) -> Self {
        Self {
            staff_id: Field::holding(lecturer.staff_id.to_string()),
            name: Field::holding(lecturer.name.clone()),
            department: Field::holding(lecturer.department.clone()),
            is_admin: lecturer.is_admin,
            has_left: lecturer.has_left,
            pin: Field::default(),
            replace: Field::default(),
        }
    }

    fn receive(fields: &mut Fields) -> Answer<Self> {
        let mut field = |name| fields.one(name).map(|typed| Field::holding(echo(&typed)));
        Ok(Self {
            staff_id: field("staff_id")?,
            name: field("name")?,
            department: field("department")?,
            pin: Field::default(),
            replace: Field::default(),
            is_admin: !fields.one("is_admin")?.is_empty(),
            has_left: !fields.one("has_left")?.is_empty(),
        })
    }
}

/// What the form says about everything but the id; `None` when a field has been complained about.
fn read(form: &mut LecturerForm, voice: Voice) -> Option<LecturerChange> {
    let name = PersonName::parse(&form.name.text)
        .map_err(|error| form.name.error = Some(voice.say(&error)));
    let department = match clean_line(&form.department.text, DEPARTMENT_CHARS) {
        Err(InvalidText::Empty) => Ok(String::new()),
        read => read.map_err(|error| {
            form.department.error = Some(voice.say(InvalidIn::Other(TextField::Department, error)));
        }),
    };
    Some(LecturerChange {
        name: name.ok()?,
        department: department.ok()?,
        is_admin: form.is_admin,
        has_left: form.has_left,
    })
}

async fn page_of_all(web: &Web, staff: &Staff, form: &LecturerForm) -> Answer<Markup> {
    let lecturers = web.services.administration.lecturers(staff.by()).await?;
    Ok(pages::lecturers(&web.chrome(staff), &lecturers, form))
}

async fn find(web: &Web, staff: &Staff, staff_id: &str) -> Answer<Lecturer> {
    let staff_id = StaffId::parse(staff_id).map_err(|_| Problem::not_found())?;
    let lecturers = web.services.administration.lecturers(staff.by()).await;
    let mut lecturers = lecturers?.into_iter();
    lecturers
        .find(|lecturer| lecturer.staff_id == staff_id)
        .ok_or_else(Problem::not_found)
}

fn path_of(staff_id: &StaffId) -> String {
    format!(
        "/admin/lecturer?staff_id={}",
        percent::encode(staff_id.as_str())
    )
}
