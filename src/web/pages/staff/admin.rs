//! The office's pages.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::chrome::Chrome;
use super::history::days;
use super::parts::{input, table};
use super::paths::{file_path, number_path, unit_path};
use crate::domain::{AdmissionNumber, AuditLine, DeliveryState, Lecturer, Target, Unit, UnitCode};
use crate::services::{
    AttendanceFile, AttendanceQuery, AttendanceRow, ListPage, PAGE, StudentFile, StudentOrder,
    StudentQuery, StudentRow, SyncState,
};
use crate::web::pages::Field;
use crate::web::pages::sign::error_mark;
use crate::web::percent;
use crate::words::{
    AdminText, BoardText, HistoryText, Label, NumberText, StaffScreen, StaffText, UnitText, Voice,
};

/// The students' page.
pub struct StudentList {
    /// What was asked for.
    pub query: StudentQuery,
    /// What was found.
    pub page: ListPage<StudentRow>,
    /// The units to filter by.
    pub units: Vec<Unit>,
    /// How many students the kiosk knows.
    pub in_all: u64,
}

/// What may be changed about a student.
#[derive(Debug, Clone, Default)]
pub struct StudentForm {
    pub name: Field,
    pub email: Field,
    pub phone: Field,
}

/// The records' page.
pub struct AttendanceList {
    /// What was asked for.
    pub query: AttendanceQuery,
    /// What was found.
    pub page: ListPage<AttendanceRow>,
    /// The units to filter by.
    pub units: Vec<Unit>,
}

/// A unit's form.
#[derive(Debug, Clone, Default)]
pub struct UnitForm {
    pub code: Field,
    pub name: Field,
    pub lecturer: Field,
    pub planned_lessons: Field,
}

/// A lecturer's forms.
#[derive(Debug, Clone, Default)]
pub struct LecturerForm {
    pub staff_id: Field,
    pub name: Field,
    pub department: Field,
    pub is_admin: bool,
    pub has_left: bool,
    pub pin: Field,
    /// Whether the present PIN may be replaced.
    pub replace: Field,
}

/// The audit log's page.
pub struct AuditList {
    /// What was found.
    pub lines: Vec<AuditLine>,
    /// The staff ID to filter by, or `shell`.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To whose records.
    pub student: String,
}

/// `/admin/students`.
pub fn students(chrome: &Chrome, list: &StudentList) -> Markup {
    let query = &list.query;
    let by_name = query.order == StudentOrder::Name;
    let unit = query.unit.as_ref().map_or("", |(unit, _)| unit.as_str());
    let search = [("q", query.search.as_str()), ("unit", unit)];
    let sorted = [
        search[0],
        search[1],
        ("sort", if by_name { "name" } else { "" }),
    ];
    let content = html! {
        h1 { (chrome.voice.say(StaffText::Students)) }
        p.soft { (chrome.voice.say(AdminText::InAll { n: list.in_all })) code { (chrome.voice.say(AdminText::ImportCommand)) } (chrome.voice.say(AdminText::ImportHint)) }
        form.sieve method="get" action="/admin/students" role="search" {
            label { span { (chrome.voice.say(Label::NumberOrName)) } input type="search" name="q" value=(query.search); }
            (unit_choice(chrome.voice, &list.units, unit))
            label { span { (chrome.voice.say(Label::SortBy)) } select name="sort" {
                option value="" { (chrome.voice.say(StaffScreen::ByNumber)) } option value="name" selected[by_name] { (chrome.voice.say(StaffScreen::ByName)) } } }
            button { (chrome.voice.say(BoardText::Search)) }
        }
        (table(chrome.voice, &[Label::Number, Label::Name, Label::Email, Label::Phone, Label::NameFrom], list.page.rows.is_empty(), AdminText::NoMatchingStudents, &html! {
            @for student in &list.page.rows {
                tr {
                    th scope="row" { a href=(file_path(&student.admission_number)) { (student.admission_number) } }
                    td {
                        @if let Some(name) = &student.name { bdi { (name) } } @else { span.soft { (chrome.voice.say(AdminText::Unknown)) } }
                        @if let Some(right) = &student.same_as { " " span.soft { (chrome.voice.say(NumberText::IsSame { right: right.to_string() })) } }
                    }
                    td { (student.email) } td.slot { (student.phone) }
                    td { (chrome.voice.say(if student.is_from_roster { AdminText::FromRoster } else { AdminText::FromStudent })) }
                }
            }
        }))
        (pager(chrome.voice, "/admin/students", &sorted, query.page, list.page.has_more))
    };
    chrome.section(StaffText::Students, &content)
}

