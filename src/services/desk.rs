//! The desk where students check in: one function for every door (feature A3).

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::policy::Policy;
use crate::clock::Clock;
use crate::domain::{
    Asker, Channel, CheckInAnswer, ClockStep, Code, CodeCheck, DeviceId, InvalidTicket,
    NotMeRefusal, PersonName, Phase, Reading, Receipt, Refusal, Routing, Session, SessionId,
    SessionKey, SigningKey, Ticket, Timestamp, TypedAs, Venue, Windows, Zone,
};
use crate::random;
use crate::store::{CodedSession, KioskKeys, NewCheckIn, NotMeAt, Store, StoreError};

/// Codes of sessions that ended longer ago are unknown: nobody types them any more.
const CODES_REMEMBERED: Duration = Duration::from_secs(2 * 3600);

/// Takes check-ins from every door.
#[derive(Debug, Clone)]
pub struct Desk {
    store: Store,
    clock: Clock,
    keys: KioskKeys,
    policy: Arc<Policy>,
}

/// A check-in as it comes through a door: raw text.
#[derive(Debug, Clone)]
pub struct Request {
    /// As typed or scanned.
    pub admission_number: String,
    /// As typed; empty when not given.
    pub student_name: String,
    /// Whether the number is meant as it is, though it resembles one of the list.
    pub insists: bool,
    /// How the session is known.
    pub entrance: Entrance,
    /// How it reached the kiosk.
    pub channel: Channel,
    /// The phone's browser, where it keeps cookies.
    pub device: Option<DeviceId>,
}

/// How a check-in names its session.
#[derive(Debug, Clone)]
pub enum Entrance {
    /// The session that this kiosk is showing, or the one whose list has the student.
    Current,
    /// The same, for the session that the screen showed when the number was typed.
    OnScreen(SessionId),
    /// A session by id, as staff, the shell or the student chose it.
    Session(SessionId),
    /// A code from the screen.
    Code(String),
    /// The phone's form: a ticket from when it was opened, or a code that is still live.
    Form {
        /// The code in the address.
        code: String,
        /// The ticket in the form's hidden field.
        ticket: String,
    },
}

/// What a code is good for.
#[derive(Debug, Clone)]
pub enum CodeAnswer {
    /// It opens this session's form.
    Live(Box<Session>),
    /// It was on the screen of this session, but no longer.
    Expired(Box<Session>),
}

impl Desk {
    /// A desk over a store, with a site's decisions.
    pub(super) fn new(store: Store, clock: Clock, keys: KioskKeys, policy: Arc<Policy>) -> Self {
        Self {
            store,
            clock,
            keys,
            policy,
        }
    }

    /// Checks a student in.
    ///
    /// # Errors
    /// [`Refusal`]: what fails is [`Refusal::OutOfOrder`] to a student.
    pub async fn check_in(&self, request: Request) -> Result<CheckInAnswer, Refusal> {
        Ok(self.try_check_in(request).await?)
    }

    async fn try_check_in(&self, request: Request) -> Result<CheckInAnswer, DeskError> {
        let read = self.clock.reading();
        let pattern = &self.policy.number_pattern;
        let read_number = pattern.read_any(&request.admission_number);
        let (admission_number, fits) = read_number.map_err(Refusal::InvalidNumber)?;
        let student_name = match request.student_name.trim() {
            "" => None,
            typed => Some(PersonName::parse(typed).map_err(Refusal::InvalidName)?),
        };
        let (session, routing) = self.session_of(&request, &read).await?;
        let typed_as = if self.was_shown(admission_number.as_str(), &read).await? {
            TypedAs::Code
        } else if fits {
            TypedAs::Number
        } else {
            TypedAs::OtherForm
        };
        let new = NewCheckIn {
            attendance_id: random::uuid(),
            session,
            routing,
            admission_number,
            student_name,
            insists: request.insists,
            typed_as,
            channel: request.channel,
            device: request
                .device
                .map(|device| (device, self.keys.signing_key.clone())),
            read,
        };
        Ok(self.store.check_in(new, self.policy.rules()).await??)
    }

