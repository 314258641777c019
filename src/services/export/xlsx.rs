//! A list as a workbook: real numbers and dates, a heading that stays, colours for the bands.

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, XlsxError,
};

use super::sheet::{Cell, Kind, Sheet};
use crate::domain::Band;

/// How each kind of value is shown.
struct Formats {
    percent: Format,
    warning: Format,
    below: Format,
    date: Format,
    moment: Format,
}

pub(super) fn bytes(sheet: &Sheet) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // One list is one file, byte for byte: when it was written down is no part of it.
    let at_no_time = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&at_no_time));
    let page = workbook.add_worksheet();
    page.set_name("Attendance")?;
    let heading = Format::new().set_bold().set_align(FormatAlign::Top);
    let percent = || Format::new().set_num_format("0.00");
    let formats = Formats {
        percent: percent(),
        warning: percent().set_background_color(Color::RGB(0x00FF_EB9C)),
        below: percent().set_background_color(Color::RGB(0x00FF_C7CE)),
        date: Format::new().set_num_format("yyyy-mm-dd"),
        moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
    };
    for (at, column) in (0u16..).zip(&sheet.columns) {
        page.write_string_with_format(0, at, &column.heading, &heading)?;
        let width = match column.kind {
            Kind::Text { width } => f64::from(width),
            Kind::Whole | Kind::Percent => 10.0,
            Kind::Date => 12.0,
            Kind::Moment => 20.0,
        };
        page.set_column_width(at, width)?;
    }
    page.set_freeze_panes(1, 1)?;
    for (line, row) in (1u32..).zip(&sheet.rows) {
        for (at, cell) in (0u16..).zip(row) {
            match cell {
                Cell::Empty => {}
                // Always a string, even one that begins with `=`: nothing is computed.
                Cell::Text(text) => {
                    page.write_string(line, at, text)?;
                }
                Cell::Whole(count) => {
                    page.write_number(line, at, *count)?;
                }
                Cell::Percent(percentage, band) => {
                    let format = formats.of(*band);
                    page.write_number_with_format(line, at, percentage.as_f64(), format)?;
                }
                Cell::Date(date) => {
                    page.write_datetime_with_format(line, at, date, &formats.date)?;
                }
                Cell::Moment(moment) => {
                    page.write_datetime_with_format(line, at, moment, &formats.moment)?;
                }
            }
        }
    }
    workbook.save_to_buffer()
}

impl Formats {
    fn of(&self, band: Option<Band>) -> &Format {
        match band {
            Some(Band::Below) => &self.below,
            Some(Band::Warning) => &self.warning,
            Some(Band::Good | Band::NoneHeld | Band::NotKnown) | None => &self.percent,
        }
    }
}
