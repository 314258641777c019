//! The staff area: signing in, and everything that staff do at the kiosk.
//!
//! Each page is a file: what it holds, and what its keys ask for. A page answers a key with a
//! [`PageAction`] and changes nothing but itself; this file takes the step.

mod board;
mod deliveries;
mod first_pin;
mod home;
mod joining;
mod lists;
mod opening;
mod question;
mod reading;
mod sessions;
mod sign_in;
mod today;
mod walk;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use board::{BoardPage, Order, Shown, Sift};
pub use deliveries::{DeliveriesPage, Delivery};
pub use first_pin::{FirstPinField, FirstPinForm};
pub use home::{Choice, Home};
pub use joining::{Found, JoinPage};
pub use lists::{ListField, ListForm, ListOrder};
pub use opening::{OpeningField, OpeningForm, OpeningTexts, Purpose, UnitList};
pub use question::{Question, Subject};
pub use sessions::SessionList;
pub use sign_in::SignInForm;
pub use today::TodayPage;
pub use walk::Extent;

use super::field::Field;
use super::model::Model;
use super::msg::{Effect, RequestKind, Stroke};
use super::update::hint;
use super::words;
use crate::domain::{
    CorrectionOrder, Lecturer, Roster, Session, SessionId, StudentHistory, Timestamp,
    TimetableEntry, Unit,
};
use crate::services::{FirstPinRefusal, PinMark, RemoteSession, SignIn, SignInRefusal};

/// The staff area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// How far in somebody is.
    pub place: Place,
    /// When a key was last pressed.
    pub touched_at: Timestamp,
    /// Whether an answer is awaited; keys do nothing meanwhile.
    pub awaiting: bool,
    /// The latest answer or problem.
    pub note: Option<String>,
}

/// How far in the staff area somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Who is it?
    Door(SignInForm),
    /// Somebody new, with an administrator beside them.
    FirstPin(Box<FirstPinForm>),
    /// Inside.
    Office(Box<Office>),
}

/// What a signed-in member of staff has before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Who it is.
    pub lecturer: Lecturer,
    /// The PIN that let them in.
    pub pin: PinMark,
    /// What they look at.
    pub page: Page,
    /// The pages that they came by, the menu first.
    pub behind: Vec<Page>,
    /// What is asked before something is done.
    pub question: Option<Question>,
}

/// A page of the office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// What shall be done?
    Home(Home),
    /// Which unit's session shall be opened?
    Units(UnitList),
    /// With which times, and where?
    Opening(Box<OpeningForm>),
    /// Which list, in what form, where to?
    Lists(Box<ListForm>),
    /// Today's lectures.
    Today(TodayPage),
    /// What other kiosks have open.
    Join(JoinPage),
    /// The sessions of today and before.
    Sessions(SessionList),
    /// Who is here.
    Board(Box<BoardPage>),
    /// What the remotes have not got yet.
    Deliveries(DeliveriesPage),
}

/// What a page's key comes to.
#[derive(Debug)]
enum PageAction {
    /// Nothing more.
    Stay,
    /// Something is to be done, and keys wait for the answer.
    Await(Effect),
    /// Something is to be read while keys go on.
    Read(Effect),
    /// Another page.
    Go(Page),
    /// A sentence for whoever pressed the key.
    Say(String),
    /// Something is asked first.
    Ask(Question),
    /// Back to the page before.
    Back,
    /// Back to the students' screen.
    Out,
}

/// What pages are told about the rest of the screen.
struct PageContext<'a> {
    now: Timestamp,
    shown: Option<&'a Session>,
    site: &'a super::model::Site,
}

/// A sign-in form that nobody types into gives the screen back to the students.
const FORM_LEFT_AFTER: Duration = Duration::from_secs(30);

/// Opens the sign-in form, and with it a visit of its own. What a student had half typed is gone.
pub(super) fn open(model: &mut Model) {
    model.entry.field.clear();
    model.visit = model.visit.next();
    model.staff = Some(Staff {
        place: Place::Door(SignInForm::default()),
        touched_at: model.now,
        awaiting: false,
        note: None,
    });
}

