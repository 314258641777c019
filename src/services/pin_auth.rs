//! PIN authentication of staff: staff ID and PIN, with growing waits (feature F4).

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

use tokio::sync::{Semaphore, SemaphorePermit, watch};

use super::authorization::Forbidden;
use crate::clock::Clock;
use crate::domain::{
    AdministrationRefusal, Lecturer, SignInSource, SignInTries, StaffId, Timestamp, hidden,
};
use crate::store::{CountedTry, ListRefusal, PinRecord, Store, StoreError};

/// Sign-ins at browsers that are not known, of which one is hashed and the others wait for it.
const PLACES: usize = 5;

/// Turns to hash a PIN: each takes 19 MiB and a processor for a while, and a page may be asked by anybody. The terminal,
/// known browsers and other browsers have one each, so that nobody waits for those whom anybody can be.
#[derive(Debug, Clone)]
pub(super) struct Turns(Arc<Lanes>);

#[derive(Debug)]
struct Lanes {
    terminal: Semaphore,
    known: Semaphore,
    others: Semaphore,
    /// To wait for the turn of the others, or have it.
    places: Semaphore,
}

impl Turns {
    fn new() -> Self {
        let one = || Semaphore::new(1);
        Self(Arc::new(Lanes {
            terminal: one(),
            known: one(),
            others: one(),
            places: Semaphore::new(PLACES),
        }))
    }

    fn of(&self, source: SignInSource) -> &Semaphore {
        match source {
            SignInSource::Terminal => &self.0.terminal,
            SignInSource::KnownBrowser => &self.0.known,
            SignInSource::Browser(_) => &self.0.others,
        }
    }

    /// A place to wait in, where it must not be for everybody; held until the PIN is checked.
    fn place(&self, source: SignInSource) -> Result<Option<SemaphorePermit<'_>>, SignInRefusal> {
        match source {
            SignInSource::Terminal | SignInSource::KnownBrowser => Ok(None),
            SignInSource::Browser(_) => {
                let place = self.0.places.try_acquire();
                place.map(Some).map_err(|_| SignInRefusal::Busy)
            }
        }
    }
}

/// A staff PIN: 4 to 12 digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

/// The text cannot be a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has 4 to 12 digits")]
pub struct InvalidPin;

/// Why nothing was changed or read in [`Administration`](super::Administration).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdministrationError {
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] AdministrationRefusal),
    /// The actor is a lecturer who is no administrator.
    #[error("only an administrator may do this")]
    Forbidden,
    /// The operating system has no random numbers for the salt.
    #[error("the PIN could not be hashed: {0}")]
    Hash(String),
    /// The unit is another lecturer's.
    #[error(transparent)]
    OfAnother(#[from] Forbidden),
    /// The class list needs an answer first.
    #[error(transparent)]
    List(#[from] ListRefusal),
    /// There is no such unit, lecturer or student, or the database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Pin {
    /// Reads a PIN; white space around it is dropped.
    ///
    /// # Errors
    /// [`InvalidPin`] when it is not 4 to 12 digits.
    pub fn parse(raw: &str) -> Result<Self, InvalidPin> {
        let digits = raw.trim();
        let fits =
            (4..=12).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if fits {
            Ok(Self(digits.to_owned()))
        } else {
            Err(InvalidPin)
        }
    }

    /// Its Argon2id hash with a fresh salt, in PHC form, with the parameters that OWASP recommends
    /// and the crate defaults to (19 MiB, two passes).
    ///
    /// # Errors
    /// [`AdministrationError::Hash`], or [`StoreError::Closed`] when the program is stopping.
    pub(super) async fn hash(
        self,
        turns: &Turns,
        source: SignInSource,
    ) -> Result<String, AdministrationError> {
        let turn = turns.of(source);
        let hashed = in_turn(turn, move |argon2| argon2.hash_password(self.0.as_bytes())).await;
        match hashed {
            Some(Ok(hash)) => Ok(hash.to_string()),
            Some(Err(error)) => Err(AdministrationError::Hash(error.to_string())),
            None => Err(StoreError::Closed.into()),
        }
    }

    async fn matches(self, hash: String, turn: &Semaphore) -> bool {
        let verified = in_turn(turn, move |argon2| {
            PasswordHash::new(&hash)
                .is_ok_and(|hash| argon2.verify_password(self.0.as_bytes(), &hash).is_ok())
        });
        verified.await.unwrap_or(false)
    }
}

/// Runs Argon2id once, in its turn and away from the threads that answer everything else; `None` when the
/// program ends meanwhile.
async fn in_turn<T: Send + 'static>(
    turn: &Semaphore,
    work: impl FnOnce(Argon2<'_>) -> T + Send + 'static,
) -> Option<T> {
    let _turn = turn.acquire().await;
    #[cfg(test)]
    HASHINGS.set(HASHINGS.get() + 1);
    let work = tokio::task::spawn_blocking(move || work(Argon2::default()));
    work.await.ok()
}

#[cfg(test)]
thread_local! {
    /// Runs of Argon2id that tests on this thread have asked for.
    pub(super) static HASHINGS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

hidden!(Pin);

/// A lecturer who has passed PIN authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The person, with their role.
    pub lecturer: Lecturer,
    /// The PIN that was shown.
    pub pin: PinVersion,
}

/// Identifies one setting of a PIN: the hash, whose salt is new each time, even for the same digits.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PinVersion(Option<String>);

hidden!(PinVersion);

impl From<PinRecord> for SignIn {
    fn from(record: PinRecord) -> Self {
        Self {
            lecturer: record.lecturer,
            pin: PinVersion(record.pin_hash),
        }
    }
}

/// Why a sign-in was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInRefusal {
    /// The staff id and the PIN do not belong together.
    Wrong,
    /// Too many wrong PINs.
    Locked {
        /// The next try may be made then.
        until: Timestamp,
    },
    /// Others wait for their PINs to be checked; nothing was counted.
    Busy,
    /// The kiosk cannot look.
    OutOfOrder,
}

