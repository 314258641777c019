//! The form behind a scanned code: `GET` opens it, `POST` checks in.

use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request as HttpRequest, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

use super::body::Fields;
use super::echo::echo;
use super::pages::{self, AttendForm, Field, Next, Notice, Repeat, Sign};
use super::problem::{Answer, Problem, status_of};
use super::visitor::Visitor;
use super::{Web, cookies, percent};
use crate::domain::{Channel, CheckInAnswer, Code, Receipt, Refusal, Session};
use crate::services::{CodeAnswer, Entrance, Request};
use crate::words::Page as PageText;

/// A repeat within this time is a second tap or a reload, not a student who forgot.
const MOMENTS: Duration = Duration::from_secs(60);

type CodeInPath = Result<Path<String>, PathRejection>;

/// `GET /A/{code}`: the form, with a ticket from now on.
pub async fn open(State(web): State<Web>, visitor: Visitor, code: CodeInPath) -> Answer {
    // A path that is not text is no code.
    let code = code.map(|Path(code)| code).unwrap_or_default();
    if web.check_or_suspect(&visitor)? {
        web.check_live(&visitor, &code, "").await?;
    }
    let (code, session) = match web.find_code(&code).await {
        Ok((code, CodeAnswer::Live(session))) => (code, session),
        Ok((_, CodeAnswer::Expired(_))) => return Err(Problem::refused(&Refusal::CodeExpired)),
        Err(refusal) => {
            if refusal == Refusal::UnknownCode {
                // Guessing is counted; an honest phone that scanned a live code never is.
                web.rates.count_wrong_code(visitor.address);
                web.check_device_rate(&visitor)?;
                let typed = Field::holding(code.chars().take(Code::CHARS * 2).collect::<String>());
                return Err(Problem::refused(&refusal).then(Next::TypeTheCode(typed)));
            }
            return Err(Problem::refused(&refusal));
        }
    };
    let mut headers = HeaderMap::new();
    let device = visitor.device.unwrap_or_else(|| {
        let device = web.services.desk.new_device();
        let cookie = web.services.desk.device_cookie(device);
        web.set_cookie(&mut headers, cookies::DEVICE, &cookie);
        device
    });
    let ticket = web
        .services
        .desk
        .issue_ticket(session.id, Some(device))
        .await;
    let number = visitor.number.map(|number| number.to_string());
    let form = AttendForm {
        code,
        new_code: None,
        is_remembered: number.is_some(),
        number: Field::holding(number.unwrap_or_default()),
        insist: String::new(),
        name: Field::default(),
        ticket: ticket.map_err(|refusal| Problem::refused(&refusal))?,
    };
    Ok((headers, page(&web, &session, &form)).into_response())
}

/// `POST /A/{code}`: checks in. Sending it twice does no harm.
pub async fn send(
    State(web): State<Web>,
    visitor: Visitor,
    code: CodeInPath,
    request: HttpRequest,
) -> Answer {
    let code = code.map(|Path(code)| code).unwrap_or_default();
    web.check_device_rate(&visitor)?;
    let is_suspected = web.check_or_suspect(&visitor)?;
    let sent = Sent::receive(&web, code, request).await?;
    if is_suspected {
        web.check_live(&visitor, sent.newest_code(), &sent.ticket)
            .await?;
    }
    let request = Request {
        admission_number: sent.number.clone(),
        student_name: sent.name.clone(),
        insists: !sent.insist.is_empty() && sent.insist == sent.number,
        entrance: Entrance::Form {
            code: sent.newest_code().to_owned(),
            ticket: sent.ticket.clone(),
        },
        channel: Channel::Phone,
        device: visitor.device,
    };
    let answer = web.check_in(&visitor, request).await;
    let ticket = async |receipt: &Receipt| {
        let desk = &web.services.desk;
        let ticket = desk.ticket_of(&sent.ticket, receipt.session.id, visitor.device);
        // The check-in is recorded: without a ticket it cannot be taken back.
        ticket.await.unwrap_or_default()
    };
    match answer {
        Ok(CheckInAnswer::Recorded(receipt)) => {
            let repeat = Repeat::First(ticket(&receipt).await);
            Ok(result(&web, &receipt, &repeat))
        }
        Ok(CheckInAnswer::AlreadyMarked(receipt)) => {
            let is_recent = web.services.desk.now().since(receipt.checked_in_at) <= MOMENTS;
            let repeat = if is_recent {
                Repeat::MomentsAgo(ticket(&receipt).await)
            } else {
                Repeat::Earlier
            };
            Ok(result(&web, &receipt, &repeat))
        }
        Ok(CheckInAnswer::MarkedElsewhere(receipt)) => Ok(elsewhere(&web, &receipt)),
        Ok(CheckInAnswer::TakenBack(receipt)) => Ok(taken_back(&web, &receipt)),
        Err(refusal) => form_again(&web, &sent, &refusal).await,
    }
}

/// `POST /check-ins/{attendance_id}/take-back`: "not me", from the page of the result.
pub async fn not_me(
    State(web): State<Web>,
    visitor: Visitor,
    id: Result<Path<Uuid>, PathRejection>,
    request: HttpRequest,
) -> Answer {
    web.check_rates(&visitor)?;
    let Path(id) = id.map_err(|_| Problem::not_found())?;
    let ticket = Fields::receive(request, &web.limits).await?.one("ticket")?;
    let desk = &web.services.desk;
    match desk.take_back_on_phone(id, &ticket, visitor.device).await {
        Ok(answer) => {
            let (CheckInAnswer::TakenBack(receipt)
            | CheckInAnswer::Recorded(receipt)
            | CheckInAnswer::AlreadyMarked(receipt)
            | CheckInAnswer::MarkedElsewhere(receipt)) = answer;
            Ok(taken_back(&web, &receipt))
        }
        Err(refusal) => Err(Problem::refused(&refusal)),
    }
}

