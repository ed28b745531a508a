//! Who is calling: log-in, sessions, tokens, staff.

mod guessing;
mod login;
mod refresh;
mod second_factor;
mod sessions;
mod staff;
mod staff_command;
mod tokens;

use kangtu::identity::totp;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse};

const ROOT: &str = "440000000000";
const KUICHONG: &str = "440307009000";
const TUYANG: &str = "440307009005";
const DAPENG: &str = "440307010000";
const PASSWORD: &str = "mx7-lantern-rope";

/// Makes an account through the API; the answer.
async fn hire(admin: &Caller, username: &str, role_id: &str, region_code: &str) -> Value {
    let answer = admin.post("/api/v1/staff", &new_staff(username, role_id, region_code)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

fn new_staff(username: &str, role_id: &str, region_code: &str) -> Value {
    json!({
        "username": username,
        "display_name": "李四",
        "password": PASSWORD,
        "roles": [{"role_id": role_id, "region_code": region_code}],
    })
}

/// A log-in from an address, with or without a code.
async fn log_in(
    app: &TestApp,
    from: &str,
    username: &str,
    password: &str,
    code: Option<&str>,
) -> TestResponse {
    let mut body = json!({"username": username, "password": password});
    if let Some(code) = code {
        body["totp"] = json!(code);
    }
    app.request(Method::POST, "/api/v1/auth/staff").header("x-forwarded-for", from).json(&body).send().await
}

/// What an authenticator that scanned the address shows now.
fn shown(app: &TestApp, uri: &Value) -> String {
    let uri = uri.as_str().unwrap();
    let secret = uri.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    totp::code(&base32(secret), app.clock.now())
}

fn base32(text: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        _ => letter - b'2' + 26,
    };
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        (held, bits) = (held << 5 | u32::from(value(letter)), bits + 5);
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xFF).unwrap());
        }
    }
    bytes
}
