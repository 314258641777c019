//! What is done to a session at one kiosk, and told to the others.

use super::*;

#[tokio::test]
async fn what_is_done_to_a_session_at_one_kiosk_is_done_at_all() {
    let Some(emulator) = emulator() else { return };
    let (mut a, mut b, session) = hall(&emulator).await;
    let by = || "test".to_owned();
    a.store
        .close_session(session, by(), a.clock.now())
        .await
        .unwrap();
    a.publishes().await;
    b.looks().await;
    assert_eq!(b.state(session).await, SessionState::Closed);

    // And back; B's clock is behind, which must not make its word the older one.
    a.clock.advance(Duration::from_secs(600));
    let now = b.clock.now();
    let until = now + Duration::from_secs(900);
    b.store
        .reopen_session(session, until, "early".to_owned(), by(), now)
        .await
        .unwrap()
        .unwrap();
    b.publishes().await;
    a.looks().await;
    assert_eq!(a.state(session).await, SessionState::Open);
    a.store
        .cancel_session(session, "ill".to_owned(), by(), a.clock.now())
        .await
        .unwrap()
        .unwrap();
    a.publishes().await;
    b.looks().await;
    assert_eq!(b.state(session).await, SessionState::Cancelled);
}

#[tokio::test]
async fn the_later_of_two_changes_stands_whoever_publishes_first() {
    let Some(emulator) = emulator() else { return };
    for a_first in [true, false] {
        let (mut a, mut b, session) = hall(&emulator).await;
        let by = || "test".to_owned();
        a.clock.advance(Duration::from_secs(60));
        b.clock.advance(Duration::from_secs(120));
        a.store
            .close_session(session, by(), a.clock.now())
            .await
            .unwrap();
        b.store
            .cancel_session(session, "ill".to_owned(), by(), b.clock.now())
            .await
            .unwrap()
            .unwrap();
        if a_first {
            a.publishes().await;
            b.publishes().await;
        } else {
            b.publishes().await;
            a.publishes().await;
        }
        a.looks().await;
        b.looks().await;
        for kiosk in [&a, &b] {
            assert_eq!(
                kiosk.state(session).await,
                SessionState::Cancelled,
                "{}",
                kiosk.id
            );
        }
    }
}

#[tokio::test]
async fn a_clock_that_runs_ahead_ends_a_session_for_its_own_kiosk_only() {
    let Some(emulator) = emulator() else { return };
    let (mut a, b, session) = hall(&emulator).await;
    b.clock.advance(Duration::from_secs(24 * 3600));
    b.store
        .close_ended_sessions(b.clock.reading())
        .await
        .unwrap();
    assert_eq!(b.state(session).await, SessionState::Closed);
    b.publishes().await;
    a.looks().await;
    assert_eq!(a.state(session).await, SessionState::Open);
}

#[tokio::test]
async fn a_roster_that_changes_is_published_anew_in_whole_pages() {
    let Some(emulator) = emulator() else { return };
    let a = Kiosk::with_school(&emulator, "kiosk-a").await;
    let session = a.opens().await;
    a.publishes().await;
    let numbers: Vec<String> = (0..1200).map(|number| format!("R/{number:04}")).collect();
    let many: Vec<(&str, &str)> = numbers
        .iter()
        .map(|number| (number.as_str(), "Jane Doe"))
        .collect();
    a.import(&many).await;
    a.publishes().await;
    let published = a.published(session).await;
    assert_eq!(published.roster.as_ref().unwrap().pages, 3);
    let roster = a
        .firestore
        .published_roster(&published)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        roster,
        a.store
            .roster_entries(unit(), semester(), chrono::NaiveDate::MIN)
            .await
            .unwrap()
    );
    let torn = PublishedSession {
        roster: Some(RosterEdition {
            version: "another".to_owned(),
            pages: 3,
        }),
        ..published
    };
    assert_eq!(a.firestore.published_roster(&torn).await.unwrap(), None);

    let extent = crate::sync::firestore::cleanup::Extent::SessionId(session.to_string());
    let found = a
        .firestore
        .read_documents(&extent, |_| Ok(()))
        .await
        .unwrap();
    assert_eq!(
        (found.sessions, found.roster_pages),
        (1, 3),
        "the cleanup knows them"
    );
}

#[tokio::test]
async fn a_publisher_that_is_barred_goes_on_quietly_until_it_is_let_in() {
    let Some(emulator) = emulator() else { return };
    let a = Kiosk::with_school(&emulator, "kiosk-a").await;
    let side = FakeFirestore::start().await;
    let settings = emulated(&side.stub.address.to_string(), "school");
    let firestore = Arc::new(Firestore::new(settings).unwrap());
    let mut publisher = Publisher::new(a.store.clone(), a.clock.clone(), a.id.clone(), firestore);
    a.opens().await;
    side.feel(Mood::Forbidding);
    for _ in 0..3 {
        publisher.step().await.unwrap();
        a.clock.advance(Duration::from_secs(61));
    }
    let due = a
        .store
        .due_publications(a.id.clone(), a.clock.now())
        .await
        .unwrap();
    assert_eq!(due[0].attempts, 1, "written down once, not every minute");
    side.feel(Mood::Well);
    publisher.step().await.unwrap();
    assert_eq!(a.store.publication_counts().await.unwrap().waiting, 0);
}

#[tokio::test]
async fn a_clock_that_is_set_back_holds_no_session_up() {
    let Some(emulator) = emulator() else { return };
    let a = Kiosk::with_school(&emulator, "kiosk-a").await;
    let session = a.opens().await;
    let half_an_hour = Duration::from_secs(1800);
    a.clock.turn_to(a.clock.now() - half_an_hour);
    a.publishes().await;
    let (by, now) = ("test".to_owned(), a.clock.now());
    a.store.close_session(session, by, now).await.unwrap();
    let retried = a
        .store
        .retry(None, None, a.clock.monotonic())
        .await
        .unwrap();
    assert_eq!(retried, 1);
    a.publishes().await;
}
