//! The live board: who is here, sorted and filtered as the lecturer wants (features F1, F2).
//!
//! ```text
//!  CS101  Introduction to Programming                    09:00 - 11:00 · Lecture 4
//!  42 present   3 late   1 pending   14 absent   of 60     On time until 09:10, 4:32
//!  ████████████████████████████████████████████░░░░░░░░░░░   arrivals ▁▃█▅▂▁
//!
//!  Everybody, by number: 60                                     search NJERI
//!    NUMBER         NAME                MARK       AT      SO FAR  BAND       FLAGS
//!  > ADM/2023/001   Amina Njeri         • present  09:05      5/6   ▲ good
//! ```

mod arrivals;
mod state;
mod student;
mod table;
mod totals;
mod why;

#[cfg(test)]
pub(in crate::tui) use {student::mark_in_full, table::mark};

pub use state::{BoardView, LiveBoardPage};

use ratatui::layout::{Position, Rect};

use super::choice::moved;
use super::chosen_lecture::ChosenLecture;
use super::enrolment;
use super::exam::ExamPage;
use super::excuse::ExcuseForm;
use super::export::ExportForm;
use super::lecture_keys;
use super::merge::MergePage;
use super::page::{PageAction, PageContext, StaffPage};
use super::question::{self, Question, Subject};
use crate::domain::{AdmissionNumber, Correction, Excused, HandMark, Roster};
use crate::services::GivenExcuse;
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, below, input, shifted, top};
use crate::tui::request::{StaffAnswer, StaffRequest, StudentPlace};
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::tui::theme::Role;
use crate::words::{BoardText, Key, KeyHelp, KeyUse, MenuText, Message, Screen, StaffScreen};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::Student),
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
    (Key::These("/"), KeyUse::Search),
    (Key::These("f"), KeyUse::Filter),
    (Key::These("s"), KeyUse::Sort),
    (Key::These("p"), KeyUse::Projector),
    (Key::These("m"), KeyUse::Present),
    (Key::These("l"), KeyUse::Late),
    (Key::These("u"), KeyUse::Unmark),
    (Key::These("a"), KeyUse::Approve),
    (Key::These("g"), KeyUse::Merge),
    (Key::These("+"), KeyUse::AddNumber),
    (Key::These("z"), KeyUse::Undo),
    (Key::These("E"), KeyUse::Excuse),
    (Key::These("e"), KeyUse::Extend),
    (Key::These("c"), KeyUse::Close),
    (Key::These("d"), KeyUse::Details),
    (Key::These("M"), KeyUse::Move),
    (Key::These("x"), KeyUse::Lists),
    (Key::These("t"), KeyUse::ExamList),
    (Key::These("i"), KeyUse::Enrol),
    (Key::These("o"), KeyUse::Withdraw),
];

const KEYS_WHY: Keys = &[
    (Key::Escape, KeyUse::Back),
    (Key::UpDown, KeyUse::Scroll),
    (Key::These("?"), KeyUse::Help),
];

const KEYS_STUDENT: Keys = &[
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
    (Key::These("w"), KeyUse::Why),
    (Key::These("m"), KeyUse::Present),
    (Key::These("l"), KeyUse::Late),
    (Key::These("u"), KeyUse::Unmark),
    (Key::These("a"), KeyUse::Approve),
    (Key::These("g"), KeyUse::Merge),
    (Key::These("n"), KeyUse::Name),
    (Key::These("k"), KeyUse::KeepName),
    (Key::These("z"), KeyUse::Undo),
    (Key::These("E"), KeyUse::Excuse),
    (Key::These("i"), KeyUse::Enrol),
    (Key::These("o"), KeyUse::Withdraw),
];

const KEYS_SEARCH: Keys = &[
    (Key::Enter, KeyUse::Keep),
    (Key::Escape, KeyUse::Clear),
    (Key::UpDown, KeyUse::Choose),
];

const HELP: Help = (
    Message::Menu(MenuText::Board),
    &[
        (Key::These("f  s"), KeyHelp::BoardFilter),
        (Key::These("/"), KeyHelp::BoardSearch),
        (Key::Enter, KeyHelp::BoardStudent),
        (Key::These("m l u"), KeyHelp::BoardMark),
        (Key::These("a g"), KeyHelp::BoardApprove),
        (Key::These("+"), KeyHelp::BoardNumber),
        (Key::These("n k"), KeyHelp::BoardName),
        (Key::These("z"), KeyHelp::BoardUndo),
        (Key::These("E"), KeyHelp::BoardExcuse),
        (Key::These("i o"), KeyHelp::BoardEnrol),
        (Key::These("p"), KeyHelp::BoardProjector),
        (Key::These("e c r d"), KeyHelp::BoardClose),
        (Key::These("M x t"), KeyHelp::BoardExtend),
        (Key::Escape, KeyHelp::BoardBack),
    ],
);