    async fn session_of(
        &self,
        request: &Request,
        read: &Reading,
    ) -> Result<(SessionId, Routing), DeskError> {
        Ok(match &request.entrance {
            Entrance::Session(id) => (*id, Routing::Named),
            Entrance::OnScreen(id) => (*id, Routing::OnScreen),
            Entrance::Current => {
                let open = self.store.open_sessions().await?;
                let shown = current(&open, &self.policy.venue, read.at, self.policy.windows);
                let shown = shown.ok_or(Refusal::NoSession)?.session.id;
                (shown, Routing::OnScreen)
            }
            Entrance::Code(code) => (self.session_of_code(code, read).await?, Routing::ByCode),
            Entrance::Form { code, ticket } => {
                let redeemed = self.redeem(ticket, request.device, read).await?;
                let session = match redeemed {
                    Some(session) => session,
                    None => self.session_of_code(code, read).await?,
                };
                (session, Routing::ByCode)
            }
        })
    }

    async fn session_of_code(&self, code: &str, read: &Reading) -> Result<SessionId, DeskError> {
        match self.find_code_at(code, read).await? {
            CodeAnswer::Live(session) => Ok(session.id),
            CodeAnswer::Expired(_) => Err(Refusal::CodeExpired.into()),
        }
    }

    /// What a code from the screen is good for now.
    ///
    /// # Errors
    /// [`Refusal`] when its session takes no check-ins any more, or not yet; or it never was on this kiosk's
    /// screen, as far as anybody remembers; or nothing can be read.
    pub async fn find_code(&self, code: &str) -> Result<CodeAnswer, Refusal> {
        Ok(self.find_code_at(code, &self.clock.reading()).await?)
    }

    /// Whether a request has a code or a ticket of a session: it was made in front of the screen, now or before.
    pub async fn is_live(&self, code: &str, ticket: &str, device: Option<DeviceId>) -> bool {
        let read = self.clock.reading();
        let redeemed = self.redeem(ticket, device, &read).await;
        matches!(redeemed, Ok(Some(_))) || self.find_code_at(code, &read).await.is_ok()
    }

    async fn find_code_at(&self, code: &str, read: &Reading) -> Result<CodeAnswer, DeskError> {
        let now = read.at;
        let code = Code::parse(code).map_err(|_| Refusal::UnknownCode)?;
        let sessions = self.store.coded_sessions(now - CODES_REMEMBERED).await?;
        let mut second_best = None;
        for CodedSession { session, key, .. } in sessions {
            // From the first moment that the screen could show it. Codes change with the monotonic time.
            let shown_since = session.starts_at - self.policy.windows.opens_before;
            let shown_since = ClockStep::between(now, read.monotonic).applied_to(shown_since);
            let check = self
                .policy
                .rotation
                .check(&key, &code, read.monotonic, shown_since);
            if check == CodeCheck::Unknown {
                continue;
            }
            let answer = match session.admit(now, self.policy.windows).punctuality() {
                Ok(_) if check == CodeCheck::Live => {
                    return Ok(CodeAnswer::Live(Box::new(session)));
                }
                Ok(_) => Ok(CodeAnswer::Expired(Box::new(session))),
                Err(refusal) => Err(refusal),
            };
            second_best.get_or_insert(answer);
        }
        Ok(second_best.unwrap_or(Err(Refusal::UnknownCode))?)
    }

    /// Whether a number is a code of this kiosk's screen, or an address; only what has the form of a code costs a look.
    async fn was_shown(&self, number: &str, read: &Reading) -> Result<bool, DeskError> {
        // The text of the QR code itself, typed by a scanner.
        if number.contains("://") {
            return Ok(true);
        }
        if Code::parse(number).is_err() {
            return Ok(false);
        }
        match self.find_code_at(number, read).await {
            Ok(_) => Ok(true),
            Err(DeskError::Refused(refusal)) => Ok(refusal != Refusal::UnknownCode),
            Err(error) => Err(error),
        }
    }

    /// A ticket for a form that is being opened, for its hidden field.
    ///
    /// # Errors
    /// [`Refusal::NoSession`], or [`Refusal::OutOfOrder`].
    pub async fn issue_ticket(
        &self,
        session: SessionId,
        device: Option<DeviceId>,
    ) -> Result<String, Refusal> {
        let found = self.store.session(session).await;
        let found = found.map_err(DeskError::Store)?;
        let key = found.ok_or(Refusal::NoSession)?.key.ticket_key();
        Ok(Ticket::issue(session, device, self.clock.monotonic()).to_field(&key))
    }

