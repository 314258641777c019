//! The office's pages.

use maud::{Markup, html};

use super::board::flags;
use super::chrome::{Chrome, Place};
use crate::domain::{AdmissionNumber, AuditLine, Lecturer, Timestamp, Unit, UnitCode, Zone};
use crate::services::{
    AttendanceFile, AttendanceQuery, AttendanceRow, ListPage, PAGE, StudentFile, StudentOrder,
    StudentQuery, StudentRow, SyncState,
};
use crate::web::pages::Field;
use crate::web::pages::sign::error_mark;
use crate::web::percent;

/// The students' page.
pub struct StudentList {
    /// What was asked for.
    pub query: StudentQuery,
    /// What was found.
    pub page: ListPage<StudentRow>,
    /// The units to filter by.
    pub units: Vec<Unit>,
    /// Students altogether.
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
    /// The site's zone.
    pub zone: Zone,
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
    pub pin: Field,
    /// That the PIN which there is may go.
    pub replace: Field,
}

/// The audit log's page.
pub struct AuditList {
    /// What was found.
    pub lines: Vec<AuditLine>,
    /// By whom.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To whose records.
    pub student: String,
    /// The site's zone.
    pub zone: Zone,
}

/// `/admin/students`.
pub fn students(chrome: &Chrome, list: &StudentList) -> Markup {
    let query = &list.query;
    let by_name = query.order == StudentOrder::Name;
    let unit = query
        .unit
        .as_ref()
        .map(UnitCode::as_str)
        .unwrap_or_default();
    let search = [("q", query.search.as_str()), ("unit", unit)];
    let sorted = [
        search[0],
        search[1],
        ("sort", if by_name { "name" } else { "" }),
    ];
    let content = html! {
        h1 { "Students" }
        p.soft { (list.in_all) " in all. " code { "kiosk import students" } " takes a whole class list." }
        form.sieve method="get" action="/admin/students" role="search" {
            label { span { "Number or name" } input type="search" name="q" value=(query.search); }
            (unit_choice(&list.units, unit))
            label { span { "Sort by" } select name="sort" {
                option value="" { "number" } option value="name" selected[by_name] { "name" } } }
            button { "Search" }
        }
        (table(&["Number", "Name", "Mail", "Telephone", "Name given by"], list.page.rows.is_empty(), "No student is so called.", &html! {
            @for student in &list.page.rows {
                tr {
                    th scope="row" { a href=(student_path(&student.admission_number)) { (student.admission_number) } }
                    td { @if let Some(name) = &student.name { bdi { (name) } } @else { span.soft { "not known" } } }
                    td { (student.email) } td.slot { (student.phone) }
                    td { (if student.is_from_roster { "the roster" } else { "the student" }) }
                }
            }
        }))
        (pager("/admin/students", &sorted, query.page, list.page.has_more))
    };
    chrome.page(Place::Students, "Students", &content)
}

/// `/admin/student`.
pub fn student(chrome: &Chrome, file: &StudentFile, form: &StudentForm, units: &[Unit]) -> Markup {
    let number = &file.student.admission_number;
    let others = units
        .iter()
        .filter(|unit| file.units.iter().all(|(code, _)| *code != unit.code));
    let others: Vec<&Unit> = others.collect();
    let content = html! {
        p.unit { (number) }
        h1 { bdi { (file.student.name.as_ref().map_or("Name not known", |name| name.as_str())) } }
        p { a href=(format!("/admin/attendance?number={}", percent::encode(number.as_str()))) { "Attendance records" } }
        div.columns {
            section {
                h2 { "Contact" }
                form.card.stack method="post" action="/admin/student" {
                    (chrome.key())
                    input type="hidden" name="number" value=(number);
                    (input("name", "Full name", "A name that you give is the roster's: the student cannot change it any more.", &form.name))
                    (input("email", "Mail address", "", &form.email))
                    (input("phone", "Telephone number", "", &form.phone))
                    button { "Save" }
                }
            }
            section {
                h2 { "Units" }
                @if file.units.is_empty() { p.soft { "Enrolled in none." } }
                @else {
                    (table(&["Unit", "Since", "Attendance", ""], false, "", &html! {
                        @for (code, since) in &file.units {
                            tr {
                                th scope="row" { (code) } td.slot { (since) }
                                td { a href=(format!("/admin/student/why?number={}&unit={}", percent::encode(number.as_str()), percent::encode(code.as_str()))) { "Why this number?" } }
                                td { a href=(format!("/admin/student/withdraw?number={}&unit={}", percent::encode(number.as_str()), percent::encode(code.as_str()))) { "Withdraw" } }
                            }
                        }
                    }))
                }
                @if !others.is_empty() {
                    form.actions method="post" action="/admin/student/enrol" {
                        (chrome.key())
                        input type="hidden" name="number" value=(number);
                        label { span { "Enrol in" } select name="unit" {
                            @for unit in others { option value=(unit.code) { (unit.code) " " (unit.name) } }
                        } }
                        button.quiet { "Enrol as of today" }
                    }
                }
            }
        }
    };
    chrome.page(Place::Students, number.as_str(), &content)
}