/// From this size on the totals are written in big digits.
const ROOM_FOR_BIG_TOTALS: (u16, u16) = (76, 30);

/// From this width on the chosen student is shown beside the table.
const ROOM_BESIDE: u16 = 150;

impl StaffPage for LiveBoardPage {
    fn frame(&self, context: &PageContext) -> Frame {
        let keys = match self.view {
            BoardView::Searching => KEYS_SEARCH,
            BoardView::Student => KEYS_STUDENT,
            BoardView::Why => KEYS_WHY,
            BoardView::Table | BoardView::Projector => KEYS,
        };
        let Some(roster) = &self.roster else {
            return Frame::whole(context.say(MenuText::Board), "", keys);
        };
        let session = &roster.session;
        let voice = context.site.voice;
        let zone = voice.zone;
        let is_today = session.date(zone) == zone.date(context.now);
        let day = if is_today {
            voice.say(Screen::Lecture { n: session.number })
        } else {
            voice.date(session.starts_at)
        };
        Frame::whole(
            format!("{}  {}", session.unit_code, session.unit_name),
            format!("{} · {day}", session.time_slot(zone)),
            keys,
        )
    }

    fn crumb(&self) -> Option<Message<'static>> {
        Some(StaffScreen::Board.into())
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let Some(roster) = &self.roster else {
            let quiet = canvas.theme.role(Role::Quiet);
            canvas.left(
                top(below(area, 1), 1),
                &context.say(StaffScreen::Reading),
                quiet,
            );
            return None;
        };
        if self.view == BoardView::Why {
            why::draw(canvas, area, context, self);
            return None;
        }
        let used = summary(canvas, area, context, roster);
        let area = below(area, used);
        if self.view == BoardView::Student && area.width < ROOM_BESIDE {
            student::draw(canvas, area, context, self);
            return None;
        }
        let (left, right) = halves(area, self.view == BoardView::Student);
        if let Some(right) = right {
            student::draw(canvas, right, context, self);
        }
        let cursor = listed_line(canvas, top(left, 1), context, self);
        table::draw(canvas, below(left, 1), context, self);
        cursor
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        match self.view {
            BoardView::Projector | BoardView::Student if stroke == Stroke::Escape => {
                self.view = BoardView::Table;
                PageAction::Stay
            }
            BoardView::Projector if matches!(stroke, Stroke::Character('p' | 'P')) => {
                self.view = BoardView::Table;
                PageAction::Stay
            }
            BoardView::Projector => PageAction::Stay,
            BoardView::Why => self.scroll(stroke),
            BoardView::Searching => self.type_search(stroke),
            BoardView::Table if stroke == Stroke::Escape => self.step_back(),
            BoardView::Table | BoardView::Student => self.command(stroke, context),
        }
    }

    fn receive(&mut self, answer: StaffAnswer, context: &PageContext) -> Option<PageAction> {
        Some(match answer {
            StaffAnswer::Roster(session, roster) if session == self.session => {
                PageAction::show(roster, |roster| self.show(roster))
            }
            StaffAnswer::History(Ok(history)) => {
                self.show_history(history);
                PageAction::Stay
            }
            StaffAnswer::History(Err(problem)) => {
                self.history_failed();
                PageAction::Say(problem)
            }
            StaffAnswer::NumberIs(number, _) => {
                self.choose(number);
                PageAction::Stay
            }
            StaffAnswer::ReasonNeeded(order) if order.session == self.session => {
                PageAction::Ask(Question::new(Subject::Correct(order)))
            }
            StaffAnswer::NameNeeded(order) if order.session == self.session => {
                PageAction::Ask(Question::new(Subject::Newcomer(order)))
            }
            StaffAnswer::UndoNext(session, number, next) if session == self.session => match next {
                Ok(Some(came)) => PageAction::Ask(Question::new(Subject::UndoNumber(came, number))),
                Ok(None) => PageAction::Ask(Question::new(Subject::Undo(session, number))),
                Err(problem) => PageAction::Say(problem),
            },
            StaffAnswer::Excuses(number, Ok(given)) => self.excuse(number, &given, context),
            StaffAnswer::Enrolment(Ok(history)) => enrolment::ask(&history, context),
            StaffAnswer::Excuses(_, Err(problem)) | StaffAnswer::Enrolment(Err(problem)) => {
                PageAction::Say(problem)
            }
            _ => return None,
        })
    }

    fn broke_off(&mut self, _: &str) {
        self.history_failed();
    }

    fn reopened(&mut self) {
        self.history_failed();
    }

    fn refresh(&self) -> Option<StaffRequest> {
        Some(StaffRequest::ReadRoster(self.session))
    }

    fn read_more(&mut self) -> Option<StaffRequest> {
        self.missing_history()
    }

    fn text_field(&mut self) -> Option<&mut TextField> {
        (self.view == BoardView::Searching).then_some(&mut self.search)
    }

    fn is_for_projector(&self) -> bool {
        self.view == BoardView::Projector
    }
}

