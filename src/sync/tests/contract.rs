//! The suite that every remote passes: takes it, takes it again, is down, refuses, talks nonsense.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::fake_firestore::FakeFirestore;
use super::fake_portal::FakePortal;
use super::reports::{report, reports};
use crate::domain::{Report, Verdict};
use crate::sync::Remote;

/// How the other side feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// Takes what it is sent, and refuses numbers with `BAD` in them.
    Well,
    /// Hangs up.
    Down,
    /// Takes it and hangs up before saying so.
    Mumbling,
    /// Answers 200 with a page for people.
    Nonsense,
    /// Answers 429 with `Retry-After: 7`.
    Busy,
    /// Answers 503.
    Failing,
    /// Answers 401.
    Unauthorised,
    /// Answers 403.
    Forbidding,
}

/// The server at the other end.
pub(super) trait OtherSide {
    fn remote(&self) -> Arc<dyn Remote>;
    fn feel(&self, mood: Mood);
    /// The attendance ids that it holds, each as often as it holds it.
    fn taken(&self) -> Vec<Uuid>;
    /// How many calls it has had.
    fn calls(&self) -> usize;
}

async fn deliver(side: &impl OtherSide, reports: &[Report]) -> Vec<Verdict> {
    let verdicts = side.remote().deliver(reports).await;
    assert_eq!(verdicts.len(), reports.len(), "one verdict for each");
    verdicts
}

fn ids(reports: &[Report]) -> Vec<Uuid> {
    reports.iter().map(|report| report.attendance_id).collect()
}

fn all_delivered(verdicts: &[Verdict]) -> bool {
    let is = |verdict: &Verdict| matches!(verdict, Verdict::Delivered { .. });
    verdicts.iter().all(is)
}

fn all_postponed(verdicts: &[Verdict]) -> bool {
    let is = |verdict: &Verdict| matches!(verdict, Verdict::Postponed { .. });
    verdicts.iter().all(is)
}

fn all_barred(verdicts: &[Verdict]) -> bool {
    let is = |verdict: &Verdict| matches!(verdict, Verdict::Unauthorized { .. });
    verdicts.iter().all(is)
}

async fn takes_it(side: &impl OtherSide) {
    let batch = reports(1, 5);
    assert!(all_delivered(&deliver(side, &batch).await));
    assert_eq!(side.taken(), ids(&batch));
    assert_eq!(deliver(side, &[]).await, []);
}

async fn takes_it_again_and_holds_it_once(side: &impl OtherSide) {
    let batch = reports(1, 5);
    deliver(side, &batch[..3]).await;
    assert!(all_delivered(&deliver(side, &batch).await));
    assert!(all_delivered(&deliver(side, &batch[4..]).await));
    assert_eq!(side.taken(), ids(&batch));
}

async fn a_lost_answer_is_made_good(side: &impl OtherSide) {
    let batch = reports(1, 3);
    side.feel(Mood::Mumbling);
    assert!(all_postponed(&deliver(side, &batch).await));
    side.feel(Mood::Well);
    assert!(all_delivered(&deliver(side, &batch).await));
    assert_eq!(side.taken(), ids(&batch));
}

async fn one_that_is_down_is_not_called_for_each_report(side: &impl OtherSide) {
    side.feel(Mood::Down);
    assert!(all_postponed(&deliver(side, &reports(1, 50)).await));
    assert!(side.calls() <= 8, "{} calls", side.calls());
    side.feel(Mood::Failing);
    assert!(all_postponed(&deliver(side, &reports(1, 3)).await));
    assert!(side.taken().is_empty());
}

async fn a_refused_report_does_not_hold_up_the_others(side: &impl OtherSide) {
    let mut batch = reports(1, 16);
    batch[5] = report("BAD/1", 6);
    batch[11] = report("BAD/2", 12);
    let verdicts = deliver(side, &batch).await;
    for (index, verdict) in verdicts.iter().enumerate() {
        match verdict {
            Verdict::Refused { error, .. } => {
                assert!(index == 5 || index == 11, "{index}");
                assert!(!error.is_empty());
            }
            Verdict::Delivered { .. } => assert!(index != 5 && index != 11, "{index}"),
            other => panic!("{index}: {other:?}"),
        }
    }
    assert_eq!(side.taken().len(), 14);
}

async fn nonsense_is_never_taken_for_a_yes(side: &impl OtherSide) {
    side.feel(Mood::Nonsense);
    let verdicts = deliver(side, &reports(1, 3)).await;
    assert!(
        verdicts
            .iter()
            .all(|verdict| matches!(verdict, Verdict::Postponed { .. } | Verdict::Refused { .. }))
    );
}

async fn one_that_is_busy_says_how_long(side: &impl OtherSide) {
    side.feel(Mood::Busy);
    for verdict in deliver(side, &reports(1, 16)).await {
        let Verdict::Postponed { retry_after, .. } = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(retry_after, Some(Duration::from_secs(7)));
    }
    assert!(side.calls() <= 4, "{} calls", side.calls());
}

async fn one_that_turns_the_kiosk_away_parks_nothing(side: &impl OtherSide) {
    let batch = reports(1, 3);
    for mood in [Mood::Unauthorised, Mood::Forbidding] {
        side.feel(mood);
        assert!(all_barred(&deliver(side, &batch).await), "{mood:?}");
    }
    side.feel(Mood::Well);
    assert!(all_delivered(&deliver(side, &batch).await));
}

async fn a_test_changes_nothing(side: &impl OtherSide) {
    side.remote().test().await.unwrap();
    side.feel(Mood::Mumbling);
    let _ = side.remote().test().await;
    assert!(side.taken().is_empty());
}

macro_rules! contract {
    ($remote:ident, $start:expr, [$($rule:ident),* $(,)?]) => {
        mod $remote {
            use super::*;
            $(
                #[tokio::test]
                async fn $rule() {
                    super::$rule(&$start.await).await;
                }
            )*
        }
    };
    ($remote:ident, $start:expr) => {
        contract!($remote, $start, [
            takes_it,
            takes_it_again_and_holds_it_once,
            a_lost_answer_is_made_good,
            one_that_is_down_is_not_called_for_each_report,
            a_refused_report_does_not_hold_up_the_others,
            nonsense_is_never_taken_for_a_yes,
            one_that_is_busy_says_how_long,
            one_that_turns_the_kiosk_away_parks_nothing,
            a_test_changes_nothing,
        ]);
    };
}

contract!(portal, FakePortal::start());
contract!(firestore, FakeFirestore::start());