/// Why no first PIN was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstPinRefusal {
    /// The administrator was not let in.
    Administrator(SignInRefusal),
    /// The confirming lecturer is not an administrator.
    NoAdministrator,
    /// The lecturer has a PIN already, or there is none of that id.
    HasOneOrIsUnknown,
}

/// Authenticates staff by staff ID and PIN, and counts failed tries.
#[derive(Debug, Clone)]
pub struct PinAuth {
    store: Store,
    clock: Clock,
    /// Shared by the doors, and changed at once as a whole.
    tries: watch::Sender<SignInTries>,
    turns: Turns,
}

impl PinAuth {
    /// PIN authentication over a store.
    pub(super) fn new(store: Store, clock: Clock) -> Self {
        Self {
            store,
            clock,
            tries: watch::Sender::default(),
            turns: Turns::new(),
        }
    }

    /// The turns in which PINs are hashed, new ones too.
    pub(super) fn turns(&self) -> Turns {
        self.turns.clone()
    }

    /// Lets somebody in by staff id and PIN.
    ///
    /// # Errors
    /// [`SignInRefusal`]; it does not tell an unknown id from a wrong PIN.
    pub async fn sign_in(
        &self,
        staff_id: &str,
        pin: &str,
        source: SignInSource,
    ) -> Result<SignIn, SignInRefusal> {
        let out_of_order = |error: StoreError| {
            tracing::error!(%error, "a sign-in could not be checked");
            SignInRefusal::OutOfOrder
        };
        let staff_id = StaffId::parse(staff_id).map_err(|_| SignInRefusal::Wrong)?;
        // Before anything is counted: who is sent away has not tried.
        let _place = self.turns.place(source)?;
        let counted = self.count_try(&staff_id, source).await;
        let record = counted.map_err(out_of_order)??;
        // Whoever has left is refused like an unknown id.
        let record = record.filter(|record| !record.lecturer.has_left);
        let hash = record.as_ref().and_then(|record| record.pin_hash.clone());
        let right = match (Pin::parse(pin), hash) {
            (Ok(pin), Some(hash)) => pin.matches(hash, self.turns.of(source)).await,
            (Ok(pin), None) => {
                // As slow as a wrong PIN: the wait must not tell which staff ids there are.
                let _ = pin.hash(&self.turns, source).await;
                false
            }
            (Err(InvalidPin), _) => false,
        };
        let Some(record) = record.filter(|_| right) else {
            return Err(SignInRefusal::Wrong);
        };
        self.tries
            .send_modify(|tries| tries.admit(&staff_id, source));
        if source == SignInSource::Terminal {
            let noted = self.store.note_right_pin(staff_id).await;
            noted.map_err(out_of_order)?;
        }
        Ok(record.into())
    }