/// The page of a repeat that may be another student's: when, and neither whose nor figures.
fn elsewhere(web: &Web, receipt: &Receipt) -> Response {
    let voice = web.voice();
    let time = voice.time(receipt.checked_in_at);
    let notice = Notice {
        sign: Sign::Done,
        title: voice.say(PageText::Already),
        advice: voice.say(PageText::AlreadyElsewhere { time }),
        next: Next::Nothing,
    };
    let page = pages::notice(&web.services.desk.policy().kiosk_name, &notice, voice);
    page.into_response()
}

/// The page after "not me". The number that was typed is not remembered any more.
fn taken_back(web: &Web, receipt: &Receipt) -> Response {
    let voice = web.voice();
    let number = receipt.student.admission_number.to_string();
    let notice = Notice {
        sign: Sign::Done,
        title: voice.say(PageText::TakenBack),
        advice: voice.say(PageText::TakenBackAdvice { number }),
        next: Next::Start,
    };
    let mut headers = HeaderMap::new();
    web.set_cookie(&mut headers, cookies::NUMBER, "");
    let page = pages::notice(&web.services.desk.policy().kiosk_name, &notice, voice);
    (StatusCode::OK, headers, page).into_response()
}

/// What the form sent, raw.
struct Sent {
    code: String,
    new_code: String,
    number: String,
    name: String,
    ticket: String,
    /// The number that is meant as it is.
    insist: String,
}

impl Sent {
    async fn receive(web: &Web, code: String, request: HttpRequest) -> Answer<Self> {
        let mut fields = Fields::receive(request, &web.limits).await?;
        Ok(Self {
            code,
            new_code: fields.one("code")?,
            number: fields.one("admission_number")?,
            name: fields.one("student_name")?,
            ticket: fields.one("ticket")?,
            insist: fields.one("insist")?,
        })
    }

    /// The code in the address, unless a newer one was typed into the form.
    fn newest_code(&self) -> &str {
        match self.new_code.trim() {
            "" => &self.code,
            typed => typed,
        }
    }
}

/// The page of a refusal: where more typing can help, the form with all that was typed.
async fn form_again(web: &Web, sent: &Sent, refusal: &Refusal) -> Answer {
    let complaint = || Some(web.voice().explain(refusal).sentence());
    let mut number = Field::holding(echo(&sent.number));
    let mut name = Field::holding(echo(&sent.name));
    let mut new_code = None;
    match refusal {
        Refusal::InvalidNumber(_) | Refusal::UnknownStudent => number.error = complaint(),
        Refusal::InvalidName(_) | Refusal::NameNeeded => name.error = complaint(),
        Refusal::CodeExpired | Refusal::UnknownCode => {
            new_code = Some(Field {
                text: echo(&sent.new_code),
                error: complaint(),
            });
        }
        Refusal::NearNumber { .. } => {
            new_code = (!sent.new_code.is_empty()).then(|| Field::holding(echo(&sent.new_code)));
        }
        _ => return Err(Problem::refused(refusal)),
    }
    // The ticket that came stays good for as long as it was; it is not renewed by trying.
    let found = web.find_code(&sent.code).await;
    let (code, found) = found.map_err(|refusal| Problem::refused(&refusal))?;
    let (CodeAnswer::Live(session) | CodeAnswer::Expired(session)) = found;
    let form = AttendForm {
        code,
        new_code,
        number,
        is_remembered: false,
        insist: echo(&sent.insist),
        name,
        ticket: echo(&sent.ticket),
    };
    if let Refusal::NearNumber { suggestion } = refusal {
        let name = &web.services.desk.policy().kiosk_name;
        let page = pages::near_number(name, &form, suggestion, web.voice());
        return Ok((status_of(refusal), page).into_response());
    }
    Ok((status_of(refusal), page(web, &session, &form)).into_response())
}

fn page(web: &Web, session: &Session, form: &AttendForm) -> maud::Markup {
    let policy = web.services.desk.policy();
    pages::attend_form(
        &policy.kiosk_name,
        session,
        web.voice(),
        policy.unknown_students,
        form,
    )
}

fn result(web: &Web, receipt: &Receipt, repeat: &Repeat) -> Response {
    let policy = web.services.desk.policy();
    let mut headers = HeaderMap::new();
    let number = percent::encode(receipt.student.admission_number.as_str()).to_string();
    web.set_cookie(&mut headers, cookies::NUMBER, &number);
    let page = pages::result(&policy.kiosk_name, receipt, repeat, web.voice());
    (StatusCode::OK, headers, page).into_response()
}

impl Web {
    /// A code as it is spelt on the screen, and what it opens.
    async fn find_code(&self, code: &str) -> Result<(Code, CodeAnswer), Refusal> {
        let code = Code::parse(code).map_err(|_| Refusal::UnknownCode)?;
        let found = self.services.desk.find_code(code.as_str()).await?;
        Ok((code, found))
    }

    fn set_cookie(&self, headers: &mut HeaderMap, name: &str, value: &str) {
        if let Some(cookie) = cookies::set(name, value, self.settings.is_https) {
            headers.append(SET_COOKIE, cookie);
        }
    }
}