/// Closes the staff area when nobody has touched a key for long enough.
pub(super) fn lock_when_left(model: &mut Model) {
    let lock_after = model.site.lock_after;
    let now = model.now;
    let left = model.staff.take_if(|staff| {
        let patience = match staff.place {
            Place::Door(_) | Place::FirstPin(_) => FORM_LEFT_AFTER,
            Place::Office(_) => lock_after,
        };
        now.since(staff.touched_at) >= patience
    });
    if let Some(left) = left {
        model.help = None;
        // What is on the wall stays there, but nobody can go from it to the names.
        model.on_the_wall = left.is_on_the_wall();
    }
}

/// The field that takes text, if there is one now.
pub(super) fn field(staff: &mut Staff) -> Option<&mut Field> {
    if staff.awaiting {
        return None;
    }
    match &mut staff.place {
        Place::Door(form) => Some(form.field()),
        Place::FirstPin(form) => Some(form.field()),
        Place::Office(office) => match (&mut office.question, &mut office.page) {
            (Some(question), _) => Some(&mut question.answer),
            (None, Page::Units(list)) => Some(&mut list.filter),
            (None, Page::Opening(form)) => Some(form.field()),
            (None, Page::Board(board)) => board.field(),
            (
                None,
                Page::Home(_)
                | Page::Lists(_)
                | Page::Today(_)
                | Page::Join(_)
                | Page::Sessions(_)
                | Page::Deliveries(_),
            ) => None,
        },
    }
}

/// Whether letters are commands now, and not text.
pub(super) fn takes_commands(model: &mut Model) -> bool {
    let staff = model.staff.as_mut();
    staff.is_some_and(|staff| !staff.awaiting && field(staff).is_none())
}

/// Takes note of a key that is dealt with elsewhere.
pub(super) fn touch(model: &mut Model) {
    if let Some(staff) = &mut model.staff {
        staff.touched_at = model.now;
    }
}

/// Applies a key in the staff area.
pub(super) fn press(model: &mut Model, stroke: Stroke) -> Option<Effect> {
    let Model {
        now,
        picture,
        staff,
        site,
        ..
    } = model;
    let around = PageContext {
        now: *now,
        shown: picture.shown.as_ref().map(|shown| &shown.board.session),
        site,
    };
    let area = staff.as_mut()?;
    area.touched_at = *now;
    let step = if stroke == Stroke::Staff {
        PageAction::Out
    } else if area.awaiting {
        PageAction::Stay
    } else {
        match &mut area.place {
            Place::Door(form) if stroke == Stroke::FirstPin => {
                area.note = None;
                let form = FirstPinForm::for_staff_id(form.staff_id.text());
                area.place = Place::FirstPin(Box::new(form));
                PageAction::Stay
            }
            Place::Door(form) => {
                if form.wait_is_over(*now) {
                    area.note = None;
                }
                form.press(stroke)
            }
            Place::FirstPin(form) => {
                area.note = None;
                form.press(stroke)
            }
            Place::Office(office) => {
                // A sentence stays until it is answered with a key.
                area.note = None;
                office.press(stroke, &around)
            }
        }
    };
    take(model, step)
}

/// Takes the step that a key came to.
fn take(model: &mut Model, step: PageAction) -> Option<Effect> {
    let staff = model.staff.as_mut()?;
    match (step, &mut staff.place) {
        (PageAction::Await(effect), _) => {
            staff.awaiting = true;
            return Some(effect);
        }
        (PageAction::Read(effect), _) => return Some(effect),
        (PageAction::Out, _) | (PageAction::Back, Place::Door(_) | Place::FirstPin(_)) => {
            model.staff = None;
        }
        (PageAction::Say(sentence), _) => staff.note = Some(sentence),
        (PageAction::Ask(question), Place::Office(office)) => office.question = Some(question),
        (PageAction::Back, Place::Office(office)) => {
            office.go_back();
            return refresh(model);
        }
        (PageAction::Go(page), Place::Office(office)) => return enter(office, page),
        (PageAction::Stay | PageAction::Ask(_) | PageAction::Go(_), _) => {}
    }
    None
}

impl Place {
    /// The menu of somebody who is let in.
    fn inside(sign_in: SignIn, has_session: bool) -> Self {
        let SignIn { lecturer, pin } = sign_in;
        Self::Office(Box::new(Office {
            lecturer,
            pin,
            page: Page::Home(Home::new(has_session)),
            behind: Vec::new(),
            question: None,
        }))
    }
}

