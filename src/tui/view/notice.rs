//! What is shown when no session is open, or nothing can be shown.
//!
//! ```text
//!               ███   ███      ███  █████
//!              ██ ██ ██ ██ ██ ██ ██ ██
//!              ██ ██  ████    ██ ██ ████
//!              ██ ██    ██ ██ ██ ██    ██
//!               ███   ███      ███  ████
//!
//!                No lecture is open
//!   Please ask your lecturer to open the lecture.
//! ```

use ratatui::layout::{Rect, Size};

use crate::tui::big;
use crate::tui::draw::{Canvas, below, inset, middle, top};
use crate::tui::model::Model;
use crate::tui::theme::{Role, Tone};
use crate::words::{Screen, Voice};

/// A sentence over as many rows as it needs.
pub(super) fn too_small(canvas: &mut Canvas, area: Rect, least: Size, voice: Voice) {
    let text = voice.say(Screen::TooSmall {
        have: format!("{}x{}", area.width, area.height),
        need: format!("{}x{}", least.width, least.height),
    });
    let style = canvas.theme.role(Role::Strong);
    canvas.wrapped(area, &text, style);
}

/// The time, and whom to ask.
pub(super) fn no_session(canvas: &mut Canvas, area: Rect, model: &Model) {
    let [text, strong, quiet, accent] =
        [Role::Text, Role::Strong, Role::Quiet, Role::Accent].map(|role| canvas.theme.role(role));
    let zone = model.site.voice.zone;
    let area = below(inset(area, 2, 0), area.height.saturating_sub(13) / 2);
    let clock = zone.hour_minute(model.now);
    let mut rest = area;
    if rest.height >= 13 && canvas.big_centred(top(rest, big::HEIGHT), &clock, accent) {
        rest = below(rest, big::HEIGHT + 1);
    }
    canvas.centred(top(rest, 1), &model.site.voice.date(model.now), quiet);
    rest = below(rest, 2);
    let [what, who, how] = if model.snapshot.not_set_up {
        [Screen::NotSetUp, Screen::HowToSetUp, Screen::WhatNext]
    } else if model.snapshot.lecture_awaits_clock {
        [Screen::NoLecture, Screen::ClockNotSetYet, Screen::HowToOpen]
    } else {
        [Screen::NoLecture, Screen::AskLecturer, Screen::HowToOpen]
    }
    .map(|text| model.site.voice.say(text));
    canvas.centred(top(rest, 1), &what, strong);
    let used = canvas.wrapped_centred(below(rest, 1), &who, text);
    rest = below(rest, used + 2);
    let used = canvas.wrapped_centred(rest, &how, quiet);
    canvas.centred(top(below(rest, used + 1), 1), &model.site.name, quiet);
}

/// The whole screen in the colour of a failure, with a line for the technician.
pub(super) fn out_of_order(canvas: &mut Canvas, area: Rect, technician: Screen, voice: Voice) {
    let technician = voice.say(technician);
    let style = canvas.theme.tone(Tone::Bad);
    canvas.fill(area, style);
    let area = middle(inset(area, 2, 1), 76);
    let mut rest = below(area, area.height.saturating_sub(13) / 2);
    let heading = voice.say(Screen::OutOfOrder);
    if canvas.big_centred(top(rest, big::HEIGHT), &heading, style) {
        rest = below(rest, big::HEIGHT + 1);
    } else {
        canvas.centred(top(rest, 1), &heading, style);
        rest = below(rest, 2);
    }
    let used = canvas.wrapped_centred(rest, &voice.say(Screen::NothingRecorded), style);
    rest = below(rest, used + 1);
    let used = canvas.wrapped_centred(rest, &technician, style);
    rest = below(rest, used + 1);
    canvas.centred(top(rest, 1), &voice.say(Screen::Recovers), style);
}
