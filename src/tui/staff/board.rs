//! The live board: who is here, in the order and the choice that the lecturer wants (features F1, F2).

use std::cmp::Reverse;
use std::sync::Arc;

use super::reading::Reading;
use super::walk::walked;
use super::{ListForm, Page, PageAction, Question, Subject, question};
use crate::domain::{
    AdmissionNumber, Band, Correction, Flag, HandMark, Lecturer, Mark, PersonName, Roster,
    RosterLine, SessionId, SessionState, StudentHistory,
};
use crate::tui::field::Field;
use crate::tui::msg::{Effect, Stroke};
use crate::tui::words;

/// A session's roster, as the lecturer looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardPage {
    /// Of which session.
    pub session: SessionId,
    /// Everybody, by number; `None` until it is read.
    pub roster: Option<Arc<Roster>>,
    /// Who comes first.
    pub order: Order,
    /// Who is listed.
    pub sift: Sift,
    /// What the number or the name must contain.
    pub search: Field,
    /// What the page shows.
    pub shown: Shown,
    /// Who is chosen: a student, not a row, so that arrivals do not move the choice.
    pub chosen: Option<AdmissionNumber>,
    /// What happened to a student in the sessions of the unit; `None` until it is read.
    pub history: Option<Arc<StudentHistory>>,
    /// How many of the student's lectures are above the page that says why.
    pub scrolled: usize,
    /// Whose history was asked for.
    asked: Option<AdmissionNumber>,
    pub(super) reading: Reading,
    /// The lines that are listed, in order: sorted when something changes, not when it is drawn.
    rows: Vec<usize>,
}

/// What the page shows, and where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The table; letters are commands.
    Table,
    /// The table; letters are searched for.
    Searching,
    /// One student.
    Student,
    /// Why a student's numbers are what they are.
    Why,
    /// Totals without names, for the wall.
    Projector,
}

/// Who comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By admission number.
    Number,
    /// By name; those without one last.
    Name,
    /// The latest arrival first, those who are not here last.
    Arrival,
    /// The lowest percentage so far first.
    Percentage,
    /// Pending, absent, late, present: what wants attention first.
    Mark,
}

/// Who is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sift {
    /// Everybody.
    All,
    /// Who is not here.
    Absent,
    /// Who came late.
    Late,
    /// Who waits for approval.
    Pending,
    /// Whose record has a flag besides being late.
    Flagged,
    /// Who is below what is required.
    Below,
}

impl Order {
    const ALL: [Self; 5] = [
        Self::Number,
        Self::Name,
        Self::Arrival,
        Self::Percentage,
        Self::Mark,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Name => "name",
            Self::Arrival => "arrival, latest first",
            Self::Percentage => "percentage, lowest first",
            Self::Mark => "mark",
        }
    }
}

impl Sift {
    const ALL: [Self; 6] = [
        Self::All,
        Self::Absent,
        Self::Late,
        Self::Pending,
        Self::Flagged,
        Self::Below,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::All => "Everybody",
            Self::Absent => "Absent",
            Self::Late => "Late",
            Self::Pending => "Pending",
            Self::Flagged => "Flagged",
            Self::Below => "Below what is required",
        }
    }

    fn lets_through(self, line: &RosterLine) -> bool {
        match self {
            Self::All => true,
            Self::Absent => line.mark == Mark::Absent,
            Self::Late => line.mark == Mark::Late,
            Self::Pending => line.mark == Mark::Pending,
            // Late has a column, and a choice, of its own.
            Self::Flagged => line.flags.iter().any(|flag| flag != Flag::Late),
            Self::Below => line.standing.band == Band::Below,
        }
    }
}

impl BoardPage {
    /// The board of a session, nothing read yet.
    #[must_use]
    pub fn new(session: SessionId) -> Self {
        Self {
            session,
            roster: None,
            order: Order::Number,
            sift: Sift::All,
            search: Field::default(),
            shown: Shown::Table,
            chosen: None,
            history: None,
            scrolled: 0,
            asked: None,
            reading: Reading::default(),
            rows: Vec::new(),
        }
    }

    /// Who is listed, in what order, and how many they are.
    #[must_use]
    pub fn listed(&self) -> String {
        let (who, by) = (self.sift.label(), self.order.label());
        format!("{who}, by {by}: {}", self.count())
    }

    /// How many students are listed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// The students that are listed, in order, from a row on.
    pub fn lines_from(&self, first: usize) -> impl Iterator<Item = &RosterLine> {
        let lines = self.roster.as_deref().map(|roster| &roster.lines[..]);
        let rows = self.rows.iter().skip(first);
        rows.filter_map(move |&row| lines.unwrap_or_default().get(row))
    }

    /// The row of the chosen student; `None` when there is nobody to choose.
    #[must_use]
    pub fn chosen_row(&self) -> Option<usize> {
        let chosen = self.chosen.as_ref()?;
        let mut lines = self.lines_from(0);
        lines.position(|line| line.admission_number == *chosen)
    }

    /// The chosen student.
    #[must_use]
    pub fn student(&self) -> Option<&RosterLine> {
        self.lines_from(self.chosen_row()?).next()
    }

