//! Lists as files.
//!
//! ```text
//! > List     < Who may sit the exam >          1 of 2
//!   Form     < XLSX, a workbook >              1 of 4
//!   Folder   < /var/lib/kiosk/exports >        1 of 1
//! ```

use ratatui::layout::Rect;

use super::list;
use crate::tui::staff::{ListField, ListForm};
use crate::tui::view::canvas::{Canvas, below, shifted, top};
use crate::tui::words;

/// The columns of the field names.
const LABEL: u16 = 9;

pub(super) fn draw(canvas: &mut Canvas, area: Rect, form: &ListForm) {
    let spaced = area.height >= 2 * 3 - 1;
    for (index, field) in (0_u16..).zip(ListField::ALL) {
        let row = top(below(area, if spaced { 2 * index } else { index }), 1);
        let style = list::ground(canvas, row, form.at == field);
        let row = shifted(row, 2);
        canvas.left(row, field.label(), style);
        canvas.left(shifted(row, LABEL), &value(form, field), style);
    }
}

fn value(form: &ListForm, field: ListField) -> String {
    let value = match field {
        ListField::List => words::list(form.list()).to_owned(),
        ListField::Format => words::format(form.format()).to_owned(),
        ListField::Place => form.place().map_or_else(
            || words::READING.to_owned(),
            |place| place.display().to_string(),
        ),
    };
    if form.count(field) > 1 {
        format!("< {value} >")
    } else {
        format!("  {value}")
    }
}