/// `/admin/student`.
pub fn student(chrome: &Chrome, file: &StudentFile, form: &StudentForm, units: &[Unit]) -> Markup {
    let number = &file.student.admission_number;
    let others = units
        .iter()
        .filter(|unit| file.units.iter().all(|(code, ..)| *code != unit.code) && !unit.retired);
    let others: Vec<&Unit> = others.collect();
    let unknown = chrome.voice.say(AdminText::NameUnknown);
    let content = html! {
        p.unit { (number) }
        h1 { bdi { (file.student.name.as_ref().map_or(unknown.as_str(), |name| name.as_str())) } }
        @if let Some(right) = &file.student.same_as {
            p { (number) " " a href=(file_path(right)) { (chrome.voice.say(NumberText::IsSame { right: right.to_string() })) } }
        }
        p { a href=(format!("/admin/attendance?number={}", percent::encode(number.as_str()))) { (chrome.voice.say(AdminText::Records)) } }
        p { a href=(number_path(number)) { (chrome.voice.say(NumberText::Title { number: number.to_string() })) } }
        div.columns {
            section {
                h2 { (chrome.voice.say(AdminText::Contact)) }
                form.card.stack method="post" action="/admin/student" {
                    (chrome.key())
                    input type="hidden" name="number" value=(number);
                    (input("name", &chrome.voice.say(Label::FullName), &chrome.voice.say(AdminText::NameIsRosters), &form.name))
                    (input("email", &chrome.voice.say(Label::Email), "", &form.email))
                    (input("phone", &chrome.voice.say(Label::Phone), "", &form.phone))
                    button { (chrome.voice.say(AdminText::Save)) }
                }
            }
            section {
                h2 { (chrome.voice.say(StaffText::Units)) }
                @if file.units.is_empty() { p.soft { (chrome.voice.say(AdminText::NotEnrolled)) } }
                @else {
                    (table(chrome.voice, &[Label::Unit, Label::Since, Label::Attendance, Label::None], false, AdminText::NotEnrolled, &html! {
                        @for (code, semester, enrolment) in &file.units {
                            tr {
                                th scope="row" { (code) " " span.soft { (semester) } }
                                td { @for interval in enrolment.intervals() { (days(interval, chrome.voice)) " " } }
                                td { a href=(format!("/admin/student/why?number={}&unit={}&semester={}", percent::encode(number.as_str()), percent::encode(code.as_str()), percent::encode(semester.as_str()))) { (chrome.voice.say(HistoryText::Why)) } }
                                td { a href=(format!("/admin/student/withdraw?number={}&unit={}", percent::encode(number.as_str()), percent::encode(code.as_str()))) { (chrome.voice.say(AdminText::Withdraw)) } }
                            }
                        }
                    }))
                }
                @if !others.is_empty() {
                    form.actions method="post" action="/admin/student/enrol" {
                        (chrome.key())
                        input type="hidden" name="number" value=(number);
                        label { span { (chrome.voice.say(AdminText::EnrolIn)) } select name="unit" {
                            @for unit in others { option value=(unit.code) { (unit.code) " " (unit.name) } }
                        } }
                        label { span { (chrome.voice.say(AdminText::EnrolFrom)) } input type="date" name="from"; }
                        button.quiet { (chrome.voice.say(AdminText::Enrol)) }
                    }
                }
            }
        }
    };
    chrome.page(StaffText::Students, number.as_str(), &content)
}

