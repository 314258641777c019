//! Opening a session: first the unit, then what is filled in already and can be changed.

use super::walk::walked;
use super::{ListForm, Page, PageAction, PageContext};
use crate::domain::{Lecturer, Unit, UnitCode};
use crate::tui::field::Field;
use crate::tui::msg::{Effect, Stroke};

/// What a unit is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To open a session of it.
    Opening,
    /// To write lists of it.
    Lists,
}

/// The units that a staff member has charge of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitList {
    /// What one is chosen for.
    pub purpose: Purpose,
    /// All of them.
    pub units: Vec<Unit>,
    /// What the code or the name must contain.
    pub filter: Field,
    /// Which of the filtered ones Enter takes.
    pub chosen: usize,
}

impl UnitList {
    /// All units, nothing searched for.
    #[must_use]
    pub fn new(purpose: Purpose, units: Vec<Unit>) -> Self {
        Self {
            purpose,
            units,
            filter: Field::default(),
            chosen: 0,
        }
    }

    /// The units that the filter leaves.
    #[must_use]
    pub fn filtered(&self) -> Vec<&Unit> {
        let wanted = self.filter.text().trim().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        let units = self.units.iter();
        units
            .filter(|unit| has(unit.code.as_str()) || has(&unit.name))
            .collect()
    }

    pub(super) fn press(&mut self, stroke: Stroke, around: &PageContext<'_>) -> PageAction {
        let found = self.filtered();
        match stroke {
            Stroke::Escape => return PageAction::Back,
            Stroke::Enter => {
                return found.get(self.chosen).map_or(PageAction::Stay, |unit| {
                    PageAction::Go(match self.purpose {
                        Purpose::Opening => Page::Opening(Box::new(OpeningForm::new(unit, around))),
                        Purpose::Lists => {
                            Page::Lists(Box::new(ListForm::of_unit(&unit.code, &unit.name)))
                        }
                    })
                });
            }
            // The others move in the search.
            Stroke::Up | Stroke::Down | Stroke::PageUp | Stroke::PageDown => {
                self.chosen = walked(stroke, self.chosen, found.len()).unwrap_or(0);
            }
            _ => {
                self.filter.edit(stroke);
                self.chosen = 0;
            }
        }
        PageAction::Stay
    }
}

/// A session to be opened, as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningForm {
    /// Of which unit.
    pub code: UnitCode,
    /// The unit's title.
    pub name: String,
    /// The time that stood in the first field when the form came up.
    pub offered_start: String,
    /// The fields, in the order of [`OpeningField::ALL`].
    pub fields: [Field; 4],
    /// Where keys go.
    pub at: OpeningField,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpeningField {
    /// When the lecture begins.
    Start,
    /// How long it lasts.
    Minutes,
    /// Where.
    Venue,
    /// What its percentages are counted over.
    Semester,
}

impl OpeningField {
    /// Top to bottom.
    pub const ALL: [Self; 4] = [Self::Start, Self::Minutes, Self::Venue, Self::Semester];

    /// The text before the field.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Minutes => "Minutes",
            Self::Venue => "Venue",
            Self::Semester => "Semester",
        }
    }
}

/// What is typed in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningTexts {
    /// Of which unit.
    pub unit: UnitCode,
    /// When; now when blank.
    pub start: String,
    /// For how many minutes.
    pub minutes: String,
    /// Where.
    pub venue: String,
    /// In which semester.
    pub semester: String,
}

impl OpeningForm {
    fn new(unit: &Unit, around: &PageContext<'_>) -> Self {
        let site = around.site;
        let minutes = site.session_lasts.as_secs() / 60;
        let offered_start = site.zone.hour_minute(around.now);
        Self {
            code: unit.code.clone(),
            name: unit.name.clone(),
            fields: [
                Field::holding(&offered_start),
                Field::holding(&minutes.to_string()),
                Field::holding(site.venue.as_str()),
                Field::holding(site.semester.as_str()),
            ],
            at: OpeningField::Start,
            offered_start,
        }
    }

    /// The start as typed; blank, which is now, where it was left as offered. A session that begins "now" is put
    /// right when the clock is set, and begins right away also when Enter comes after midnight.
    fn start(&self) -> String {
        let typed = self.fields[OpeningField::Start as usize].text().trim();
        let is_as_offered = typed == self.offered_start;
        if is_as_offered { "" } else { typed }.to_owned()
    }

    /// Where keys go.
    pub(super) fn field(&mut self) -> &mut Field {
        &mut self.fields[self.at as usize]
    }

    pub(super) fn press(&mut self, stroke: Stroke, lecturer: &Lecturer) -> PageAction {
        let count = OpeningField::ALL.len();
        let at = self.at as usize;
        let moved_to = match stroke {
            Stroke::Escape => return PageAction::Back,
            Stroke::Enter => {
                let [_, minutes, venue, semester] =
                    self.fields.each_ref().map(|field| field.text().to_owned());
                let texts = OpeningTexts {
                    unit: self.code.clone(),
                    start: self.start(),
                    minutes,
                    venue,
                    semester,
                };
                return PageAction::Await(Effect::OpenSession(texts, lecturer.clone()));
            }
            Stroke::Tab | Stroke::Down => (at + 1) % count,
            Stroke::BackTab | Stroke::Up => (at + count - 1) % count,
            _ => {
                self.field().edit(stroke);
                at
            }
        };
        self.at = OpeningField::ALL[moved_to];
        PageAction::Stay
    }
}
