//! Who may sit the exam of a unit, by which rule, and what staff have to decide first.
//!
//! ```text
//!  CS101  Introduction to Programming                    Exam list, semester 1
//!  At least 75 % of the lectures held so far
//!  As of Sun 22 Nov 2026, 09:05; policy 1a2b3c4d5e6f; not all is known
//!
//!  Was it held? To decide: 1
//! > Sun 15 Nov 2026  09:00   opened by itself, nobody came
//!
//!  Eligible: 1
//!    NUMBER        NAME                ATTENDANCE  SO FAR   REASON
//!    ADM/2023/001  Amina Njeri         6/7         85.71 %
//! ```

use std::sync::Arc;

use ratatui::layout::{Position, Rect};

use super::choice::moved;
use super::enrolment;
use super::export::ExportForm;
use super::page::{PageAction, PageContext, StaffPage};
use super::question::{Question, Subject};
use crate::domain::{
    AdmissionNumber, AttendanceStatus, Basis, CountReason, CountingPolicy, Decision,
    DecisionReason, ExcusedCounts, LectureHead, LectureStage, Listing, PersonName, Semester,
    SessionId, SessionRefusal, UnitCode,
};
use crate::services::{LectureSettled, StudentRecord, UnitRecord};
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, ListTable, below, first_row, row_style, shifted, top};
use crate::tui::request::{StaffAnswer, StaffRequest, StudentPlace};
use crate::tui::stroke::Stroke;
use crate::tui::theme::Role;
use crate::words::{Key, KeyHelp, KeyUse, Label, Message, StaffScreen, Voice};

const KEYS: Keys = &[
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
    (Key::These("x"), KeyUse::Write),
    (Key::These("i"), KeyUse::Enrol),
    (Key::These("o"), KeyUse::Withdraw),
];

const KEYS_LECTURE: Keys = &[
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
    (Key::These("h"), KeyUse::WasHeld),
    (Key::These("n"), KeyUse::WasNotHeld),
    (Key::These("x"), KeyUse::Write),
];

/// Of a lecture that was never opened nobody can say that it was held.
const KEYS_PLANNED: Keys = &[
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
    (Key::These("n"), KeyUse::WasNotHeld),
    (Key::These("x"), KeyUse::Write),
];

const HELP: Help = (
    Message::StaffScreen(StaffScreen::HelpExam),
    &[
        (Key::These("h n"), KeyHelp::ExamSettle),
        (Key::These("i"), KeyHelp::ExamEnrol),
        (Key::These("o"), KeyHelp::ExamWithdraw),
        (Key::These("x"), KeyHelp::ExamExport),
        (Key::Escape, KeyHelp::OpeningBack),
    ],
);

/// Students: the reasons have what is left.
const TABLE: ListTable<5> = ListTable {
    heads: [
        Label::Number,
        Label::Name,
        Label::Attendance,
        Label::SoFar,
        Label::Reason,
    ],
    wide: [14, 16, 11, 9, u16::MAX],
    narrow: [14, 0, 7, 0, u16::MAX],
};

/// The same on a screen with room for long names and all reasons.
const ROOMY_TABLE: ListTable<5> = ListTable {
    wide: [18, 32, 12, 10, u16::MAX],
    ..TABLE
};

/// From this width on there is room for that.
const ROOMY: u16 = 100;

/// From this height on the rule and the moment stand above the list; else they scroll away with it.
const ROOM_FOR_HEAD: u16 = 14;

/// The exam list of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamPage {
    unit: UnitCode,
    name: String,
    /// `None`: the site's.
    semester: Option<Semester>,
    /// Everybody; `None` until it is read.
    record: Option<Arc<UnitRecord>>,
    /// What keys are about: not a row, so that a new reading does not move it.
    chosen: Option<Chosen>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Chosen {
    Lecture(SessionId),
    Student(AdmissionNumber),
}

/// A row of the page.
enum Row<'a> {
    Blank,
    Text(String, Role),
    Heads,
    Lecture(&'a LectureHead),
    Student(&'a StudentRecord),
}

impl Row<'_> {
    fn is(&self, chosen: &Chosen) -> bool {
        match (self, chosen) {
            (Self::Lecture(lecture), Chosen::Lecture(id)) => lecture.id == *id,
            (Self::Student(student), Chosen::Student(number)) => {
                student.student.admission_number == *number
            }
            _ => false,
        }
    }

    fn chosen(&self) -> Option<Chosen> {
        match self {
            Self::Lecture(lecture) => Some(Chosen::Lecture(lecture.id)),
            Self::Student(student) => {
                Some(Chosen::Student(student.student.admission_number.clone()))
            }
            _ => None,
        }
    }
}