/// `/admin/student/withdraw`.
pub fn confirm_withdrawal(
    chrome: &Chrome,
    number: &AdmissionNumber,
    unit: &UnitCode,
    today: NaiveDate,
) -> Markup {
    let content = html! {
        section.card {
            h1 { (chrome.voice.say(AdminText::WithdrawFrom { number: number.to_string(), unit: unit.to_string() })) }
            p { (chrome.voice.say(AdminText::WithdrawHint { unit: unit.to_string() })) }
            form.actions method="post" action="/admin/student/withdraw" {
                (chrome.key())
                input type="hidden" name="number" value=(number);
                input type="hidden" name="unit" value=(unit);
                label { span { (chrome.voice.say(AdminText::LastDay)) } input type="date" name="last_day" value=(today) required; }
                button.danger { (chrome.voice.say(AdminText::Withdraw)) }
                a.button.quiet href=(file_path(number)) { (chrome.voice.say(AdminText::Cancel)) }
            }
        }
    };
    chrome.page(
        StaffText::Students,
        &chrome.voice.say(AdminText::Withdraw),
        &content,
    )
}

/// `/admin/attendance`.
pub fn attendance(chrome: &Chrome, list: &AttendanceList) -> Markup {
    let query = &list.query;
    let unit = query.unit.as_ref().map_or("", UnitCode::as_str);
    let date = query.date.map(|date| date.to_string()).unwrap_or_default();
    let number = query.number.as_ref();
    let number = number.map_or("", AdmissionNumber::as_str);
    let sync = query.sync.map(sync_word).unwrap_or_default();
    let asked = [
        ("date", date.as_str()),
        ("unit", unit),
        ("number", number),
        ("sync", sync),
    ];
    let content = html! {
        h1 { (chrome.voice.say(StaffText::Attendance)) }
        form.sieve method="get" action="/admin/attendance" role="search" {
            label { span { (chrome.voice.say(Label::DateOfLecture)) } input type="date" name="date" value=(date); }
            (unit_choice(chrome.voice, &list.units, unit))
            label { span { (chrome.voice.say(Label::AdmissionNumber)) } input type="search" name="number" value=(number); }
            label { span { (chrome.voice.say(Label::Deliveries)) } select name="sync" {
                option value="" { (chrome.voice.say(AdminText::AnyState)) }
                @for state in [SyncState::Waiting, SyncState::Parked, SyncState::Delivered] {
                    option value=(sync_word(state)) selected[query.sync == Some(state)] { (chrome.voice.say(state)) }
                }
            } }
            button { (chrome.voice.say(AdminText::Filter)) }
        }
        (table(chrome.voice, &[Label::Recorded, Label::Number, Label::Name, Label::Unit, Label::How, Label::Mark, Label::Flags, Label::Firestore, Label::Portal], list.page.rows.is_empty(), AdminText::NoMatchingRecords, &html! {
            @for record in &list.page.rows {
                tr {
                    th scope="row" { a href=(format!("/admin/attendance/{}", record.attendance_id)) { (chrome.moment(record.at)) } }
                    td.slot { a href=(file_path(&record.admission_number)) { (record.admission_number) } }
                    td { @if let Some(name) = &record.name { bdi { (name) } } }
                    td.slot { a href=(format!("/board/{}", record.session_id)) { (record.unit_code) } }
                    td { (chrome.voice.say(record.channel)) }
                    td { (mark(chrome.voice, record)) }
                    td { (chrome.voice.flags(record.flags)) }
                    td { (delivery(chrome.voice, record.firestore)) } td { (delivery(chrome.voice, record.portal)) }
                }
            }
        }))
        (pager(chrome.voice, "/admin/attendance", &asked, query.page, list.page.has_more))
    };
    chrome.section(StaffText::Attendance, &content)
}

