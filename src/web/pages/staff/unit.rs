//! The page of a unit: who may sit the exam, printable as it is, and below it what its owners change.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::chrome::Chrome;
use super::parts::{date, downloads, labelled};
use super::paths::{student_path, unit_path};
use crate::domain::{
    AssignmentRole, AttendanceStatus, Basis, CountReason, CountingPolicy, Counts, Decision,
    Enrolment, ExcusedCounts, LectureHead, LectureStage, Listing, Session, StudentLine, UnitFact,
    UnitPolicy,
};
use crate::services::{Assignment, StudentRecord, UnitRecord};
use crate::web::pages::Field;
use crate::web::percent;
use crate::words::{AdminText, BoardText, HistoryText, Label, Message, StaffText, UnitText, Voice};

/// What the page shows.
pub struct UnitPage {
    pub fact: UnitFact,
    /// Of the semester that was asked for.
    pub record: UnitRecord,
    pub assignments: Vec<Assignment>,
    /// Whether lists and rules may be changed by whoever looks.
    pub may_change: bool,
    /// The site's rules.
    pub site: CountingPolicy,
    pub today: NaiveDate,
    pub forms: UnitForms,
}

/// What was typed into the forms with the last try.
#[derive(Debug, Clone, Default)]
pub struct UnitForms {
    pub enrol: EnrolForm,
    pub withdraw: WithdrawForm,
    /// `None`: the rules as they are.
    pub rules: Option<RulesForm>,
    pub assign: AssignForm,
}

/// From which day on a student belongs to the unit.
#[derive(Debug, Clone, Default)]
pub struct EnrolForm {
    pub number: Field,
    pub from: Field,
    pub group: Field,
}

/// Until which day a student belongs to the unit.
#[derive(Debug, Clone, Default)]
pub struct WithdrawForm {
    pub number: Field,
    pub last_day: Field,
}

/// The unit's own rules; what is empty is the site's.
#[derive(Debug, Clone, Default)]
pub struct RulesForm {
    pub planned_lessons: Field,
    pub required_percent: Field,
    pub warning_percent: Field,
    pub basis: Option<Basis>,
    pub excused: Option<ExcusedCounts>,
    pub excused_leaves_plan: Option<bool>,
    pub lates_per_absence: Field,
    pub minimum_lectures: Field,
}

/// Who may act for the unit beside its lecturer.
#[derive(Debug, Clone, Default)]
pub struct AssignForm {
    pub staff_id: Field,
    pub role: Option<AssignmentRole>,
    pub from: Field,
    pub until: Field,
}

/// Those who came, or wait for approval, and whom neither a list nor staff have enrolled.
pub fn on_no_list(record: &UnitRecord) -> impl Iterator<Item = &StudentRecord> {
    record.students.iter().filter(|student| {
        let came = |status| !matches!(status, None | Some(AttendanceStatus::Removed));
        student.listing != Listing::Main && student.lines.iter().any(|line| came(line.status))
    })
}

/// The day of the first lecture to which somebody came; none while they wait for approval.
pub fn first_attended(record: &UnitRecord, student: &StudentRecord) -> Option<NaiveDate> {
    let mut lectures = record.lectures.iter().zip(&student.lines);
    lectures.find_map(|(lecture, line)| {
        let is_live = !matches!(
            lecture.state,
            LectureStage::Cancelled | LectureStage::NotHeld
        );
        let came = matches!(
            line.status,
            Some(AttendanceStatus::Present | AttendanceStatus::Late)
        );
        (is_live && came).then_some(lecture.date)
    })
}

/// `/units/{unit}`.
pub fn unit_page(chrome: &Chrome, page: &UnitPage) -> Markup {
    let voice = chrome.voice;
    let record = &page.record;
    let content = html! {
        p.unit { (record.unit) " · " (voice.say(Label::Semester)) " " (record.semester.as_str()) }
        h1 { bdi { (page.fact.name) } }
        @if page.fact.retired { p.note.red { (voice.say(UnitText::IsRetired)) } }
        (to_decide(chrome, page))
        h2 { (voice.say(UnitText::ExamList)) }
        p { (rule(&record.policy, voice)) }
        p.soft {
            (voice.say(UnitText::AsOf { date: voice.date(record.as_of), time: voice.time(record.as_of) })) " "
            (voice.say(UnitText::Version { version: record.policy.version() })) " "
            (completeness(record, voice))
        }
        (files(page, voice))
        @for decision in Decision::ALL { (group(decision, record, voice)) }
        (strangers(chrome, page))
        @if page.may_change { div.not-printed { (changes(chrome, page)) } }
    };
    let section = if chrome.is_admin {
        StaffText::Units
    } else {
        StaffText::Boards
    };
    chrome.page(section, record.unit.as_str(), &content)
}

