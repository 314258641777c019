//! The loop's way from a key to an answer, with a real database behind it.

use super::*;
use crate::clock::Clock;
use crate::domain::{PersonName, StaffId};
use crate::services::{Pin, Policy};
use crate::store::{LecturerChange, Store};
use crate::tui::msg::Stroke;
use crate::tui::staff::Place;
use crate::tui::testing::usual_screen;
use crate::tui::words;

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
    kiosk: Kiosk,
}

impl Room {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("kiosk.db")).unwrap();
        let model = usual_screen();
        let clock = Clock::set_to(model.now);
        let policy = Arc::new(Policy::default());
        let keys = store.kiosk_keys("").await.unwrap();
        let services = Services::new(&store, &clock, &keys, &policy);
        for (staff_id, is_admin) in [("S1", true), ("S2", true), ("L1", false)] {
            let (id, pin) = (id(staff_id), Some(pin()));
            let added = services.administration.add_lecturer(
                id,
                name(),
                String::new(),
                is_admin,
                pin,
                "shell",
            );
            added.await.unwrap();
        }
        let kiosk = Kiosk {
            site: Arc::new(model.site.clone()),
            model,
            services,
            work: JoinSet::new(),
        };
        Self {
            _folder: folder,
            store,
            kiosk,
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
        self.kiosk.apply(Msg::Stroke(stroke));
    }

    /// Waits for the answer to what was asked for, and keeps it from the screen.
    async fn answer(&mut self) -> Msg {
        let done = self.kiosk.work.join_next().await;
        done.unwrap().unwrap().unwrap()
    }

    async fn is_answered(&mut self) {
        let answer = self.answer().await;
        self.kiosk.apply(answer);
    }

    async fn sign_in(&mut self, staff_id: &str) {
        self.stroke(Stroke::Staff);
        self.keys(&format!("{staff_id}\n2468\n"));
        self.is_answered().await;
        assert!(self.is_inside());
    }

    fn is_inside(&self) -> bool {
        let staff = self.kiosk.model.staff.as_ref();
        staff.is_some_and(|staff| matches!(staff.place, Place::Office(_)))
    }

    async fn takes_rank(&self, staff_id: &str) {
        let change = LecturerChange {
            name: name(),
            department: String::new(),
            is_admin: false,
        };
        let (actor, now) = ("S2".to_owned(), self.kiosk.model.now);
        let changed = self.store.change_lecturer(id(staff_id), change, actor, now);
        changed.await.unwrap();
    }

    /// Asks for the units, which is a choice of the menu.
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
    room.kiosk.apply(late);
    assert!(!room.is_inside(), "it is another's form");
    room.keys("S1\n2468\n");
    room.is_answered().await;
    assert!(room.is_inside());
}

#[tokio::test]
async fn whoever_loses_rank_or_pin_is_turned_out_by_the_next_thing_they_ask_for() {
    for loses_rank in [true, false] {
        let mut room = Room::start().await;
        room.sign_in("S1").await;
        if loses_rank {
            room.takes_rank("S1").await;
        } else {
            let administration = &room.kiosk.services.administration;
            // The same digits: whoever replaces a PIN ends what was opened with the old one.
            administration.set_pin(id("S1"), pin(), "S2").await.unwrap();
        }
        room.asks().await;
        assert!(!room.is_inside());
        let hint = room.kiosk.model.hint.as_ref().unwrap();
        assert_eq!(hint.text, words::TURNED_OUT);
        room.sign_in("S1").await;
    }
}

#[tokio::test]
async fn what_is_changed_of_others_or_takes_nothing_away_turns_nobody_out() {
    let mut room = Room::start().await;
    room.sign_in("L1").await;
    room.takes_rank("S1").await;
    room.takes_rank("L1").await;
    room.asks().await;
    assert!(room.is_inside());
}
