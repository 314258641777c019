//! How a phone checks in: the symbol, and for phones that cannot scan, the address and the code.
//!
//! ```text
//!   ▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄
//!   ██ ▄▄▄ █▀ ███ █ ▄▄▄ ██
//!   ██ ███ █▄▀ ██ █ ███ ██
//!   ██▄▄▄▄▄█ ▀▄██▄█▄▄▄▄▄██
//!      192.168.1.20:8080
//!   code K7M 2QX  new in 12 s
//! ```

use ratatui::layout::{Position, Rect};

use super::entry_hint::EntryHint;
use crate::qr::Symbol;
use crate::tui::big;
use crate::tui::draw::{Canvas, below, shifted, top};
use crate::tui::model::ShownCode;
use crate::tui::qr::Placement;
use crate::tui::theme::Role;
use crate::words::{Screen, Voice};

/// The symbol with `caption_rows` lines below it, in the middle of the column.
pub(super) fn symbol(
    canvas: &mut Canvas,
    area: Rect,
    caption_rows: u16,
    symbol: &Symbol,
    placement: Placement,
    hint: &EntryHint,
) {
    let size = placement.size();
    let spare = area.height.saturating_sub(size.height + caption_rows);
    let area = below(area, spare / 2);
    if let Some(ink) = canvas.theme.qr_ink {
        placement.draw(symbol, Position::new(area.x, area.y), ink, canvas.buffer);
    }
    let caption = below(area, size.height);
    if caption_rows == 1 {
        one_line(canvas, top(caption, 1), hint);
    } else {
        let strong = canvas.theme.role(Role::Strong);
        canvas.centred(top(caption, 1), without_scheme(hint.address), strong);
        code_line(canvas, top(below(caption, 1), 1), hint.code, hint.voice);
    }
}

/// Address, code and seconds in letters. The code has two rows, so that all codes look alike although some
/// letters are wider than others.
pub(super) fn letters(canvas: &mut Canvas, area: Rect, hint: &EntryHint) {
    const ROWS: u16 = 2 * big::HEIGHT + 8;
    let voice = hint.voice;
    let [quiet, strong, accent] =
        [Role::Quiet, Role::Strong, Role::Accent].map(|role| canvas.theme.role(role));
    let mut rest = below(area, area.height.saturating_sub(ROWS) / 2);
    for (text, style) in [
        (&*voice.say(Screen::OnYourPhone), quiet),
        (without_scheme(hint.address), strong),
        (&*voice.say(Screen::TypeThisCode), quiet),
    ] {
        canvas.centred(top(rest, 1), text, style);
        rest = below(rest, 1);
    }
    let code = hint.code.code.grouped();
    for group in code.split(' ') {
        rest = below(rest, 1);
        if canvas.big_centred(top(rest, big::HEIGHT), group, accent) {
            rest = below(rest, big::HEIGHT);
        }
    }
    canvas.centred(top(below(rest, 1), 1), &next(hint.code, hint.voice), quiet);
}

/// Two lines, for screens of one column.
pub(super) fn lines(canvas: &mut Canvas, area: Rect, hint: &EntryHint) {
    let voice = hint.voice;
    let [quiet, strong] = [Role::Quiet, Role::Strong].map(|role| canvas.theme.role(role));
    let row = top(area, 1);
    let used = canvas.left(row, &format!("{} ", voice.say(Screen::Phone)), quiet);
    canvas.left(shifted(row, used), without_scheme(hint.address), strong);
    let row = below(area, 1);
    let used = canvas.left(row, &format!("{}  ", voice.say(Screen::Code)), quiet);
    canvas.left(shifted(row, used), &hint.code.code.grouped(), strong);
    canvas.right(row, &next(hint.code, hint.voice), quiet);
}

/// `192.168.1.20:8080   code K7M 2QX   new in 12 s`, shorter where there is less room.
fn one_line(canvas: &mut Canvas, row: Rect, hint: &EntryHint) {
    let [quiet, strong, accent] =
        [Role::Quiet, Role::Strong, Role::Accent].map(|role| canvas.theme.role(role));
    let voice = hint.voice;
    let address = without_scheme(hint.address);
    let (code, next) = (hint.code.code.grouped(), next(hint.code, hint.voice));
    for parts in [
        &[
            (address, strong),
            (&format!("   {} ", voice.say(Screen::CodeWord)), quiet),
            (&code, accent),
            ("   ", quiet),
            (&next, quiet),
        ][..],
        &[(address, strong), ("  ", quiet), (&code, accent)],
        // A long address has the line alone; the code is its last part.
        &[(&format!("{address}{}", hint.code.code.path()), strong)],
    ] {
        if canvas.centred_parts(row, parts) {
            return;
        }
    }
    canvas.centred(row, address, strong);
}

fn code_line(canvas: &mut Canvas, row: Rect, shown: ShownCode, voice: Voice) {
    let [quiet, accent] = [Role::Quiet, Role::Accent].map(|role| canvas.theme.role(role));
    let (code, next) = (shown.code.grouped(), next(shown, voice));
    let gap = if next.is_empty() { "" } else { "   " };
    canvas.centred_parts(
        row,
        &[
            (&format!("{} ", voice.say(Screen::CodeWord)), quiet),
            (&code, accent),
            (gap, quiet),
            (&next, quiet),
        ],
    );
}

/// Browsers add `http://` themselves.
fn without_scheme(address: &str) -> &str {
    address
        .strip_prefix("http://")
        .unwrap_or(address)
        .trim_end_matches('/')
}

fn next(shown: ShownCode, voice: Voice) -> String {
    match shown.remaining {
        // Two columns always, so that nothing else on the line moves.
        Some(remaining) => voice.say(Screen::NewIn {
            seconds: format!("{:>2}", remaining.as_millis().div_ceil(1000)),
        }),
        None => String::new(),
    }
}
