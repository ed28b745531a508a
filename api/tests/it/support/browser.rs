//! A headless Chromium, driven through its `DevTools` protocol over a pipe.
//!
//! Chromium reads commands from file descriptor 3 and writes answers to 4; a shell joins them to the
//! standard streams, which is all that this side knows.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::say_skipped;

/// Longer than any step takes on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(45);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

const START: &str = "exec chromium --headless --no-sandbox \"$@\" --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --disable-dev-shm-usage \
    --window-size=1280,720 --user-data-dir=\"$0\" --remote-debugging-pipe about:blank \
    3<&0 4>&1 1>/dev/null 2>/dev/null 0</dev/null";

/// A page in a browser of the test's own. Both end with the test.
#[derive(Debug)]
pub(crate) struct Browser {
    process: Child,
    commands: ChildStdin,
    answers: UnboundedReceiver<Value>,
    session: Option<String>,
    last_id: u64,
    _profile: TempDir,
}

impl Browser {
    /// Starts it, or says in one line that there is none.
    pub(crate) async fn start_if_installed() -> Option<Self> {
        Self::start("the player in a browser", &["--disable-gpu"]).await
    }

    /// Starts one that can draw with WebGL, on the processor, or says in one line that there is none.
    pub(crate) async fn start_drawing_if_installed() -> Option<Self> {
        let on_processor =
            ["--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"];
        Self::start("the map in a browser", &on_processor).await
    }

    async fn start(what: &str, flags: &[&str]) -> Option<Self> {
        let installed = Command::new("chromium").arg("--version").stdout(Stdio::null()).status().is_ok();
        if !installed {
            let required = std::env::var_os("KANGTU_REQUIRE_CHROMIUM").is_some_and(|value| value == "1");
            assert!(!required, "KANGTU_REQUIRE_CHROMIUM=1, but there is no chromium");
            say_skipped(&format!("{what}, because there is no chromium"));
            return None;
        }
        let profile = tempfile::tempdir().unwrap();
        let mut process = Command::new("sh")
            .args(["-c", START])
            .arg(profile.path())
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = process.stdin.take().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, answers) = unbounded_channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|read| read > 0) {
                message.pop();
                // Whoever waited is gone: so is the test.
                if sender.send(serde_json::from_slice(&message).unwrap_or_default()).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser = Self { process, commands, answers, session: None, last_id: 0, _profile: profile };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"})).await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", attach).await;
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        browser.call("Page.enable", json!({})).await;
        Some(browser)
    }

    async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut command = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        self.commands.write_all(command.to_string().as_bytes()).unwrap();
        self.commands.write_all(&[0]).unwrap();
        let answered = tokio::time::timeout(PATIENCE, async {
            loop {
                let answer = self.answers.recv().await.expect("the browser ended");
                if answer["id"] == id {
                    return answer;
                }
            }
        });
        let mut answer = answered.await.unwrap_or_else(|_| panic!("{method} is not answered"));
        assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
        answer["result"].take()
    }

    pub(crate) async fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({"url": url})).await;
    }

    pub(crate) async fn reload(&mut self) {
        self.call("Page.reload", json!({})).await;
    }

    /// Runs a script in every page before its own; the name by which it is taken back.
    pub(crate) async fn run_before(&mut self, script: &str) -> String {
        let added = self.call("Page.addScriptToEvaluateOnNewDocument", json!({"source": script})).await;
        added["identifier"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn no_longer_run(&mut self, name: &str) {
        self.call("Page.removeScriptToEvaluateOnNewDocument", json!({"identifier": name})).await;
    }

    /// The value of an expression in the page; null where it fails, as it does while a page loads.
    pub(crate) async fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        self.call("Runtime.evaluate", asked).await["result"]["value"].take()
    }

    /// Waits until an expression in the page is true, and returns its value.
    #[track_caller]
    pub(crate) fn until(&mut self, expression: &str) -> impl Future<Output = Value> {
        let called_at = std::panic::Location::caller();
        async move {
            let began = Instant::now();
            loop {
                let value = self.value(expression).await;
                if !matches!(value, Value::Null | Value::Bool(false)) && value != "" {
                    return value;
                }
                if began.elapsed() > PATIENCE {
                    let page = self.value("JSON.stringify(document.documentElement.dataset)").await;
                    panic!("{called_at}: never true: {expression}; the page says {page}");
                }
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // One that ended by itself cannot be killed, which is what was wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
