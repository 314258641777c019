//! Lists as files: which, in what form, and where to (feature K9).

use std::path::PathBuf;

use super::PageAction;
use super::reading::Reading;
use crate::domain::{Lecturer, Session, UnitCode};
use crate::services::export::{Format, List};
use crate::tui::msg::{Effect, Stroke};

/// A list to be written, as it is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListForm {
    /// Of what.
    pub title: String,
    /// The lists that there are of it.
    lists: Vec<List>,
    /// Where files can be put; `None` until that is known.
    pub places: Option<Vec<PathBuf>>,
    /// What is chosen of each, in the order of [`ListField::ALL`].
    chosen: [usize; 3],
    /// Where keys go.
    pub at: ListField,
    pub(super) reading: Reading,
}

/// A line of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListField {
    /// Which list.
    List,
    /// In what form.
    Format,
    /// Into which folder.
    Place,
}

impl ListField {
    /// Top to bottom.
    pub const ALL: [Self; 3] = [Self::List, Self::Format, Self::Place];

    /// The text before the choice.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::List => "List",
            Self::Format => "Form",
            Self::Place => "Folder",
        }
    }
}

/// The forms, the most wanted first.
const FORMATS: [Format; 4] = [Format::Xlsx, Format::Csv, Format::CsvWithBom, Format::Json];

/// A list to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListOrder {
    /// Which.
    pub list: List,
    /// In what form.
    pub format: Format,
    /// Into which folder.
    pub place: PathBuf,
}

impl ListForm {
    /// The lists of a unit.
    #[must_use]
    pub fn of_unit(code: &UnitCode, name: &str) -> Self {
        let lists = vec![
            List::Exam(code.clone(), None),
            List::Unit(code.clone(), None),
        ];
        Self::new(format!("{code}  {name}"), lists)
    }

    /// The lists of a session, and those of its unit in its semester.
    #[must_use]
    pub fn of_session(session: &Session) -> Self {
        let (code, semester) = (&session.unit_code, &session.semester);
        let lists = vec![
            List::Session(session.id),
            List::Unit(code.clone(), Some(semester.clone())),
            List::Exam(code.clone(), Some(semester.clone())),
        ];
        Self::new(format!("{code}  Session {}", session.number), lists)
    }

    fn new(title: String, lists: Vec<List>) -> Self {
        Self {
            title,
            lists,
            places: None,
            chosen: [0; 3],
            at: ListField::List,
            reading: Reading::default(),
        }
    }

    /// The list that is chosen.
    #[must_use]
    pub fn list(&self) -> &List {
        &self.lists[self.chosen[0]]
    }

    /// The form that is chosen.
    #[must_use]
    pub fn format(&self) -> Format {
        FORMATS[self.chosen[1]]
    }

    /// The folder that is chosen.
    #[must_use]
    pub fn place(&self) -> Option<&PathBuf> {
        self.places.as_ref()?.get(self.chosen[2])
    }

    /// How many there are to choose from.
    #[must_use]
    pub fn count(&self, field: ListField) -> usize {
        match field {
            ListField::List => self.lists.len(),
            ListField::Format => FORMATS.len(),
            ListField::Place => self.places.as_ref().map_or(0, Vec::len),
        }
    }

    /// Takes note of the folders. The choice stays with its folder, not with its place in the list.
    pub(super) fn show(&mut self, places: Vec<PathBuf>) {
        let before = self.place().cloned();
        let same = places
            .iter()
            .position(|place| Some(place) == before.as_ref());
        self.chosen[2] = same.unwrap_or(0);
        self.places = Some(places);
    }

    /// Looks for sticks: one may have been plugged in.
    pub(super) fn refresh(&mut self) -> Option<Effect> {
        self.reading.is_wanted().then_some(Effect::FindPlaces)
    }

    pub(super) fn answered(&mut self) -> Option<Effect> {
        let wanted = self.reading.is_wanted_again();
        wanted.then_some(Effect::FindPlaces)
    }

    pub(super) fn press(&mut self, stroke: Stroke, lecturer: &Lecturer) -> PageAction {
        let rows = ListField::ALL.len();
        let row = self.at as usize;
        let choices = self.count(self.at).max(1);
        let chosen = &mut self.chosen[row];
        match stroke {
            Stroke::Escape => return PageAction::Back,
            Stroke::Enter => {
                return self.order().map_or(PageAction::Stay, |order| {
                    PageAction::Await(Effect::WriteList(Box::new(order), lecturer.clone()))
                });
            }
            Stroke::Right | Stroke::Character(' ') => *chosen = (*chosen + 1) % choices,
            Stroke::Left => *chosen = (*chosen + choices - 1) % choices,
            Stroke::Down | Stroke::Tab => self.at = ListField::ALL[(row + 1) % rows],
            Stroke::Up | Stroke::BackTab => self.at = ListField::ALL[(row + rows - 1) % rows],
            _ => {}
        }
        PageAction::Stay
    }

    fn order(&self) -> Option<ListOrder> {
        Some(ListOrder {
            list: self.list().clone(),
            format: self.format(),
            place: self.place()?.clone(),
        })
    }
}
