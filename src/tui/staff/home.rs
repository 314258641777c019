//! The menu that staff come home to.

use super::{
    BoardPage, DeliveriesPage, JoinPage, Page, PageAction, PageContext, Purpose, SessionList,
    TodayPage,
};
use crate::domain::Lecturer;
use crate::tui::msg::{Effect, Stroke};
use crate::tui::words;

/// What a signed-in member of staff can choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The choice that Enter takes.
    pub chosen: Choice,
    /// A choice that was taken once and is done when it is taken again.
    pub confirming: Option<Choice>,
}

/// A choice of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Look who is here.
    Board,
    /// Open a session.
    Open,
    /// Close the session on the screen.
    Close,
    /// Look at today's lectures, and open one.
    Today,
    /// Look at the sessions of today and before.
    Sessions,
    /// Write lists into files.
    Lists,
    /// Take part in a session of another kiosk.
    Join,
    /// Look at what the remotes have not got yet.
    Deliveries,
    /// End the program.
    Leave,
    /// Back to the students' screen.
    Back,
}

impl Choice {
    /// The menu, top to bottom: what is wanted most, first.
    #[must_use]
    pub fn menu(has_session: bool) -> &'static [Self] {
        const WITHOUT: [Choice; 8] = [
            Choice::Open,
            Choice::Today,
            Choice::Sessions,
            Choice::Lists,
            Choice::Join,
            Choice::Deliveries,
            Choice::Leave,
            Choice::Back,
        ];
        const WITH: [Choice; 10] = [
            Choice::Board,
            Choice::Close,
            Choice::Open,
            Choice::Today,
            Choice::Sessions,
            Choice::Lists,
            Choice::Join,
            Choice::Deliveries,
            Choice::Leave,
            Choice::Back,
        ];
        if has_session { &WITH } else { &WITHOUT }
    }

    /// The text of the menu.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Board => "Who is here",
            Self::Open => "Open a session",
            Self::Close => "Close the session",
            Self::Today => "Today's timetable",
            Self::Sessions => "Sessions",
            Self::Lists => "Export lists",
            Self::Join => "Join another kiosk",
            Self::Deliveries => "Deliveries",
            Self::Leave => "Leave the program",
            Self::Back => "Back to the students' screen",
        }
    }

    /// The digit that takes the choice in a row of the menu: the tenth is 0, as on the keyboard.
    #[must_use]
    pub fn digit(row: usize) -> usize {
        (row + 1) % 10
    }
}

impl Home {
    /// The menu, with its first choice chosen: it harms nobody.
    #[must_use]
    pub fn new(has_session: bool) -> Self {
        Self {
            chosen: Choice::menu(has_session)[0],
            confirming: None,
        }
    }

    pub(super) fn press(
        &mut self,
        stroke: Stroke,
        lecturer: &Lecturer,
        around: &PageContext<'_>,
    ) -> PageAction {
        let choices = Choice::menu(around.shown.is_some());
        // The session may have ended since the choice was made.
        let chosen = choices.iter().position(|&choice| choice == self.chosen);
        let at = chosen.unwrap_or(0);
        let moved_to = match stroke {
            Stroke::Escape => return PageAction::Out,
            Stroke::Up | Stroke::BackTab => (at + choices.len() - 1) % choices.len(),
            Stroke::Down | Stroke::Tab => (at + 1) % choices.len(),
            Stroke::Home => 0,
            Stroke::End => choices.len() - 1,
            Stroke::Enter => return self.take(choices[at], lecturer, around),
            Stroke::Character(typed) => {
                let digit = typed.to_digit(10).map(|digit| digit as usize);
                let mut rows = choices.iter().enumerate();
                let choice = rows
                    .find(|(row, _)| digit == Some(Choice::digit(*row)))
                    .map(|(_, choice)| choice);
                return choice.map_or(PageAction::Stay, |&choice| {
                    self.take(choice, lecturer, around)
                });
            }
            _ => return PageAction::Stay,
        };
        self.chosen = choices[moved_to];
        self.confirming = None;
        PageAction::Stay
    }

    fn take(
        &mut self,
        choice: Choice,
        lecturer: &Lecturer,
        around: &PageContext<'_>,
    ) -> PageAction {
        self.chosen = choice;
        let confirmed = self.confirming.take() == Some(choice);
        let lecturer = lecturer.clone();
        match (choice, around.shown) {
            (Choice::Back, _) => PageAction::Out,
            (Choice::Open, _) => PageAction::Await(Effect::ListUnits(Purpose::Opening, lecturer)),
            (Choice::Lists, _) => PageAction::Await(Effect::ListUnits(Purpose::Lists, lecturer)),
            (Choice::Today, _) => PageAction::Go(Page::Today(TodayPage::default())),
            (Choice::Sessions, _) => PageAction::Go(Page::Sessions(SessionList::default())),
            (Choice::Join, _) => PageAction::Go(Page::Join(JoinPage::default())),
            (Choice::Deliveries, _) => PageAction::Go(Page::Deliveries(DeliveriesPage::default())),
            (Choice::Board, Some(session)) => {
                PageAction::Go(Page::Board(Box::new(BoardPage::new(session.id))))
            }
            // Both end something for everybody in the room, so they are asked twice.
            (Choice::Close, _) if !confirmed => self.confirm(choice, words::CONFIRM_CLOSE),
            (Choice::Leave, _) if !confirmed => self.confirm(choice, words::CONFIRM_LEAVE),
            (Choice::Close, Some(session)) => {
                PageAction::Await(Effect::CloseSession(session.id, lecturer))
            }
            (Choice::Leave, _) => PageAction::Await(Effect::AskToLeave),
            (Choice::Board | Choice::Close, None) => PageAction::Stay,
        }
    }

    fn confirm(&mut self, choice: Choice, warning: &str) -> PageAction {
        self.confirming = Some(choice);
        PageAction::Say(warning.to_owned())
    }
}
