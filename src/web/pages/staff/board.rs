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
use super::lecture;
use super::parts::downloads;
use super::paths::{path_of, student_path, unit_path};
use crate::domain::{
    AttendanceStatus, Channel, Code, Flag, Percent, RosterLine, Session, SessionState, Standing,
    TimetableEntry, Totals, Unit,
};
use crate::services::{Arrivals, LiveBoard};
use crate::words::{
    AdminText, BoardText, EditText, HistoryText, Label, Message, StaffText, UnitText, Voice,
};

/// What a board's page shows.
pub struct BoardPage<'a> {
    /// The session's board as it is now.
    pub board: &'a LiveBoard,
    /// The base of the address for phones.
    pub address: Option<String>,
    /// Whether check-ins are taken, or will be.
    pub is_open: bool,
}

/// The list of boards.
pub fn boards(
    chrome: &Chrome,
    today: &[TimetableEntry],
    sessions: &[Session],
    units: &[Unit],
) -> Markup {
    let units = units.iter().filter(|unit| !unit.retired);
    let content = html! {
        h1 { (chrome.voice.say(StaffText::Boards)) }
        p { (chrome.voice.say(StaffText::Units)) ": " @for unit in units { a href=(unit_path(&unit.code)) { (unit.code) } " " } }
        @if !today.is_empty() { (lecture::today(chrome, today)) h2 { (chrome.voice.say(BoardText::Lectures)) } }
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
    let lists = [
        ("session", BoardText::ListOfLecture),
        ("unit", BoardText::ListOfUnit),
        ("exam", BoardText::ListOfExam),
    ];
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
        (sieve(chrome.voice, roster.policy.required_percent))
        div.scroll tabindex="0" role="region" aria-label=(chrome.voice.say(BoardText::Roster)) {
            table.roster {
                thead { tr { @for head in [Label::Number, Label::Name, Label::Mark, Label::Time, Label::SoFar, Label::Flags] { th scope="col" { (chrome.voice.say(head)) } } } }
                tbody data-roster { @for line in &roster.lines { (row(session, Some((line, chrome.voice)))) } }
            }
        }
        p.empty data-empty hidden[!roster.lines.is_empty()] { (chrome.voice.say(AdminText::NoMatchingStudents)) }
        p { a href=(format!("/lectures/{}", session.id)) { (chrome.voice.say(EditText::ToLecture)) } }
        p { a href=(unit_path(&session.unit_code)) { (chrome.voice.say(UnitText::ToUnit { unit: session.unit_code.to_string() })) } }
        p.soft { (downloads(chrome.voice, lists, |file| format!("{}/export/{file}", path_of(session)))) }
        p { a href=(format!("{}/numbers", path_of(session))) { (chrome.voice.say(BoardText::PaperList)) } }
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
    for status in AttendanceStatus::ALL {
        add("mark", status.as_str(), voice.say(status));
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
    use AttendanceStatus as Status;
    // The first three and the last are always there; of the others those that are not zero.
    let figures: [(_, Message, _, _, _); 10] = [
        (
            "present",
            Status::Present.into(),
            totals.present,
            "calm",
            true,
        ),
        ("late", Status::Late.into(), totals.late, "amber", true),
        ("absent", Status::Absent.into(), totals.absent, "red", false),
        ("not_yet", Status::NotYet.into(), totals.not_yet, "", false),
        ("excused", Status::Excused.into(), totals.excused, "", false),
        (
            "pending",
            Status::Pending.into(),
            totals.pending,
            "amber",
            false,
        ),
        ("removed", Status::Removed.into(), totals.removed, "", false),
        (
            "unknown",
            Status::Unknown.into(),
            totals.unknown,
            "amber",
            false,
        ),
        ("guests", BoardText::Guests.into(), totals.guests, "", false),
        (
            "enrolled",
            BoardText::Enrolled.into(),
            totals.expected,
            "",
            true,
        ),
    ];
    html! {
        dl.totals {
            @for (name, text, count, tone, is_always) in figures {
                div class=(tone) hidden[count == 0 && !is_always] { dt { (voice.say(text)) } dd data-total=(name) { (count) } }
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
fn sieve(voice: Voice, required: Percent) -> Markup {
    let percent = required.to_string();
    let filters: [(_, Message); 6] = [
        ("all", BoardText::Everybody.into()),
        ("absent", AttendanceStatus::Absent.into()),
        ("late", AttendanceStatus::Late.into()),
        ("pending", AttendanceStatus::Pending.into()),
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
    let status = shown.map(|line| line.status);
    html! {
        tr data-mark=[status.map(AttendanceStatus::as_str)] data-guest=[shown.filter(|line| line.is_guest).map(|_| "")] {
            th scope="row" {
                @match shown {
                    Some(line) => a data-field="number" href=(student_path(session, &line.admission_number)) { (line.admission_number) },
                    None => a data-field="number" href=(path_of(session)) {},
                }
            }
            td { bdi data-field="name" { @if let Some(name) = shown.and_then(|line| line.name.as_ref()) { (name) } } }
            td { span.mark data-field="mark" { @if let Some((line, voice)) = line { (voice.say(line.status)) } } }
            td.slot data-field="time" { @if let Some((line, voice)) = line { (time(line, voice)) } }
            td { (share(shown.and_then(|line| line.standing.as_ref()))) }
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
    let so_far = standing.and_then(|standing| standing.so_far);
    let width = so_far.unwrap_or_default().as_f64();
    let band = standing.map_or("none_held", |standing| standing.band.as_str());
    html! {
        span.share data-field="band" data-band=(band) {
            svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" {
                rect.track width="100" height="8" {} rect.done data-field="bar" width=(width) height="8" {}
            }
            span data-field="so_far" { @if let Some(standing) = standing { (standing.credit) "/" (standing.held) } }
        }
    }
}

fn state(state: SessionState, voice: Voice) -> Markup {
    html! { span.mark data-state=(state.as_str()) { (voice.say(state)) } }
}