/// How a form of the page looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Field below field.
    Card,
    /// A sentence with its buttons.
    Line,
    /// A button in a cell.
    Cell,
}

/// A form of the page, with what each of them sends.
fn form(chrome: &Chrome, page: &UnitPage, action: &str, shape: Shape, content: &Markup) -> Markup {
    let record = &page.record;
    let (is_card, is_line) = (shape == Shape::Card, shape == Shape::Line);
    html! {
        form.card[is_card].stack[is_card].actions[is_line] method="post" action=(format!("{}/{action}", unit_path(&record.unit))) {
            (chrome.key())
            input type="hidden" name="semester" value=(record.semester.as_str());
            (content)
        }
    }
}

/// The rule of the exam in a line.
fn rule(policy: &CountingPolicy, voice: Voice) -> String {
    let required = policy.required_percent.to_string();
    let mut rule = voice.say(match policy.basis {
        Basis::Held => UnitText::Held { required },
        Basis::Planned => UnitText::Planned {
            required,
            planned: policy.planned_lessons,
        },
    });
    let more = [
        match policy.excused {
            ExcusedCounts::NotCounted if policy.excused_leaves_plan => {
                Some(UnitText::ExcusedLeaves)
            }
            ExcusedCounts::NotCounted => None,
            ExcusedCounts::Present => Some(UnitText::ExcusedAttended),
            ExcusedCounts::Absent => Some(UnitText::ExcusedMissed),
        },
        (policy.lates_per_absence > 0).then_some(UnitText::Lates {
            n: policy.lates_per_absence,
        }),
        (policy.minimum_lectures > 1).then_some(UnitText::FromLectures {
            n: policy.minimum_lectures,
        }),
    ];
    for part in more.into_iter().flatten() {
        rule.push_str(&voice.say(part));
    }
    rule.push('.');
    rule
}

/// Whether everything that has been held is known.
fn completeness(record: &UnitRecord, voice: Voice) -> String {
    let is_unknown = |place: &usize| {
        let mut lines = record.students.iter().filter_map(|it| it.lines.get(*place));
        lines.any(|line| line.counts == Counts::Unknown)
    };
    let unknown = (0..record.lectures.len()).filter(is_unknown).count();
    voice.say(match u32::try_from(unknown).unwrap_or(u32::MAX) {
        0 if record.complete => UnitText::Complete,
        0 => UnitText::NotHeard,
        n => UnitText::NotKnown { n },
    })
}

/// The lists of the unit as files.
fn files(page: &UnitPage, voice: Voice) -> Markup {
    let record = &page.record;
    let path = unit_path(&record.unit);
    let semester = percent::encode(record.semester.as_str());
    let lists = [
        ("exam", BoardText::ListOfExam),
        ("unit", BoardText::ListOfUnit),
    ];
    let path = |file: &str| format!("{path}/export/{file}?semester={semester}");
    html! { p.soft.not-printed { (downloads(voice, lists, path)) } }
}

