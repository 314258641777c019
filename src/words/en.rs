//! The English texts.
#![deny(unused_variables, unreachable_patterns)]

use super::{
    Action, Explanation, ForecastOf, InvalidIn, Message, NotYourUnit, RecordChange, Sum, Voice,
    Why, explanations, words,
};
use crate::domain::{
    Channel, CorrectionRefusal, Forecast, InvalidAdmissionNumber, InvalidText, LectureReason, Mark,
    Refusal, RemoteStatus, Target,
};

pub(super) fn say(voice: Voice, message: &Message<'_>) -> String {
    match message {
        Message::Action(action) => words! { action;
            Action::Marked => "marked by hand";
            Action::Changed => "mark changed";
            Action::Unmarked => "check-in removed";
            Action::Approved => "approved";
            Action::Merged => "merged";
            Action::NameAccepted => "typed name accepted";
            Action::NameKept => "typed name turned down";
            Action::Undone => "undone";
            Action::PortalCorrected => "corrected at the portal by hand";
        },
        Message::Channel(channel) => words! { channel;
            Channel::Keypad => "at the kiosk";
            Channel::Phone => "by phone";
            Channel::Lecturer => "by the lecturer";
            Channel::Cli => "by a technician";
            Channel::Remote => "at another kiosk";
        },
        Message::Forecast(ForecastOf {
            forecast,
            required_percent,
        }) => words! { forecast;
            Forecast::CanMiss(0) => "no lecture to miss";
            Forecast::CanMiss(n) => "can miss {n}";
            Forecast::MustAttend(1) => "must attend the last one";
            Forecast::MustAttend(n) => "must attend the next {n}";
            Forecast::CannotReach => "cannot reach {required_percent} %";
        },
        Message::InvalidName(error) => voice.say(InvalidIn::Name(error.0)),
        Message::InvalidNumber(error) => words! { error;
            InvalidAdmissionNumber::Text(error) => "{why}", why = voice.say(InvalidIn::Number(*error));
            InvalidAdmissionNumber::Pattern => "This does not look like a number of this school. Type it as on your student card.";
        },
        Message::InvalidText(error) => invalid_text(*error),
        Message::LectureReason(reason) => words! { reason;
            LectureReason::Present => "attended";
            LectureReason::Late => "attended, late";
            LectureReason::Pending => "held, waits for approval";
            LectureReason::Unmarked => "held, check-in removed";
            LectureReason::Absent => "held, absent";
            LectureReason::Cancelled => "not counted: cancelled";
            LectureReason::BeforeEnrolment => "not counted: before enrolment";
            LectureReason::NotHeldYet => "not counted: to come";
        },
        Message::Record(state) => words! { state.mark;
            Mark::Present => "present";
            Mark::Late => "late, {n} min", n = state.late_minutes;
            Mark::Pending => "pending";
            Mark::Absent => "absent";
        },
        Message::RecordChange(part) => words! { part;
            RecordChange::NoRecord => "no mark";
            RecordChange::NoName => "no name";
            RecordChange::BelongsTo { number } => "belongs to {number}";
        },
        Message::RemoteStatus(status) => words! { status;
            RemoteStatus::Off => "off";
            RemoteStatus::Unknown => "not tried yet";
            RemoteStatus::Connected => "connected";
            RemoteStatus::Unreachable { .. } => "offline";
            RemoteStatus::Unauthorized { .. } => "no access";
        },
        Message::Sum(part) => sum(part),
        Message::Target(target) => words! { target;
            Target::Firestore => "Firestore";
            Target::Portal => "Portal";
        },
    }
}

pub(super) fn explain(voice: Voice, why: &Why<'_>) -> Explanation {
    match why {
        Why::CheckIn(refusal) => check_in(voice, refusal),
        Why::Correction(refusal) => correction(voice, refusal),
        Why::NotYourUnit(NotYourUnit {
            unit,
            lecturer_name,
        }) => explanations! { ();
            () => "This is not your unit", "Only {lecturer_name} or an administrator corrects {unit}.";
        },
        Why::Store(error) => explanations! { ();
            () => "Nothing was changed", "The kiosk says: {error}.";
        },
    }
}

