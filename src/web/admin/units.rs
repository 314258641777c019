//! Units: the list, a new one, changes (feature G4).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use maud::Markup;

use super::Asked;
use crate::domain::{StaffId, Unit, UnitCode, UnitFact, UnitPolicy, clean_line};
use crate::services::{AdministrationError, NewUnit, StoreError};
use crate::web::Web;
use crate::web::body::Fields;
use crate::web::echo::echo;
use crate::web::pages::{self, Field, UnitForm};
use crate::web::problem::{Answer, Problem};
use crate::web::staff::{Admin, AdminForm, Staff};
use crate::web::units::MOST_LESSONS;
use crate::words::{AdminText, InvalidIn, TextField, Voice};

/// The longest title: the width of the column in the Django system.
const NAME_CHARS: usize = 200;

/// `GET /admin/units`.
pub async fn list(State(web): State<Web>, Admin(staff): Admin) -> Answer<Markup> {
    page_of_all(&web, &staff, &UnitForm::default()).await
}

/// `POST /admin/units`: a new unit.
pub async fn add(State(web): State<Web>, AdminForm { staff, mut fields }: AdminForm) -> Answer {
    let mut form = UnitForm::receive(&mut fields)?;
    let code = UnitCode::parse(&form.code.text);
    if let Err(error) = &code {
        form.code.error = Some(web.voice().say(error));
    }
    if let (Ok(code), Some(change)) = (code, read(&mut form, web.voice())) {
        let new = NewUnit {
            code,
            name: change.name,
            lecturer: change.lecturer,
            planned_lessons: change.policy.planned_lessons,
        };
        match web.services.administration.add_unit(staff.by(), new).await {
            Ok(()) => return Ok(Redirect::to("/admin/units").into_response()),
            Err(AdministrationError::Refused(why)) => {
                form.code.error = Some(web.voice().say(&why));
            }
            Err(AdministrationError::Store(error @ StoreError::Missing { .. })) => {
                form.lecturer.error = Some(web.voice().say(&error));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let page = page_of_all(&web, &staff, &form).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `GET /admin/unit?code=`.
pub async fn show(State(web): State<Web>, Asked { staff, mut query }: Asked) -> Answer<Markup> {
    let unit = find(&web, &staff, &query.one("code")?).await?;
    let form = UnitForm {
        code: Field::holding(unit.code.to_string()),
        name: Field::holding(unit.name.clone()),
        lecturer: Field::holding(unit.lecturer_staff_id.to_string()),
        planned_lessons: Field::holding(
            unit.own_policy
                .planned_lessons
                .map(|lessons| lessons.to_string())
                .unwrap_or_default(),
        ),
    };
    Ok(pages::unit(&web.chrome(&staff), &unit, &form))
}

/// `POST /admin/unit`.
pub async fn change(State(web): State<Web>, AdminForm { staff, mut fields }: AdminForm) -> Answer {
    let mut form = UnitForm::receive(&mut fields)?;
    let unit = find(&web, &staff, &form.code.text).await?;
    if let Some(mut change) = read(&mut form, web.voice()) {
        let before = web
            .services
            .administration
            .unit(staff.by(), unit.code.clone());
        if let Some(before) = before.await? {
            change.policy = UnitPolicy {
                planned_lessons: change.policy.planned_lessons,
                ..before.policy
            };
            change.finished = before.finished;
            change.retired = before.retired;
        }
        match web
            .services
            .administration
            .change_unit(staff.by(), unit.code.clone(), change)
            .await
        {
            Ok(()) => return Ok(Redirect::to("/admin/units").into_response()),
            Err(AdministrationError::Store(error @ StoreError::Missing { .. })) => {
                form.lecturer.error = Some(web.voice().say(&error));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let page = pages::unit(&web.chrome(&staff), &unit, &form);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

impl UnitForm {
    fn receive(fields: &mut Fields) -> Answer<Self> {
        let mut field = |name| fields.one(name).map(|typed| Field::holding(echo(&typed)));
        Ok(Self {
            code: field("code")?,
            name: field("name")?,
            lecturer: field("lecturer")?,
            planned_lessons: field("planned_lessons")?,
        })
    }
}

/// What the form says about everything but the code; `None` when a field has been complained about.
fn read(form: &mut UnitForm, voice: Voice) -> Option<UnitFact> {
    let name = clean_line(&form.name.text, NAME_CHARS).map_err(|error| {
        form.name.error = Some(voice.say(InvalidIn::Other(TextField::Title, error)));
    });
    let lecturer = StaffId::parse(&form.lecturer.text)
        .map_err(|error| form.lecturer.error = Some(voice.say(&error)));
    let planned = match form.planned_lessons.text.trim() {
        "" => Ok(None),
        typed => match typed.parse::<u32>() {
            Ok(lessons) if (1..=MOST_LESSONS).contains(&lessons) => Ok(Some(lessons)),
            _ => {
                let range = AdminText::PlannedRange { max: MOST_LESSONS };
                form.planned_lessons.error = Some(voice.say(range));
                Err(())
            }
        },
    };
    Some(UnitFact {
        name: name.ok()?,
        lecturer: lecturer.ok()?,
        policy: UnitPolicy {
            planned_lessons: planned.ok()?,
            ..UnitPolicy::default()
        },
        finished: Vec::new(),
        retired: false,
    })
}

async fn page_of_all(web: &Web, staff: &Staff, form: &UnitForm) -> Answer<Markup> {
    let units = web.units(staff).await?;
    Ok(pages::units(&web.chrome(staff), &units, form))
}

async fn find(web: &Web, staff: &Staff, code: &str) -> Answer<Unit> {
    let code = UnitCode::parse(code).map_err(|_| Problem::not_found())?;
    let mut units = web.units(staff).await?.into_iter();
    units
        .find(|unit| unit.code == code)
        .ok_or_else(Problem::not_found)
}

impl Web {
    /// Every unit, for an administrator.
    pub(super) async fn units(&self, staff: &Staff) -> Answer<Vec<Unit>> {
        Ok(self.services.administration.units(staff.by()).await?)
    }
}