/// The lectures of which staff have to say whether they were held, and those that were not, to be decided again.
fn to_decide(chrome: &Chrome, page: &UnitPage) -> Markup {
    let voice = chrome.voice;
    let record = &page.record;
    let asks = |(place, lecture): &(usize, &LectureHead)| {
        let mut lines = record.students.iter().filter_map(|it| it.lines.get(*place));
        let never_opened = lecture.state == LectureStage::Planned;
        lines.any(|line| {
            line.reason == CountReason::NeedsDecision
                || never_opened
                    && (line.reason == CountReason::NotKnown
                        || line.status == Some(AttendanceStatus::Unknown))
        })
    };
    let lectures: Vec<_> = record.lectures.iter().enumerate().filter(asks).collect();
    let settled = record.lectures.iter();
    let settled: Vec<_> = settled
        .filter(|lecture| lecture.state == LectureStage::NotHeld)
        .collect();
    if lectures.is_empty() && settled.is_empty() {
        return html! {};
    }
    html! {
        section.not-printed {
            @if !lectures.is_empty() {
                h2 { (voice.say(UnitText::ToDecide)) }
                p.soft { (voice.say(UnitText::ToDecideHint)) }
            }
            @for (_, lecture) in lectures {
                @let never_opened = lecture.state == LectureStage::Planned;
                @let why = if never_opened { UnitText::NeverOpened } else { UnitText::NobodyCame };
                (form(chrome, page, "settle", Shape::Line, &html! {
                    input type="hidden" name="lecture" value=(lecture.id);
                    span { (voice.say(lecture.date)) " " (voice.time(lecture.starts_at)) ", " (voice.say(why)) }
                    // Of one that was never opened there is no attendance to go by.
                    @if !never_opened { button.quiet.small name="do" value="held" { (voice.say(UnitText::WasHeld)) } }
                    button.quiet.small name="do" value="not_held" { (voice.say(UnitText::WasNotHeld)) }
                }))
            }
            @if !settled.is_empty() { h2 { (voice.say(UnitText::NotHeldLectures)) } }
            @for lecture in settled {
                (form(chrome, page, "settle", Shape::Line, &html! {
                    input type="hidden" name="lecture" value=(lecture.id);
                    span { (voice.say(lecture.date)) " " (voice.time(lecture.starts_at)) }
                    button.quiet.small name="do" value="undecided" { (voice.say(UnitText::DecideAgain)) }
                }))
            }
        }
    }
}

/// Those of the class list about whom the same was decided.
fn group(decision: Decision, record: &UnitRecord, voice: Voice) -> Markup {
    let is_of = |student: &&StudentRecord| {
        let standing = student.standing.as_ref();
        student.listing == Listing::Main
            && standing.is_some_and(|standing| standing.exam.decision == decision)
    };
    let students: Vec<_> = record.students.iter().filter(is_of).collect();
    let n = students.len();
    let heading = match decision {
        Decision::Eligible => UnitText::Eligible { n },
        Decision::NotEligible => UnitText::NotEligible { n },
        Decision::Undecided => UnitText::Undecided { n },
    };
    let heading = voice.say(heading);
    html! {
        h2 { (heading) }
        (table(record, &heading, &students, decision != Decision::Eligible, voice))
    }
}

fn table(
    record: &UnitRecord,
    heading: &str,
    students: &[&StudentRecord],
    has_reasons: bool,
    voice: Voice,
) -> Markup {
    if students.is_empty() {
        return html! { p.soft { (voice.say(UnitText::Nobody)) } };
    }
    let heads = [
        Label::Number,
        Label::Name,
        Label::Share,
        Label::SoFar,
        Label::OfPlan,
        Label::Enrolled,
    ];
    let reasons = has_reasons.then_some(Label::Reasons);
    // The page of a student is reached through it.
    let last = record.last_session();
    html! {
        div.scroll tabindex="0" role="region" aria-label=(heading) {
            table.exam {
                thead { tr { @for head in heads.into_iter().chain(reasons) { th scope="col" { (voice.say(head)) } } } }
                tbody { @for student in students { (row(student, last, has_reasons, voice)) } }
            }
        }
    }
}

fn row(student: &StudentRecord, last: Option<&Session>, has_reasons: bool, voice: Voice) -> Markup {
    let percent = |percent: crate::domain::Percentage| {
        voice.say(AdminText::Percent {
            percent: percent.to_string(),
        })
    };
    let standing = student.standing.as_ref();
    html! {
        tr {
            th scope="row" { (number(&student.student, last)) }
            td { @if let Some(name) = &student.student.name { bdi { (name) } } }
            td.slot { @if let Some(standing) = standing { (standing.exam.share) } }
            td.slot { @if let Some(so_far) = standing.and_then(|standing| standing.so_far) { (percent(so_far)) } }
            td.slot { @if let Some(standing) = standing { (percent(standing.of_plan)) } }
            td { (enrolled(&student.enrolment, voice)) }
            @if has_reasons {
                td {
                    @if let Some(standing) = standing {
                        @let reasons: Vec<String> = standing.exam.reasons.iter().map(|reason| voice.say(*reason)).collect();
                        (reasons.join(", "))
                    }
                }
            }
        }
    }
}

