//! Everything the servers of this suite log, searched for what must never be in a log.
//!
//! Whatever a test sends or receives under a name that is secret or personal is remembered. When a server
//! stops, all that was logged since it started, whoever logged it, is searched for what its test remembered.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde_json::Value;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Members of JSON bodies whose values are secret or personal.
const SENSITIVE: [&str; 17] = [
    "access_token",
    "refresh_token",
    "token",
    "password",
    "new_password",
    "current_password",
    "totp",
    "recovery_codes",
    "otpauth_uri",
    "totp_uri",
    "secret",
    "session_key",
    "openid",
    "phone",
    "phone_number",
    "encrypted_data",
    "invitation_code",
];

/// A longer value is recognised by its beginning.
const RECOGNISED_BY: usize = 32;

/// Shorter values, such as codes of six digits, would be found by chance in numbers and ids.
const SHORTEST: usize = 8;

static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

thread_local! {
    /// A test has a thread of its own, on which it sends and reads.
    static REMEMBERED: RefCell<BTreeSet<String>> = RefCell::default();
}

#[derive(Clone, Copy)]
struct Kept;

impl Write for Kept {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        LOGGED.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

/// Begins to keep what is logged, more than a server logs by default. Tells how much has been logged already.
pub(crate) fn keep() -> usize {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let filter = EnvFilter::new("info,kangtu=debug");
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(Kept).with_ansi(false).init();
    });
    LOGGED.lock().unwrap_or_else(PoisonError::into_inner).len()
}

/// Remembers a value that no log may hold.
pub(crate) fn remember(value: &str) {
    if value.len() >= SHORTEST {
        let beginning = value.chars().take(RECOGNISED_BY).collect();
        REMEMBERED.with_borrow_mut(|remembered| remembered.insert(beginning));
    }
}

/// Remembers what is sensitive in a body that was sent or received.
pub(crate) fn remember_body(body: &[u8]) {
    if let Ok(value) = serde_json::from_slice(body) {
        remember_members(&value);
    }
}

fn remember_members(value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if SENSITIVE.contains(&name.as_str()) {
                    remember_texts(member);
                }
                remember_members(member);
            }
        }
        Value::Array(items) => items.iter().for_each(remember_members),
        _ => {}
    }
}

fn remember_texts(value: &Value) {
    match value {
        Value::String(text) => remember(text),
        Value::Array(items) => items.iter().for_each(remember_texts),
        _ => {}
    }
}

/// Fails when anything that was remembered has been logged after the first `since` bytes.
pub(crate) fn assert_clean(since: usize) {
    if let Some(line) = REMEMBERED.with_borrow(|remembered| logged_line_with(remembered, since)) {
        panic!("a secret was logged: {line}");
    }
}

fn logged_line_with(secrets: &BTreeSet<String>, since: usize) -> Option<String> {
    let search = AhoCorasick::builder().kind(Some(AhoCorasickKind::NoncontiguousNFA)).build(secrets).unwrap();
    let logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner)[since..].to_vec();
    let found = search.find(logged.as_slice())?;
    let begin = logged[..found.start()].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let end = logged[found.end()..].iter().position(|byte| *byte == b'\n').unwrap_or(0) + found.end();
    Some(String::from_utf8_lossy(&logged[begin..end]).into_owned())
}

#[test]
fn a_secret_in_a_log_line_is_found() {
    let since = keep();
    let secret = "logged-by-this-test-only-77821";
    assert_eq!(logged_line_with(&BTreeSet::from([secret.to_owned()]), since), None);
    tracing::info!(target: "kangtu", text = secret, "a line");
    let line = logged_line_with(&BTreeSet::from([secret.to_owned()]), since).unwrap();
    assert!(line.contains("a line"), "{line}");
}
