//! The delivery monitor: what the remotes have not got yet, and retrying it (feature G3).
//!
//! ```text
//!  Firestore  connected     1,234 waiting, oldest 12 min       0 refused
//!             ████████████████░░░░░░░░░░  3,766 of 5,000   120 a second, 0:11 left
//!  Portal     offline       3 waiting, oldest 4 min            1 refused
//!             timed out
//!
//!   RECORDED          TO         WHO      NEXT TRY   TRIES  WHY
//! > Sun 09:04         Portal     ***017   in 0:12        3  timed out
//! ```

use std::time::Duration;

use ratatui::layout::{Position, Rect};

use super::choice::moved;
use super::page::{PageAction, PageContext, StaffPage};
use crate::domain::{DeliveryState, RemoteStatus, Timestamp};
use crate::services::RemoteSnapshot;
use crate::tui::draw::frame::{Frame, Help, Keys};
use crate::tui::draw::{Canvas, ListTable, below, cell, shifted, top};
use crate::tui::request::{DeliveryLine, ReadLimit, StaffAnswer, StaffRequest};
use crate::tui::stroke::Stroke;
use crate::tui::theme::Role;
use crate::words::{
    DeliveryText, Key, KeyHelp, KeyUse, Label, Message, Screen, StaffScreen, StaffText, Voice,
    countdown,
};

const KEYS: Keys = &[
    (Key::These("r"), KeyUse::RetryThis),
    (Key::These("R"), KeyUse::RetryAll),
    (Key::Escape, KeyUse::Back),
    (Key::UpDown, KeyUse::Choose),
    (Key::These("?"), KeyUse::Help),
];

const HELP: Help = (
    Message::StaffText(StaffText::Deliveries),
    &[
        (Key::EnterOr("r"), KeyHelp::Retry),
        (Key::These("R"), KeyHelp::RetryAll),
        (Key::None, KeyHelp::RetryByHand),
        (Key::Escape, KeyHelp::BackToMenu),
    ],
);

/// On a narrow screen the time and the attempts give way.
const TABLE: ListTable<6> = ListTable {
    heads: [
        Label::Recorded,
        Label::To,
        Label::Number,
        Label::NextTry,
        Label::Tries,
        Label::LastAnswer,
    ],
    wide: [11, 10, 16, 10, 6, u16::MAX],
    narrow: [0, 10, 9, 10, 0, u16::MAX],
};

/// The columns of the remotes' names.
const NAME: u16 = 11;

/// The deliveries that are waiting or parked, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryMonitor {
    /// The deliveries; `None` until they are read.
    lines: Option<Vec<DeliveryLine>>,
    /// The row that Enter retries.
    chosen: usize,
    limit: ReadLimit,
}

impl StaffPage for DeliveryMonitor {
    fn frame(&self, context: &PageContext) -> Frame {
        let n = self.lines.as_ref().map_or(0, Vec::len);
        let read = if self.limit.is_filled_by(n) {
            context.say(StaffScreen::PartRead { n })
        } else {
            String::new()
        };
        Frame::whole(context.say(StaffScreen::DeliveriesTitle), read, KEYS)
    }

    fn help(&self) -> Help {
        HELP
    }

    fn draw(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) -> Option<Position> {
        let mut rest = below(area, u16::from(area.height >= 12));
        let remotes = &context.snapshot.remotes;
        if remotes.is_empty() {
            let quiet = canvas.theme.role(Role::Quiet);
            canvas.wrapped(rest, &context.say(DeliveryText::NoRemotes), quiet);
            return None;
        }
        for remote in remotes {
            rest = below(
                rest,
                draw_remote(canvas, rest, context.now, context.site.voice, remote),
            );
        }
        rest = below(rest, u16::from(rest.height >= 6));
        self.draw_lines(canvas, rest, context);
        None
    }

    fn press(&mut self, stroke: Stroke, _: &PageContext) -> PageAction {
        let lines = self.lines.as_deref().unwrap_or_default();
        let count = lines.len();
        let at = self.chosen.min(count.saturating_sub(1));
        if let Some(to) = moved(stroke, at, count) {
            self.chosen = to;
            return if self.limit.grow_at_end(to, count) {
                PageAction::Refresh
            } else {
                PageAction::Stay
            };
        }
        match stroke {
            Stroke::Escape => PageAction::Back,
            Stroke::Enter | Stroke::Character('r') => {
                lines.get(at).map_or(PageAction::Stay, |line| {
                    PageAction::Request(StaffRequest::Retry(line.attendance_id, line.target))
                })
            }
            Stroke::Character('R') => PageAction::Request(StaffRequest::RetryAll),
            _ => PageAction::Stay,
        }
    }

    fn receive(&mut self, answer: StaffAnswer, _: &PageContext) -> Option<PageAction> {
        match answer {
            StaffAnswer::Deliveries(lines) => Some(PageAction::show(lines, |lines| {
                self.lines = Some(lines);
            })),
            _ => None,
        }
    }

    fn refresh(&self) -> Option<StaffRequest> {
        Some(StaffRequest::ListDeliveries(self.limit))
    }
}