/// `/admin/attendance/{attendance_id}`.
pub fn record(chrome: &Chrome, file: &AttendanceFile) -> Markup {
    let record = &file.record;
    let content = html! {
        p.unit { (record.unit_code) }
        h1 { (record.admission_number) @if let Some(name) = &record.name { ", " bdi { (name) } } }
        div.columns {
            section {
                h2 { (chrome.voice.say(AdminText::Record)) }
                dl.card.facts {
                    dt { (chrome.voice.say(Label::Recorded)) } dd { (chrome.moment(record.at)) }
                    dt { (chrome.voice.say(Label::How)) } dd { (chrome.voice.say(record.channel)) }
                    dt { (chrome.voice.say(Label::Mark)) } dd { (mark(chrome.voice, record)) }
                    dt { (chrome.voice.say(Label::LateBy)) } dd { (chrome.voice.say(AdminText::Minutes { n: file.punctuality.minutes() })) }
                    dt { (chrome.voice.say(Label::OfPlanThen)) } dd { @match file.percentage { Some(percent) => (chrome.voice.say(AdminText::Percent { percent: percent.to_string() })), None => (chrome.voice.say(AdminText::NotCounted)) } }
                    dt { (chrome.voice.say(Label::Flags)) } dd { (chrome.voice.flags(record.flags)) }
                    @if let Some(name) = &file.typed_name { dt { (chrome.voice.say(Label::TypedName)) } dd { bdi { (name) } } }
                    @if let Some(kiosk) = &record.kiosk_id { dt { (chrome.voice.say(Label::OtherKiosk)) } dd { (kiosk) } }
                    dt { (chrome.voice.say(Label::RecordId)) } dd { (record.attendance_id) }
                    dt { (chrome.voice.say(Label::Lecture)) } dd { a href=(format!("/board/{}", record.session_id)) { (chrome.voice.say(AdminText::Board)) } }
                }
            }
            section {
                h2 { (chrome.voice.say(AdminText::FromRemotes)) }
                dl.card.facts {
                    dt { (chrome.voice.say(Label::FirestoreDocument)) } dd { @match file.tries.iter().find(|it| it.target == Target::Firestore).and_then(|it| it.document.as_ref()) { Some(id) => (id), None => (chrome.voice.say(AdminText::NoneYet)) } }
                    dt { (chrome.voice.say(Label::PortalAnswer)) } dd { @match file.tries.iter().find(|it| it.target == Target::Portal).and_then(|it| it.answer.as_ref()) { Some(answer) => pre { (answer) }, None => (chrome.voice.say(AdminText::NoneYet)) } }
                    @for tries in &file.tries {
                        dt { (chrome.voice.say(tries.target)) }
                        dd { (chrome.voice.say(match &tries.error { Some(last) => AdminText::TriedTimesLast { n: tries.attempts.into(), last: last.clone() }, None => AdminText::TriedTimes { n: tries.attempts.into() } })) }
                    }
                }
            }
        }
    };
    chrome.page(
        StaffText::Attendance,
        record.admission_number.as_str(),
        &content,
    )
}

/// `/admin/units`.
pub fn units(chrome: &Chrome, units: &[Unit], form: &UnitForm) -> Markup {
    let content = html! {
        h1 { (chrome.voice.say(StaffText::Units)) }
        (table(chrome.voice, &[Label::Code, Label::Title, Label::Lecturer, Label::PlannedLectures, Label::Enrolled], units.is_empty(), AdminText::NoUnits, &html! {
            @for unit in units {
                tr {
                    th scope="row" { a href=(format!("/admin/unit?code={}", percent::encode(unit.code.as_str()))) { (unit.code) } }
                    td { bdi { (unit.name) } @if unit.retired { " " span.soft { (chrome.voice.say(AdminText::Retired)) } } } td { bdi { (unit.lecturer_name) } }
                    td { (unit.policy.planned_lessons) }
                    td { a href=(format!("/admin/students?unit={}", percent::encode(unit.code.as_str()))) { (unit.enrolled) } }
                }
            }
        }))
        h2 { (chrome.voice.say(AdminText::NewUnit)) }
        form.card.stack method="post" action="/admin/units" {
            (chrome.key())
            (input("code", &chrome.voice.say(Label::Code), &chrome.voice.say(AdminText::CodeHint), &form.code))
            (unit_fields(chrome.voice, form))
            button { (chrome.voice.say(AdminText::Add)) }
        }
    };
    chrome.section(StaffText::Units, &content)
}

