//! A list as one JSON document: a title, and an object for each line.

use serde_json::{Map, Value, json};

use super::sheet::{Cell, Sheet};

pub(super) fn bytes(sheet: &Sheet) -> Vec<u8> {
    let rows: Vec<Value> = sheet
        .rows
        .iter()
        .map(|row| {
            let keys = sheet.columns.iter().map(|column| key(&column.heading));
            Value::Object(keys.zip(row.iter().map(value)).collect::<Map<_, _>>())
        })
        .collect();
    let mut text = json!({ "title": sheet.title, "rows": rows }).to_string();
    text.push('\n');
    text.into_bytes()
}

/// `So far %` becomes `so_far_percent`.
fn key(heading: &str) -> String {
    let spelled = heading.to_lowercase().replace('%', "percent");
    let words: Vec<&str> = spelled
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("_")
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Whole(count) => json!(count),
        Cell::Percent(percentage, _) => json!(percentage),
        Cell::Text(_) | Cell::Date(_) | Cell::Moment(_) => Value::String(cell.text()),
    }
}
