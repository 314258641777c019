//! The loop's way from a key to an answer, with a real database behind it.

use super::*;
use crate::clock::Clock;
use crate::domain::{PersonName, StaffId};
use crate::services::{Actor, Pin};
use crate::store::{LecturerChange, Store};
use crate::tui::stroke::Stroke;
use crate::tui::testing::{said, usual_screen};
use crate::words::StaffScreen;

fn id(staff_id: &str) -> StaffId {
    StaffId::parse(staff_id).unwrap()
}

fn name() -> PersonName {
    PersonName::parse("Dr. Smith").unwrap()
}

fn pin() -> Pin {
    Pin::parse("2468").unwrap()
}

/// A kiosk with the administrators S1 and S2, and the lecturer L1.
struct Room {
    _folder: tempfile::TempDir,
    store: Store,
    screen: ScreenLoop,
}

impl Room {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("kiosk.db")).unwrap();
        let model = usual_screen();
        let clock = Clock::set_to(model.now);
        let policy = Arc::new(crate::app::policy(
            &crate::config::Config::default(),
            Vec::new(),
        ));
        let keys = store.kiosk_keys("", model.now).await.unwrap();
        let services = Services::new(&store, &clock, &keys, &policy);
        for (staff_id, is_admin) in [("S1", true), ("S2", true), ("L1", false)] {
            let (id, pin) = (id(staff_id), Some(pin()));
            let administration = &services.administration;
            let added = administration.add_lecturer(
                Actor::Shell("shell"),
                id,
                name(),
                String::new(),
                is_admin,
                pin,
            );
            added.await.unwrap();
        }
        let screen = ScreenLoop {
            site: Arc::new(model.site.clone()),
            model,
            services,
            requests: JoinSet::new(),
        };
        Self {
            _folder: folder,
            store,
            screen,
        }
    }

    fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.stroke(match key {
                '\n' => Stroke::Enter,
                key => Stroke::Character(key),
            });
        }
    }

    fn stroke(&mut self, stroke: Stroke) {
        self.screen.apply(Msg::Stroke(stroke));
    }

    /// Waits for the answer to a request, without applying it.
    async fn answer(&mut self) -> Msg {
        let done = self.screen.requests.join_next().await;
        done.unwrap().unwrap().unwrap()
    }

    async fn is_answered(&mut self) {
        let answer = self.answer().await;
        self.screen.apply(answer);
    }

    async fn sign_in(&mut self, staff_id: &str) {
        self.stroke(Stroke::Staff);
        self.keys(&format!("{staff_id}\n2468\n"));
        self.is_answered().await;
        assert!(self.is_inside());
    }

    fn is_inside(&self) -> bool {
        let staff = self.screen.model.staff.as_ref();
        staff.is_some_and(|staff| staff.signed_in().is_some())
    }

    async fn takes_role(&self, staff_id: &str) {
        let change = LecturerChange {
            name: name(),
            department: String::new(),
            is_admin: false,
            has_left: false,
        };
        let (actor, now) = ("S2".to_owned(), self.screen.model.now);
        let changed = self.store.change_lecturer(id(staff_id), change, actor, now);
        changed.await.unwrap().unwrap();
    }

    /// Requests the units, by a choice of the menu.
    async fn asks(&mut self) {
        self.keys("3");
        self.is_answered().await;
    }
}

#[tokio::test]
async fn an_answer_that_is_late_lets_nobody_else_in() {
    let mut room = Room::start().await;
    room.stroke(Stroke::Staff);
    room.keys("S1\n2468\n");
    let late = room.answer().await;
    room.stroke(Stroke::Staff);
    room.stroke(Stroke::Staff);
    room.screen.apply(late);
    assert!(!room.is_inside(), "it is another's form");
    room.keys("S1\n2468\n");
    room.is_answered().await;
    assert!(room.is_inside());
}

#[tokio::test]
async fn who_loses_role_or_pin_is_signed_out_by_the_next_request() {
    for loses_role in [true, false] {
        let mut room = Room::start().await;
        room.sign_in("S1").await;
        if loses_role {
            room.takes_role("S1").await;
        } else {
            let administration = &room.screen.services.administration;
            // The same digits: a new PIN ends the sign-ins with the old one.
            administration
                .set_pin(Actor::Shell("S2"), id("S1"), pin())
                .await
                .unwrap();
        }
        room.asks().await;
        assert!(!room.is_inside());
        let hint = room.screen.model.hint.as_ref().unwrap();
        assert_eq!(hint.text, said(StaffScreen::AccessRevoked));
        room.sign_in("S1").await;
    }
}

#[tokio::test]
async fn a_change_to_others_or_without_loss_signs_nobody_out() {
    let mut room = Room::start().await;
    room.sign_in("L1").await;
    room.takes_role("S1").await;
    room.takes_role("L1").await;
    room.asks().await;
    assert!(room.is_inside());
}
