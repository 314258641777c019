//! Paying debts out of a real store.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::school::{BATCH, Play, Puppet, School};
use crate::clock::Clock;
use crate::domain::{Channel, RemoteStatus, Target, Timestamp};
use crate::store::{Event, Store};
use crate::sync::{Tally, Work as _, WorkOutcome};

const SECOND: Duration = Duration::from_secs(1);
/// Longer than any step of these tests takes on a busy machine.
const SOON: Duration = Duration::from_secs(20);

fn unreachable() -> RemoteStatus {
    RemoteStatus::Unreachable {
        error: "down".to_owned(),
    }
}

fn barred() -> RemoteStatus {
    RemoteStatus::Unauthorized {
        error: "no key".to_owned(),
    }
}

#[tokio::test]
async fn every_debt_is_paid_once() {
    let mut school = School::open().await;
    let remote = Puppet::told_to(Play::Take);
    let (mut worker, status) = school.worker(&remote);
    assert_eq!(
        worker.step().await,
        Ok(WorkOutcome::Waiting { until: None })
    );
    assert_eq!(*status.borrow(), RemoteStatus::Unknown);

    school.check_in(25).await;
    let tally = worker.drain().await.unwrap();
    assert_eq!(
        tally,
        Tally {
            delivered: 25,
            ..Tally::default()
        }
    );
    let reports = remote.calls().concat();
    let distinct: HashSet<_> = reports.iter().map(|r| r.attendance_id).collect();
    assert_eq!((reports.len(), distinct.len()), (25, 25));
    assert!(reports.iter().all(|report| report.kiosk_id == "kiosk-1"));
    assert!(remote.calls().iter().all(|batch| batch.len() <= BATCH));
    assert_eq!(school.counts().await.waiting, 0);
    assert_eq!(*status.borrow(), RemoteStatus::Connected);
    assert_eq!(worker.drain().await, Ok(Tally::default()));
}

#[tokio::test]
async fn refusals_are_parked_and_duplicates_are_done_with() {
    let mut school = School::open().await;
    let remote = Puppet::told_to(Play::Refuse);
    let (mut worker, status) = school.worker(&remote);
    school.check_in(2).await;
    assert_eq!(worker.drain().await.unwrap().parked, 2);
    assert_eq!(school.counts().await.parked, 2);
    assert_eq!(*status.borrow(), RemoteStatus::Connected, "it answers");

    remote.tell(Play::CallItTheirs);
    school.check_in(3).await;
    assert_eq!(worker.drain().await.unwrap().duplicates, 3);
    let counts = school.counts().await;
    assert_eq!((counts.waiting, counts.parked), (0, 2));

    remote.tell(Play::Take);
    let retry = school.store.retry(None, None, school.clock.now());
    retry.await.unwrap();
    assert_eq!(worker.drain().await.unwrap().delivered, 2);
}

#[tokio::test]
async fn while_the_remote_is_down_only_one_batch_at_a_time_finds_out() {
    let mut school = School::open().await;
    let remote = Puppet::told_to(Play::BeDown);
    let (mut worker, status) = school.worker(&remote);
    school.check_in(500).await;
    for tries in 1..=6 {
        assert_eq!(worker.drain().await.unwrap().postponed, BATCH as u64);
        assert_eq!(remote.calls().len(), tries);
        assert_eq!(*status.borrow(), unreachable());
        school.clock.advance(Duration::from_secs(300));
    }
    assert_eq!(school.counts().await.waiting, 500);

    // Back: everything goes at once, the batches that have been tried included.
    school.clock.advance(Duration::from_secs(300));
    worker.drain().await.unwrap();
    school.clock.advance(Duration::from_secs(300));
    remote.tell(Play::Take);
    assert_eq!(worker.drain().await.unwrap().delivered, 500);
    assert_eq!(*status.borrow(), RemoteStatus::Connected);
}

#[tokio::test]
async fn when_the_remote_is_back_no_debt_sits_out_the_wait_of_the_outage() {
    let mut school = School::open().await;
    let remote = Puppet::told_to(Play::BeDown);
    let (mut worker, _) = school.worker(&remote);
    school.check_in(10).await;
    for _ in 0..8 {
        worker.drain().await.unwrap();
        school.clock.advance(Duration::from_secs(300));
    }
    worker.drain().await.unwrap();
    // The target's wait is over, that of most of the tried debts is not.
    while let Ok(WorkOutcome::Waiting { until: Some(until) }) = worker.step().await {
        school.clock.advance(until.since(school.clock.now()));
        remote.tell(Play::Take);
        school.check_in(1).await;
        if worker.drain().await.unwrap().delivered > 0 {
            break;
        }
    }
    assert_eq!(school.counts().await.waiting, 0);
}

