//! The staff area as a whole: who is signed in, which page is open, and which answer is awaited.

use std::time::Duration;

use ratatui::layout::{Position, Rect};

use super::menu::Menu;
use super::page::{PageAction, PageContext, StaffPage};
use super::question::{Question, QuestionAction};
use super::refresh::Refresh;
use super::sign_in::SignInForm;
use crate::domain::Timestamp;
use crate::services::SignIn;
use crate::tui::draw::Canvas;
use crate::tui::draw::frame::Help;
use crate::tui::request::{RequestKind, SignInRequest, StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::text_field::TextField;
use crate::words::StaffScreen;

/// A sign-in form without a key for this long gives the screen back to the students.
const FORM_LEFT_AFTER: Duration = Duration::from_secs(30);

/// The staff area, while it is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffArea {
    /// Who is signed in, and with which PIN.
    signed_in: Option<SignIn>,
    page: Box<dyn StaffPage>,
    /// The pages before it, the menu first.
    behind: Vec<Box<dyn StaffPage>>,
    /// A question over the page.
    question: Option<Question>,
    /// When a key was last pressed.
    touched_at: Timestamp,
    /// Whether keys wait for an answer.
    awaiting: bool,
    /// A sentence for the person who pressed a key.
    note: Option<String>,
    refresh: Refresh,
}

/// What a key or an answer in the staff area leads to on the rest of the screen.
#[derive(Debug)]
pub enum AreaAction {
    /// Nothing on the rest of the screen.
    Stay,
    /// Somebody wants to sign in.
    SignIn(SignInRequest),
    /// A member of staff asks the services for something.
    Request(Box<SignIn>, StaffRequest),
    /// The staff area closes.
    Close,
    /// The staff area closes, and the students' screen shows a sentence.
    CloseSaying(String),
    /// The program ends, as a member of staff asked for.
    Leave,
}

impl StaffArea {
    /// Opens the staff area with the sign-in form.
    #[must_use]
    pub fn open(now: Timestamp) -> Self {
        Self {
            signed_in: None,
            page: Box::new(SignInForm::default()),
            behind: Vec::new(),
            question: None,
            touched_at: now,
            awaiting: false,
            note: None,
            refresh: Refresh::default(),
        }
    }

    /// Whether nobody has pressed a key for long enough that the staff area closes.
    #[must_use]
    pub fn is_left(&self, now: Timestamp, lock_after: Duration) -> bool {
        let patience = if self.signed_in.is_some() {
            lock_after
        } else {
            FORM_LEFT_AFTER
        };
        now.since(self.touched_at) >= patience
    }

    /// Notes a key that is handled elsewhere.
    pub fn touch(&mut self, now: Timestamp) {
        self.touched_at = now;
    }

    /// Follows a clock that stepped backwards.
    pub fn step_back(&mut self, step: Duration) {
        self.touched_at = self.touched_at - step;
    }

    /// The field that takes text now.
    pub fn text_field(&mut self) -> Option<&mut TextField> {
        if self.awaiting {
            return None;
        }
        match &mut self.question {
            Some(question) => question.text_field(),
            None => self.page.text_field(),
        }
    }

    /// Whether letters are commands now, and not text.
    pub fn takes_commands(&mut self) -> bool {
        !self.awaiting && self.text_field().is_none()
    }

    /// Whether the students' screen for a projector is shown in place of the page.
    #[must_use]
    pub fn is_for_projector(&self) -> bool {
        self.page.is_for_projector()
    }

    /// What each key does on the open page, in full.
    #[must_use]
    pub fn help(&self) -> Help {
        self.page.help()
    }

    /// Draws the open page, and a question over it; returns where the cursor belongs.
    pub fn draw(&self, canvas: &mut Canvas, body: Rect, context: &PageContext) -> Option<Position> {
        let note = self.note.as_deref();
        let voice = context.site.voice;
        let mut frame = self.page.frame(context);
        if let Some(before) = self.behind.last().and_then(|page| page.crumb()) {
            frame = frame.under(&context.say(before));
        }
        let area = frame.draw(canvas, body, note, voice);
        let mut cursor = self.page.draw(canvas, area, context);
        if let Some(question) = &self.question {
            cursor = question.draw(canvas, body, note, voice);
        }
        cursor.filter(|_| !self.awaiting)
    }

    /// Applies a key to the page, or to the question over it.
    pub fn press(&mut self, stroke: Stroke, context: &PageContext) -> AreaAction {
        self.touched_at = context.now;
        if stroke == Stroke::Staff {
            return AreaAction::Close;
        }
        if self.awaiting {
            return AreaAction::Stay;
        }
        if !self.page.keeps_note(context.now) {
            self.note = None;
        }
        if let Some(question) = &mut self.question {
            let action = question.press(stroke, context.site.voice);
            return self.press_in_question(action);
        }
        match self.page.press(stroke, context) {
            PageAction::Stay => {
                let request = self.page.read_more();
                self.request(request)
            }
            action => self.apply(action, context),
        }
    }

    /// Applies a key that was pressed in the question.
    fn press_in_question(&mut self, action: QuestionAction) -> AreaAction {
        match action {
            QuestionAction::Type => {}
            QuestionAction::Say(sentence) => self.note = Some(sentence),
            QuestionAction::TakeBack => self.question = None,
            QuestionAction::Request(request) => {
                self.question = None;
                return self.request(Some(request));
            }
        }
        AreaAction::Stay
    }

