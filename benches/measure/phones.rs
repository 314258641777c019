//! A full hall at the beginning of a lecture: five hundred phones in ten seconds, behind one address.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use regex::Regex;

use crate::Run;
use crate::http::Connection;
use crate::pty::Terminal;
use crate::report::{Row, percentile};
use crate::school::{Site, Size, number, program};
use crate::screen::{Entry, press_until};

const HALL: Size = Size {
    units: 1,
    students_of_each: 1000,
    held: 6,
};
const PHONES: u32 = 500;
const WITHIN: Duration = Duration::from_secs(10);

/// What one phone met.
struct Visit {
    /// How long each of its requests took, connecting included.
    waits: Vec<Duration>,
    statuses: Vec<u16>,
}

pub async fn measure(run: &mut Run) {
    run.report.heading(
        "500 phones open the form and send it within 10 s, behind one address, limits as installed",
    );
    let site = Site::found(run.folder(), HALL).await.with_limits();
    let mut screen = Terminal::start(&program(), &["run"], site.folder(), (110, 28));
    screen.wait("the class", |text| text.contains("CS101"));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, site.port));
    let code = site.code.clone();
    let started = Instant::now();
    let hall = tokio::spawn(async move {
        let phones = (0..PHONES).map(|phone| {
            let at = started + WITHIN * phone / PHONES;
            tokio::spawn(visit(address, code.clone(), phone, at))
        });
        join_all(phones).await
    });
    let mut keys = press_until(
        &mut screen,
        &mut Entry::default(),
        started + WITHIN,
        &mut |_, _| {},
    );
    let (mut waits, mut statuses) = (Vec::new(), Vec::new());
    for phone in hall.await.expect("the hall") {
        let visit = phone.expect("a phone");
        waits.extend(visit.waits);
        statuses.extend(visit.statuses);
    }
    let count = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    let mut add = |what: &str, count: usize| {
        run.report
            .add(Row::new(what, count as f64, "").at_most(0.0));
    };
    add("requests that were told to wait", count(429));
    add(
        "requests that met anything else but their page",
        statuses.len() - count(200) - count(429),
    );
    run.report.add(Row::milliseconds(
        format!("a page, p50 of {}", waits.len()),
        percentile(&mut waits, 50),
    ));
    run.report
        .add(Row::milliseconds("a page, p99", percentile(&mut waits, 99)).at_most(1000.0));
    run.report.add(
        Row::milliseconds("key to frame meanwhile, p99", percentile(&mut keys, 99)).at_most(16.0),
    );
    screen.stop();
}

async fn visit(address: SocketAddr, code: String, phone: u32, at: Instant) -> Visit {
    static TICKET: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"name="?ticket"?[^>]*value="([^"]*)""#).expect("a pattern"));
    tokio::time::sleep_until(at.into()).await;
    let path = format!("/A/{code}");
    let asked = Instant::now();
    let mut connection = Connection::open(address).await.expect("a connection");
    let form = connection
        .send("GET", &path, "", "")
        .await
        .expect("the form");
    let opened = asked.elapsed();
    let page = String::from_utf8_lossy(&form.body);
    let ticket = TICKET
        .captures(&page)
        .map(|found| found[1].to_owned())
        .unwrap_or_default();
    let headers = format!(
        "Cookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
        form.cookies.join("; ")
    );
    let number = number(usize::try_from(phone).expect("a few phones")).replace('/', "%2F");
    let body = format!("admission_number={number}&student_name=&ticket={ticket}");
    let asked = Instant::now();
    let result = connection
        .send("POST", &path, &headers, &body)
        .await
        .expect("the result");
    let page = String::from_utf8_lossy(&result.body);
    assert!(
        result.status != 200 || page.contains("ADM/"),
        "no result in {page}"
    );
    Visit {
        waits: vec![opened, asked.elapsed()],
        statuses: vec![form.status, result.status],
    }
}