impl ExamPage {
    /// The exam list of a unit in a semester, nothing read yet.
    #[must_use]
    pub fn new(unit: &UnitCode, name: &str, semester: Option<&Semester>) -> Self {
        Self {
            unit: unit.clone(),
            name: name.to_owned(),
            semester: semester.cloned(),
            record: None,
            chosen: None,
        }
    }

    /// Shows what was read. Whoever is not there any more is not chosen either.
    fn show(&mut self, record: Arc<UnitRecord>) {
        let choices = choices(&record);
        let is_there = |chosen: &Chosen| choices.contains(chosen);
        if !self.chosen.as_ref().is_some_and(is_there) {
            self.chosen = choices.into_iter().next();
        }
        self.record = Some(record);
    }

    fn lecture(&self) -> Option<&LectureHead> {
        let Some(Chosen::Lecture(id)) = &self.chosen else {
            return None;
        };
        let record = self.record.as_deref()?;
        record.lectures.iter().find(|lecture| lecture.id == *id)
    }

    fn student(&self) -> Option<&StudentRecord> {
        let Some(Chosen::Student(number)) = &self.chosen else {
            return None;
        };
        let mut students = self.record.as_deref()?.students.iter();
        students.find(|student| student.student.admission_number == *number)
    }

    /// What a key asks for that is about the chosen lecture.
    fn settle(&self, stroke: Stroke, context: &PageContext) -> Option<PageAction> {
        let lecture = self.lecture()?;
        let settled = match stroke {
            Stroke::Character('h' | 'H') if lecture.state == LectureStage::Planned => {
                let refusal = SessionRefusal::NeverOpened(lecture.id);
                return Some(PageAction::Say(context.say(&refusal)));
            }
            Stroke::Character('h' | 'H') => LectureSettled::Held,
            Stroke::Character('n' | 'N') => LectureSettled::NotHeld,
            _ => return None,
        };
        let when = when(lecture, context.site.voice);
        let subject = Subject::Settle(lecture.id, settled, when);
        Some(PageAction::Ask(Question::new(subject)))
    }

    /// What a key asks for that is about the chosen student.
    fn enrol(&self, stroke: Stroke, context: &PageContext) -> Option<PageAction> {
        let (student, record) = (self.student()?, self.record.as_deref()?);
        let place = StudentPlace {
            unit: record.unit.clone(),
            semester: record.semester.clone(),
            number: student.student.admission_number.clone(),
        };
        enrolment::command(stroke, place, student.standing.as_ref(), context)
    }
}

impl StaffPage for ExamPage {
    fn frame(&self, context: &PageContext) -> Frame {
        let title = format!("{}  {}", self.unit, self.name);
        let site = &context.site.semester;
        let read = self.record.as_ref().map(|record| &record.semester);
        let semester = read.or(self.semester.as_ref()).unwrap_or(site);
        let semester = semester.as_str().to_owned();
        let keys = match self.lecture().map(|lecture| lecture.state) {
            Some(LectureStage::Planned) => KEYS_PLANNED,
            Some(_) => KEYS_LECTURE,
            None => KEYS,
        };
        Frame::whole(title, context.say(StaffScreen::ExamOf { semester }), keys)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let [text, quiet] = [Role::Text, Role::Quiet].map(|role| canvas.theme.role(role));
        let voice = context.site.voice;
        let Some(record) = self.record.as_deref() else {
            canvas.left(
                top(below(area, 1), 1),
                &voice.say(StaffScreen::Reading),
                quiet,
            );
            return None;
        };
        let mut rest = area;
        if area.height >= ROOM_FOR_HEAD {
            let used = canvas.wrapped(rest, &rule(&record.policy, voice), text);
            rest = below(rest, used);
            let used = canvas.wrapped(rest, &as_of(record, voice), quiet);
            rest = below(rest, used + 1);
        }
        // The reasons of the chosen student, where the column cuts them.
        let in_full = self.student().map(|student| reasons(student, voice));
        let column = reason_column(area.width);
        let foot = in_full.filter(|text| canvas.width_of(text) > column);
        let foot_rows = foot
            .as_deref()
            .map_or(0, |text| canvas.rows_of(text, area.width));
        let list = top(rest, rest.height.saturating_sub(foot_rows).max(1));
        self.list(canvas, list, record, voice, area.height < ROOM_FOR_HEAD);
        if let Some(foot) = foot {
            let warning = canvas.theme.role(Role::Warning);
            canvas.wrapped(below(rest, list.height), &foot, warning);
        }
        None
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        match stroke {
            Stroke::Escape => return PageAction::Back,
            Stroke::Character('x' | 'X') => {
                let semester = self.semester.as_ref();
                return PageAction::go(ExportForm::of_unit(&self.unit, &self.name, semester));
            }
            _ => {}
        }
        let Some(record) = self.record.as_deref() else {
            return PageAction::Stay;
        };
        let choices = choices(record);
        let is_chosen = |choice: &Chosen| Some(choice) == self.chosen.as_ref();
        let at = choices.iter().position(is_chosen).unwrap_or(0);
        if let Some(to) = moved(stroke, at, choices.len()) {
            self.chosen = choices.into_iter().nth(to);
            return PageAction::Stay;
        }
        let action = self.settle(stroke, context);
        let action = action.or_else(|| self.enrol(stroke, context));
        action.unwrap_or(PageAction::Stay)
    }