/// `/admin/unit`.
pub fn unit(chrome: &Chrome, unit: &Unit, form: &UnitForm) -> Markup {
    let content = html! {
        p.unit { (unit.code) }
        h1 { bdi { (unit.name) } }
        p { a href=(format!("/admin/students?unit={}", percent::encode(unit.code.as_str()))) { (chrome.voice.say(AdminText::EnrolledIn { n: unit.enrolled.into() })) } }
        p { a href=(unit_path(&unit.code)) { (chrome.voice.say(UnitText::ToUnit { unit: unit.code.to_string() })) } }
        form.card.stack method="post" action="/admin/unit" {
            (chrome.key())
            input type="hidden" name="code" value=(unit.code);
            (unit_fields(chrome.voice, form))
            div.actions { button { (chrome.voice.say(AdminText::Save)) } a.button.quiet href="/admin/units" { (chrome.voice.say(AdminText::Back)) } }
        }
    };
    chrome.page(StaffText::Units, unit.code.as_str(), &content)
}

fn unit_fields(voice: Voice, form: &UnitForm) -> Markup {
    html! {
        (input("name", &voice.say(Label::Title), "", &form.name))
        (input("lecturer", &voice.say(Label::LecturerStaffId), &voice.say(AdminText::LecturerHint), &form.lecturer))
        (input("planned_lessons", &voice.say(Label::PlannedLectures), &voice.say(AdminText::PlannedHint), &form.planned_lessons))
    }
}

/// `/admin/lecturers`.
pub fn lecturers(chrome: &Chrome, lecturers: &[Lecturer], form: &LecturerForm) -> Markup {
    let content = html! {
        h1 { (chrome.voice.say(StaffText::Lecturers)) }
        (table(chrome.voice, &[Label::StaffId, Label::Name, Label::Department, Label::Role, Label::Pin], lecturers.is_empty(), AdminText::NoLecturers, &html! {
            @for lecturer in lecturers {
                tr {
                    th scope="row" { a href=(format!("/admin/lecturer?staff_id={}", percent::encode(lecturer.staff_id.as_str()))) { (lecturer.staff_id) } }
                    td { bdi { (lecturer.name) } } td { bdi { (lecturer.department) } }
                    td {
                        (chrome.voice.say(if lecturer.is_admin { AdminText::Administrator } else { AdminText::RoleLecturer }))
                        @if lecturer.has_left { ", " (chrome.voice.say(AdminText::HasLeft)) }
                    }
                    td { (chrome.voice.say(if lecturer.has_pin { AdminText::PinSet } else { AdminText::NoPin })) }
                }
            }
        }))
        h2 { (chrome.voice.say(AdminText::NewLecturer)) }
        form.card.stack method="post" action="/admin/lecturers" {
            (chrome.key())
            (input("staff_id", &chrome.voice.say(Label::StaffId), &chrome.voice.say(AdminText::StaffIdHint), &form.staff_id))
            (lecturer_fields(chrome.voice, form))
            button { (chrome.voice.say(AdminText::Add)) }
        }
    };
    chrome.section(StaffText::Lecturers, &content)
}

/// `/admin/lecturer`.
pub fn lecturer(chrome: &Chrome, lecturer: &Lecturer, form: &LecturerForm) -> Markup {
    let id = html! { input type="hidden" name="staff_id" value=(lecturer.staff_id); };
    let content = html! {
        p.unit { (lecturer.staff_id) }
        h1 { bdi { (lecturer.name) } }
        div.columns {
            section {
                h2 { (chrome.voice.say(Label::About)) }
                form.card.stack method="post" action="/admin/lecturer" {
                    (chrome.key()) (id)
                    (lecturer_fields(chrome.voice, form))
                    div.field.check {
                        input #has_left type="checkbox" name="has_left" value="1" checked[form.has_left];
                        label for="has_left" { (chrome.voice.say(AdminText::HasLeftHint)) }
                    }
                    button { (chrome.voice.say(AdminText::Save)) }
                }
            }
            section {
                h2 { @if lecturer.has_pin { (chrome.voice.say(Label::NewPin)) } @else { (chrome.voice.say(AdminText::FirstPin)) } }
                form.card.stack method="post" action="/admin/lecturer/pin" {
                    (chrome.key()) (id)
                    (pin_input("pin", &chrome.voice.say(AdminText::PinLabel), form.pin.error.as_deref()))
                    (pin_input("again", &chrome.voice.say(AdminText::PinAgain), None))
                    @if lecturer.has_pin {
                        (check("replace", &chrome.voice.say(AdminText::ReplaceHint), &form.replace))
                    }
                    button.danger { (chrome.voice.say(AdminText::SetPin)) }
                }
            }
        }
    };
    chrome.page(StaffText::Lecturers, lecturer.staff_id.as_str(), &content)
}