/// `/admin/student/withdraw`.
pub fn confirm_withdrawal(chrome: &Chrome, number: &AdmissionNumber, unit: &UnitCode) -> Markup {
    let content = html! {
        section.card {
            h1 { "Withdraw " (number) " from " (unit) "?" }
            p { "The student leaves the roster of " (unit) ". Their attendance records stay. The date of the enrolment is lost: who is enrolled again is enrolled as of then." }
            form.actions method="post" action="/admin/student/withdraw" {
                (chrome.key())
                input type="hidden" name="number" value=(number);
                input type="hidden" name="unit" value=(unit);
                button.danger { "Withdraw" }
                a.button.quiet href=(student_path(number)) { "Leave as it is" }
            }
        }
    };
    chrome.page(Place::Students, "Withdraw", &content)
}

/// `/admin/attendance`.
pub fn attendance(chrome: &Chrome, list: &AttendanceList) -> Markup {
    let query = &list.query;
    let unit = query
        .unit
        .as_ref()
        .map(UnitCode::as_str)
        .unwrap_or_default();
    let date = query.date.map(|date| date.to_string()).unwrap_or_default();
    let number = query
        .number
        .as_ref()
        .map(AdmissionNumber::as_str)
        .unwrap_or_default();
    let sync = query.sync.map(sync_word).unwrap_or_default();
    let asked = [
        ("date", date.as_str()),
        ("unit", unit),
        ("number", number),
        ("sync", sync),
    ];
    let content = html! {
        h1 { "Attendance" }
        form.sieve method="get" action="/admin/attendance" role="search" {
            label { span { "Date of the lecture" } input type="date" name="date" value=(date); }
            (unit_choice(&list.units, unit))
            label { span { "Admission number" } input type="search" name="number" value=(number); }
            label { span { "Deliveries" } select name="sync" {
                option value="" { "in any state" }
                @for state in [SyncState::Waiting, SyncState::Parked, SyncState::Delivered] {
                    option value=(sync_word(state)) selected[query.sync == Some(state)] { (sync_word(state)) }
                }
            } }
            button { "Filter" }
        }
        (table(&["Recorded", "Number", "Name", "Unit", "How", "Mark", "Flags", "Firestore", "Portal"], list.page.rows.is_empty(), "No record fits.", &html! {
            @for record in &list.page.rows {
                tr {
                    th scope="row" { a href=(format!("/admin/attendance/{}", record.attendance_id)) { (moment(record.at, list.zone)) } }
                    td.slot { a href=(student_path(&record.admission_number)) { (record.admission_number) } }
                    td { @if let Some(name) = &record.name { bdi { (name) } } }
                    td.slot { a href=(format!("/board/{}", record.session_id)) { (record.unit_code) } }
                    td { (chrome.voice.say(record.channel)) }
                    td { (mark(record)) }
                    td { (flags(record.flags)) }
                    td { (state(&record.firestore)) } td { (state(&record.portal)) }
                }
            }
        }))
        (pager("/admin/attendance", &asked, query.page, list.page.has_more))
    };
    chrome.page(Place::Attendance, "Attendance", &content)
}

