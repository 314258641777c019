//! The screen of an open session: how it is divided.

use ratatui::layout::{Position, Rect, Size};

use super::entry_hint::EntryHint;
use super::{attendance, entry, header, outcome, phone, question};
use crate::domain::Board;
use crate::qr::Symbol;
use crate::tui::draw::{Canvas, below, inset, middle, shifted, top, without_right};
use crate::tui::model::{EntryStage, Model};
use crate::tui::qr::Placement;
use crate::tui::terminal::{QrInk, Terminal};

/// A smaller screen has one column.
const TWO_COLUMNS: Size = Size::new(76, 22);

/// The least and the most columns of the field, the outcome and the counts.
const DESK_COLUMNS: (u16, u16) = (36, 76);

/// Columns between the two columns.
const GAP: u16 = 2;

/// The columns for an address and a code in letters, where the symbol does not fit.
const LETTERS_COLUMNS: u16 = 37;

pub(super) fn draw(
    canvas: &mut Canvas,
    body: Rect,
    model: &Model,
    board: &Board,
) -> Option<Position> {
    if is_narrow(body) {
        return narrow(canvas, body, model, board);
    }
    let desk = beside_the_symbol(canvas, body, model, board);
    desk_column(canvas, desk, model, board)
}

/// The same for a projector: the symbol and the counts, and no field to type in.
pub(super) fn for_projector(canvas: &mut Canvas, body: Rect, model: &Model, board: &Board) {
    let place = if is_narrow(body) {
        header::two_rows(canvas, top(body, 2), model, board);
        inset(below(body, 3), 1, 0)
    } else {
        beside_the_symbol(canvas, body, model, board)
    };
    let place = below(place, u16::from(place.height > 24));
    attendance::for_projector(canvas, place, model, board);
}

fn is_narrow(body: Rect) -> bool {
    body.width < TWO_COLUMNS.width || body.height + 1 < TWO_COLUMNS.height
}

/// Draws the header and the symbol, and returns the place that is left.
fn beside_the_symbol(canvas: &mut Canvas, body: Rect, model: &Model, board: &Board) -> Rect {
    let Some(hint) = EntryHint::of(model, board) else {
        header::two_rows(canvas, top(body, 2), model, board);
        return middle(below(body, 3), DESK_COLUMNS.1);
    };

    let symbol = Symbol::for_code(hint.address, hint.code.code.as_str()).ok();
    let (rows, placement) = symbol
        .as_ref()
        .and_then(|symbol| plan(canvas, body, symbol))
        .map_or((2, None), |(rows, placement)| (rows, Some(placement)));
    if rows == 1 {
        header::one_row(canvas, top(body, 1), model, board);
    } else {
        header::two_rows(canvas, top(body, 2), model, board);
    }
    let rest = below(body, rows);
    let phone_columns = placement.map_or(LETTERS_COLUMNS, |placement| placement.size().width);
    let desk_columns = (rest.width - phone_columns - GAP).min(DESK_COLUMNS.1);
    let both = middle(rest, phone_columns + GAP + desk_columns);
    let left = without_right(both, both.width - phone_columns);
    match (symbol, placement) {
        (Some(symbol), Some(placement)) => {
            phone::symbol(canvas, left, rows, &symbol, placement, &hint);
        }
        _ => phone::letters(canvas, left, &hint),
    }
    shifted(both, phone_columns + GAP)
}

/// The size of a symbol on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolSize {
    /// The columns of a module.
    Columns(u16),
    /// The terminal is too small.
    NoRoom,
    /// The terminal has no black and white.
    NoInk,
}

/// How large the symbol of an open session is on a terminal; `kiosk doctor` reports it.
#[must_use]
pub fn symbol_size(symbol: &Symbol, columns: u16, rows: u16, terminal: &Terminal) -> SymbolSize {
    let Some(ink) = terminal.qr_ink else {
        return SymbolSize::NoInk;
    };
    let body = Rect::new(0, 0, columns, rows.saturating_sub(1));
    if columns < TWO_COLUMNS.width || rows < TWO_COLUMNS.height {
        return SymbolSize::NoRoom;
    }
    match plan_with(ink, body, symbol) {
        Some((_, placement)) => SymbolSize::Columns(placement.scale()),
        None => SymbolSize::NoRoom,
    }
}

/// The rows of the header and of the lines below the symbol (two each, or one each if that makes
/// the modules larger), and where the symbol goes.
fn plan(canvas: &Canvas, body: Rect, symbol: &Symbol) -> Option<(u16, Placement)> {
    plan_with(canvas.theme.qr_ink?, body, symbol)
}

fn plan_with(ink: QrInk, body: Rect, symbol: &Symbol) -> Option<(u16, Placement)> {
    let with = |rows: u16| {
        let room = Size::new(body.width - DESK_COLUMNS.0 - GAP, body.height - 2 * rows);
        Placement::fit(symbol.side(), room, ink).map(|placement| (rows, placement))
    };
    let (roomy, tight) = (with(2), with(1));
    let merit = |plan: &Option<(u16, Placement)>| plan.map(|(_, placement)| placement.merit());
    if merit(&tight) > merit(&roomy) {
        tight
    } else {
        roomy
    }
}

fn desk_column(canvas: &mut Canvas, area: Rect, model: &Model, board: &Board) -> Option<Position> {
    // A blank row above the field where there is room.
    let area = below(area, u16::from(area.height > 24));
    let (used, cursor) = entry::boxed(canvas, area, model);
    let rest = below(area, used);
    match (&model.entry.stage, &model.entry.outcome) {
        (EntryStage::Asked(asked), _) => question::draw(canvas, below(rest, 1), model, asked),
        (_, Some(outcome)) => outcome::draw(canvas, rest, model, outcome),
        (_, None) => attendance::draw(canvas, below(rest, 1), model, board),
    }
    cursor
}

/// ```text
/// CS101  Introduction to Programming
/// 09:00 - 11:00 · Room 101
///
/// Type your admission number
///   ADM/2023/0
/// Enter check in   Esc clear
///
/// On time until 09:10           4:32 left
/// 42 present, 3 late of 60
/// ███████████████████████████░░░░░░░░░░░░
///
/// Phone: 192.168.1.20:8080
/// Code:  K7M 2QX              new in 12 s
/// ```
fn narrow(canvas: &mut Canvas, body: Rect, model: &Model, board: &Board) -> Option<Position> {
    header::two_rows(canvas, top(body, 2), model, board);
    let rest = inset(below(body, 2), 1, 0);
    let rest = below(rest, u16::from(rest.height > 10));
    let (used, cursor) = if rest.height >= 16 {
        entry::boxed(canvas, rest, model)
    } else {
        entry::plain(canvas, rest, model)
    };
    let rest = below(rest, used);
    if let EntryStage::Asked(asked) = &model.entry.stage {
        question::draw(canvas, rest, model, asked);
        return cursor;
    }
    if let Some(outcome) = &model.entry.outcome {
        outcome::draw(canvas, rest, model, outcome);
        return cursor;
    }
    let phone_rows = match EntryHint::of(model, board) {
        Some(hint) => {
            let rows = top(below(rest, rest.height.saturating_sub(2)), 2);
            phone::lines(canvas, rows, &hint);
            3
        }
        None => 0,
    };
    let air = u16::from(rest.height >= 8);
    let rest = top(
        below(rest, air),
        rest.height.saturating_sub(air + phone_rows),
    );
    attendance::draw(canvas, rest, model, board);
    cursor
}