impl Staff {
    /// Opens the office to whoever has shown a PIN, or leaves them where they are with a sentence.
    fn let_in(&mut self, answer: Result<SignIn, String>, now: Timestamp, has_session: bool) {
        self.awaiting = false;
        self.touched_at = now;
        self.note = match answer {
            Ok(sign_in) => {
                self.place = Place::inside(sign_in, has_session);
                None
            }
            Err(sentence) => Some(sentence),
        };
    }

    /// What let in whoever is inside.
    pub(super) fn sign_in(&self) -> Option<SignIn> {
        match &self.place {
            Place::Door(_) | Place::FirstPin(_) => None,
            Place::Office(office) => Some(SignIn {
                lecturer: office.lecturer.clone(),
                pin: office.pin.clone(),
            }),
        }
    }

    /// Whether the counts are shown for a projector.
    fn is_on_the_wall(&self) -> bool {
        let Place::Office(office) = &self.place else {
            return false;
        };
        matches!(&office.page, Page::Board(board) if board.shown == Shown::Projector)
    }
}

/// Shows a page and reads what belongs on it.
fn enter(office: &mut Office, page: Page) -> Option<Effect> {
    office
        .behind
        .push(std::mem::replace(&mut office.page, page));
    match office.page {
        // Asked once, and again by a key: other kiosks are a network away.
        Page::Join(_) => Some(JoinPage::ask(&office.lecturer)),
        _ => office.refresh(),
    }
}

impl Page {
    /// The reading of what the page shows, if it is read again by itself.
    fn reading(&mut self) -> Option<&mut reading::Reading> {
        match self {
            Self::Board(board) => Some(&mut board.reading),
            Self::Deliveries(deliveries) => Some(&mut deliveries.reading),
            Self::Lists(form) => Some(&mut form.reading),
            Self::Today(today) => Some(&mut today.reading),
            Self::Sessions(list) => Some(&mut list.reading),
            Self::Home(_) | Self::Units(_) | Self::Opening(_) | Self::Join(_) => None,
        }
    }
}

impl Office {
    /// Whether a session's board is what is looked at.
    fn looks_at(&self, session: SessionId) -> bool {
        matches!(&self.page, Page::Board(board) if board.session == session)
    }

    /// Back to the page before; an answer to what it asked for may have come meanwhile and found it gone.
    fn go_back(&mut self) {
        if let Some(page) = self.behind.pop() {
            self.page = page;
        }
        if let Some(reading) = self.page.reading() {
            reading.broke_off();
        }
    }

    /// Reads again what the page shows, where that may be different now.
    fn refresh(&mut self) -> Option<Effect> {
        let who = &self.lecturer;
        match &mut self.page {
            Page::Board(board) => board.refresh(who),
            Page::Deliveries(deliveries) => deliveries.refresh(who),
            Page::Lists(form) => form.refresh(),
            Page::Today(today) => today.refresh(who),
            Page::Sessions(list) => list.refresh(who),
            Page::Home(_) | Page::Units(_) | Page::Opening(_) | Page::Join(_) => None,
        }
    }

    fn press(&mut self, stroke: Stroke, around: &PageContext<'_>) -> PageAction {
        if let Some(question) = &mut self.question {
            let step = question.press(stroke, &self.lecturer, around.site.voice());
            if !matches!(step, PageAction::Stay | PageAction::Say(_)) {
                self.question = None;
            }
            // Whoever takes a question back stays where it was asked.
            return if matches!(step, PageAction::Back) {
                PageAction::Stay
            } else {
                step
            };
        }
        let who = &self.lecturer;
        match &mut self.page {
            Page::Home(home) => home.press(stroke, who, around),
            Page::Units(list) => list.press(stroke, around),
            Page::Opening(form) => form.press(stroke, who),
            Page::Lists(form) => form.press(stroke, who),
            Page::Today(today) => today.press(stroke, who),
            Page::Join(join) => join.press(stroke, who),
            Page::Sessions(list) => list.press(stroke, who),
            Page::Board(board) => match board.press(stroke, who) {
                PageAction::Stay => board
                    .want_history(who)
                    .map_or(PageAction::Stay, PageAction::Read),
                step => step,
            },
            Page::Deliveries(deliveries) => deliveries.press(stroke, who),
        }
    }
}