    fn receive(&mut self, answer: StaffAnswer, context: &PageContext) -> Option<PageAction> {
        match answer {
            StaffAnswer::Exam(unit, record) if unit == self.unit => {
                Some(PageAction::show(record, |record| self.show(record)))
            }
            StaffAnswer::Enrolment(Ok(history)) => Some(enrolment::ask(&history, context)),
            StaffAnswer::Enrolment(Err(problem)) => Some(PageAction::Say(problem)),
            _ => None,
        }
    }

    fn refresh(&self) -> Option<StaffRequest> {
        let (unit, semester) = (self.unit.clone(), self.semester.clone());
        Some(StaffRequest::ReadExam(unit, semester))
    }
}

impl ExamPage {
    fn list(
        &self,
        canvas: &mut Canvas,
        area: Rect,
        record: &UnitRecord,
        voice: Voice,
        with_head: bool,
    ) {
        let mut rows = rows(record, voice);
        if with_head {
            let head = [
                Row::Text(rule(&record.policy, voice), Role::Text),
                Row::Text(as_of(record, voice), Role::Quiet),
            ];
            rows.splice(0..0, head);
        }
        let table = table(area.width);
        let chosen = self.chosen.as_ref();
        let is_chosen = |row: &Row<'_>| chosen.is_some_and(|chosen| row.is(chosen));
        let at = rows.iter().position(is_chosen).unwrap_or(0);
        let first = first_row(at, rows.len(), area.height);
        for (place, row) in area.rows().zip(rows.iter().skip(first)) {
            let style = match row {
                Row::Lecture(_) | Row::Student(_) => row_style(canvas, place, is_chosen(row)),
                _ => canvas.theme.role(Role::Text),
            };
            match row {
                Row::Blank => {}
                Row::Text(text, role) => {
                    let style = canvas.theme.role(*role);
                    canvas.left(place, text, style);
                }
                Row::Heads => table.heads(canvas, shifted(place, 2), voice),
                Row::Lecture(lecture) => {
                    let why = voice.say(match lecture.session {
                        Some(_) => StaffScreen::NobodyCame,
                        None => StaffScreen::NeverOpened,
                    });
                    let text = format!("{}   {why}", when(lecture, voice));
                    canvas.left(shifted(place, 2), &text, style);
                }
                Row::Student(student) => {
                    table.row(canvas, shifted(place, 2), &cells(student, voice), style);
                }
            }
        }
    }
}

fn table(width: u16) -> ListTable<5> {
    if width >= ROOMY { ROOMY_TABLE } else { TABLE }
}

/// The columns that are left for the reasons.
fn reason_column(width: u16) -> u16 {
    let row = width.saturating_sub(2);
    let [number, name, attendance, so_far, _] = table(width).widths(row);
    row.saturating_sub(number + name + attendance + so_far)
}

/// The rows of the page, top to bottom.
fn rows(record: &UnitRecord, voice: Voice) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let heading = |text: StaffScreen| Row::Text(voice.say(text), Role::Strong);
    let open = to_decide(record);
    if !open.is_empty() {
        rows.push(heading(StaffScreen::ToDecide { n: open.len() }));
        rows.extend(open.into_iter().map(Row::Lecture));
    }
    for decision in DECISIONS {
        let group = group(record, decision);
        if group.is_empty() {
            continue;
        }
        if !rows.is_empty() {
            rows.push(Row::Blank);
        }
        let n = group.len();
        rows.push(heading(match decision {
            Decision::Eligible => StaffScreen::Eligible { n },
            Decision::NotEligible => StaffScreen::NotEligible { n },
            Decision::Undecided => StaffScreen::Undecided { n },
        }));
        rows.push(Row::Heads);
        rows.extend(group.into_iter().map(Row::Student));
    }
    if rows.is_empty() {
        rows.push(Row::Text(
            voice.say(StaffScreen::NobodyEnrolled),
            Role::Quiet,
        ));
    }
    rows
}

/// In the order in which they are listed.
const DECISIONS: [Decision; 3] = [
    Decision::Eligible,
    Decision::NotEligible,
    Decision::Undecided,
];

/// What can be chosen, top to bottom.
fn choices(record: &UnitRecord) -> Vec<Chosen> {
    let lectures = to_decide(record).into_iter().map(Row::Lecture);
    let students = DECISIONS.into_iter().flat_map(|of| group(record, of));
    let rows = lectures.chain(students.map(Row::Student));
    rows.filter_map(|row| row.chosen()).collect()
}