impl DeliveryMonitor {
    fn draw_lines(&self, canvas: &mut Canvas, area: Rect, context: &PageContext) {
        let quiet = canvas.theme.role(Role::Quiet);
        match self.lines.as_deref() {
            None => {
                canvas.left(top(area, 1), &context.say(StaffScreen::Reading), quiet);
            }
            Some([]) => {
                canvas.wrapped(area, &context.say(DeliveryText::AllDelivered), quiet);
            }
            Some(lines) => {
                TABLE.draw(
                    canvas,
                    area,
                    context.site.voice,
                    lines,
                    self.chosen,
                    |line| cells(context, line),
                );
            }
        }
    }
}

/// Draws a remote in as many rows as it takes; returns these.
fn draw_remote(
    canvas: &mut Canvas,
    area: Rect,
    now: Timestamp,
    voice: Voice,
    remote: &RemoteSnapshot,
) -> u16 {
    let [text, strong] = [Role::Text, Role::Strong].map(|role| canvas.theme.role(role));
    let row = top(area, 1);
    canvas.left(row, &voice.say(remote.target), strong);
    let (role, error) = match &remote.status {
        RemoteStatus::Connected => (Role::Good, None),
        RemoteStatus::Off | RemoteStatus::Unknown => (Role::Quiet, None),
        RemoteStatus::Unreachable { error } => (Role::Warning, Some(error)),
        RemoteStatus::Unauthorized { error } => (Role::Bad, Some(error)),
    };
    let state = voice.say(&remote.status);
    let style = canvas.theme.role(role);
    let rest = cell(canvas, shifted(row, NAME), 15, &state, style);
    let waiting = undelivered(remote, now, voice);
    let inner = |used| shifted(below(area, used), NAME);
    let mut used = 1;
    if canvas.width_of(&waiting) <= rest.width {
        canvas.left(rest, &waiting, text);
    } else {
        canvas.left(top(inner(used), 1), &waiting, text);
        used += 1;
    }
    if let Some(error) = error {
        used += canvas.wrapped(top(inner(used), 2), error, style);
    }
    if remote.counts.waiting > 0 {
        let row = top(inner(used), 1);
        used += u16::from(draw_progress(canvas, row, now, voice, remote));
    }
    used
}

/// `3 waiting, oldest 4 min   1 refused`.
fn undelivered(remote: &RemoteSnapshot, now: Timestamp, voice: Voice) -> String {
    let counts = remote.counts;
    let waiting = voice.say(Screen::Waiting { n: counts.waiting });
    let waiting = match counts.oldest_waiting {
        Some(at) if counts.waiting > 0 => voice.say(StaffScreen::Oldest {
            waiting,
            age: voice.age(now.since(at)),
        }),
        _ => waiting,
    };
    let refused = voice.say(Screen::Refused { n: counts.parked });
    format!("{waiting}   {refused}")
}

/// Draws the bar of a queue that becomes shorter; `false` when it does not.
fn draw_progress(
    canvas: &mut Canvas,
    row: Rect,
    now: Timestamp,
    voice: Voice,
    remote: &RemoteSnapshot,
) -> bool {
    let drain = &remote.drain;
    let Some(per_second) = drain.per_second(now) else {
        return false;
    };
    let waiting = remote.counts.waiting;
    let whole = drain.whole();
    let left = Duration::from_secs(waiting.div_ceil(per_second.max(1)));
    let bar = Rect {
        width: row.width / 3,
        ..row
    };
    let as_parts = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let [good, line, quiet] =
        [Role::Good, Role::Line, Role::Quiet].map(|role| canvas.theme.role(role));
    canvas.bar(
        bar,
        &[(as_parts(drain.settled), good)],
        as_parts(whole),
        line,
    );
    let text = voice.say(StaffScreen::Progress {
        done: drain.settled,
        all: whole,
        per_second,
        left: countdown(left),
    });
    canvas.left(shifted(row, bar.width + 2), &text, quiet);
    true
}

fn cells(context: &PageContext, line: &DeliveryLine) -> [String; 6] {
    let (zone, now) = (context.site.voice.zone, context.now);
    // The worker holds it back for a while, so that it is sent with the right time.
    let waits_for_clock = context.snapshot.clock_not_set
        && line.clock_untrusted
        && line.state == DeliveryState::Waiting;
    let next = if line.state == DeliveryState::Parked {
        context.say(StaffScreen::Parked)
    } else if waits_for_clock {
        context.say(StaffScreen::Held)
    } else {
        let wait = line.next_attempt_at.since(now);
        if wait.is_zero() {
            context.say(DeliveryText::Now)
        } else {
            let countdown = countdown(wait);
            context.say(Screen::In { countdown })
        }
    };
    let made_at = line.checked_in_at;
    let is_today = zone.date(made_at) == zone.date(now);
    let at = if is_today {
        zone.hour_minute(made_at)
    } else {
        zone.date(made_at).to_string()
    };
    [
        at,
        context.site.voice.say(line.target),
        line.number.clone(),
        next,
        line.attempts.to_string(),
        line.last_error
            .clone()
            .or_else(|| waits_for_clock.then(|| context.say(StaffScreen::ClockNotSet)))
            .unwrap_or_default(),
    ]
}