#[tokio::test]
async fn a_remote_that_asks_to_wait_is_left_alone_so_long() {
    let mut school = School::open().await;
    let remote = Puppet::told_to(Play::Ask(Duration::from_secs(90)));
    let (mut worker, _) = school.worker(&remote);
    school.check_in(1).await;
    let asked_at = school.clock.now();
    worker.drain().await.unwrap();
    remote.tell(Play::Take);
    school.check_in(20).await;
    school.clock.advance(Duration::from_secs(89));
    let until = Some(asked_at + Duration::from_secs(90));
    assert_eq!(worker.step().await, Ok(WorkOutcome::Waiting { until }));
    school.clock.advance(SECOND);
    assert_eq!(worker.drain().await.unwrap().delivered, 21);
}

#[tokio::test]
async fn the_portal_is_told_no_earlier_than_a_check_in_can_be_taken_back() {
    let mut school = School::open().await;
    let remote = Puppet::told_to(Play::Fail);
    let (mut worker, _) = school.worker(&remote);
    school.check_in(3).await;
    for _ in 0..3 {
        worker.drain().await.unwrap();
        school.clock.advance(Duration::from_secs(300));
    }
    // The portal is back, and a person retries: neither is a reason to tell it what may be taken back.
    remote.tell(Play::Take);
    school.check_in_by(Channel::Keypad, 2).await;
    school.check_in_by(Channel::Phone, 1).await;
    let (portal, now) = (Some(Target::Portal), school.clock.monotonic());
    school.store.retry(None, portal, now).await.unwrap();
    assert_eq!(worker.drain().await.unwrap().delivered, 3);
    school.clock.advance(Duration::from_secs(9));
    let until = Some(now + Duration::from_secs(10));
    assert_eq!(worker.step().await, Ok(WorkOutcome::Waiting { until }));
    school.clock.advance(SECOND);
    assert_eq!(worker.drain().await.unwrap().delivered, 2);
    school.clock.advance(Duration::from_secs(109));
    assert_eq!(worker.drain().await.unwrap().delivered, 0);
    school.clock.advance(SECOND);
    assert_eq!(worker.drain().await.unwrap().delivered, 1);
}

#[tokio::test]
async fn a_wait_asked_for_in_the_middle_of_a_batch_counts_too() {
    let mut school = School::open().await;
    let remote = Puppet::told_to(Play::AskAfterOne(Duration::from_secs(30)));
    let (mut worker, status) = school.worker(&remote);
    school.check_in(20).await;
    let tally = worker.drain().await.unwrap();
    assert_eq!((tally.delivered, tally.postponed), (1, 9));
    assert_eq!(*status.borrow(), RemoteStatus::Connected);
    remote.tell(Play::Take);
    school.clock.advance(Duration::from_secs(30));
    assert_eq!(worker.drain().await.unwrap().delivered, 19);
}

#[tokio::test]
async fn a_kiosk_that_is_not_accepted_waits_parks_nothing_and_writes_once() {
    let mut school = School::open().await;
    let remote = Puppet::told_to(Play::Bar);
    let (mut worker, status) = school.worker(&remote);
    school.check_in(3).await;
    for tries in 1..=5 {
        worker.drain().await.unwrap();
        assert_eq!(remote.calls().len(), tries);
        assert_eq!(*status.borrow(), barred());
        school.clock.advance(Duration::from_secs(59));
        assert_eq!(worker.drain().await, Ok(Tally::default()), "once a minute");
        school.clock.advance(SECOND);
    }
    let owed = school.store.unsettled_page(None, 0, 10).await.unwrap();
    assert_eq!(school.counts().await.parked, 0);
    for line in owed {
        assert_eq!(
            (line.attempts, line.last_error.as_deref()),
            (1, Some("no key"))
        );
    }

    remote.tell(Play::Take);
    assert_eq!(worker.drain().await.unwrap().delivered, 3);
    assert_eq!(*status.borrow(), RemoteStatus::Connected);
}