    /// Applies what came of a request; `None` means that it broke off.
    pub fn receive(
        &mut self,
        kind: RequestKind,
        answer: Option<StaffAnswer>,
        context: &PageContext,
    ) -> AreaAction {
        if kind.blocks_keys() {
            self.awaiting = false;
        }
        if kind == RequestKind::SignIn {
            self.touched_at = context.now;
        }
        let Some(answer) = answer else {
            self.break_off(kind, context);
            return AreaAction::Stay;
        };
        match answer {
            StaffAnswer::Noted(Ok(sentence) | Err(sentence)) => {
                self.note = Some(sentence);
                self.refresh()
            }
            StaffAnswer::Finished(Ok(sentence)) => {
                let action = self.apply(PageAction::Back, context);
                self.note = Some(sentence);
                action
            }
            StaffAnswer::NumberIs(number, sentence) => {
                let action = self.apply(PageAction::Back, context);
                let shown = StaffAnswer::NumberIs(number, String::new());
                self.page.receive(shown, context);
                self.note = Some(sentence);
                action
            }
            StaffAnswer::Done(Ok(sentence)) => AreaAction::CloseSaying(sentence),
            StaffAnswer::Finished(Err(sentence)) | StaffAnswer::Done(Err(sentence)) => {
                self.note = Some(sentence);
                AreaAction::Stay
            }
            StaffAnswer::MayLeave => AreaAction::Leave,
            StaffAnswer::AccessRevoked => {
                AreaAction::CloseSaying(context.say(StaffScreen::AccessRevoked))
            }
            answer => {
                let Some(action) = self.page.receive(answer, context) else {
                    return AreaAction::Stay;
                };
                let next = self.apply(action, context);
                if kind == RequestKind::Refresh {
                    self.after_refresh(next)
                } else {
                    next
                }
            }
        }
    }

    /// Reads once more what has changed meanwhile, or what is missing besides, unless the page wants something
    /// else first.
    fn after_refresh(&mut self, action: AreaAction) -> AreaAction {
        let again = self.refresh.continues();
        if !matches!(action, AreaAction::Stay) {
            self.refresh = Refresh::default();
            return action;
        }
        let request = if again {
            self.page.refresh()
        } else {
            self.page.read_more()
        };
        self.request(request)
    }

    /// Notes that a request broke off.
    fn break_off(&mut self, kind: RequestKind, context: &PageContext) {
        let sentence = context.say(kind.broke_off());
        match kind {
            RequestKind::Refresh => self.refresh = Refresh::default(),
            RequestKind::Read => self.page.broke_off(&sentence),
            _ => {}
        }
        self.note = Some(sentence);
    }

    /// Reads again what the page shows, because it may have changed.
    pub fn refresh(&mut self) -> AreaAction {
        let request = self.page.refresh();
        let request = request.filter(|_| self.refresh.starts());
        self.request(request)
    }

    /// Makes a choice that was confirmed once be confirmed anew.
    pub fn withdraw_confirmation(&mut self) {
        if self.page.withdraw_confirmation() {
            self.note = None;
        }
    }

    fn apply(&mut self, action: PageAction, context: &PageContext) -> AreaAction {
        match action {
            PageAction::Stay => AreaAction::Stay,
            PageAction::Request(request) => self.request(Some(request)),
            PageAction::SignIn(request) => {
                self.awaiting = true;
                AreaAction::SignIn(request)
            }
            PageAction::Enter(sign_in) => {
                self.page = Box::new(Menu::new(&sign_in.lecturer, context.session().is_some()));
                self.behind.clear();
                self.signed_in = Some(*sign_in);
                self.note = None;
                AreaAction::Stay
            }
            PageAction::Refresh => self.refresh(),
            PageAction::Go(page) => {
                let before = std::mem::replace(&mut self.page, page);
                self.behind.push(before);
                self.note = None;
                self.read()
            }
            PageAction::Say(sentence) => {
                self.note = Some(sentence);
                AreaAction::Stay
            }
            PageAction::Ask(question) => {
                self.question = Some(question);
                AreaAction::Stay
            }
            PageAction::Back => {
                if let Some(page) = self.behind.pop() {
                    self.page = page;
                    self.page.reopened();
                }
                self.read()
            }
            PageAction::Close => AreaAction::Close,
        }
    }

    /// Reads what a page shows that has just opened.
    fn read(&mut self) -> AreaAction {
        self.refresh = Refresh::default();
        match self.refresh() {
            AreaAction::Stay => {
                let request = self.page.read_more();
                self.request(request)
            }
            action => action,
        }
    }

    /// Asks the services for something. Only for somebody who is signed in: nobody else has such a page.
    fn request(&mut self, request: Option<StaffRequest>) -> AreaAction {
        match (request, &self.signed_in) {
            (Some(request), Some(sign_in)) => {
                self.awaiting |= request.kind().blocks_keys();
                AreaAction::Request(Box::new(sign_in.clone()), request)
            }
            _ => AreaAction::Stay,
        }
    }
}

#[cfg(test)]
mod testing {
    use super::{SignIn, StaffArea, StaffPage};
    use crate::tui::staff::question::Question;

    /// What tests look at.
    impl StaffArea {
        pub(in crate::tui) fn page(&self) -> &dyn StaffPage {
            &*self.page
        }

        pub(in crate::tui) fn signed_in(&self) -> Option<&SignIn> {
            self.signed_in.as_ref()
        }

        pub(in crate::tui) fn note(&self) -> Option<&str> {
            self.note.as_deref()
        }

        pub(in crate::tui) fn question(&self) -> Option<&Question> {
            self.question.as_ref()
        }
    }
}