/// `/admin/attendance/{attendance_id}`.
pub fn record(chrome: &Chrome, file: &AttendanceFile, zone: Zone) -> Markup {
    let record = &file.record;
    let content = html! {
        p.unit { (record.unit_code) }
        h1 { (record.admission_number) @if let Some(name) = &record.name { ", " bdi { (name) } } }
        div.columns {
            section {
                h2 { "Record" }
                dl.card.facts {
                    dt { "Recorded" } dd { (moment(record.at, zone)) }
                    dt { "How" } dd { (chrome.voice.say(record.channel)) }
                    dt { "Mark" } dd { (mark(record)) }
                    dt { "Late by" } dd { (file.punctuality.minutes()) " min" }
                    dt { "Of the plan, then" } dd { (file.percentage) " %" }
                    dt { "Flags" } dd { (flags(record.flags)) }
                    @if let Some(name) = &file.typed_name { dt { "Typed name" } dd { bdi { (name) } } }
                    @if let Some(kiosk) = &record.kiosk_id { dt { "Other kiosk" } dd { (kiosk) } }
                    dt { "Record id" } dd { (record.attendance_id) }
                    dt { "Session" } dd { a href=(format!("/board/{}", record.session_id)) { "the board" } }
                }
            }
            section {
                h2 { "What the remotes said" }
                dl.card.facts {
                    dt { "Firestore document" } dd { (file.firebase_doc_id.as_deref().unwrap_or("none yet")) }
                    dt { "Portal's answer" } dd { @match &file.portal_response { Some(answer) => pre { (answer) }, None => "none yet" } }
                    @for (target, tries, last) in &file.tries {
                        dt { (chrome.voice.say(*target)) }
                        dd { (tries) " tries" @if let Some(last) = last { ", the last: " (last) } }
                    }
                }
            }
        }
    };
    chrome.page(
        Place::Attendance,
        record.admission_number.as_str(),
        &content,
    )
}

/// `/admin/units`.
pub fn units(chrome: &Chrome, units: &[Unit], form: &UnitForm) -> Markup {
    let content = html! {
        h1 { "Units" }
        (table(&["Code", "Title", "Lecturer", "Planned lessons", "Enrolled"], units.is_empty(), "There is no unit yet.", &html! {
            @for unit in units {
                tr {
                    th scope="row" { a href=(format!("/admin/unit?code={}", percent::encode(unit.code.as_str()))) { (unit.code) } }
                    td { bdi { (unit.name) } } td { bdi { (unit.lecturer_name) } }
                    td { (unit.planned_lessons) }
                    td { a href=(format!("/admin/students?unit={}", percent::encode(unit.code.as_str()))) { (unit.enrolled) } }
                }
            }
        }))
        h2 { "New unit" }
        form.card.stack method="post" action="/admin/units" {
            (chrome.key())
            (input("code", "Code", "Such as CS101.", &form.code))
            (unit_fields(form))
            button { "Add" }
        }
    };
    chrome.page(Place::Units, "Units", &content)
}

/// `/admin/unit`.
pub fn unit(chrome: &Chrome, unit: &Unit, form: &UnitForm) -> Markup {
    let content = html! {
        p.unit { (unit.code) }
        h1 { bdi { (unit.name) } }
        p { a href=(format!("/admin/students?unit={}", percent::encode(unit.code.as_str()))) { (unit.enrolled) " enrolled" } }
        form.card.stack method="post" action="/admin/unit" {
            (chrome.key())
            input type="hidden" name="code" value=(unit.code);
            (unit_fields(form))
            div.actions { button { "Save" } a.button.quiet href="/admin/units" { "Back" } }
        }
    };
    chrome.page(Place::Units, unit.code.as_str(), &content)
}

fn unit_fields(form: &UnitForm) -> Markup {
    html! {
        (input("name", "Title", "", &form.name))
        (input("lecturer", "Lecturer's staff id", "Who holds it, and sees its boards.", &form.lecturer))
        (input("planned_lessons", "Planned lessons in a semester", "The whole of the percentage. Empty: the site's number.", &form.planned_lessons))
    }
}

