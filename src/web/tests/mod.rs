//! The site as phones and programs meet it: through its router, over a real database, with a clock
//! that is moved by hand.

mod bytes;
mod description;
mod guards;
mod hostile;
mod programs;
mod slow_clients;
mod staff;
mod students;

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::router::router;
use super::{Limits, Web, WebSettings};
use crate::clock::Clock;
use crate::domain::*;
use crate::services::{
    Actor, LiveBoards, Opening, Policy, Services, Shown, Snapshot, WatchedRemote,
};
use crate::store::{ClassList, ImportedStudent, NewUnit, Store};

/// A kiosk with its web door, and one open lecture of CS101.
struct Kiosk {
    _folder: tempfile::TempDir,
    store: Store,
    clock: Clock,
    services: Services,
    snapshot: watch::Sender<Arc<Snapshot>>,
    web: Web,
    _stop: tokio_util::sync::DropGuard,
    session: Session,
    key: SessionKey,
}

impl Deref for Kiosk {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

/// What a site may set in these tests.
struct Site {
    policy: Policy,
    settings: WebSettings,
    limits: Limits,
    remotes: Vec<WatchedRemote>,
}

impl Kiosk {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// 09:00 in Nairobi; ADM/1 is on the roster as Amina Otieno.
    async fn with(decide: impl FnOnce(&mut Site)) -> Self {
        let mut site = Site {
            policy: policy(),
            settings: WebSettings::read("", Vec::new(), 20, 300).unwrap(),
            limits: Limits::default(),
            remotes: Vec::new(),
        };
        decide(&mut site);
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("kiosk.db")).unwrap();
        let clock = Clock::set_to(Timestamp::parse("2026-11-23T06:00:00Z").unwrap());
        let policy = Arc::new(site.policy);
        let keys = store.kiosk_keys("", clock.now()).await.unwrap();
        let services = Services::new(&store, &clock, &keys, &policy).delivering_to(site.remotes);
        let (session, key) = first_lecture(&services).await;
        let (snapshot, snapshots) = watch::channel(Arc::default());
        let (boards, board_publisher) = LiveBoards::new(store.clone(), &services);
        let stop = CancellationToken::new();
        tokio::spawn(board_publisher.run(stop.clone()));
        let web = Web::new(
            services.clone(),
            boards,
            snapshots,
            site.settings,
            site.limits,
        );
        let kiosk = Self {
            _folder: folder,
            store,
            clock,
            services,
            snapshot,
            web,
            _stop: stop.drop_guard(),
            session,
            key,
        };
        kiosk.show(|_| {}).await;
        kiosk
    }

    /// Publishes the snapshot that the screen shows.
    async fn show(&self, change: impl FnOnce(&mut Snapshot)) {
        let board = self
            .store
            .board(
                self.session.id,
                10,
                self.clock.now(),
                crate::store::Rules::default(),
            )
            .await
            .unwrap();
        let mut snapshot = Snapshot {
            shown: board.map(|board| Shown {
                board,
                key: self.key.clone(),
            }),
            ..Snapshot::default()
        };
        change(&mut snapshot);
        self.snapshot.send_replace(Arc::new(snapshot));
    }

    /// Dr. Smith, who holds CS101.
    async fn smith(&self) -> Lecturer {
        let lecturers = self
            .administration
            .lecturers(Actor::Shell("shell"))
            .await
            .unwrap();
        let mut lecturers = lecturers.into_iter();
        lecturers
            .find(|lecturer| lecturer.staff_id.as_str() == "S1")
            .unwrap()
    }