/// Asks before a lecturer loses the role of administrator, or can no longer sign in.
pub fn confirm_loss(chrome: &Chrome, lecturer: &Lecturer, form: &LecturerForm) -> Markup {
    let id = percent::encode(lecturer.staff_id.as_str());
    let leaves = form.has_left && !lecturer.has_left;
    let (name, staff_id) = (lecturer.name.clone(), lecturer.staff_id.to_string());
    let (title, hint, button) = if leaves {
        (
            AdminText::LeftTitle { name },
            AdminText::LeftHint { staff_id },
            AdminText::LeftConfirm,
        )
    } else {
        (
            AdminText::DemoteTitle { name },
            AdminText::DemoteHint { staff_id },
            AdminText::Demote,
        )
    };
    let content = html! {
        section.card {
            h1 { bdi { (chrome.voice.say(title)) } }
            p { (chrome.voice.say(hint)) }
            form.actions method="post" action="/admin/lecturer" {
                (chrome.key())
                input type="hidden" name="staff_id" value=(lecturer.staff_id);
                input type="hidden" name="name" value=(form.name.text);
                input type="hidden" name="department" value=(form.department.text);
                @if form.is_admin { input type="hidden" name="is_admin" value="1"; }
                @if form.has_left { input type="hidden" name="has_left" value="1"; }
                input type="hidden" name="confirmed" value="1";
                button.danger { (chrome.voice.say(button)) }
                a.button.quiet href=(format!("/admin/lecturer?staff_id={id}")) { (chrome.voice.say(AdminText::Cancel)) }
            }
        }
    };
    chrome.page(
        StaffText::Lecturers,
        &chrome.voice.say(Label::Role),
        &content,
    )
}

fn lecturer_fields(voice: Voice, form: &LecturerForm) -> Markup {
    html! {
        (input("name", &voice.say(Label::Name), "", &form.name))
        (input("department", &voice.say(Label::Department), "", &form.department))
        div.field.check {
            input #is_admin type="checkbox" name="is_admin" value="1" checked[form.is_admin];
            label for="is_admin" { (voice.say(AdminText::AdministratorHint)) }
        }
    }
}

/// `/admin/audit`.
pub fn audit(chrome: &Chrome, list: &AuditList) -> Markup {
    let content = html! {
        h1 { (chrome.voice.say(StaffText::AuditLog)) }
        p.soft { (chrome.voice.say(AdminText::AuditHint)) }
        form.sieve method="get" action="/admin/audit" role="search" {
            label { span { (chrome.voice.say(AdminText::By)) } input type="search" name="actor" value=(list.actor) placeholder=(chrome.voice.say(AdminText::ActorExample)); }
            label { span { (chrome.voice.say(Label::Action)) } input type="search" name="action" value=(list.action) placeholder=(chrome.voice.say(AdminText::ActionExample)); }
            label { span { (chrome.voice.say(Label::Student)) } input type="search" name="student" value=(list.student) placeholder=(chrome.voice.say(AdminText::StudentExample)); }
            button { (chrome.voice.say(BoardText::Search)) }
        }
        (table(chrome.voice, &[Label::When, Label::Who, Label::Action, Label::About, Label::Change, Label::Reason], list.lines.is_empty(), AdminText::NoMatchingEntries, &html! {
            @for line in &list.lines {
                tr {
                    th scope="row" { (chrome.moment(line.at)) }
                    td { (line.actor) }
                    td { (chrome.voice.action(line)) }
                    td { @match &line.record {
                        Some(record) => {
                            a href=(file_path(&record.admission_number)) { (record.admission_number) } (chrome.voice.say(HistoryText::In))
                            a href=(format!("/board/{}", record.session.id)) { (record.session.unit_code) }
                        }
                        None => (line.subject),
                    } }
                    td { bdi { (chrome.voice.change(&line.change)) } }
                    td { bdi { (line.reason.as_deref().unwrap_or_default()) } }
                }
            }
        }))
        @if list.lines.len() >= PAGE as usize && let Some(last) = list.lines.last() {
            nav.pages aria-label=(chrome.voice.say(AdminText::PagesOfList)) {
                span {}
                a.button.quiet rel="next" href=(format!("/admin/audit?actor={}&action={}&student={}&before={}",
                    percent::encode(&list.actor), percent::encode(&list.action), percent::encode(&list.student), last.id)) { (chrome.voice.say(AdminText::Older)) }
            }
        }
    };
    chrome.section(StaffText::AuditLog, &content)
}