    /// What happened to the student who is looked at, once it is read.
    #[must_use]
    pub fn shown_history(&self) -> Option<&StudentHistory> {
        let student = self.student()?;
        let history = self.history.as_deref();
        history.filter(|history| history.admission_number == student.admission_number)
    }

    pub(super) fn refresh(&mut self, lecturer: &Lecturer) -> Option<Effect> {
        let wanted = self.reading.is_wanted();
        wanted.then(|| Effect::ReadRoster(self.session, lecturer.clone()))
    }

    pub(super) fn answered(&mut self, lecturer: &Lecturer) -> Option<Effect> {
        let wanted = self.reading.is_wanted_again();
        wanted.then(|| Effect::ReadRoster(self.session, lecturer.clone()))
    }

    /// Shows what was read.
    pub(super) fn show(&mut self, roster: Arc<Roster>) {
        let before = self.student().cloned();
        self.roster = Some(roster);
        self.arrange();
        if self.student() != before.as_ref() {
            self.asked = None;
        }
    }

    /// Shows what happened to the student who is looked at.
    pub(super) fn show_history(&mut self, history: Arc<StudentHistory>) {
        if self.asked.as_ref() == Some(&history.admission_number) {
            self.history = Some(history);
        }
    }

    /// The history could not be read: the next key asks for it again.
    pub(super) fn history_failed(&mut self) {
        self.asked = None;
    }

    /// Reads the history of the student who is looked at, unless it is there.
    pub(super) fn want_history(&mut self, lecturer: &Lecturer) -> Option<Effect> {
        let student = self.student()?.admission_number.clone();
        let is_shown = matches!(self.shown, Shown::Student | Shown::Why);
        if !is_shown || self.asked.as_ref() == Some(&student) {
            return None;
        }
        let session = &self.roster.as_ref()?.session;
        let (unit, semester) = (session.unit_code.clone(), session.semester.clone());
        self.history
            .take_if(|history| history.admission_number != student);
        self.asked = Some(student.clone());
        Some(Effect::ReadHistory(
            unit,
            semester,
            student,
            lecturer.clone(),
        ))
    }

    /// Where letters go, when they are searched for.
    pub(super) fn field(&mut self) -> Option<&mut Field> {
        (self.shown == Shown::Searching).then_some(&mut self.search)
    }

    pub(super) fn press(&mut self, stroke: Stroke, lecturer: &Lecturer) -> PageAction {
        match self.shown {
            Shown::Projector | Shown::Student if stroke == Stroke::Escape => {
                self.shown = Shown::Table;
                PageAction::Stay
            }
            Shown::Projector if matches!(stroke, Stroke::Character('p' | 'P')) => {
                self.shown = Shown::Table;
                PageAction::Stay
            }
            Shown::Projector => PageAction::Stay,
            Shown::Why => self.scroll(stroke),
            Shown::Searching => self.type_search(stroke),
            Shown::Table if stroke == Stroke::Escape => self.step_back(),
            Shown::Table | Shown::Student => self.command(stroke, lecturer),
        }
    }

    /// Takes back what narrows the list, and then the list.
    fn step_back(&mut self) -> PageAction {
        if self.search.is_blank() && self.sift == Sift::All {
            return PageAction::Back;
        }
        self.search.clear();
        self.sift = Sift::All;
        self.sift_anew();
        PageAction::Stay
    }

    /// Moves in the lectures of a student; the first goes out of sight only for others.
    fn scroll(&mut self, stroke: Stroke) -> PageAction {
        if stroke == Stroke::Escape || matches!(stroke, Stroke::Character('w' | 'W')) {
            self.shown = Shown::Student;
        }
        let count = self.shown_history().map_or(0, |all| all.sessions.len());
        self.scrolled = walked(stroke, self.scrolled, count).unwrap_or(self.scrolled);
        PageAction::Stay
    }

    fn type_search(&mut self, stroke: Stroke) -> PageAction {
        match stroke {
            Stroke::Enter | Stroke::Tab => self.shown = Shown::Table,
            Stroke::Escape => {
                self.shown = Shown::Table;
                self.search.clear();
                self.sift_anew();
            }
            Stroke::Up | Stroke::Down | Stroke::PageUp | Stroke::PageDown => self.walk(stroke),
            _ => {
                self.search.edit(stroke);
                self.sift_anew();
            }
        }
        PageAction::Stay
    }

    fn command(&mut self, stroke: Stroke, lecturer: &Lecturer) -> PageAction {
        if let Some(step) = self.correct(stroke, lecturer) {
            return step;
        }
        if let Some(step) = self.about_the_session(stroke) {
            return step;
        }
        if self.shown == Shown::Student && matches!(stroke, Stroke::Character('w' | 'W')) {
            self.shown = Shown::Why;
            self.scrolled = 0;
            return PageAction::Stay;
        }
        match stroke {
            Stroke::Enter if self.student().is_some() => self.shown = Shown::Student,
            Stroke::Character('/') => self.shown = Shown::Searching,
            Stroke::Character('p' | 'P') => self.shown = Shown::Projector,
            Stroke::Character('s' | 'S') => {
                self.order = next(&Order::ALL, self.order);
                self.arrange();
            }
            Stroke::Character('f' | 'F') => {
                self.sift = next(&Sift::ALL, self.sift);
                self.sift_anew();
            }
            _ => self.walk(stroke),
        }
        PageAction::Stay
    }

