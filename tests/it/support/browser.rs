//! A phone's browser: headless Chromium, driven by WebDriver.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::Process;
use super::wait::until_async;

/// The key under which WebDriver hands out elements, fixed by the standard.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How long a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A browser with an empty profile and the screen of a phone.
pub struct Browser {
    http: reqwest::Client,
    session: String,
    _driver: Process,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser whose pages are `width` by `height` CSS pixels.
    pub async fn phone(width: u16, height: u16) -> Self {
        Self::start(width, height, &json!({}), "normal").await
    }

    /// The same without JavaScript.
    pub async fn without_scripts(width: u16, height: u16) -> Self {
        let off = json!({"profile.managed_default_content_settings.javascript": 2});
        // The driver checks by a script whether a page has loaded, and would wait for ever.
        Self::start(width, height, &off, "none").await
    }

    /// The same without cookies.
    pub async fn without_cookies(width: u16, height: u16) -> Self {
        let off = json!({"profile.default_content_setting_values.cookies": 2});
        Self::start(width, height, &off, "normal").await
    }

    async fn start(width: u16, height: u16, preferences: &Value, loading: &str) -> Self {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut driver = Process::start(
            Command::new("chromedriver")
                .arg("--port=0")
                .env("HOME", profile.path())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        );
        let port: u16 = driver.read_line(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let http = super::http_client();
        let wanted = json!({"capabilities": {"alwaysMatch": {"pageLoadStrategy": loading, "goog:chromeOptions": {
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--no-proxy-server",
                format!("--window-size={width},{height}"),
                format!("--user-data-dir={}", profile.path().join("chromium").display()),
            ],
            "prefs": preferences,
            "mobileEmulation": {"deviceMetrics": {"width": width, "height": height, "pixelRatio": 2.0}},
        }}}});
        let drivers_address = format!("http://127.0.0.1:{port}/session");
        let answer = call(http.post(&drivers_address).json(&wanted))
            .await
            .expect("Chromium starts");
        let id = answer["sessionId"].as_str().expect("a session has an id");
        Self {
            http,
            session: format!("{drivers_address}/{id}"),
            _driver: driver,
            _profile: profile,
        }
    }

    pub async fn open(&self, url: &str) {
        self.post("url", &json!({"url": url})).await;
    }

    pub async fn url(&self) -> String {
        let answer = call(self.http.get(format!("{}/url", self.session))).await;
        answer
            .ok()
            .and_then(|url| url.as_str().map(str::to_owned))
            .expect("a page has an address")
    }

    /// Replaces the text of the field that the CSS selector finds.
    pub async fn fill(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.post(&format!("element/{element}/clear"), &json!({}))
            .await;
        self.post(&format!("element/{element}/value"), &json!({"text": text}))
            .await;
    }

    pub async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        self.post(&format!("element/{element}/click"), &json!({}))
            .await;
    }

    /// Presses Enter on the element that the CSS selector finds; this needs no script of the driver.
    pub async fn press(&self, selector: &str) {
        let element = self.find(selector).await;
        let enter = json!({"text": "\u{e007}"});
        self.post(&format!("element/{element}/value"), &enter).await;
    }

    /// Presses the space bar on a checkbox.
    pub async fn tick(&self, selector: &str) {
        let element = self.find(selector).await;
        self.post(&format!("element/{element}/value"), &json!({"text": " "}))
            .await;
    }

    /// Switches to the dark colour scheme.
    pub async fn in_the_dark(&self) {
        let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
        let command = json!({"cmd": "Emulation.setEmulatedMedia", "params": dark});
        self.post("goog/cdp/execute", &command).await;
    }

    /// The text of the page as a person reads it.
    pub async fn text(&self) -> String {
        let text = self.script("return document.body.innerText").await;
        text.as_str().expect("a page has text").to_owned()
    }

    /// Waits until the page contains `wanted`. Returns its text.
    pub async fn wait_for(&self, wanted: &str) -> String {
        until_async(&format!("{wanted:?} on the page"), PATIENCE, async || {
            let text = self.text().await;
            text.contains(wanted).then_some(text)
        })
        .await
    }

    /// As [`Browser::wait_for`], for a page without scripts.
    pub async fn find_sentence(&self, wanted: &str) {
        until_async(&format!("{wanted:?} in the page"), PATIENCE, async || {
            let source = call(self.http.get(format!("{}/source", self.session)))
                .await
                .ok()?;
            source.as_str()?.contains(wanted).then_some(())
        })
        .await;
    }

    /// Goes back a page.
    pub async fn back(&self) {
        self.post("back", &json!({})).await;
    }

    /// Runs the body of a JavaScript function. Returns its result.
    pub async fn script(&self, body: &str) -> Value {
        self.post("execute/sync", &json!({"script": body, "args": []}))
            .await
    }

    /// A PNG of the page.
    pub async fn picture(&self) -> Vec<u8> {
        let answer = call(self.http.get(format!("{}/screenshot", self.session)))
            .await
            .expect("a picture");
        let text = answer.as_str().expect("a picture is text in base64");
        data_encoding::BASE64
            .decode(text.as_bytes())
            .expect("a picture is base64")
    }

    async fn find(&self, selector: &str) -> String {
        until_async(&format!("{selector:?} on the page"), PATIENCE, async || {
            let query = json!({"using": "css selector", "value": selector});
            let found = call(
                self.http
                    .post(format!("{}/element", self.session))
                    .json(&query),
            )
            .await;
            found.ok()?[ELEMENT].as_str().map(str::to_owned)
        })
        .await
    }

    async fn post(&self, command: &str, body: &Value) -> Value {
        let request = self
            .http
            .post(format!("{}/{command}", self.session))
            .json(body);
        call(request)
            .await
            .unwrap_or_else(|error| panic!("{command}: {error}"))
    }
}

/// Sends a command to the driver. Returns the value of its answer, or its error message.
async fn call(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let answer = request
        .timeout(Duration::from_mins(1))
        .send()
        .await
        .map_err(|error| error.to_string())?;
    let is_ok = answer.status().is_success();
    let mut body: Value = answer.json().await.map_err(|error| error.to_string())?;
    let value = body["value"].take();
    if is_ok {
        Ok(value)
    } else {
        Err(value["message"].to_string())
    }
}