fn number(student: &StudentLine, last: Option<&Session>) -> Markup {
    let number = &student.admission_number;
    html! {
        @match last {
            Some(session) => a href=(student_path(session, number)) { (number) },
            None => (number),
        }
    }
}

/// The days of an enrolment, as short as they can be; nothing where it is the whole semester.
fn enrolled(enrolment: &Enrolment, voice: Voice) -> String {
    let spans = enrolment.intervals().iter().map(|interval| {
        let labelled = |label: Label, text: String| format!("{} {text}", voice.say(label));
        let from = interval
            .from
            .map(|day| labelled(Label::From, day.to_string()));
        let until = interval
            .until
            .map(|day| labelled(Label::Until, day.to_string()));
        let group = interval.group.as_ref();
        let group = group.map(|group| labelled(Label::Group, group.to_string()));
        let parts: Vec<String> = from.into_iter().chain(until).chain(group).collect();
        parts.join(", ")
    });
    let spans: Vec<String> = spans.filter(|span| !span.is_empty()).collect();
    spans.join("; ")
}

/// Those on no class list, with the first lecture to which they came.
fn strangers(chrome: &Chrome, page: &UnitPage) -> Markup {
    let voice = chrome.voice;
    let record = &page.record;
    let students: Vec<_> = on_no_list(record).collect();
    if students.is_empty() {
        return html! {};
    }
    let last = record.last_session();
    html! {
        h2 { (voice.say(UnitText::OnNoList { n: students.len() })) }
        p.soft { (voice.say(UnitText::OnNoListHint)) }
        div.scroll tabindex="0" role="region" aria-label=(voice.say(Listing::Apart)) {
            table {
                thead { tr { @for head in [Label::Number, Label::Name, Label::List] { th scope="col" { (voice.say(head)) } } @if page.may_change { td.not-printed {} } } }
                tbody {
                    @for student in &students {
                        tr {
                            th scope="row" { (number(&student.student, last)) }
                            td { @if let Some(name) = &student.student.name { bdi { (name) } } }
                            td { (voice.say(student.listing)) }
                            @if page.may_change { td.not-printed { (add(chrome, page, student)) } }
                        }
                    }
                }
            }
        }
        @if page.may_change && students.iter().any(|student| first_attended(record, student).is_some()) {
            div.not-printed { (form(chrome, page, "add", Shape::Line, &html! { button { (voice.say(UnitText::AddAll)) } })) }
        }
    }
}

fn add(chrome: &Chrome, page: &UnitPage, student: &StudentRecord) -> Markup {
    let voice = chrome.voice;
    let Some(first) = first_attended(&page.record, student) else {
        return html! { (voice.say(UnitText::WaitsForApproval)) };
    };
    let button = UnitText::AddFrom {
        date: voice.say(first),
    };
    form(
        chrome,
        page,
        "add",
        Shape::Cell,
        &html! {
            input type="hidden" name="number" value=(student.student.admission_number);
            button.quiet.small { (voice.say(button)) }
        },
    )
}

/// What owners change.
fn changes(chrome: &Chrome, page: &UnitPage) -> Markup {
    let forms = &page.forms;
    let voice = chrome.voice;
    let say = |text: UnitText| voice.say(text);
    let number = voice.say(Label::AdmissionNumber);
    let mut last_day = forms.withdraw.last_day.clone();
    if last_day == Field::default() {
        last_day.text = page.today.to_string();
    }
    html! {
        div.columns {
            section {
                h2 { (say(UnitText::EnrolTitle)) }
                (form(chrome, page, "enrol", Shape::Card, &html! {
                    p.soft { (say(UnitText::EnrolHint)) }
                    (labelled(("text", "enrol-number", "number"), &number, "", &forms.enrol.number))
                    (date("enrol-from", "from", &voice.say(HistoryText::FirstDay), &say(UnitText::EnrolFromHint), &forms.enrol.from))
                    (labelled(("text", "enrol-group", "group"), &voice.say(Label::Group), &say(UnitText::GroupHint), &forms.enrol.group))
                    button { (voice.say(AdminText::Enrol)) }
                }))
                h2 { (say(UnitText::WithdrawTitle)) }
                (form(chrome, page, "withdraw", Shape::Card, &html! {
                    p.soft { (say(UnitText::WithdrawHint)) }
                    (labelled(("text", "withdraw-number", "number"), &number, "", &forms.withdraw.number))
                    (date("withdraw-last", "last_day", &voice.say(AdminText::LastDay), "", &last_day))
                    button.danger { (voice.say(AdminText::Withdraw)) }
                }))
            }
            section {
                h2 { (say(UnitText::Rules)) }
                (rules(chrome, page))
            }
            section {
                h2 { (say(UnitText::People)) }
                (people(chrome, page))
                h2 { (say(UnitText::Semester)) }
                (semester(chrome, page))
            }
        }
    }
}