fn check_in(voice: Voice, refusal: &Refusal) -> Explanation {
    explanations! { refusal;
        Refusal::NoSession => "No lecture is open", "Ask the lecturer to open check-in.";
        Refusal::NotYetOpen { opens_at } => "Check-in has not begun", "Come back at {time} ({date}).", time = voice.time(*opens_at), date = voice.date(*opens_at);
        Refusal::SessionClosed => "This lecture is closed", "Check-in is over. If you were here, speak to the lecturer.";
        Refusal::CodeExpired => "This code has expired", "Scan the code that is on the screen now, or type it.";
        Refusal::UnknownCode => "This code is not known", "Check it against the screen: it changes every few seconds.";
        Refusal::UnknownStudent => "This number is not on the list", "Check the number. If it is right, ask the lecturer to add you.";
        Refusal::NameNeeded => "This number is new here", "Add your full name, then send it again.";
        Refusal::InvalidNumber(error) => "Check the admission number", "{why}", why = voice.say(error);
        Refusal::InvalidName(error) => "Check the name", "{why}", why = voice.say(error);
        Refusal::MarkRemoved => "Your check-in was removed", "The lecturer took it back for this lecture. Only the lecturer can give it again.";
        Refusal::DeviceBlocked => "This phone has checked in someone", "Use your own phone, or type your number at the kiosk.";
        Refusal::RateLimited { retry_after } => "Too many tries", "Wait {n} s and try again, or type your number at the kiosk.", n = retry_after.as_secs().max(1);
        Refusal::OutOfOrder => "The kiosk is out of order", "Nothing was recorded. Tell the lecturer, and sign on paper.";
    }
}

fn correction(voice: Voice, refusal: &CorrectionRefusal) -> Explanation {
    explanations! { refusal;
        CorrectionRefusal::NoSession => "There is no such lecture", "Choose one from the list of lectures.";
        CorrectionRefusal::SessionCancelled => "This lecture was cancelled", "It does not count. If it was held after all, reopen it first.";
        CorrectionRefusal::NotYetOpen { opens_at } => "Check-in has not begun", "Marks can be given from {time} ({date}).", time = voice.time(*opens_at), date = voice.date(*opens_at);
        CorrectionRefusal::UnknownStudent => "This number is on no list here", "Check it. To mark a new student, give the name as well.";
        CorrectionRefusal::InvalidNumber(error) => "Check the admission number", "{why}", why = voice.say(error);
        CorrectionRefusal::NoRecord => "This student has no mark in this lecture", "To give one, mark the student present or late.";
        CorrectionRefusal::NotPending => "This mark is not waiting for approval", "It may have been decided meanwhile: look at the list again.";
        CorrectionRefusal::NoTypedName => "There is no name to decide on", "The student typed no name that differs from the class list.";
        CorrectionRefusal::ReasonNeeded => "A reason is needed", "Say in a few words why this mark is changed. The reason is kept with the change.";
        CorrectionRefusal::OtherKiosk { kiosk_id } => "Another kiosk recorded this", "Correct it there (kiosk {kiosk_id}).";
        CorrectionRefusal::NothingToUndo => "There is nothing to undo", "This lecture has no correction that can be undone.";
    }
}

fn invalid_text(error: InvalidIn) -> String {
    use InvalidIn::{Name, Number, Reason};
    use InvalidText::{Empty, TooLong, Unprintable};
    words! { error;
        Number(Empty) => "The number is missing.";
        Number(TooLong { max }) => "The number has more than {max} characters.";
        Number(Unprintable) => "The number has characters that cannot be used. Type it by hand.";
        Name(Empty) => "The name is missing.";
        Name(TooLong { max }) => "The name has more than {max} characters.";
        Name(Unprintable) => "The name has characters that cannot be used. Type it by hand.";
        Reason(Empty) => "The reason is missing.";
        Reason(TooLong { max }) => "The reason has more than {max} characters.";
        Reason(Unprintable) => "The reason has characters that cannot be used. Type it by hand.";
    }
}

fn sum(part: &Sum) -> String {
    words! { part;
        Sum::Attended => "Attended";
        Sum::Held => "Held";
        Sum::NotCounted => "Not counted";
        Sum::SoFar => "So far";
        Sum::OfPlan => "Of plan";
        Sum::OnTimeTerm(n) => "{n} on time";
        Sum::LateTerm(n) => "{n} late";
        Sum::AttendedTerm(n) => "{n} attended";
        Sum::AbsentTerm(n) => "{n} absent";
        Sum::PendingTerm(n) => "{n} waiting for approval";
        Sum::RemovedTerm(n) => "{n} with the check-in removed";
        Sum::CancelledTerm(n) => "{n} cancelled";
        Sum::BeforeEnrolmentTerm(n) => "{n} before enrolment";
        Sum::ToComeTerm(n) => "{n} to come";
        Sum::ShareOfHeld { attended, held, percent } => "{attended} of {held} held = {percent} %";
        Sum::ShareOfPlan { attended, planned, percent } => "{attended} of {planned} planned = {percent} %";
    }
}