/// What the keys do.
impl LiveBoardPage {
    /// Lists everybody again, or goes back to the page before.
    fn step_back(&mut self) -> PageAction {
        if self.lists_everybody() {
            return PageAction::Back;
        }
        self.list_everybody();
        PageAction::Stay
    }

    /// Moves in the lectures of a student.
    fn scroll(&mut self, stroke: Stroke) -> PageAction {
        if stroke == Stroke::Escape || matches!(stroke, Stroke::Character('w' | 'W')) {
            self.view = BoardView::Student;
        }
        let count = self.shown_history().map_or(0, |all| all.lectures.len());
        self.scrolled = moved(stroke, self.scrolled, count).unwrap_or(self.scrolled);
        PageAction::Stay
    }

    fn type_search(&mut self, stroke: Stroke) -> PageAction {
        match stroke {
            Stroke::Enter | Stroke::Tab => self.view = BoardView::Table,
            Stroke::Escape => {
                self.view = BoardView::Table;
                self.search.clear();
                self.filter_anew();
            }
            Stroke::Up | Stroke::Down | Stroke::PageUp | Stroke::PageDown => {
                self.move_choice(stroke);
            }
            _ => {
                self.search.edit(stroke);
                self.filter_anew();
            }
        }
        PageAction::Stay
    }

    fn command(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        let about_somebody = self.correct(stroke);
        let about_somebody = about_somebody.or_else(|| self.about_the_unit(stroke, context));
        if let Some(action) = about_somebody.or_else(|| self.about_the_session(stroke, context)) {
            return action;
        }
        if self.view == BoardView::Student && matches!(stroke, Stroke::Character('w' | 'W')) {
            self.view = BoardView::Why;
            self.scrolled = 0;
            return PageAction::Stay;
        }
        match stroke {
            Stroke::Enter if self.student().is_some() => self.view = BoardView::Student,
            Stroke::Character('/') => self.view = BoardView::Searching,
            Stroke::Character('p' | 'P') => self.view = BoardView::Projector,
            Stroke::Character('s' | 'S') => self.sort_on(),
            Stroke::Character('f' | 'F') => self.filter_on(),
            _ => self.move_choice(stroke),
        }
        PageAction::Stay
    }

    /// What a key asks for that is about the whole session.
    fn about_the_session(&self, stroke: Stroke, context: &PageContext) -> Option<PageAction> {
        let session = &self.roster.as_ref()?.session;
        let code = session.unit_code.clone();
        Some(match stroke {
            Stroke::Character('x' | 'X') => {
                PageAction::go(ExportForm::of_session(session, context))
            }
            // Also where nobody is listed: the first student of a class may be on no list.
            Stroke::Character('+') => PageAction::Ask(Question::new(Subject::Number(session.id))),
            Stroke::Character('t' | 'T') => PageAction::go(ExamPage::new(
                &code,
                &session.unit_name,
                Some(&session.semester),
            )),
            Stroke::Character('c' | 'd' | 'e' | 'M' | 'r') => {
                return lecture_keys::command(stroke, &ChosenLecture::from(session), context);
            }
            _ => return None,
        })
    }

    /// What a key asks for that is about the chosen student's excuses and enrolment in the unit.
    fn about_the_unit(&self, stroke: Stroke, context: &PageContext) -> Option<PageAction> {
        let session = &self.roster.as_ref()?.session;
        let student = self.student()?;
        let place = StudentPlace {
            unit: session.unit_code.clone(),
            semester: session.semester.clone(),
            number: student.admission_number.clone(),
        };
        if stroke == Stroke::Character('E') {
            let request = StaffRequest::ReadExcuses(place.unit, place.number);
            return Some(PageAction::Request(request));
        }
        enrolment::command(stroke, place, student.standing.as_ref(), context)
    }

