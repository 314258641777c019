//! What the live board lists: the roster, sorted, filtered and searched, and the student who is chosen.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::domain::{
    AdmissionNumber, AttendanceStatus, Band, Flag, PersonName, Roster, RosterLine, SessionId,
    StudentHistory,
};
use crate::tui::request::StaffRequest;
use crate::tui::staff::choice::moved;
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::words::{StaffScreen, Voice};

/// A session's roster, as the lecturer looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveBoardPage {
    /// The session; it need not be the one on the screen.
    pub session: SessionId,
    /// Everybody, by number; `None` until it is read.
    pub roster: Option<Arc<Roster>>,
    order: RosterOrder,
    filter: RosterFilter,
    /// What the number or the name must contain.
    pub search: TextField,
    /// What the page shows, and where keys go.
    pub view: BoardView,
    /// The chosen student: not a row, so that arrivals do not move the choice.
    chosen: Option<AdmissionNumber>,
    /// A student's attendance in the unit; `None` until it is read.
    history: Option<Arc<StudentHistory>>,
    /// How many of the student's lectures are above the page that explains the numbers.
    pub scrolled: usize,
    /// The student whose history was asked for.
    asked: Option<AdmissionNumber>,
    /// The lines that are listed, in order: sorted when something changes, not when it is drawn.
    rows: Vec<usize>,
}

/// What the page shows, and where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoardView {
    /// The table; letters are commands.
    Table,
    /// The table; letters are searched for.
    Searching,
    /// One student, with the sessions before.
    Student,
    /// What a student's numbers add up from.
    Why,
    /// Totals without names, for a projector.
    Projector,
}

/// The order of the students.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterOrder {
    Number,
    /// Students without a name last.
    Name,
    /// The latest arrival first, absent students last.
    Arrival,
    /// The lowest percentage first.
    Percentage,
    /// Pending, absent, late, present: what wants attention first.
    Mark,
}

/// The students that are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterFilter {
    All,
    Absent,
    Late,
    Pending,
    /// The record has a flag besides being late.
    Flagged,
    /// The percentage so far is below what is required.
    Below,
    /// Came without being expected, or is not enrolled.
    Guests,
}

impl RosterOrder {
    const ALL: [Self; 5] = [
        Self::Number,
        Self::Name,
        Self::Arrival,
        Self::Percentage,
        Self::Mark,
    ];

    fn label(self) -> StaffScreen {
        match self {
            Self::Number => StaffScreen::ByNumber,
            Self::Name => StaffScreen::ByName,
            Self::Arrival => StaffScreen::ByArrival,
            Self::Percentage => StaffScreen::ByPercentage,
            Self::Mark => StaffScreen::ByMark,
        }
    }
}

impl RosterFilter {
    const ALL: [Self; 7] = [
        Self::All,
        Self::Absent,
        Self::Late,
        Self::Pending,
        Self::Flagged,
        Self::Below,
        Self::Guests,
    ];

    fn label(self) -> StaffScreen {
        match self {
            Self::All => StaffScreen::Everybody,
            Self::Absent => StaffScreen::AbsentOnly,
            Self::Late => StaffScreen::LateOnly,
            Self::Pending => StaffScreen::PendingOnly,
            Self::Flagged => StaffScreen::FlaggedOnly,
            Self::Below => StaffScreen::BelowOnly,
            Self::Guests => StaffScreen::GuestsOnly,
        }
    }

    fn includes(self, line: &RosterLine) -> bool {
        match self {
            Self::All => true,
            Self::Absent => matches!(
                line.status,
                AttendanceStatus::Absent | AttendanceStatus::NotYet | AttendanceStatus::Removed
            ),
            Self::Late => line.status == AttendanceStatus::Late,
            Self::Pending => line.status == AttendanceStatus::Pending,
            // Late has a separate column and a separate filter.
            Self::Flagged => line.flags.iter().any(|flag| flag != Flag::Late),
            Self::Below => line
                .standing
                .as_ref()
                .is_some_and(|it| it.band == Band::Below),
            Self::Guests => line.is_guest || line.standing.is_none(),
        }
    }
}

impl LiveBoardPage {
    /// The board of a session, nothing read yet.
    #[must_use]
    pub fn new(session: SessionId) -> Self {
        Self {
            session,
            roster: None,
            order: RosterOrder::Number,
            filter: RosterFilter::All,
            search: TextField::default(),
            view: BoardView::Table,
            chosen: None,
            history: None,
            scrolled: 0,
            asked: None,
            rows: Vec::new(),
        }
    }