/// Reads again what the page shows, where that may be different now.
pub(super) fn refresh(model: &mut Model) -> Option<Effect> {
    let Place::Office(office) = &mut model.staff.as_mut()?.place else {
        return None;
    };
    office.refresh()
}

/// Makes a choice that was taken once be taken twice again.
pub(super) fn forget_confirmation(model: &mut Model) {
    if let Some(staff) = &mut model.staff
        && let Place::Office(office) = &mut staff.place
        && let Page::Home(home) = &mut office.page
        && home.confirming.take().is_some()
    {
        staff.note = None;
    }
}

/// The office, with an answer for the page in it.
fn answered(model: &mut Model) -> Option<(&mut Office, &mut Option<String>)> {
    let staff = model.staff.as_mut()?;
    staff.awaiting = false;
    match &mut staff.place {
        Place::Office(office) => Some((office, &mut staff.note)),
        Place::Door(_) | Place::FirstPin(_) => None,
    }
}

/// Applies the answer to a sign-in.
pub(super) fn signed_in(model: &mut Model, answer: Result<SignIn, SignInRefusal>) {
    let now = model.now;
    let has_session = model.picture.shown.is_some();
    let Some(staff) = &mut model.staff else {
        return;
    };
    let Place::Door(form) = &mut staff.place else {
        return;
    };
    if let Err(SignInRefusal::Locked { until }) = answer {
        form.locked_until = Some(until);
    }
    let answer = answer.map_err(|refusal| words::not_signed_in(&refusal, now));
    staff.let_in(answer, now, has_session);
}

/// Applies the answer to a first PIN: whoever has one now is signed in.
pub(super) fn first_pin_set(model: &mut Model, answer: Result<SignIn, FirstPinRefusal>) {
    let now = model.now;
    let has_session = model.picture.shown.is_some();
    let Some(staff) = &mut model.staff else {
        return;
    };
    let Place::FirstPin(form) = &mut staff.place else {
        return;
    };
    if answer.is_err() {
        form.ask_again();
    }
    let answer = answer.map_err(|refusal| words::no_first_pin(&refusal, now));
    staff.let_in(answer, now, has_session);
}

/// Lists the units.
pub(super) fn choose_unit(model: &mut Model, purpose: Purpose, units: Result<Vec<Unit>, String>) {
    let Some((office, note)) = answered(model) else {
        return;
    };
    match units {
        Ok(units) if units.is_empty() => *note = Some(words::NO_UNITS.to_owned()),
        Ok(units) => {
            enter(office, Page::Units(UnitList::new(purpose, units)));
        }
        Err(problem) => *note = Some(problem),
    }
}

/// Shows the sessions that were read.
pub(super) fn show_sessions(
    model: &mut Model,
    sessions: Result<Vec<Session>, String>,
) -> Option<Effect> {
    let staff = model.staff.as_mut()?;
    if let Place::Office(office) = &mut staff.place
        && let Page::Sessions(list) = &mut office.page
    {
        match sessions {
            Ok(sessions) => list.show(sessions),
            Err(problem) => staff.note = Some(problem),
        }
        return list.answered(&office.lecturer);
    }
    None
}

/// Shows the lectures that were read.
pub(super) fn show_lectures(
    model: &mut Model,
    lectures: Result<Vec<TimetableEntry>, String>,
) -> Option<Effect> {
    let here = &model.site.venue;
    let staff = model.staff.as_mut()?;
    if let Place::Office(office) = &mut staff.place
        && let Page::Today(today) = &mut office.page
    {
        match lectures {
            Ok(lectures) => today.show(lectures, here),
            Err(problem) => staff.note = Some(problem),
        }
        return today.answered(&office.lecturer);
    }
    None
}

/// Shows what other kiosks have open.
pub(super) fn show_neighbours(model: &mut Model, sessions: Result<Vec<RemoteSession>, String>) {
    if let Some(staff) = &mut model.staff
        && let Place::Office(office) = &mut staff.place
        && let Page::Join(join) = &mut office.page
    {
        join.show(sessions);
    }
}