/// `/admin/lecturers`.
pub fn lecturers(chrome: &Chrome, lecturers: &[Lecturer], form: &LecturerForm) -> Markup {
    let content = html! {
        h1 { "Lecturers" }
        (table(&["Staff id", "Name", "Department", "Rank", "PIN"], lecturers.is_empty(), "There is nobody yet.", &html! {
            @for lecturer in lecturers {
                tr {
                    th scope="row" { a href=(format!("/admin/lecturer?staff_id={}", percent::encode(lecturer.staff_id.as_str()))) { (lecturer.staff_id) } }
                    td { bdi { (lecturer.name) } } td { bdi { (lecturer.department) } }
                    td { (if lecturer.is_admin { "administrator" } else { "lecturer" }) }
                    td { (if lecturer.has_pin { "set" } else { "none: cannot sign in" }) }
                }
            }
        }))
        h2 { "New lecturer" }
        form.card.stack method="post" action="/admin/lecturers" {
            (chrome.key())
            (input("staff_id", "Staff id", "What they sign in with.", &form.staff_id))
            (lecturer_fields(form))
            button { "Add" }
        }
    };
    chrome.page(Place::Lecturers, "Lecturers", &content)
}

/// `/admin/lecturer`.
pub fn lecturer(chrome: &Chrome, lecturer: &Lecturer, form: &LecturerForm) -> Markup {
    let id = html! { input type="hidden" name="staff_id" value=(lecturer.staff_id); };
    let content = html! {
        p.unit { (lecturer.staff_id) }
        h1 { bdi { (lecturer.name) } }
        div.columns {
            section {
                h2 { "About" }
                form.card.stack method="post" action="/admin/lecturer" {
                    (chrome.key()) (id)
                    (lecturer_fields(form))
                    button { "Save" }
                }
            }
            section {
                h2 { (if lecturer.has_pin { "New PIN" } else { "First PIN" }) }
                form.card.stack method="post" action="/admin/lecturer/pin" {
                    (chrome.key()) (id)
                    (pin_input("pin", "PIN, 4 to 12 digits", form.pin.error.as_deref()))
                    (pin_input("again", "The same again", None))
                    @if lecturer.has_pin {
                        (check("replace", "The old PIN stops working at once, and every browser that came in with it is signed out. It cannot be brought back.", &form.replace))
                    }
                    button.danger { "Set this PIN" }
                }
            }
        }
    };
    chrome.page(Place::Lecturers, lecturer.staff_id.as_str(), &content)
}

/// Asks before an administrator is one no more.
pub fn confirm_rank(chrome: &Chrome, lecturer: &Lecturer, form: &LecturerForm) -> Markup {
    let id = percent::encode(lecturer.staff_id.as_str());
    let content = html! {
        section.card {
            h1 { "Take the administrator's rank from " bdi { (lecturer.name) } "?" }
            p { (lecturer.staff_id) " sees only their own units from then on, and none of these pages. Only another administrator can give the rank back." }
            form.actions method="post" action="/admin/lecturer" {
                (chrome.key())
                input type="hidden" name="staff_id" value=(lecturer.staff_id);
                input type="hidden" name="name" value=(form.name.text);
                input type="hidden" name="department" value=(form.department.text);
                input type="hidden" name="confirmed" value="1";
                button.danger { "Take it away" }
                a.button.quiet href=(format!("/admin/lecturer?staff_id={id}")) { "Leave as it is" }
            }
        }
    };
    chrome.page(Place::Lecturers, "Rank", &content)
}

fn lecturer_fields(form: &LecturerForm) -> Markup {
    html! {
        (input("name", "Name", "", &form.name))
        (input("department", "Department", "", &form.department))
        div.field.check {
            input #is_admin type="checkbox" name="is_admin" value="1" checked[form.is_admin];
            label for="is_admin" { "Administrator: sees and changes everything" }
        }
    }
}