/// The lectures of which staff have to say whether they were held: those that nobody came to though the timetable
/// opened them, and those that nobody opened.
fn to_decide(record: &UnitRecord) -> Vec<&LectureHead> {
    let lectures = record.lectures.iter().enumerate();
    let open = lectures.filter(|(place, lecture)| {
        record.students.iter().any(|student| {
            let reason = student.lines.get(*place).map(|line| line.reason);
            match reason {
                Some(CountReason::NeedsDecision) => true,
                // What other kiosks have not told yet is theirs to tell.
                Some(CountReason::NotKnown) => lecture.state == LectureStage::Planned,
                _ => false,
            }
        })
    });
    open.map(|(_, lecture)| lecture).collect()
}

/// The students of whom this is decided: those of the class list by number, then those who are on none.
fn group(record: &UnitRecord, decision: Decision) -> Vec<&StudentRecord> {
    let of = |listing| {
        let students = record.students.iter();
        students.filter(move |student| {
            student.listing == listing && decided(student) == decision && is_listed(student)
        })
    };
    of(Listing::Main)
        .chain(of(Listing::Apart))
        .chain(of(Listing::Stranger))
        .collect()
}

fn decided(student: &StudentRecord) -> Decision {
    let standing = student.standing.as_ref();
    standing.map_or(Decision::Undecided, |standing| standing.exam.decision)
}

/// Without strangers whose marks were all removed.
fn is_listed(student: &StudentRecord) -> bool {
    student.listing != Listing::Stranger
        || student
            .lines
            .iter()
            .any(|line| !matches!(line.status, None | Some(AttendanceStatus::Removed)))
}

fn cells(student: &StudentRecord, voice: Voice) -> [String; 5] {
    let line = &student.student;
    let name = line.name.as_ref().map(PersonName::to_string);
    let standing = student.standing.as_ref();
    let so_far = standing.and_then(|standing| standing.so_far);
    [
        line.admission_number.to_string(),
        name.unwrap_or_default(),
        standing
            .map(|standing| standing.exam.share.to_string())
            .unwrap_or_default(),
        so_far
            .map(|so_far| format!("{so_far} %"))
            .unwrap_or_default(),
        reasons(student, voice),
    ]
}

/// Why a student may not sit the exam, or why that is not decided.
fn reasons(student: &StudentRecord, voice: Voice) -> String {
    let reasons: Vec<String> = match &student.standing {
        Some(standing) => {
            let reasons = standing.exam.reasons.iter();
            reasons.map(|reason| voice.say(*reason)).collect()
        }
        None => vec![voice.say(DecisionReason::NotOnClassList)],
    };
    reasons.join(", ")
}

/// The day and the start of a lecture.
fn when(lecture: &LectureHead, voice: Voice) -> String {
    let (day, time) = (voice.date(lecture.starts_at), voice.time(lecture.starts_at));
    format!("{day}, {time}")
}

/// By which rule it is decided.
fn rule(policy: &CountingPolicy, voice: Voice) -> String {
    let required = policy.required_percent.to_string();
    let mut parts = vec![voice.say(match policy.basis {
        Basis::Held => StaffScreen::RuleOfHeld { required },
        Basis::Planned => StaffScreen::RuleOfPlan {
            required,
            planned: policy.planned_lessons,
        },
    })];
    match policy.excused {
        ExcusedCounts::NotCounted => {}
        ExcusedCounts::Present => parts.push(voice.say(StaffScreen::RuleExcusedAttended)),
        ExcusedCounts::Absent => parts.push(voice.say(StaffScreen::RuleExcusedMissed)),
    }
    if policy.lates_per_absence > 0 {
        let n = policy.lates_per_absence;
        parts.push(voice.say(StaffScreen::RuleLates { n }));
    }
    if policy.minimum_lectures > 1 {
        let n = policy.minimum_lectures;
        parts.push(voice.say(StaffScreen::RuleFrom { n }));
    }
    parts.join("; ")
}

/// When it was counted, by which version of the rules, and whether anything is missing.
fn as_of(record: &UnitRecord, voice: Voice) -> String {
    voice.say(StaffScreen::ExamAsOf {
        at: record.as_of,
        version: record.policy.version(),
        complete: record.complete,
    })
}

#[cfg(test)]
impl ExamPage {
    /// The number of the student, or the start of the lecture, that is chosen.
    pub(in crate::tui) fn chosen(&self) -> Option<String> {
        let lecture = self.lecture().map(|lecture| lecture.starts_at.to_string());
        let student = self.student();
        lecture.or_else(|| student.map(|student| student.student.admission_number.to_string()))
    }
}