#[tokio::test]
async fn a_remote_without_verdicts_has_delivered_nothing() {
    let mut school = School::open().await;
    let remote = Puppet::told_to(Play::SayNothing);
    let (mut worker, _) = school.worker(&remote);
    school.check_in(3).await;
    assert_eq!(worker.drain().await.unwrap().postponed, 3);
    assert_eq!(school.counts().await.waiting, 3);
}

#[tokio::test]
async fn a_clock_that_is_set_back_delays_nothing() {
    let mut school = School::open().await;
    let remote = Puppet::told_to(Play::BeDown);
    let earlier = school.clock.now();
    school.clock.advance(Duration::from_secs(365 * 86_400));
    school.check_in(3).await;
    let (mut worker, _) = school.worker(&remote);
    worker.drain().await.unwrap();

    school.clock = Clock::set_to(earlier);
    remote.tell(Play::Take);
    let (mut worker, _) = school.worker(&remote);
    assert_eq!(worker.drain().await.unwrap().delivered, 3);
}

#[tokio::test]
async fn a_correction_does_not_end_a_wait_that_the_remote_asked_for() {
    let mut school = School::open().await;
    school.targets = vec![Target::Firestore];
    let remote = Puppet::of(Target::Firestore, Duration::ZERO, Play::Take);
    let (mut worker, _) = school.worker(&remote);
    school.check_in(1).await;
    worker.drain().await.unwrap();

    remote.tell(Play::Ask(90 * SECOND));
    school.correct_the_first().await;
    school.check_in(1).await;
    let tally = worker.drain().await.unwrap();
    assert_eq!((tally.delivered, tally.postponed), (1, 1));
    let until = Some(school.clock.monotonic() + 90 * SECOND);
    assert_eq!(worker.step().await, Ok(WorkOutcome::Waiting { until }));
    school.check_in(1).await;
    assert_eq!(worker.step().await, Ok(WorkOutcome::Waiting { until }));
}