    /// What a key asks for that is about everybody.
    fn about_the_session(&self, stroke: Stroke) -> Option<PageAction> {
        let session = &self.roster.as_ref()?.session;
        let code = session.unit_code.clone();
        Some(match stroke {
            Stroke::Character('x' | 'X') => {
                PageAction::Go(Page::Lists(Box::new(ListForm::of_session(session))))
            }
            // Also where nobody is listed: the first student of a class may be on no list.
            Stroke::Character('+') => PageAction::Ask(Question::new(Subject::Number(session.id))),
            Stroke::Character('e' | 'E') if session.state == SessionState::Open => {
                PageAction::Ask(Question::new(Subject::Extend(session.id, code)))
            }
            Stroke::Character('e' | 'E') => PageAction::Say(words::IS_OVER.to_owned()),
            _ => return None,
        })
    }

    /// The correction that a key asks for. Whether it needs a reason is for the service to say.
    fn correct(&self, stroke: Stroke, lecturer: &Lecturer) -> Option<PageAction> {
        let Stroke::Character(key) = stroke else {
            return None;
        };
        let number = self.student()?.admission_number.clone();
        // Caps Lock changes nothing.
        let correction = match key.to_ascii_lowercase() {
            'm' => Correction::Mark(HandMark::Present),
            'l' => Correction::Mark(HandMark::Late { minutes: None }),
            'u' => Correction::Unmark,
            'a' => Correction::Approve,
            'n' => Correction::AcceptName,
            'k' => Correction::KeepName,
            'g' => {
                let subject = Subject::Merge(self.session, number);
                return Some(PageAction::Ask(Question::new(subject)));
            }
            'z' => {
                let subject = Subject::Undo(self.session, number);
                return Some(PageAction::Ask(Question::new(subject)));
            }
            _ => return None,
        };
        let order = question::order(self.session, number, correction);
        Some(PageAction::Await(Effect::Correct(
            Box::new(order),
            lecturer.clone(),
        )))
    }

    /// Moves the choice.
    fn walk(&mut self, stroke: Stroke) {
        let at = self.chosen_row().unwrap_or(0);
        let Some(to) = walked(stroke, at, self.rows.len()) else {
            return;
        };
        let line = self.lines_from(to).next();
        self.chosen = line.map(|line| line.admission_number.clone());
        self.arrange();
    }

    /// Lists whom the lecturer wants to see from now on. Whoever is not among them is not chosen any more,
    /// unless it is they who are looked at.
    fn sift_anew(&mut self) {
        if matches!(self.shown, Shown::Student | Shown::Why) {
            return self.arrange();
        }
        let before = self.chosen.take();
        self.arrange();
        let is_listed = |line: &RosterLine| Some(&line.admission_number) == before.as_ref();
        if self.lines_from(0).any(is_listed) {
            self.chosen = before;
        }
    }

    /// Lists and sorts the lines. Whoever is chosen stays in the list until somebody else is: a student who
    /// checks in while the absent are listed must not leave the next key to a neighbour.
    fn arrange(&mut self) {
        let Some(roster) = &self.roster else {
            return;
        };
        let wanted = self.search.text().trim().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        let is_wanted = |line: &RosterLine| {
            wanted.is_empty()
                || has(line.admission_number.as_str())
                || line.name.as_ref().is_some_and(|name| has(name.as_str()))
        };
        let is_listed = |line: &RosterLine| {
            self.chosen.as_ref() == Some(&line.admission_number)
                || self.sift.lets_through(line) && is_wanted(line)
        };
        let lines = &roster.lines;
        let mut rows: Vec<usize> = (0..lines.len())
            .filter(|&row| is_listed(&lines[row]))
            .collect();
        // The roster comes by number, and sorting keeps that among equals.
        match self.order {
            Order::Number => {}
            Order::Name => rows.sort_by_cached_key(|&row| {
                let name = lines[row].name.as_ref().map(PersonName::as_str);
                (name.is_none(), name.map(str::to_lowercase))
            }),
            Order::Arrival => rows.sort_by_key(|&row| Reverse(lines[row].at)),
            Order::Percentage => rows.sort_by_key(|&row| lines[row].standing.so_far),
            Order::Mark => rows.sort_by_key(|&row| match lines[row].mark {
                Mark::Pending => 0,
                Mark::Absent => 1,
                Mark::Late => 2,
                Mark::Present => 3,
            }),
        }
        if self.chosen.is_none() {
            let first = rows.first().map(|&row| &lines[row]);
            self.chosen = first.map(|line| line.admission_number.clone());
        }
        self.rows = rows;
    }
}

/// The one after, round and round.
fn next<T: Copy + PartialEq>(all: &[T], now: T) -> T {
    let at = all.iter().position(|&one| one == now).unwrap_or(0);
    all[(at + 1) % all.len()]
}