    /// Excuses a student from this lecture, or takes back the excuse that there is.
    fn excuse(
        &self,
        number: AdmissionNumber,
        given: &[GivenExcuse],
        context: &PageContext,
    ) -> PageAction {
        let Some(roster) = &self.roster else {
            return PageAction::Stay;
        };
        let session = &roster.session;
        let day = session.date(context.site.voice.zone);
        // The one for this lecture alone before those for days.
        let is_for_this = |it: &&GivenExcuse| it.fact.covers == Excused::Lecture(session.id);
        let holds = |it: &&GivenExcuse| {
            let days = it.fact.days();
            days.is_some_and(|(first, last)| (first..=last).contains(&day))
        };
        let found = given.iter().find(is_for_this);
        let Some(excuse) = found.or_else(|| given.iter().find(holds)) else {
            return PageAction::go(ExcuseForm::new(session, number, context));
        };
        let category = excuse.fact.category;
        let what = context.say(match excuse.fact.days() {
            None => StaffScreen::ExcusedOnce { category },
            Some((first, last)) => StaffScreen::ExcusedDays {
                category,
                first,
                last,
                everywhere: excuse.fact.unit.is_none(),
            },
        });
        let subject = Subject::TakeBackExcuse(excuse.id, number, what);
        PageAction::Ask(Question::new(subject))
    }

    /// The correction that a key asks for. The service decides whether it needs a reason.
    fn correct(&self, stroke: Stroke) -> Option<PageAction> {
        let Stroke::Character(key) = stroke else {
            return None;
        };
        let number = self.student()?.admission_number.clone();
        if key == 'M' {
            return None;
        }
        // Caps Lock changes nothing.
        let correction = match key.to_ascii_lowercase() {
            'm' => Correction::Mark(HandMark::Present),
            'l' => Correction::Mark(HandMark::Late { minutes: None }),
            'u' => Correction::Unmark,
            'a' => Correction::Approve,
            'n' => Correction::AcceptName,
            'k' => Correction::KeepName,
            'g' => {
                let name = self.student()?.name.clone();
                return Some(PageAction::go(MergePage::new(number, name)));
            }
            'z' => {
                let request = StaffRequest::ReadUndo(self.session, number);
                return Some(PageAction::Request(request));
            }
            _ => return None,
        };
        let order = question::order(self.session, number, correction);
        Some(PageAction::Request(StaffRequest::Correct(Box::new(order))))
    }
}

fn halves(area: Rect, two: bool) -> (Rect, Option<Rect>) {
    if !two {
        return (area, None);
    }
    let left = Rect {
        width: area.width * 3 / 5,
        ..area
    };
    (left, Some(shifted(area, left.width + 2)))
}

/// Totals and arrivals; returns the rows used.
fn summary(canvas: &mut Canvas, area: Rect, context: &PageContext, roster: &Roster) -> u16 {
    let (width, height) = ROOM_FOR_BIG_TOTALS;
    if area.width >= width && area.height >= height {
        let area = below(area, 1);
        let used = totals::big(canvas, area, context, roster);
        let chart = shifted(area, used + 4);
        arrivals::chart(canvas, top(chart, totals::ROWS), context, roster);
        return totals::ROWS + 2;
    }
    let used = totals::line(canvas, area, context, roster);
    let row = top(below(area, used), 1);
    let chart = shifted(row, row.width - row.width / 3);
    arrivals::spark(canvas, chart, context, roster);
    totals::bar(
        canvas,
        Rect {
            width: (row.width - chart.width).saturating_sub(2),
            ..row
        },
        roster.totals,
    );
    used + 1 + u16::from(area.height >= 12)
}

/// Who is listed, and what is searched for.
fn listed_line(
    canvas: &mut Canvas,
    row: Rect,
    context: &PageContext,
    page: &LiveBoardPage,
) -> Option<Position> {
    let [strong, quiet] = [Role::Strong, Role::Quiet].map(|role| canvas.theme.role(role));
    let used = canvas.left(row, &page.listed(context.site.voice), strong);
    let rest = shifted(row, used + 3);
    let search = context.say(BoardText::Search);
    if page.view == BoardView::Searching {
        let used = canvas.left(rest, &search, quiet);
        let place = shifted(rest, used + 1);
        let place = Rect {
            width: place.width.min(30),
            ..place
        };
        return input::field(canvas, place, &page.search);
    }
    if !page.search.is_blank() {
        let text = format!("{search} {}", page.search.text().trim());
        canvas.left(rest, &text, quiet);
    }
    None
}