fn rules(chrome: &Chrome, page: &UnitPage) -> Markup {
    let voice = chrome.voice;
    let site = &page.site;
    let of_unit = || RulesForm::of(&page.fact.policy);
    let rules = page.forms.rules.clone().unwrap_or_else(of_unit);
    let text = |name: &str, label: UnitText, site: String, field: &Field| {
        let hint = voice.say(UnitText::Site { value: site });
        labelled(("text", name, name), &voice.say(label), &hint, field)
    };
    let planned = voice.say(Label::PlannedLectures);
    let planned_hint = voice.say(UnitText::Site {
        value: site.planned_lessons.to_string(),
    });
    let of_basis = Basis::ALL.map(|it| (it.as_str(), basis(it), rules.basis == Some(it)));
    let of_excused =
        ExcusedCounts::ALL.map(|it| (it.as_str(), excused(it), rules.excused == Some(it)));
    let of_plan = [true, false].map(|it| {
        let word = if it { "yes" } else { "no" };
        (word, yes_or_no(it), rules.excused_leaves_plan == Some(it))
    });
    form(
        chrome,
        page,
        "rules",
        Shape::Card,
        &html! {
            p.soft { (voice.say(UnitText::RulesHint)) }
            (text("required_percent", UnitText::RequiredPercent, site.required_percent.to_string(), &rules.required_percent))
            (choice("basis", UnitText::Basis, basis(site.basis), of_basis.into(), voice))
            (labelled(("text", "planned_lessons", "planned_lessons"), &planned, &planned_hint, &rules.planned_lessons))
            (text("warning_percent", UnitText::WarningPercent, site.warning_percent.to_string(), &rules.warning_percent))
            (choice("excused", UnitText::Excused, excused(site.excused), of_excused.into(), voice))
            (choice("excused_leaves_plan", UnitText::LeavesPlan, yes_or_no(site.excused_leaves_plan), of_plan.into(), voice))
            (text("lates_per_absence", UnitText::LatesPerAbsence, site.lates_per_absence.to_string(), &rules.lates_per_absence))
            (text("minimum_lectures", UnitText::MinimumLectures, site.minimum_lectures.to_string(), &rules.minimum_lectures))
            button { (voice.say(AdminText::Save)) }
        },
    )
}

impl RulesForm {
    fn of(policy: &UnitPolicy) -> Self {
        fn shown(value: Option<impl ToString>) -> Field {
            Field::holding(value.map(|value| value.to_string()).unwrap_or_default())
        }
        Self {
            planned_lessons: shown(policy.planned_lessons),
            required_percent: shown(policy.required_percent),
            warning_percent: shown(policy.warning_percent),
            basis: policy.basis,
            excused: policy.excused,
            excused_leaves_plan: policy.excused_leaves_plan,
            lates_per_absence: shown(policy.lates_per_absence),
            minimum_lectures: shown(policy.minimum_lectures),
        }
    }
}

/// A list of choices, the first of which is the site's.
fn choice(
    name: &str,
    label: UnitText,
    site: UnitText,
    choices: Vec<(&str, UnitText, bool)>,
    voice: Voice,
) -> Markup {
    let value = voice.say(site);
    html! {
        div.field {
            label for=(name) { (voice.say(label)) }
            select id=(name) name=(name) {
                option value="" { (voice.say(UnitText::Site { value })) }
                @for (word, text, is_chosen) in choices { option value=(word) selected[is_chosen] { (voice.say(text)) } }
            }
        }
    }
}

