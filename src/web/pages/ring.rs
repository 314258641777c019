//! A percentage as a ring, drawn as SVG inside the page.
//!
//! ```text
//!     .-""-.
//!    / 8.33 % \    the arc is filled clockwise from the top,
//!    \ of the /    and a notch stands where the required share is
//!     '-plan-'
//! ```

use maud::{Markup, html};

use crate::domain::Percentage;
use crate::words::{Page, Voice};

/// The ring; `required` is a whole percentage.
pub fn ring(share: Percentage, required: u32, voice: Voice) -> Markup {
    let required = required.min(100);
    // The path length is declared as 10 000, so that dashes are counted in hundredths of a percent.
    let filled = format!("{} 10000", share.hundredths());
    let turn = format!("rotate({} 60 60)", f64::from(required) * 3.6);
    let percent = share.to_string();
    let label = voice.say(Page::RingLabel {
        percent: percent.clone(),
    });
    html! {
        svg.ring viewBox="0 0 120 120" role="img" aria-label=(label) {
            circle.track cx="60" cy="60" r="52" {}
            circle.done cx="60" cy="60" r="52" pathLength="10000" stroke-dasharray=(filled)
                transform="rotate(-90 60 60)" {}
            line.notch x1="60" y1="2" x2="60" y2="14" transform=(turn) {}
            text x="60" y="63" font-size="20" { (voice.say(Page::SoFarPercent { percent })) }
            text.sub x="60" y="80" font-size="11" { (voice.say(Page::RingNote)) }
        }
    }
}