    /// Counts a try before its PIN is checked; the record of the staff id, if there is such an id.
    async fn count_try(
        &self,
        staff_id: &StaffId,
        source: SignInSource,
    ) -> Result<Result<Option<PinRecord>, SignInRefusal>, StoreError> {
        // Monotonic: setting the wall clock must not shorten or lengthen a wait.
        let now = self.clock.monotonic();
        let locked = |until| SignInRefusal::Locked {
            until: self.clock.reading().shown(until),
        };
        if source == SignInSource::Terminal {
            let counted = self.store.count_try(
                staff_id.clone(),
                SignInTries::wait_at_terminal,
                SignInTries::LONGEST_WAIT_AT_TERMINAL,
                now,
            );
            match counted.await? {
                CountedTry::Locked { until } => return Ok(Err(locked(until))),
                CountedTry::Allowed(record) => return Ok(Ok(Some(*record))),
                CountedTry::Nobody => {}
            }
        }
        let mut begun = Ok(());
        self.tries
            .send_modify(|tries| begun = tries.begin(staff_id, source, now));
        if let Err(until) = begun {
            return Ok(Err(locked(until)));
        }
        Ok(Ok(self.store.pin_record(staff_id.clone()).await?))
    }

    /// Gives a lecturer who has no PIN yet their first one, where an administrator confirms with theirs.
    ///
    /// # Errors
    /// [`FirstPinRefusal`]; nothing is changed then.
    pub async fn set_first_pin(
        &self,
        staff_id: &str,
        new_pin: Pin,
        administrator: &str,
        administrator_pin: &str,
    ) -> Result<SignIn, FirstPinRefusal> {
        let sign_in = self
            .sign_in(administrator, administrator_pin, SignInSource::Terminal)
            .await
            .map_err(FirstPinRefusal::Administrator)?;
        if !sign_in.lecturer.is_admin {
            return Err(FirstPinRefusal::NoAdministrator);
        }
        let out_of_order = |_| FirstPinRefusal::Administrator(SignInRefusal::OutOfOrder);
        let staff_id = StaffId::parse(staff_id).map_err(|_| FirstPinRefusal::HasOneOrIsUnknown)?;
        let hash = new_pin.hash(&self.turns, SignInSource::Terminal).await;
        let hash = hash.map_err(|error| {
            tracing::error!(%error, "a first PIN could not be set");
            FirstPinRefusal::Administrator(SignInRefusal::OutOfOrder)
        })?;
        let actor = sign_in.lecturer.staff_id.to_string();
        let now = self.clock.now();
        let set = self.store.set_first_pin(staff_id.clone(), hash, actor, now);
        if !set.await.map_err(out_of_order)? {
            return Err(FirstPinRefusal::HasOneOrIsUnknown);
        }
        let record = self.store.pin_record(staff_id).await;
        let record = record.map_err(out_of_order)?;
        record
            .map(SignIn::from)
            .ok_or(FirstPinRefusal::HasOneOrIsUnknown)
    }

    /// Whether the PIN and the role of a sign-in are unchanged.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn still_admits(&self, sign_in: &SignIn) -> Result<bool, StoreError> {
        let SignIn { lecturer, pin } = sign_in;
        let record = self.store.pin_record(lecturer.staff_id.clone()).await?;
        Ok(record.is_some_and(|record| {
            let is_here = !record.lecturer.has_left;
            is_here && record.pin_hash == pin.0 && (record.lecturer.is_admin || !lecturer.is_admin)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_four_to_twelve_digits() {
        for right in ["1234", " 123456789012\n"] {
            assert!(Pin::parse(right).is_ok(), "{right:?}");
        }
        for wrong in ["", "123", "1234567890123", "12a4", "１２３４"] {
            assert!(Pin::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn each_source_has_a_turn_of_its_own() {
        let pin = || Pin::parse("1234").unwrap();
        let turns = Turns::new();
        let other = SignInSource::Browser(std::net::IpAddr::from([10, 0, 0, 1]));
        let held = turns.of(other).try_acquire().unwrap();
        let mut waiting = std::pin::pin!(pin().hash(&turns, other));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        // Neither waits for the turn that is held.
        let hash = pin().hash(&turns, SignInSource::Terminal).await.unwrap();
        let known = pin().hash(&turns, SignInSource::KnownBrowser).await;
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_ne!(hash, known.unwrap(), "the salt is new each time");
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        drop(held);
        waiting.await.unwrap();
    }
}