    /// The ticket by which the phone of a form can take its check-in back: the one of the form, or where its time was
    /// over and a live code was typed, another. Sending forms does not renew tickets.
    ///
    /// # Errors
    /// As [`Desk::issue_ticket`].
    pub async fn ticket_of(
        &self,
        form: &str,
        session: SessionId,
        device: Option<DeviceId>,
    ) -> Result<String, Refusal> {
        let read = self.clock.reading();
        match self.redeem(form, device, &read).await? {
            Some(_) => Ok(form.to_owned()),
            None => self.issue_ticket(session, device).await,
        }
    }

    /// "Not me": a phone takes back the check-in that it has just made.
    ///
    /// # Errors
    /// [`Refusal::NotMe`], or [`Refusal::OutOfOrder`].
    pub async fn take_back_on_phone(
        &self,
        attendance_id: Uuid,
        ticket: &str,
        device: Option<DeviceId>,
    ) -> Result<CheckInAnswer, Refusal> {
        let key = &self.keys.signing_key;
        let read = self.clock.reading();
        let valid_for = self.policy.ticket_valid_for + Channel::Phone.not_me_for();
        let found = self.read_ticket(ticket, device, &read, valid_for).await;
        found.map_err(DeskError::Store)?.map_err(|error| {
            Refusal::NotMe(match error {
                InvalidTicket::Forged => NotMeRefusal::OfAnother,
                InvalidTicket::Expired => NotMeRefusal::TooLate,
            })
        })?;
        let phone = NotMeAt::Phone(device.map(|device| (device, key.clone())));
        self.take_back(attendance_id, phone, read).await
    }

    /// "Not me": the keyboard takes back the check-in that it has just made.
    ///
    /// # Errors
    /// As [`Desk::take_back_on_phone`].
    pub async fn take_back_at_keyboard(
        &self,
        attendance_id: Uuid,
    ) -> Result<CheckInAnswer, Refusal> {
        let read = self.clock.reading();
        self.take_back(attendance_id, NotMeAt::Keyboard, read).await
    }

    async fn take_back(
        &self,
        attendance_id: Uuid,
        at: NotMeAt,
        read: Reading,
    ) -> Result<CheckInAnswer, Refusal> {
        let rules = self.policy.rules();
        let answer = self.store.take_back(attendance_id, at, read, rules).await;
        answer.map_err(DeskError::Store)?
    }

    /// Puts a check-in back that the keyboard has just taken back.
    ///
    /// # Errors
    /// As [`Desk::take_back_on_phone`].
    pub async fn put_back(&self, attendance_id: Uuid) -> Result<CheckInAnswer, Refusal> {
        let (read, rules) = (self.clock.reading(), self.policy.rules());
        let answer = self.store.put_back(attendance_id, read, rules).await;
        answer.map_err(DeskError::Store)?
    }

    async fn redeem(
        &self,
        ticket: &str,
        device: Option<DeviceId>,
        read: &Reading,
    ) -> Result<Option<SessionId>, DeskError> {
        let valid_for = self.policy.ticket_valid_for;
        let found = self.read_ticket(ticket, device, read, valid_for).await?;
        Ok(found.ok().map(|ticket| ticket.session()))
    }

    /// Reads a ticket by the key of the session that it names.
    async fn read_ticket(
        &self,
        field: &str,
        device: Option<DeviceId>,
        read: &Reading,
        valid_for: Duration,
    ) -> Result<Result<Ticket, InvalidTicket>, StoreError> {
        let Some(named) = Ticket::session_named(field) else {
            return Ok(Err(InvalidTicket::Forged));
        };
        let Some(session) = self.store.session(named).await? else {
            return Ok(Err(InvalidTicket::Forged));
        };
        let by =
            |key: &SigningKey| Ticket::from_field(key, field, device, read.monotonic, valid_for);
        let ticket = by(&session.key.ticket_key());
        // A form that was open during the update has a ticket of the version before.
        let since = self.keys.tickets_by_session_since;
        let may_be_older = session.opened_at < since && read.at.since(since) <= valid_for;
        Ok(match ticket {
            Err(InvalidTicket::Forged) if may_be_older => by(&self.keys.signing_key),
            ticket => ticket,
        })
    }

    /// A phone's browser that has not been here before.
    #[must_use]
    pub fn new_device(&self) -> DeviceId {
        DeviceId::from_bytes(*random::uuid().as_bytes())
    }

    /// The signed value of a device's cookie.
    #[must_use]
    pub fn device_cookie(&self, device: DeviceId) -> String {
        device.to_cookie(&self.keys.signing_key)
    }