/// Records of a clock that is not set are held back until the remote can be reached, which only a test tells.
#[tokio::test(start_paused = true)]
async fn a_slow_test_outlasts_the_waits_for_records_that_are_held_back() {
    let mut school = School::opened_by(Store::open_inline).await;
    school.clock.set_trusted(false);
    school.check_in(1).await;
    let remote = Puppet::of(Target::Portal, 8 * SECOND, Play::Take);
    let (worker, mut status) = school.worker(&remote);
    let stop = CancellationToken::new();
    let running = tokio::spawn(worker.run(stop.clone()));
    let connected = status.wait_for(RemoteStatus::is_connected);
    timeout(SOON, connected).await.unwrap().unwrap();
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_running_worker_delivers_what_is_checked_in() {
    let mut school = School::open().await;
    let remote = Puppet::told_to(Play::Take);
    let (worker, mut status) = school.worker(&remote);
    let stop = CancellationToken::new();
    let running = tokio::spawn(worker.run(stop.clone()));
    // With nothing owed the remote is tested, so that the screen can tell.
    let connected = status.wait_for(RemoteStatus::is_connected);
    timeout(SOON, connected).await.unwrap().unwrap();
    assert!(remote.calls().is_empty());

    let mut events = school.store.subscribe();
    school.check_in(1).await;
    let settled = async {
        while events.recv().await.unwrap()
            != (Event::Settled {
                target: Target::Portal,
            })
        {}
    };
    timeout(SOON, settled).await.unwrap();
    assert_eq!(school.counts().await.waiting, 0);

    stop.cancel();
    timeout(SOON, running).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_wake_up_reaches_a_worker_whose_target_was_barred_or_down() {
    let school = School::open().await;
    let remote = Puppet::told_to(Play::BeDown);
    let (worker, mut status) = school.worker(&remote);
    let handle = worker.wake_handle();
    let stop = CancellationToken::new();
    let running = tokio::spawn(worker.run(stop.clone()));
    let down = status.wait_for(|status| *status == unreachable());
    timeout(SOON, down).await.unwrap().unwrap();
    remote.tell(Play::Take);
    handle.wake();
    let connected = status.wait_for(RemoteStatus::is_connected);
    timeout(SOON, connected).await.unwrap().unwrap();
    stop.cancel();
    timeout(SOON, running).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_does_not_end_what_a_delivery_failed_for() {
    let mut school = School::open().await;
    for (play, status_then) in [(Play::Fail, unreachable()), (Play::Bar, barred())] {
        let remote = Puppet::told_to(play);
        let (mut worker, status) = school.worker(&remote);
        school.check_in(1).await;
        worker.drain().await.unwrap();
        school.clock.advance(Duration::from_secs(61));
        worker.idle().await;
        assert_eq!(*status.borrow(), status_then, "only a delivery can tell");
        let tries = remote.calls().len();
        worker.drain().await.unwrap();
        assert_eq!(remote.calls().len(), tries + 1, "so one is tried");
        assert_eq!(*status.borrow(), status_then);

        remote.tell(Play::Take);
        school.clock.advance(Duration::from_secs(61));
        assert!(worker.drain().await.unwrap().delivered > 0);
        assert_eq!(*status.borrow(), RemoteStatus::Connected);
    }
}

#[tokio::test]
async fn a_delivery_that_hangs_does_not_hold_up_the_end() {
    let mut school = School::open().await;
    school.check_in(3).await;
    let remote = Puppet::told_to(Play::Hang);
    let (worker, _) = school.worker(&remote);
    let stop = CancellationToken::new();
    let running = tokio::spawn(worker.run(stop.clone()));
    timeout(SOON, remote.called.notified()).await.unwrap();
    stop.cancel();
    // Nothing but time is waited for from here on, so it may pass quickly.
    tokio::time::pause();
    let before = tokio::time::Instant::now();
    running.await.unwrap();
    let taken = before.elapsed();
    assert!(taken > 2 * SECOND && taken < 4 * SECOND, "{taken:?}");
    tokio::time::resume();

    // What was in hand is sent again.
    remote.tell(Play::Take);
    let (mut worker, _) = school.worker(&remote);
    assert_eq!(worker.drain().await.unwrap().delivered, 3);
}

#[tokio::test]
async fn a_closed_store_ends_the_worker() {
    let mut school = School::open().await;
    school.check_in(1).await;
    let (worker, _) = school.worker(&Puppet::told_to(Play::Take));
    school.store.close().await;
    let running = tokio::spawn(worker.run(CancellationToken::new()));
    timeout(SOON, running).await.unwrap().unwrap();
}

#[tokio::test]
async fn setting_the_clock_neither_fires_nor_stalls_a_retry() {
    for hour in [3600, -3600_i64] {
        let mut school = School::open().await;
        let remote = Puppet::told_to(Play::Ask(Duration::from_secs(90)));
        let (mut worker, _) = school.worker(&remote);
        school.check_in(1).await;
        worker.drain().await.unwrap();
        let turned = school.clock.now().millis() + hour * 1000;
        school.clock.turn_to(Timestamp::from_millis(turned));

        remote.tell(Play::Take);
        assert_eq!(
            worker.drain().await,
            Ok(Tally::default()),
            "{hour} s: fired"
        );
        school.clock.advance(Duration::from_secs(89));
        assert_eq!(
            worker.drain().await,
            Ok(Tally::default()),
            "{hour} s: fired"
        );
        school.clock.advance(SECOND);
        assert_eq!(
            worker.drain().await.unwrap().delivered,
            1,
            "{hour} s: stalled"
        );
        // What is recorded by the clock as it is now is due at once.
        school.check_in(1).await;
        assert_eq!(
            worker.drain().await.unwrap().delivered,
            1,
            "{hour} s: stalled"
        );
    }
}

#[tokio::test]
async fn records_of_a_clock_that_is_not_set_wait_a_little_for_the_time() {
    let mut school = School::open().await;
    school.clock.set_trusted(false);
    school.check_in(3).await;
    school.clock.set_trusted(true);
    school.check_in(1).await;
    school.clock.set_trusted(false);
    let remote = Puppet::told_to(Play::Take);
    let (worker, _) = school.worker(&remote);
    let handle = worker.wake_handle();
    let stop = CancellationToken::new();
    let running = tokio::spawn(worker.run(stop.clone()));
    timeout(SOON, remote.called.notified()).await.unwrap();
    assert_eq!(
        remote.calls().concat().len(),
        1,
        "only the one whose time is right"
    );
    // The remote has been reached; the time has had its chance to come as well.
    school.clock.advance(Duration::from_secs(120));
    handle.wake();
    timeout(SOON, remote.called.notified()).await.unwrap();
    stop.cancel();
    running.await.unwrap();
    assert_eq!(remote.calls().concat().len(), 4);
}
