//! The status line at the bottom.
//!
//! ```text
//!  Firestore ok · Portal offline, 3 waiting              F10 Staff   09:05:28
//! ```

use ratatui::layout::Rect;

use crate::domain::RemoteStatus;
use crate::services::RemoteSnapshot;
use crate::tui::draw::{Canvas, inset, shifted, without_right};
use crate::tui::model::Model;
use crate::tui::theme::Role;
use crate::words::{Screen, Voice};

pub(super) fn draw(canvas: &mut Canvas, row: Rect, model: &Model) {
    let [bar, strong] = [Role::Bar, Role::BarStrong].map(|role| canvas.theme.role(role));
    canvas.fill(row, bar);
    let row = inset(row, 1, 0);

    let clock = model.site.voice.zone.clock(model.now);
    let used = canvas.right(row, &clock, strong);
    let row = without_right(row, used + 3);
    let used = canvas.right(row, &model.site.voice.say(Screen::StaffKey), bar);
    let mut rest = without_right(row, used + 2);

    for (index, (text, needs_attention)) in parts(model).into_iter().enumerate() {
        let text = if index == 0 {
            text
        } else {
            format!(" · {text}")
        };
        // A part that does not fit is left out: cut, it could mean something else.
        if index > 0 && canvas.width_of(&text) > rest.width {
            continue;
        }
        let used = canvas.left(rest, &text, if needs_attention { strong } else { bar });
        rest = shifted(rest, used);
    }
}

/// The parts of the line, the most important first, each with whether it needs attention.
fn parts(model: &Model) -> Vec<(String, bool)> {
    let voice = model.site.voice;
    let mut parts = Vec::new();
    if let Some(hint) = &model.hint {
        parts.push((hint.text.clone(), true));
    }
    if let Some(demo) = &model.site.demo {
        parts.push((
            voice.say(Screen::Demo {
                staff_id: demo.staff_id.clone(),
                pin: demo.pin.clone(),
            }),
            true,
        ));
    }
    if model.snapshot.fault.is_some() {
        parts.push((voice.say(Screen::Fault), true));
    }
    if model.snapshot.clock_not_set {
        parts.push((voice.say(Screen::ClockNotSet), true));
    }
    let remotes = &model.snapshot.remotes;
    parts.extend(
        remotes
            .iter()
            .filter_map(|snapshot| remote(snapshot, voice)),
    );
    parts.push(match &model.snapshot.address {
        Some(address) => (address.clone(), false),
        None => (voice.say(Screen::NoNetworkAddress), true),
    });
    // Parts that need attention come first.
    parts.sort_by_key(|(_, needs_attention)| !needs_attention);
    parts
}

/// A remote, and whether it needs attention; `None` when it is not used.
fn remote(remote: &RemoteSnapshot, voice: Voice) -> Option<(String, bool)> {
    let (state, needs_attention) = match remote.status {
        RemoteStatus::Off => return None,
        RemoteStatus::Unknown => ("...".to_owned(), false),
        RemoteStatus::Connected => (voice.say(Screen::RemoteOk), false),
        RemoteStatus::Unreachable { .. } | RemoteStatus::Unauthorized { .. } => {
            (voice.say(&remote.status), true)
        }
    };
    let counts = remote.counts;
    let mut text = format!("{} {state}", voice.say(remote.target));
    for (n, count) in [
        (counts.waiting, Screen::Waiting { n: counts.waiting }),
        (counts.parked, Screen::Refused { n: counts.parked }),
    ] {
        if n > 0 {
            text = format!("{text}, {}", voice.say(count));
        }
    }
    Some((text, needs_attention || counts.parked > 0))
}