    /// The code on the screen now.
    fn code(&self) -> String {
        self.desk.code(&self.key).to_string()
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    async fn records(&self) -> u64 {
        self.desk.attendance_count(None).await.unwrap()
    }

    fn site(&self) -> Router {
        router(self.web.clone())
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.site().oneshot(request).await.unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    async fn post_json(&self, body: impl Into<Body>) -> Answer {
        let request = Request::post("/api/check-ins")
            .header(CONTENT_TYPE, "application/json")
            .body(body.into())
            .unwrap();
        self.send(request).await
    }

    fn phone(&self) -> Phone<'_> {
        Phone {
            kiosk: self,
            cookies: Vec::new(),
            keeps_cookies: true,
            address: "10.0.0.7:50000",
        }
    }
}

async fn first_lecture(services: &Services) -> (Session, SessionKey) {
    let administration = &services.administration;
    let staff_id = StaffId::parse("S1").unwrap();
    let name = PersonName::parse("Dr. Smith").unwrap();
    administration
        .add_lecturer(
            Actor::Shell("shell"),
            staff_id.clone(),
            name,
            String::new(),
            true,
            None,
        )
        .await
        .unwrap();
    let code = UnitCode::parse("CS101").unwrap();
    let unit = NewUnit {
        code: code.clone(),
        name: "Programming".to_owned(),
        lecturer: staff_id,
        planned_lessons: None,
    };
    administration
        .add_unit(Actor::Shell("shell"), unit)
        .await
        .unwrap();
    let student = ImportedStudent {
        admission_number: AdmissionNumber::parse("ADM/1").unwrap(),
        name: PersonName::parse("Amina Otieno").ok(),
        email: String::new(),
        phone: String::new(),
        place: ListedPlace::default(),
    };
    let list = ClassList {
        unit: code.clone(),
        semester: administration.semester().clone(),
        students: vec![student],
        newcomers: None,
    };
    administration
        .import(Actor::Shell("shell"), list)
        .await
        .unwrap();
    let opening = Opening {
        unit: code,
        semester: None,
        starts_at: None,
        lasts: Duration::from_secs(7200),
        venue: Venue::parse("Room 101").ok(),
    };
    services
        .sessions
        .open(Actor::Shell("shell"), opening)
        .await
        .unwrap()
}

fn policy() -> Policy {
    Policy {
        kiosk_name: "Science Hall".to_owned(),
        deliver_to: vec![Target::Firestore],
        ..crate::app::policy(&crate::config::Config::default(), Vec::new())
    }
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> serde_json::Value {
        assert_eq!(self.header("content-type"), "application/json");
        serde_json::from_str(&self.text).unwrap()
    }

    /// The value of the form's hidden ticket.
    fn ticket(&self) -> String {
        let (_, rest) = self.text.split_once("name=\"ticket\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// The page without its head, where the style sheet stands.
    fn body(&self) -> &str {
        self.text.split_once("<body>").unwrap().1
    }

    #[track_caller]
    fn says(&self, words: &str) -> &Self {
        assert!(
            self.text.contains(words),
            "{words:?} is not in:\n{}",
            self.text
        );
        self
    }

    #[track_caller]
    fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

/// A browser with its cookies.
struct Phone<'a> {
    kiosk: &'a Kiosk,
    cookies: Vec<(String, String)>,
    keeps_cookies: bool,
    address: &'static str,
}

impl Phone<'_> {
    async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", super::percent::encode(value)))
            .collect::<Vec<_>>()
            .join("&");
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(form)).await
    }

    /// Scans the code on the screen and sends the form at once.
    async fn check_in(&mut self, number: &str, name: &str) -> Answer {
        let path = format!("/A/{}", self.kiosk.code());
        let ticket = self.get(&path).await.ticket();
        self.post(
            &path,
            &[
                ("admission_number", number),
                ("student_name", name),
                ("ticket", &ticket),
            ],
        )
        .await
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let peer: SocketAddr = self.address.parse().unwrap();
        let jar: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .extension(ConnectInfo(peer))
            .header(COOKIE, jar.join("; "));
        let answer = self.kiosk.send(request.body(body).unwrap()).await;
        if self.keeps_cookies {
            for cookie in answer.headers.get_all(SET_COOKIE) {
                let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
                let value = rest.split(';').next().unwrap().to_owned();
                self.cookies.retain(|(key, _)| key != name);
                self.cookies.push((name.to_owned(), value));
            }
        }
        answer
    }
}
