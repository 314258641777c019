//! Requests of a phone without a browser, for tests with hundreds of phones.

use std::sync::LazyLock;

use regex::Regex;
use reqwest::{Client, RequestBuilder, header};
use serde_json::{Value, json};

/// A phone with its own cookie.
pub struct Phone {
    http: Client,
    cookie: Option<String>,
}

/// A page as it came.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub text: String,
}

impl Phone {
    /// Phones with the same `http` share its connections.
    pub fn new(http: &Client) -> Self {
        Self {
            http: http.clone(),
            cookie: None,
        }
    }

    /// Opens the form and keeps its cookie.
    pub async fn open(&mut self, url: &str) -> Page {
        self.send(self.http.get(url)).await
    }

    /// Sends the form that `page` shows.
    pub async fn submit(&mut self, url: &str, page: &Page, number: &str, name: &str) -> Page {
        let ticket = page
            .ticket()
            .unwrap_or_else(|| panic!("no ticket in {page:?}"));
        let fields = [
            ("admission_number", number),
            ("student_name", name),
            ("ticket", &ticket),
        ];
        let body = fields
            .map(|(key, value)| format!("{key}={}", percent_encoded(value)))
            .join("&");
        let request = self
            .http
            .post(url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(body)).await
    }

    async fn send(&mut self, mut request: RequestBuilder) -> Page {
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let answer = request.send().await.expect("the kiosk answers");
        let cookies = answer
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().ok());
        let pairs: Vec<String> = cookies
            .filter_map(|cookie| cookie.split(';').next().map(str::to_owned))
            .collect();
        if !pairs.is_empty() {
            self.cookie = Some(pairs.join("; "));
        }
        Page {
            status: answer.status().as_u16(),
            text: answer.text().await.expect("a page is text"),
        }
    }
}

impl Page {
    fn ticket(&self) -> Option<String> {
        static FIELD: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r#"<input[^>]*name="?ticket"?[^>]*>"#).expect("a pattern"));
        static VALUE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r#"value="([^"]*)""#).expect("a pattern"));
        let field = FIELD.find(&self.text)?;
        Some(VALUE.captures(field.as_str())?[1].to_owned())
    }
}

/// A check-in over the JSON API. Returns status and answer.
pub async fn check_in(
    http: &Client,
    kiosk: &str,
    code: &str,
    number: &str,
    name: &str,
) -> (u16, Value) {
    let body = json!({"code": code, "admission_number": number, "student_name": name});
    let answer = http
        .post(format!("{kiosk}/api/check-ins"))
        .json(&body)
        .send()
        .await
        .expect("the kiosk answers");
    (
        answer.status().as_u16(),
        answer.json().await.expect("the kiosk speaks JSON"),
    )
}

/// Percent-encodes every byte.
fn percent_encoded(text: &str) -> String {
    let hexadecimal = data_encoding::HEXUPPER.encode(text.as_bytes());
    let bytes = hexadecimal
        .as_bytes()
        .chunks_exact(2)
        .flat_map(|byte| [b'%', byte[0], byte[1]]);
    bytes.map(char::from).collect()
}
