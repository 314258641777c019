//! The lecturer's board.
//!
//! ```text
//!  CS101  Introduction to Programming            09:00 - 11:00, Room 101
//!  31 present   4 late   24 absent   1 pending          ___.:|:._    [QR]
//!  [all] [absent] [late] [flagged] [below 75 %]   search             K7M 2QX
//!  NUMBER        NAME              MARK     TIME   SO FAR  FLAGS
//!  ADM/2026/001  Brian Mutua       present  09:03  ====-   shared device
//! ```

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::chrome::{Chrome, document, status};
use crate::domain::{
    AdmissionNumber, Band, Channel, Code, Flag, Mark, RosterLine, Session, SessionState, Standing,
    Totals,
};
use crate::services::{Arrivals, LiveBoard};
use crate::web::percent;
use crate::words::{AdminText, BoardText, HistoryText, Label, Message, StaffText, Voice};

/// What a board's page shows.
pub struct BoardPage<'a> {
    /// The session's board as it is now.
    pub board: &'a LiveBoard,
    /// What is needed to sit the exam, in percent.
    pub required_percent: u32,
    /// The base of the address for phones.
    pub address: Option<String>,
    /// Whether check-ins are taken, or will be.
    pub is_open: bool,
}

/// The list of boards.
pub fn boards(chrome: &Chrome, sessions: &[Session]) -> Markup {
    let content = html! {
        h1 { (chrome.voice.say(StaffText::Boards)) }
        @if sessions.is_empty() {
            p.empty { (chrome.voice.say(BoardText::NoLectures)) }
        } @else {
            div.scroll tabindex="0" role="region" aria-label=(chrome.voice.say(BoardText::Lectures)) {
                table {
                    thead { tr { @for head in [Label::Unit, Label::Date, Label::Time, Label::Venue, Label::State] { th scope="col" { (chrome.voice.say(head)) } } } }
                    tbody {
                        @for session in sessions {
                            tr {
                                th scope="row" { a href=(path_of(session)) { (session.unit_code) } " " bdi { (session.unit_name) } }
                                td { (chrome.voice.date(session.starts_at)) }
                                td.slot { (session.time_slot(chrome.voice.zone)) }
                                td { bdi { (session.venue.as_str()) } }
                                td { (state(session.state, chrome.voice)) }
                            }
                        }
                    }
                }
            }
        }
    };
    chrome.section(StaffText::Boards, &content)
}