fn pager(voice: Voice, path: &str, query: &[(&str, &str)], page: u32, has_more: bool) -> Markup {
    let to = |page: u32| {
        let mut parts: Vec<String> = query
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", percent::encode(value)))
            .collect();
        parts.push(format!("page={page}"));
        format!("{path}?{}", parts.join("&"))
    };
    html! {
        @if page > 0 || has_more {
            nav.pages aria-label=(voice.say(AdminText::PagesOfList)) {
                span { @if let Some(before) = page.checked_sub(1) { a.button.quiet href=(to(before)) rel="prev" { (voice.say(AdminText::Previous)) } } }
                span.soft { (voice.say(AdminText::Page { n: page + 1 })) }
                span { @if has_more { a.button.quiet href=(to(page + 1)) rel="next" { (voice.say(AdminText::Next)) } } }
            }
        }
    }
}

fn unit_choice(voice: Voice, units: &[Unit], chosen: &str) -> Markup {
    html! {
        label { span { (voice.say(Label::Unit)) } select name="unit" {
            option value="" { (voice.say(AdminText::EveryUnit)) }
            @for unit in units { option value=(unit.code) selected[unit.code.as_str() == chosen] { (unit.code) " " (unit.name) } }
        } }
    }
}

/// A box that has to be ticked before something is lost.
fn check(name: &str, label: &str, field: &Field) -> Markup {
    let error_id = format!("{name}-error");
    html! {
        div.field.check {
            input id=(name) type="checkbox" name=(name) value="1" required
                aria-invalid=[field.error.is_some().then_some("true")] aria-describedby=[field.error.is_some().then_some(&error_id)];
            label for=(name) { (label) }
        }
        @if let Some(error) = &field.error { p.error id=(error_id) role="alert" { (error_mark()) span { (error) } } }
    }
}

fn pin_input(name: &str, label: &str, error: Option<&str>) -> Markup {
    let error_id = format!("{name}-error");
    html! {
        div.field {
            label for=(name) { (label) }
            input id=(name) name=(name) type="password" inputmode="numeric" autocomplete="new-password" required
                aria-invalid=[error.map(|_| "true")] aria-describedby=[error.map(|_| &error_id)];
            @if let Some(error) = error { p.error id=(error_id) { (error_mark()) span { (error) } } }
        }
    }
}

fn sync_word(state: SyncState) -> &'static str {
    match state {
        SyncState::Waiting => "waiting",
        SyncState::Parked => "parked",
        SyncState::Delivered => "delivered",
    }
}

fn mark(voice: Voice, record: &AttendanceRow) -> Markup {
    html! {
        (voice.say(record.mark))
    }
}

pub(super) fn delivery(voice: Voice, state: Option<DeliveryState>) -> Markup {
    html! {
        @match state {
            Some(state) => span.mark data-state=(state.as_str()) { (voice.say(state)) },
            None => span.soft { "–" },
        }
    }
}