    /// Who is listed, in what order, and how many they are.
    #[must_use]
    pub fn listed(&self, voice: Voice) -> String {
        voice.say(StaffScreen::Listed {
            who: voice.say(self.filter.label()),
            order: voice.say(self.order.label()),
            n: self.count(),
        })
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

    /// The row of the first guest; `None` where only expected students are listed.
    #[must_use]
    pub fn first_guest(&self) -> Option<usize> {
        self.lines_from(0).position(|line| line.is_guest)
    }

    /// The row of the chosen student; `None` when there is nobody to choose.
    #[must_use]
    pub fn chosen_row(&self) -> Option<usize> {
        let chosen = self.chosen.as_ref()?;
        let mut lines = self.lines_from(0);
        lines.position(|line| line.admission_number == *chosen)
    }

    /// The chosen student; `None` when there is nobody to choose.
    #[must_use]
    pub fn student(&self) -> Option<&RosterLine> {
        self.lines_from(self.chosen_row()?).next()
    }

    /// The chosen student's attendance in the unit, once it is read.
    #[must_use]
    pub fn shown_history(&self) -> Option<&StudentHistory> {
        let student = self.student()?;
        let history = self.history.as_deref();
        history.filter(|history| history.admission_number == student.admission_number)
    }

    /// Shows what was read.
    pub(super) fn show(&mut self, roster: Arc<Roster>) {
        let before = self.student().cloned();
        self.roster = Some(roster);
        self.arrange();
        // Another door took the student from the list: the page of nobody is empty.
        if self.student().is_none() && matches!(self.view, BoardView::Student | BoardView::Why) {
            self.view = BoardView::Table;
        }
        if self.student().is_none() {
            self.chosen = None;
            self.arrange();
        }
        if self.student() != before.as_ref() {
            self.asked = None;
        }
    }

    /// Chooses a student, who may be listed only when the roster is read again.
    pub(super) fn choose(&mut self, number: AdmissionNumber) {
        self.chosen = Some(number);
        self.asked = None;
    }

    /// Shows a student's attendance in the unit. An answer to an earlier page may be about another unit.
    pub(super) fn show_history(&mut self, history: Arc<StudentHistory>) {
        let session = self.roster.as_ref().map(|roster| &roster.session);
        let is_of_this_unit = session.is_some_and(|session| {
            (&session.unit_code, &session.semester) == (&history.unit, &history.semester)
        });
        if is_of_this_unit && self.asked.as_ref() == Some(&history.admission_number) {
            self.history = Some(history);
        }
    }

    /// The history could not be read: the next key reads it again.
    pub(super) fn history_failed(&mut self) {
        self.asked = None;
    }

    /// Reads the attendance of the student who is shown, unless that is there or under way.
    pub(super) fn missing_history(&mut self) -> Option<StaffRequest> {
        let student = self.student()?.admission_number.clone();
        let is_shown = matches!(self.view, BoardView::Student | BoardView::Why);
        if !is_shown || self.asked.as_ref() == Some(&student) {
            return None;
        }
        let session = &self.roster.as_ref()?.session;
        let (unit, semester) = (session.unit_code.clone(), session.semester.clone());
        self.history
            .take_if(|history| history.admission_number != student);
        self.asked = Some(student.clone());
        Some(StaffRequest::ReadHistory(unit, semester, student))
    }

    /// Sorts by the following order.
    pub(super) fn sort_on(&mut self) {
        self.order = next(&RosterOrder::ALL, self.order);
        self.arrange();
    }

    /// Lists by the following filter.
    pub(super) fn filter_on(&mut self) {
        self.filter = next(&RosterFilter::ALL, self.filter);
        self.filter_anew();
    }

    /// Whether everybody is listed.
    pub(super) fn lists_everybody(&self) -> bool {
        self.search.is_blank() && self.filter == RosterFilter::All
    }

    /// Removes the filter and the search.
    pub(super) fn list_everybody(&mut self) {
        self.search.clear();
        self.filter = RosterFilter::All;
        self.filter_anew();
    }

    /// Moves the choice as a key says.
    pub(super) fn move_choice(&mut self, stroke: Stroke) {
        let at = self.chosen_row().unwrap_or(0);
        let Some(to) = moved(stroke, at, self.rows.len()) else {
            return;
        };
        let line = self.lines_from(to).next();
        self.chosen = line.map(|line| line.admission_number.clone());
        self.arrange();
    }

    /// Applies the filter and the search. A student who is no longer listed is no longer chosen, unless it is
    /// the student who is shown.
    pub(super) fn filter_anew(&mut self) {
        if matches!(self.view, BoardView::Student | BoardView::Why) {
            return self.arrange();
        }
        let before = self.chosen.take();
        self.arrange();
        let is_listed = |line: &RosterLine| Some(&line.admission_number) == before.as_ref();
        if self.lines_from(0).any(is_listed) {
            self.chosen = before;
        }
    }

    /// Lists and sorts the lines. The chosen student stays in the list until another is chosen: when a student
    /// checks in while the absent are listed, the next key must not be about the student in the row below.
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
                || self.filter.includes(line) && is_wanted(line)
        };
        let lines = &roster.lines;
        let mut rows: Vec<usize> = (0..lines.len())
            .filter(|&row| is_listed(&lines[row]))
            .collect();
        // The roster comes by number, and sorting keeps that among equals.
        match self.order {
            RosterOrder::Number => {}
            RosterOrder::Name => rows.sort_by_cached_key(|&row| {
                let name = lines[row].name.as_ref().map(PersonName::as_str);
                (name.is_none(), name.map(str::to_lowercase))
            }),
            RosterOrder::Arrival => rows.sort_by_key(|&row| Reverse(lines[row].at)),
            RosterOrder::Percentage => rows.sort_by_key(|&row| {
                lines[row]
                    .standing
                    .as_ref()
                    .and_then(|standing| standing.so_far)
            }),
            RosterOrder::Mark => rows.sort_by_key(|&row| match lines[row].status {
                AttendanceStatus::Pending => 0,
                AttendanceStatus::Absent => 1,
                AttendanceStatus::NotYet => 2,
                AttendanceStatus::Unknown => 3,
                AttendanceStatus::Removed => 4,
                AttendanceStatus::Excused => 5,
                AttendanceStatus::Late => 6,
                AttendanceStatus::Present => 7,
            }),
        }
        // Guests stand apart, at the end.
        rows.sort_by_key(|&row| lines[row].is_guest);
        if self.chosen.is_none() {
            let first = rows.first().map(|&row| &lines[row]);
            self.chosen = first.map(|line| line.admission_number.clone());
        }
        self.rows = rows;
    }
}

/// The following one; the first follows the last.
fn next<T: Copy + PartialEq>(all: &[T], now: T) -> T {
    let at = all.iter().position(|&one| one == now).unwrap_or(0);
    all[(at + 1) % all.len()]
}
