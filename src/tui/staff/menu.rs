//! The menu of the staff area.
//!
//! ```text
//! > 1  Who is here                    42 of 60 here
//!   2  Close the lecture              CS101, until 11:00
//!   3  Open a lecture
//!   4  Today's timetable
//!   8  Deliveries                     3 waiting
//! ```

use ratatui::layout::{Position, Rect};

use super::board::LiveBoardPage;
use super::deliveries::DeliveryMonitor;
use super::join::JoinPage;
use super::page::{PageAction, PageContext, StaffPage};
use super::sessions::SessionList;
use super::today::TodayPage;
use super::units::UnitsPage;
use crate::domain::Lecturer;
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, first_row, shifted, text_row};
use crate::tui::request::{Purpose, StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::theme::Role;
use crate::words::{Key, KeyHelp, KeyUse, MenuText, Message, Screen, StaffScreen, StaffText};

const KEYS: Keys = &[
    (Key::Digit, KeyUse::OrArrows),
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
];

const HELP: Help = (
    Message::StaffScreen(StaffScreen::Staff),
    &[
        (Key::Digit, KeyHelp::MenuTake),
        (Key::F10, KeyHelp::MenuLeave),
        (Key::None, KeyHelp::MenuAlone),
    ],
);

/// The columns of the choices, before what is said beside them.
const CHOICES: u16 = 30;

/// From this width on something is said beside them.
const ROOM_BESIDE: u16 = 50;

/// What a signed-in member of staff can choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// The name of the member of staff.
    name: String,
    /// The choice that Enter takes.
    chosen: MenuChoice,
    /// A choice that is done when it is taken once more.
    confirming: Option<MenuChoice>,
}

/// A choice of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MenuChoice {
    /// Look at the live board.
    Board,
    /// Close the session on the screen.
    Close,
    /// Open a session of a unit.
    Open,
    /// Look at today's planned lectures, and open one.
    Today,
    /// Look at the sessions of today and before.
    Sessions,
    /// Look at the exam list of a unit, and export its lists into files.
    Lists,
    /// Join a session of another kiosk.
    Join,
    /// Look at what is not delivered yet.
    Deliveries,
    /// End the program for everybody.
    Leave,
    /// Back to the students' screen.
    Back,
}

impl MenuChoice {
    /// Top to bottom, the most wanted first. The first two need a session on the screen.
    const ALL: [Self; 10] = [
        Self::Board,
        Self::Close,
        Self::Open,
        Self::Today,
        Self::Sessions,
        Self::Lists,
        Self::Join,
        Self::Deliveries,
        Self::Leave,
        Self::Back,
    ];

    /// The choices that there are now.
    #[must_use]
    pub fn menu(has_session: bool) -> &'static [Self] {
        if has_session {
            &Self::ALL
        } else {
            &Self::ALL[2..]
        }
    }

    /// The digit that takes the choice in a row of the menu: the tenth is 0, as on the keyboard.
    #[must_use]
    pub fn digit(row: usize) -> usize {
        (row + 1) % 10
    }

    fn label(self) -> Message<'static> {
        Message::Menu(match self {
            Self::Board => MenuText::Board,
            Self::Close => MenuText::Close,
            Self::Open => MenuText::Open,
            Self::Today => MenuText::Today,
            Self::Sessions => MenuText::Sessions,
            Self::Lists => MenuText::Lists,
            Self::Join => MenuText::Join,
            Self::Deliveries => return StaffText::Deliveries.into(),
            Self::Leave => MenuText::Leave,
            Self::Back => MenuText::Back,
        })
    }

    /// What is said beside the choice.
    fn beside(self, context: &PageContext) -> String {
        match (self, context.board()) {
            (Self::Board, Some(board)) => {
                let totals = board.totals;
                context.say(MenuText::Here {
                    n: totals.present + totals.late,
                    enrolled: totals.expected,
                })
            }
            (Self::Close, Some(board)) => context.say(MenuText::Until {
                unit: board.session.unit_code.to_string(),
                until: board.session.ends_at,
            }),
            (Self::Deliveries, _) => undelivered(context),
            _ => String::new(),
        }
    }
}

/// What all remotes together have not got yet.
fn undelivered(context: &PageContext) -> String {
    let remotes = &context.snapshot.remotes;
    let waiting: u64 = remotes.iter().map(|remote| remote.counts.waiting).sum();
    let parked: u64 = remotes.iter().map(|remote| remote.counts.parked).sum();
    let is_waiting = context.say(Screen::Waiting { n: waiting });
    match (waiting, parked) {
        _ if remotes.is_empty() => context.say(MenuText::NoRemotes),
        (0, 0) => context.say(MenuText::AllDelivered),
        (_, 0) => is_waiting,
        (_, n) => format!("{is_waiting}, {}", context.say(Screen::Refused { n })),
    }
}