/// The board of one session.
pub fn board(chrome: &Chrome, page: &BoardPage<'_>) -> Markup {
    let roster = &page.board.roster;
    let session = &roster.session;
    let content = html! {
        div.lecture data-live="board" data-events=(format!("/api/sessions/{}/events", session.id)) data-words=(words(chrome.voice)) {
            div.lead {
                (heading(session, chrome.voice))
                (totals(chrome.voice, roster.totals))
                (chart(chrome.voice, &page.board.arrivals))
                p.status { (status(chrome.voice, &path_of(session))) }
            }
            aside.code aria-label=(chrome.voice.say(BoardText::CheckInCode)) {
                (code(chrome.voice, session, page))
                @if page.is_open && session.state == SessionState::Open {
                    details {
                        summary { (chrome.voice.say(BoardText::Close)) }
                        form method="post" action=(format!("/board/{}/close", session.id)) {
                            (chrome.key())
                            p { (chrome.voice.say(BoardText::CloseHint)) }
                            button.danger { (chrome.voice.say(BoardText::CloseNow)) }
                        }
                    }
                }
            }
        }
        (sieve(chrome.voice, page.required_percent))
        div.scroll tabindex="0" role="region" aria-label=(chrome.voice.say(BoardText::Roster)) {
            table.roster {
                thead { tr { @for head in [Label::Number, Label::Name, Label::Mark, Label::Time, Label::SoFar, Label::Flags] { th scope="col" { (chrome.voice.say(head)) } } } }
                tbody data-roster { @for line in &roster.lines { (row(session, Some((line, chrome.voice)))) } }
            }
        }
        p.empty data-empty hidden[!roster.lines.is_empty()] { (chrome.voice.say(AdminText::NoMatchingStudents)) }
        p.soft {
            (chrome.voice.say(BoardText::TakeAway))
            @for (list, name) in [("session", BoardText::ListOfLecture), ("unit", BoardText::ListOfUnit), ("exam", BoardText::ListOfExam)] {
                @let name = chrome.voice.say(name);
                (name) (chrome.voice.say(BoardText::As))
                @for form in ["xlsx", "csv", "json"] {
                    a href=(format!("{}/export/{list}.{form}", path_of(session))) aria-label=(format!("{form}, {name}")) { (form) } " "
                }
            }
        }
        details {
            summary { (chrome.voice.say(BoardText::MarkByHand)) }
            form.card.stack method="post" action=(format!("{}/student", path_of(session))) {
                (chrome.key())
                div.field { label for="number" { (chrome.voice.say(Label::AdmissionNumber)) }
                    input #number name="number" required autocapitalize="characters" autocomplete="off" spellcheck="false"; }
                div.field { label for="name" { (chrome.voice.say(Label::FullName)) span.hint { (chrome.voice.say(BoardText::OnlyIfUnknown)) } }
                    input #name name="name" autocomplete="off"; }
                div.actions { button name="do" value="mark" { (chrome.voice.say(HistoryText::MarkPresent)) } button.quiet name="do" value="late" { (chrome.voice.say(HistoryText::MarkLate)) } }
            }
        }
        template data-row { (row(session, None)) }
    };
    chrome.page(StaffText::Boards, &session.unit_code.to_string(), &content)
}

/// The code for the projector: as large as it goes, and no name.
pub fn screen(kiosk_name: &str, page: &BoardPage<'_>, voice: Voice) -> Markup {
    let session = &page.board.roster.session;
    document(
        kiosk_name,
        &session.unit_code.to_string(),
        voice,
        &html! {
            main.screen data-live="board" data-events=(format!("/api/sessions/{}/events", session.id)) data-words=(words(voice)) {
                (heading(session, voice))
                (code(voice, session, page))
                (totals(voice, page.board.roster.totals))
                p.status { (status(voice, &format!("{}/screen", path_of(session)))) " "
                    a href=(path_of(session)) { (voice.say(BoardText::Back)) } }
            }
        },
    )
}

/// What the script writes into the board, by the words of the API.
fn words(voice: Voice) -> String {
    let mut words: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
    let mut add = |kind, word, text| words.entry(kind).or_default().insert(word, text);
    for mark in Mark::ALL {
        add("mark", mark.as_str(), voice.say(mark));
    }
    for channel in Channel::ALL {
        add("channel", channel.as_str(), voice.say(channel));
    }
    for flag in Flag::ALL {
        add("flag", flag.as_str(), voice.say(flag));
    }
    for state in SessionState::ALL {
        add("state", state.as_str(), voice.say(state));
    }
    serde_json::json!(words).to_string()
}

/// The page of one student in a session.
pub fn student_path(session: &Session, number: &AdmissionNumber) -> String {
    let number = percent::encode(number.as_str());
    format!("{}/student?number={number}", path_of(session))
}

/// The path of a session's board.
pub fn path_of(session: &Session) -> String {
    format!("/board/{}", session.id)
}

fn heading(session: &Session, voice: Voice) -> Markup {
    html! {
        p.unit { (session.unit_code) " · " span data-field="state" { (voice.say(session.state)) } }
        h1 { bdi { (session.unit_name) } }
        p.soft {
            (voice.date(session.starts_at)) ", " span.slot { (session.time_slot(voice.zone)) }
            @if !session.venue.as_str().is_empty() { ", " bdi { (session.venue.as_str()) } }
            " · " bdi { (session.lecturer_name) }
        }
    }
}

fn totals(voice: Voice, totals: Totals) -> Markup {
    let figures: [(_, Message, _, _); 5] = [
        ("present", Mark::Present.into(), totals.present, "calm"),
        ("late", Mark::Late.into(), totals.late, "amber"),
        ("absent", Mark::Absent.into(), totals.absent, "red"),
        ("pending", Mark::Pending.into(), totals.pending, "amber"),
        ("enrolled", BoardText::Enrolled.into(), totals.enrolled, ""),
    ];
    html! {
        dl.totals {
            @for (name, text, count, tone) in figures {
                div class=(tone) { dt { (voice.say(text)) } dd data-total=(name) { (count) } }
            }
        }
    }
}

/// Bars of check-ins by time. The script draws them again from the same numbers.
fn chart(voice: Voice, arrivals: &Arrivals) -> Markup {
    let most = arrivals
        .counts
        .iter()
        .copied()
        .max()
        .unwrap_or_default()
        .max(1);
    let label = voice.say(BoardText::Chart {
        minutes: arrivals.step_minutes,
    });
    html! {
        svg.chart data-chart viewBox=(format!("0 0 {} 24", arrivals.counts.len() * 4)) preserveAspectRatio="none"
            role="img" aria-label=(label) {
            @for (at, count) in arrivals.counts.iter().enumerate() {
                @let height = f64::from(*count) * 24.0 / f64::from(most);
                rect x=(at * 4) y=(format!("{:.1}", 24.0 - height)) width="3" height=(format!("{height:.1}")) {}
            }
        }
    }
}

fn code(voice: Voice, session: &Session, page: &BoardPage<'_>) -> Markup {
    let shown = page.board.code.zip(page.address.as_ref());
    let src = format!("/board/{}/qr.svg", session.id);
    html! {
        div.qr data-code-box hidden[shown.is_none()] data-qr=(src) {
            @if let Some((code, _)) = shown {
                a href=(format!("/board/{}/screen", session.id)) {
                    img data-qr-image alt=(voice.say(BoardText::QrAlternative)) src=(format!("{src}?{code}"));
                }
            } @else {
                a href=(format!("/board/{}/screen", session.id)) { img data-qr-image alt=(voice.say(BoardText::QrAlternative)); }
            }
            p.typed { span data-code { (shown.map(|(code, _)| Code::grouped(&code)).unwrap_or_default()) } }
            @if let Some(address) = &page.address { p.soft { (voice.say(BoardText::ScanOrType)) span.slot { (address) } } }
        }
        p.soft data-no-code hidden[shown.is_some()] { (voice.say(BoardText::NoCode)) }
    }
}

/// The filters work in the browser; without the script they are not shown.
fn sieve(voice: Voice, required_percent: u32) -> Markup {
    let percent = required_percent;
    let filters: [(_, Message); 6] = [
        ("all", BoardText::Everybody.into()),
        ("absent", Mark::Absent.into()),
        ("late", Mark::Late.into()),
        ("pending", Mark::Pending.into()),
        ("flagged", BoardText::Flagged.into()),
        ("below", BoardText::BelowPercent { percent }.into()),
    ];
    // The script puts the counts in.
    let shown = voice.say(BoardText::Shown {
        n: "{n}",
        all: "{all}",
    });
    html! {
        form.sieve data-sieve hidden role="search" {
            fieldset {
                legend { (voice.say(BoardText::Show)) }
                @for (value, name) in filters {
                    label { input type="radio" name="show" value=(value) checked[value == "all"]; span { (voice.say(name)) } }
                }
            }
            label { span { (voice.say(BoardText::Search)) } input type="search" name="q" placeholder=(voice.say(BoardText::NumberOrName)) autocomplete="off"; }
            p.soft role="status" data-shown=(shown) {}
        }
    }
}

/// One student, or the mould from which the script casts rows.
fn row(session: &Session, line: Option<(&RosterLine, Voice)>) -> Markup {
    let shown = line.map(|(line, _)| line);
    let mark = shown.map(|line| line.mark);
    html! {
        tr data-mark=[mark.map(Mark::as_str)] {
            th scope="row" {
                @match shown {
                    Some(line) => a data-field="number" href=(student_path(session, &line.admission_number)) { (line.admission_number) },
                    None => a data-field="number" href=(path_of(session)) {},
                }
            }
            td { bdi data-field="name" { @if let Some(name) = shown.and_then(|line| line.name.as_ref()) { (name) } } }
            td { span.mark data-field="mark" { @if let Some((line, voice)) = line { (voice.say(line.mark)) } } }
            td.slot data-field="time" { @if let Some((line, voice)) = line { (time(line, voice)) } }
            td { (share(shown.map(|line| &line.standing))) }
            td data-field="flags" { @if let Some((line, voice)) = line { (voice.flags(line.flags)) } }
        }
    }
}

fn time(line: &RosterLine, voice: Voice) -> String {
    let Some(at) = line.at else {
        return String::new();
    };
    let how = line
        .channel
        .map(|channel| voice.say(channel))
        .unwrap_or_default();
    format!("{} {how}", voice.zone.hour_minute(at))
}

fn share(standing: Option<&Standing>) -> Markup {
    let width = standing.map_or(0.0, |standing| standing.so_far.as_f64());
    let band = standing.map_or("none_held", |standing| band(standing.band));
    html! {
        span.share data-field="band" data-band=(band) {
            svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
                rect.track width="100" height="8" {} rect.done data-field="bar" width=(width) height="8" {}
            }
            span data-field="so_far" { @if let Some(standing) = standing { (standing.so_far) " %" } }
        }
    }
}

fn band(band: Band) -> &'static str {
    match band {
        Band::NoneHeld => "none_held",
        Band::Good => "good",
        Band::Warning => "warning",
        Band::Below => "below",
    }
}

fn state(state: SessionState, voice: Voice) -> Markup {
    html! { span.mark data-state=(state.as_str()) { (voice.say(state)) } }
}
