//! A percentage as a ring, drawn as SVG inside the page.
//!
//! ```text
//!     .-""-.
//!    /71.43 %\     the arc is filled clockwise from the top,
//!    \       /     and a notch stands where the required share is
//!     '-...-'
//! ```

use maud::{Markup, html};

use crate::domain::{Percent, Percentage};
use crate::words::{Page, Voice};

/// The ring; empty while nothing is held.
pub fn ring(share: Option<Percentage>, required: Percent, voice: Voice) -> Markup {
    // The path length is declared as 10 000, so that dashes are counted in hundredths of a percent.
    let filled = format!("{} 10000", share.unwrap_or_default().hundredths());
    let turn = format!("rotate({} 60 60)", required.as_f64() * 3.6);
    let percent = share.map(|share| share.to_string());
    let label = percent
        .clone()
        .map(|percent| voice.say(Page::RingLabel { percent }));
    html! {
        svg.ring viewBox="0 0 120 120" role="img" aria-label=[label] {
            circle.track cx="60" cy="60" r="52" {}
            circle.done cx="60" cy="60" r="52" pathLength="10000" stroke-dasharray=(filled)
                transform="rotate(-90 60 60)" {}
            line.notch x1="60" y1="2" x2="60" y2="14" transform=(turn) {}
            @if let Some(percent) = percent { text x="60" y="65.5" font-size="16" { (voice.say(Page::RingPercent { percent })) } }
        }
    }
}
