//! Exporting a list: which, in what format, and into which folder (feature K9).
//!
//! ```text
//! > List     < Who may sit the exam >
//!   Form     < XLSX, a workbook >
//!   Folder     /var/lib/kiosk/exports
//! ```

use std::path::PathBuf;

use ratatui::layout::{Position, Rect};

use super::page::{PageAction, PageContext, StaffPage};
use crate::domain::{Semester, Session, UnitCode};
use crate::services::export::{Format, List};
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, below, row_style, shifted, top};
use crate::tui::request::{ListOrder, StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::words::{Key, KeyHelp, KeyUse, Label, Message, Screen, StaffScreen};

const KEYS: Keys = &[
    (Key::Enter, KeyUse::Write),
    (Key::LeftRight, KeyUse::Change),
    (Key::UpDown, KeyUse::Line),
    (Key::Escape, KeyUse::Back),
    (Key::These("?"), KeyUse::Help),
];

const HELP: Help = (
    Message::StaffScreen(StaffScreen::HelpExport),
    &[
        (Key::UpDown, KeyHelp::ExportLine),
        (Key::LeftRight, KeyHelp::ExportChange),
        (Key::Enter, KeyHelp::ExportWrite),
        (Key::UsbStick, KeyHelp::ExportStick),
        (Key::Escape, KeyHelp::ExportBack),
    ],
);

/// The columns of the field names.
const LABEL: u16 = 9;

/// The file formats, the most wanted first.
const FORMATS: [Format; 4] = [Format::Xlsx, Format::Csv, Format::CsvWithBom, Format::Json];

/// A list to be exported, as it is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportForm {
    title: String,
    lists: Vec<List>,
    /// The folders that files can be written to; `None` until they are read.
    folders: Option<Vec<PathBuf>>,
    /// What is chosen of each, in the order of [`ExportField::ALL`].
    chosen: [usize; 3],
    /// The field that keys go to.
    at: ExportField,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExportField {
    List,
    Format,
    Folder,
}

impl ExportField {
    const ALL: [Self; 3] = [Self::List, Self::Format, Self::Folder];

    fn label(self) -> Label {
        match self {
            Self::List => Label::List,
            Self::Format => Label::Format,
            Self::Folder => Label::Folder,
        }
    }
}

impl ExportForm {
    /// The lists of a unit in a semester, the site's when none is named.
    pub(super) fn of_unit(code: &UnitCode, name: &str, semester: Option<&Semester>) -> Self {
        let lists = vec![
            List::Exam(code.clone(), semester.cloned()),
            List::Unit(code.clone(), semester.cloned()),
        ];
        Self::new(format!("{code}  {name}"), lists)
    }

    /// The lists of a session, and those of its unit in its semester.
    pub(super) fn of_session(session: &Session, context: &PageContext) -> Self {
        let (code, semester) = (&session.unit_code, &session.semester);
        let lists = vec![
            List::Session(session.id),
            List::Unit(code.clone(), Some(semester.clone())),
            List::Exam(code.clone(), Some(semester.clone())),
        ];
        let lecture = context.say(Screen::Lecture { n: session.number });
        Self::new(format!("{code}  {lecture}"), lists)
    }

    fn new(title: String, lists: Vec<List>) -> Self {
        Self {
            title,
            lists,
            folders: None,
            chosen: [0; 3],
            at: ExportField::List,
        }
    }

    fn list(&self) -> &List {
        &self.lists[self.chosen[0]]
    }

    fn format(&self) -> Format {
        FORMATS[self.chosen[1]]
    }

    fn folder(&self) -> Option<&PathBuf> {
        self.folders.as_ref()?.get(self.chosen[2])
    }

    /// How many there are to choose from.
    fn count(&self, field: ExportField) -> usize {
        match field {
            ExportField::List => self.lists.len(),
            ExportField::Format => FORMATS.len(),
            ExportField::Folder => self.folders.as_ref().map_or(0, Vec::len),
        }
    }

    /// Shows the folders. The choice stays with its folder, not with its row.
    fn show(&mut self, folders: Vec<PathBuf>) {
        let before = self.folder().cloned();
        let same = folders
            .iter()
            .position(|folder| Some(folder) == before.as_ref());
        self.chosen[2] = same.unwrap_or(0);
        self.folders = Some(folders);
    }

    fn order(&self) -> Option<ListOrder> {
        Some(ListOrder {
            list: self.list().clone(),
            format: self.format(),
            folder: self.folder()?.clone(),
        })
    }

    fn value(&self, field: ExportField, context: &PageContext) -> String {
        let value = match field {
            ExportField::List => context.say(match self.list() {
                List::Session(_) => StaffScreen::SessionList,
                List::Unit(..) => StaffScreen::UnitList,
                List::Exam(..) => StaffScreen::ExamList,
            }),
            ExportField::Format => context.say(match self.format() {
                Format::Xlsx => StaffScreen::Workbook,
                Format::Csv => StaffScreen::Csv,
                Format::CsvWithBom => StaffScreen::CsvForExcel,
                Format::Json => StaffScreen::Json,
            }),
            ExportField::Folder => self.folder().map_or_else(
                || context.say(StaffScreen::Reading),
                |folder| folder.display().to_string(),
            ),
        };
        if self.count(field) > 1 {
            format!("< {value} >")
        } else {
            format!("  {value}")
        }
    }
}

impl StaffPage for ExportForm {
    fn frame(&self, _: &PageContext) -> Frame {
        Frame::boxed(&self.title, KEYS)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let spaced = area.height >= 2 * 3 - 1;
        for (index, field) in (0_u16..).zip(ExportField::ALL) {
            let row = top(below(area, if spaced { 2 * index } else { index }), 1);
            let style = row_style(canvas, row, self.at == field);
            let row = shifted(row, 2);
            canvas.left(row, &context.say(field.label()), style);
            canvas.left(shifted(row, LABEL), &self.value(field, context), style);
        }
        None
    }

    fn press(&mut self, stroke: Stroke, _: &PageContext) -> PageAction {
        let rows = ExportField::ALL.len();
        let row = self.at as usize;
        let choices = self.count(self.at).max(1);
        let chosen = &mut self.chosen[row];
        match stroke {
            Stroke::Escape => return PageAction::Back,
            Stroke::Enter => {
                return self.order().map_or(PageAction::Stay, |order| {
                    PageAction::Request(StaffRequest::WriteList(Box::new(order)))
                });
            }
            Stroke::Right | Stroke::Character(' ') => *chosen = (*chosen + 1) % choices,
            Stroke::Left => *chosen = (*chosen + choices - 1) % choices,
            Stroke::Down | Stroke::Tab => self.at = ExportField::ALL[(row + 1) % rows],
            Stroke::Up | Stroke::BackTab => self.at = ExportField::ALL[(row + rows - 1) % rows],
            _ => {}
        }
        PageAction::Stay
    }

    fn receive(&mut self, answer: StaffAnswer, _: &PageContext) -> Option<PageAction> {
        let StaffAnswer::Folders(folders) = answer else {
            return None;
        };
        self.show(folders);
        Some(PageAction::Stay)
    }

    /// A USB stick may have been plugged in.
    fn refresh(&self) -> Option<StaffRequest> {
        Some(StaffRequest::FindFolders)
    }
}