/// `/admin/audit`.
pub fn audit(chrome: &Chrome, list: &AuditList) -> Markup {
    let content = html! {
        h1 { "Audit log" }
        p.soft { "Every change by staff and by the kiosk, newest first. Nothing here can be changed or removed." }
        form.sieve method="get" action="/admin/audit" role="search" {
            label { span { "By" } input type="search" name="actor" value=(list.actor) placeholder="staff id, shell, kiosk"; }
            label { span { "Action" } input type="search" name="action" value=(list.action) placeholder="attendance, unit, session"; }
            label { span { "Student" } input type="search" name="student" value=(list.student) placeholder="admission number"; }
            button { "Search" }
        }
        (table(&["When", "Who", "Action", "About", "Change", "Reason"], list.lines.is_empty(), "Nothing of the kind.", &html! {
            @for line in &list.lines {
                tr {
                    th scope="row" { (moment(line.at, list.zone)) }
                    td { (line.actor) }
                    td { (chrome.voice.action(line)) }
                    td { @match &line.record {
                        Some(record) => {
                            a href=(student_path(&record.admission_number)) { (record.admission_number) } " in "
                            a href=(format!("/board/{}", record.session.id)) { (record.session.unit_code) }
                        }
                        None => (line.subject),
                    } }
                    td { bdi { (chrome.voice.change(&line.change)) } }
                    td { bdi { (line.reason.as_deref().unwrap_or_default()) } }
                }
            }
        }))
        @if list.lines.len() == PAGE as usize && let Some(last) = list.lines.last() {
            nav.pages aria-label="Pages of the list" {
                span {}
                a.button.quiet rel="next" href=(format!("/admin/audit?actor={}&action={}&student={}&before={}",
                    percent::encode(&list.actor), percent::encode(&list.action), percent::encode(&list.student), last.id)) { "Older →" }
            }
        }
    };
    chrome.page(Place::Audit, "Audit log", &content)
}

/// A table that scrolls by itself on a narrow screen, or a sentence where there is nothing.
pub(super) fn table(heads: &[&str], is_empty: bool, otherwise: &str, rows: &Markup) -> Markup {
    html! {
        @if is_empty { p.empty { (otherwise) } }
        @else {
            div.scroll tabindex="0" role="region" aria-label="Table" {
                table {
                    thead { tr { @for head in heads { @if head.is_empty() { td {} } @else { th scope="col" { (head) } } } } }
                    tbody { (rows) }
                }
            }
        }
    }
}

fn pager(path: &str, query: &[(&str, &str)], page: u32, has_more: bool) -> Markup {
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
            nav.pages aria-label="Pages of the list" {
                span { @if let Some(before) = page.checked_sub(1) { a.button.quiet href=(to(before)) rel="prev" { "← Before" } } }
                span.soft { "Page " (page + 1) }
                span { @if has_more { a.button.quiet href=(to(page + 1)) rel="next" { "Next →" } } }
            }
        }
    }
}

fn unit_choice(units: &[Unit], chosen: &str) -> Markup {
    html! {
        label { span { "Unit" } select name="unit" {
            option value="" { "every unit" }
            @for unit in units { option value=(unit.code) selected[unit.code.as_str() == chosen] { (unit.code) " " (unit.name) } }
        } }
    }
}

/// A labelled input with hint and error tied to it.
pub(super) fn input(name: &str, label: &str, hint: &str, field: &Field) -> Markup {
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described: Vec<&str> = [
        field.error.is_some().then_some(error_id.as_str()),
        (!hint.is_empty()).then_some(hint_id.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect();
    html! {
        div.field {
            label for=(name) { (label) }
            @if !hint.is_empty() { span.hint id=(hint_id) { (hint) } }
            input id=(name) name=(name) dir="auto" value=(field.text) autocomplete="off" spellcheck="false"
                aria-invalid=[field.error.is_some().then_some("true")]
                aria-describedby=[(!described.is_empty()).then_some(described.join(" "))];
            @if let Some(error) = &field.error { p.error id=(error_id) role="alert" { (error_mark()) span { (error) } } }
        }
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

pub(super) fn student_path(number: &AdmissionNumber) -> String {
    format!("/admin/student?number={}", percent::encode(number.as_str()))
}

fn sync_word(state: SyncState) -> &'static str {
    match state {
        SyncState::Waiting => "waiting",
        SyncState::Parked => "parked",
        SyncState::Delivered => "delivered",
    }
}

fn mark(record: &AttendanceRow) -> Markup {
    html! {
        @if record.is_voided { "taken back" } @else { (record.status) }
    }
}

pub(super) fn state(word: &str) -> Markup {
    html! {
        @if word.is_empty() { span.soft { "–" } } @else { span.mark data-state=(word) { (word) } }
    }
}

pub(super) fn moment(at: Timestamp, zone: Zone) -> String {
    format!("{} {}", zone.date(at), zone.clock(at))
}
