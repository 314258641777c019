//! What every page shares: the document, its style sheet, and the kiosk's name above the content.

use std::sync::LazyLock;

use data_encoding::BASE64;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::words::{Page, Voice};

const STYLE: &str = concat!(include_str!("palette.css"), include_str!("style.css"));

/// The colours, light and dark, which the staff pages share.
pub const PALETTE: &str = include_str!("palette.css");

/// The style sheet's hash as the content security policy names it: this style and no other.
pub static STYLE_HASH: LazyLock<String> =
    LazyLock::new(|| format!("sha256-{}", BASE64.encode(&Sha256::digest(STYLE))));

/// A tick on green. Inlined, because a browser would otherwise ask for `/favicon.ico`.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
    %3Crect width='16' height='16' rx='4' fill='%2317694a'/%3E\
    %3Cpath d='M4 8.5l3 3 5-6.5' fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E";

/// A whole page under the kiosk's name.
pub fn page(kiosk_name: &str, title: &str, content: &Markup, voice: Voice) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(voice.language.tag()) {
            head {
                (metadata())
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { bdi { (kiosk_name) } }
                main { (content) }
                footer { (voice.say(Page::Footer)) }
            }
        }
    }
}

/// What the head of every document says.
pub fn metadata() -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width,initial-scale=1";
        meta name="color-scheme" content="light dark";
        meta name="robots" content="noindex";
        // Telephone-number detection would turn admission numbers into links.
        meta name="format-detection" content="telephone=no";
        link rel="icon" href=(ICON);
    }
}