impl Menu {
    /// The menu, with its first choice chosen: it changes nothing.
    #[must_use]
    pub fn new(lecturer: &Lecturer, has_session: bool) -> Self {
        Self {
            name: lecturer.name.clone(),
            chosen: MenuChoice::menu(has_session)[0],
            confirming: None,
        }
    }

    fn take(&mut self, choice: MenuChoice, context: &PageContext) -> PageAction {
        self.chosen = choice;
        let confirmed = self.confirming.take() == Some(choice);
        match (choice, context.session()) {
            (MenuChoice::Back, _) => PageAction::Close,
            (MenuChoice::Open, _) => PageAction::Request(StaffRequest::ListUnits(Purpose::Opening)),
            (MenuChoice::Lists, _) => PageAction::Request(StaffRequest::ListUnits(Purpose::Lists)),
            (MenuChoice::Today, _) => PageAction::go(TodayPage::default()),
            (MenuChoice::Sessions, _) => PageAction::go(SessionList::default()),
            (MenuChoice::Join, _) => PageAction::go(JoinPage::default()),
            (MenuChoice::Deliveries, _) => PageAction::go(DeliveryMonitor::default()),
            (MenuChoice::Board, Some(session)) => PageAction::go(LiveBoardPage::new(session.id)),
            // Both end something for everybody in the room, so they are asked twice.
            (MenuChoice::Close, _) if !confirmed => {
                self.confirming = Some(choice);
                PageAction::Say(context.say(MenuText::ConfirmClose))
            }
            (MenuChoice::Leave, _) if !confirmed => {
                self.confirming = Some(choice);
                PageAction::Say(context.say(MenuText::ConfirmLeave))
            }
            (MenuChoice::Close, Some(session)) => {
                PageAction::Request(StaffRequest::CloseSession(session.id))
            }
            (MenuChoice::Leave, _) => PageAction::Request(StaffRequest::AskToLeave),
            (MenuChoice::Board | MenuChoice::Close, None) => PageAction::Stay,
        }
    }
}

impl StaffPage for Menu {
    fn frame(&self, _: &PageContext) -> Frame {
        Frame::boxed(&self.name, KEYS)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let choices = MenuChoice::menu(context.session().is_some());
        let chosen = choices.iter().position(|&choice| choice == self.chosen);
        let first = first_row(chosen.unwrap_or(0), choices.len(), area.height);
        let numbered = choices.iter().enumerate().skip(first);
        for (row, (index, &choice)) in area.rows().zip(numbered) {
            let is_chosen = choice == self.chosen;
            let text = format!(
                "{}  {}",
                MenuChoice::digit(index),
                context.say(choice.label())
            );
            text_row(canvas, row, &text, is_chosen);
            if row.width < ROOM_BESIDE {
                continue;
            }
            let role = if is_chosen { Role::Bar } else { Role::Quiet };
            let style = canvas.theme.role(role);
            canvas.left(shifted(row, CHOICES), &choice.beside(context), style);
        }
        None
    }

    fn press(&mut self, stroke: Stroke, context: &PageContext) -> PageAction {
        let choices = MenuChoice::menu(context.session().is_some());
        // The session may have ended since the choice was made.
        let chosen = choices.iter().position(|&choice| choice == self.chosen);
        let at = chosen.unwrap_or(0);
        let moved_to = match stroke {
            Stroke::Escape => return PageAction::Close,
            Stroke::Up | Stroke::BackTab => (at + choices.len() - 1) % choices.len(),
            Stroke::Down | Stroke::Tab => (at + 1) % choices.len(),
            Stroke::Home => 0,
            Stroke::End => choices.len() - 1,
            Stroke::Enter => return self.take(choices[at], context),
            Stroke::Character(typed) => {
                let digit = typed.to_digit(10).map(|digit| digit as usize);
                let mut rows = choices.iter().enumerate();
                let choice = rows.find(|(row, _)| digit == Some(MenuChoice::digit(*row)));
                return choice.map_or(PageAction::Stay, |(_, &choice)| self.take(choice, context));
            }
            _ => return PageAction::Stay,
        };
        self.chosen = choices[moved_to];
        self.confirming = None;
        PageAction::Stay
    }

    fn receive(&mut self, answer: StaffAnswer, context: &PageContext) -> Option<PageAction> {
        let StaffAnswer::Units(purpose, units) = answer else {
            return None;
        };
        Some(match units {
            Ok(units) if units.is_empty() => PageAction::Say(context.say(StaffScreen::NoUnits)),
            Ok(units) => PageAction::go(UnitsPage::new(purpose, units)),
            Err(problem) => PageAction::Say(problem),
        })
    }

    fn withdraw_confirmation(&mut self) -> bool {
        self.confirming.take().is_some()
    }
}

#[cfg(test)]
impl Menu {
    pub(in crate::tui) fn chosen(&self) -> MenuChoice {
        self.chosen
    }
}