    /// The device behind a cookie; `None` unless this kiosk signed it.
    #[must_use]
    pub fn read_device(&self, cookie: &str) -> Option<DeviceId> {
        let by = |key| DeviceId::from_cookie(key, cookie);
        by(&self.keys.signing_key).or_else(|| {
            let (key, until) = self.keys.former_key.as_ref()?;
            by(key).filter(|_| self.clock.now() < *until)
        })
    }

    /// A record in its present state, as a phone or a program that has its id may see it.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn receipt(
        &self,
        attendance_id: Uuid,
        device: Option<DeviceId>,
    ) -> Result<Option<Receipt>, StoreError> {
        let (now, rules) = (self.now(), self.policy.rules());
        let found = self.store.receipt(attendance_id, now, rules).await?;
        Ok(found.map(|(receipt, made_by)| {
            let key = &self.keys.signing_key;
            let phone = device.map(|device| device.mark(key, receipt.session.id));
            let asker = Asker {
                channel: Channel::Phone,
                phone: phone.as_deref(),
            };
            let made_by = Asker {
                channel: receipt.channel,
                phone: made_by.as_deref(),
            };
            if asker.may_read(made_by) {
                receipt
            } else {
                receipt.seen_by_others()
            }
        }))
    }

    /// A session by id, with the code that its screen shows now.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn session(&self, id: SessionId) -> Result<Option<(Session, Code)>, StoreError> {
        let found = self.store.session(id).await?;
        Ok(found.map(|CodedSession { session, key, .. }| (session, self.code(&key))))
    }

    /// How many students have a record in one session, or how many have one in each session, added up.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn attendance_count(&self, session: Option<SessionId>) -> Result<u64, StoreError> {
        self.store.attendance_count(session).await
    }

    /// The code that a session's screen shows now.
    #[must_use]
    pub fn code(&self, key: &SessionKey) -> Code {
        self.policy.rotation.code(key, self.clock.monotonic())
    }

    /// How long the code on the screen stays as it is; `None` when it never changes.
    #[must_use]
    pub fn code_remains(&self) -> Option<Duration> {
        self.policy.rotation.remaining(self.clock.monotonic())
    }

    /// The difference between the wall clock and the monotonic time that codes change with.
    #[must_use]
    pub fn clock_step(&self) -> ClockStep {
        ClockStep::between(self.clock.monotonic(), self.clock.now())
    }

    /// The time of the wall clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether a time server has set the clock; where not, every check-in is flagged.
    #[must_use]
    pub fn clock_trusted(&self) -> bool {
        self.clock.trusted()
    }

    /// The time zone of the site, for dates and texts.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.policy.zone
    }

    /// The settings that the use cases follow.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

/// The session that a kiosk shows, among those that are open.
///
/// One that takes check-ins now before one that does not yet; one in this venue before one elsewhere;
/// and of the rest the one that has taken check-ins for longest: it stays until it ends or is closed.
#[must_use]
pub fn current<'a>(
    open: &'a [CodedSession],
    venue: &Venue,
    now: Timestamp,
    windows: Windows,
) -> Option<&'a CodedSession> {
    let rank = |it: &CodedSession| {
        let session = &it.session;
        let is_elsewhere = session.venue != *venue;
        let opened_at = it.opened_at.max(session.starts_at - windows.opens_before);
        let taking_since = session
            .reopened_at
            .map_or(opened_at, |at| at.max(opened_at));
        match session.phase(now, windows) {
            Phase::OnTime { .. } | Phase::Late { .. } => {
                Some((0, is_elsewhere, taking_since, session.starts_at))
            }
            // Of those to come, the next.
            Phase::NotYet { .. } => Some((1, is_elsewhere, session.starts_at, session.starts_at)),
            Phase::Over | Phase::Cancelled => None,
        }
    };
    let ranked = open.iter().filter_map(|it| Some((rank(it)?, it)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, it)| it)
}

/// Why the desk does nothing.
enum DeskError {
    Refused(Refusal),
    Store(StoreError),
}

impl From<Refusal> for DeskError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A student cannot mend the store, so that the error stops here.
impl From<DeskError> for Refusal {
    fn from(problem: DeskError) -> Self {
        match problem {
            DeskError::Refused(refusal) => refusal,
            DeskError::Store(error) => {
                tracing::error!(%error, "the desk is out of order");
                Self::OutOfOrder
            }
        }
    }
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