fn basis(basis: Basis) -> UnitText {
    match basis {
        Basis::Held => UnitText::BasisHeld,
        Basis::Planned => UnitText::BasisPlanned,
    }
}

fn excused(counts: ExcusedCounts) -> UnitText {
    match counts {
        ExcusedCounts::NotCounted => UnitText::ExcusedNotCounted,
        ExcusedCounts::Present => UnitText::ExcusedPresent,
        ExcusedCounts::Absent => UnitText::ExcusedAbsent,
    }
}

fn yes_or_no(is_so: bool) -> UnitText {
    if is_so { UnitText::Yes } else { UnitText::No }
}

fn role(role: AssignmentRole) -> UnitText {
    match role {
        AssignmentRole::Owner => UnitText::Owner,
        AssignmentRole::Helper => UnitText::Helper,
    }
}

/// Who acts for the unit, and who is to.
fn people(chrome: &Chrome, page: &UnitPage) -> Markup {
    let voice = chrome.voice;
    let typed = &page.forms.assign;
    let holder = UnitText::HolderIs {
        staff_id: page.fact.lecturer.to_string(),
    };
    let day = |day: Option<NaiveDate>, none: UnitText| -> String {
        match day {
            Some(day) => voice.say(day),
            None => voice.say(none),
        }
    };
    let given = page.assignments.iter();
    let given = given.filter_map(|it| Some((it, it.fact.role?)));
    html! {
        p { (voice.say(holder)) }
        @for (assigned, of_role) in given {
            (form(chrome, page, "assign", Shape::Line, &html! {
                input type="hidden" name="staff_id" value=(assigned.staff_id);
                span {
                    (assigned.staff_id) " " bdi { (assigned.name) } ", " (voice.say(role(of_role))) ", "
                    (day(assigned.fact.from, UnitText::SinceEver)) " – " (day(assigned.fact.until, UnitText::ForGood))
                }
                button.quiet.small { (voice.say(UnitText::EndAssignment)) }
            }))
        }
        (form(chrome, page, "assign", Shape::Card, &html! {
            p.soft { (voice.say(UnitText::AssignHint)) }
            (labelled(("text", "assign-id", "staff_id"), &voice.say(Label::StaffId), "", &typed.staff_id))
            div.field {
                label for="assign-role" { (voice.say(Label::Role)) }
                select #assign-role name="role" {
                    @for it in AssignmentRole::ALL { option value=(it.as_str()) selected[typed.role == Some(it)] { (voice.say(role(it))) } }
                }
            }
            (date("assign-from", "from", &voice.say(Label::From), "", &typed.from))
            (date("assign-until", "until", &voice.say(Label::Until), "", &typed.until))
            button { (voice.say(UnitText::Assign)) }
        }))
    }
}

/// Whether further lectures are held, and whether the unit is in use.
fn semester(chrome: &Chrome, page: &UnitPage) -> Markup {
    let voice = chrome.voice;
    let semester = &page.record.semester;
    let is_finished = page.fact.finished.contains(semester);
    let switch = |action, name: &str, is_on: bool, on: UnitText, off: UnitText| {
        let (value, text) = if is_on { ("", off) } else { ("1", on) };
        form(
            chrome,
            page,
            action,
            Shape::Line,
            &html! {
                input type="hidden" name=(name) value=(value);
                button.quiet { (voice.say(text)) }
            },
        )
    };
    let state: Message = if is_finished {
        let semester = semester.to_string();
        UnitText::Finished { semester }.into()
    } else {
        UnitText::FinishHint.into()
    };
    let retired = page.fact.retired;
    let (finish, go_on) = (UnitText::Finish, UnitText::NotFinished);
    let (retire, bring_back) = (UnitText::Retire, UnitText::BringBack);
    html! {
        p.soft { (voice.say(state)) }
        (switch("finished", "finished", is_finished, finish, go_on))
        @if chrome.is_admin {
            p.soft { (voice.say(if retired { UnitText::IsRetired } else { UnitText::RetireHint })) }
            (switch("retired", "retired", retired, retire, bring_back))
        }
    }
}
