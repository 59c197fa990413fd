//! A browser driven over the WebDriver protocol: Debian's chromium by its chromedriver, headless, with a home of its own.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// A running browser with one window.
pub struct Browser {
    driver: Child,
    client: reqwest::blocking::Client,
    session: String,
}

/// Keys as the protocol writes them.
pub const ENTER: &str = "\u{E007}";
pub const ESCAPE: &str = "\u{E00C}";
pub const TAB: &str = "\u{E004}";
pub const DOWN: &str = "\u{E015}";
pub const RIGHT: &str = "\u{E014}";
pub const END: &str = "\u{E010}";

impl Browser {
    /// Starts one with a window of so many pixels.
    pub fn start(width: u32, height: u32) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver does not start: tests/run installs chromium and chromium-driver");
        let port = BufReader::new(driver.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse::<u16>().ok()
            })
            .expect("chromedriver says no port");
        let client = reqwest::blocking::Client::builder()
            .timeout(std::time::Duration::from_secs(120))
            .no_proxy()
            .build()
            .unwrap();
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--force-color-profile=srgb", "--hide-scrollbars", format!("--window-size={width},{height}")] },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let mut browser = Self { driver, client, session: format!("http://127.0.0.1:{port}/session") };
        let made = browser.post("", &wanted);
        browser.session = format!("{}/{}", browser.session, made["sessionId"].as_str().expect("a session"));
        browser.theme("light");
        browser
    }

    /// Light or dark, and no smooth scrolling: a click would meet what moves.
    pub fn theme(&self, theme: &str) {
        let feature = |name: &str, value: &str| json!({ "name": name, "value": value });
        let all = [feature("prefers-color-scheme", theme), feature("prefers-reduced-motion", "reduce")];
        self.command("Emulation.setEmulatedMedia", &json!({ "features": all }));
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.session);
        let answer: Value = self.client.post(url).json(body).send().unwrap().json().unwrap();
        assert!(answer["value"]["error"].is_null(), "{path}: {answer}");
        answer["value"].clone()
    }

    /// Opens a file.
    pub fn open(&self, page: &std::path::Path) {
        self.post("/url", &json!({ "url": format!("file://{}", page.display()) }));
    }

    /// The value of a JavaScript expression in the page.
    pub fn value(&self, expression: &str) -> Value {
        self.script(&format!("return ({expression});"))
    }

    /// What a script in the page gives.
    pub fn script(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What a script gives to its callback, `done`.
    pub fn later(&self, script: &str) -> Value {
        self.post(
            "/execute/async",
            &json!({ "script": format!("const done = arguments[0]; {script}"), "args": [] }),
        )
    }

    /// Presses keys one after the other.
    pub fn press(&self, keys: &str) {
        let press =
            |k: char| [json!({ "type": "keyDown", "value": k }), json!({ "type": "keyUp", "value": k })];
        let actions: Vec<Value> = keys.chars().flat_map(press).collect();
        self.post("/actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }));
    }

    /// Clicks the middle of the first element a selector finds.
    pub fn click(&self, selector: &str) {
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        let id = found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
        self.post(&format!("/element/{id}/click"), &json!({}));
    }

    /// Waits until an expression is true.
    pub fn until(&self, expression: &str) {
        let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while self.value(&format!("Boolean({expression})")) != json!(true) {
            assert!(std::time::Instant::now() < end, "not within 30 s: {expression}");
            std::thread::sleep(std::time::Duration::from_millis(30));
        }
    }

    /// A command of the browser's own protocol.
    pub fn command(&self, name: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": name, "params": parameters }))
    }

    /// What the console said since the last call, warnings and errors.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({ "type": "browser" }));
        let loud = |e: &&Value| matches!(e["level"].as_str(), Some("SEVERE" | "WARNING"));
        log.as_array()
            .unwrap()
            .iter()
            .filter(loud)
            .map(|e| e["message"].as_str().unwrap_or("").to_owned())
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.client.delete(&self.session).send();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