/// Shows where lists can be put.
pub(super) fn show_places(model: &mut Model, places: Vec<PathBuf>) -> Option<Effect> {
    let staff = model.staff.as_mut()?;
    if let Place::Office(office) = &mut staff.place
        && let Page::Lists(form) = &mut office.page
    {
        form.show(places);
        return form.answered();
    }
    None
}

/// Shows the roster that was read.
pub(super) fn show_roster(
    model: &mut Model,
    session: SessionId,
    roster: Result<Arc<Roster>, String>,
) -> Option<Effect> {
    let staff = model.staff.as_mut()?;
    if let Place::Office(office) = &mut staff.place
        && let Page::Board(board) = &mut office.page
        && board.session == session
    {
        match roster {
            Ok(roster) => board.show(roster),
            Err(problem) => staff.note = Some(problem),
        }
        let who = &office.lecturer;
        return board.answered(who).or_else(|| board.want_history(who));
    }
    None
}

/// Shows the history that was read.
pub(super) fn show_history(model: &mut Model, history: Result<Arc<StudentHistory>, String>) {
    let Some(staff) = &mut model.staff else {
        return;
    };
    if let Place::Office(office) = &mut staff.place
        && let Page::Board(board) = &mut office.page
    {
        match history {
            Ok(history) => board.show_history(history),
            Err(problem) => {
                board.history_failed();
                staff.note = Some(problem);
            }
        }
    }
}

/// Asks for the reason that a correction needs.
pub(super) fn ask_reason(model: &mut Model, order: Box<CorrectionOrder>) {
    if let Some((office, _)) = answered(model)
        && office.looks_at(order.session)
    {
        office.question = Some(Question::new(Subject::Correct(order)));
    }
}

/// Asks for the name of a student who is on no list.
pub(super) fn ask_name(model: &mut Model, order: Box<CorrectionOrder>) {
    if let Some((office, _)) = answered(model)
        && office.looks_at(order.session)
    {
        office.question = Some(Question::new(Subject::Newcomer(order)));
    }
}

/// Shows the deliveries that were read.
pub(super) fn show_deliveries(
    model: &mut Model,
    lines: Result<Vec<Delivery>, String>,
) -> Option<Effect> {
    let staff = model.staff.as_mut()?;
    if let Place::Office(office) = &mut staff.place
        && let Page::Deliveries(page) = &mut office.page
    {
        match lines {
            Ok(lines) => page.lines = Some(lines),
            Err(problem) => staff.note = Some(problem),
        }
        return page.answered(&office.lecturer);
    }
    None
}

/// Says what came of something and leaves the page as it is.
pub(super) fn noted(model: &mut Model, done: Result<String, String>) -> Option<Effect> {
    let (Ok(sentence) | Err(sentence)) = done;
    match answered(model) {
        Some((_, note)) => *note = Some(sentence),
        None => hint(model, sentence),
    }
    refresh(model)
}

/// Goes back to the students' screen when something was done, and says so there.
pub(super) fn done(model: &mut Model, done: Result<String, String>) {
    match (done, &mut model.staff) {
        (Ok(sentence), _) => {
            model.staff = None;
            hint(model, sentence);
        }
        (Err(problem), Some(staff)) => {
            staff.awaiting = false;
            staff.note = Some(problem);
        }
        (Err(problem), None) => hint(model, problem),
    }
}

/// Closes the staff area over whoever has lost the right to be in it.
pub(super) fn turn_out(model: &mut Model) {
    if model.staff.take().is_some() {
        model.help = None;
        hint(model, words::TURNED_OUT);
    }
}

/// Says what broke off, and takes keys again where they waited for it.
pub(super) fn broke_off(model: &mut Model, errand: RequestKind) {
    if let Some(staff) = &mut model.staff {
        staff.awaiting &= errand == RequestKind::Reading;
        staff.note = Some(words::broke_off(errand).to_owned());
        if let Place::Office(office) = &mut staff.place {
            if let Some(reading) = office.page.reading() {
                reading.broke_off();
            }
            if let Page::Join(join) = &mut office.page {
                join.show(Err(words::broke_off(errand).to_owned()));
            }
        }
    }
}
