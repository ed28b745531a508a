//! Forged access tokens are refused, whatever they try (RFC 8725).

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use kangtu::identity::tokens::Audience;
use kangtu::keys;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    forged_tokens_are_refused,
    tokens_that_were_changed_are_refused,
    tokens_of_one_kind_of_account_do_not_pass_for_the_other,
    a_token_works_as_long_as_it_says,
    a_header_that_is_no_token_is_refused,
    the_published_keys_check_our_tokens,
);

const SESSIONS: &str = "/api/v1/me/sessions";

/// A good token taken apart, and the key it was signed with.
struct Forger {
    header: Value,
    claims: Value,
    pair: Ed25519KeyPair,
    public: Vec<u8>,
}

impl Forger {
    fn new(app: &TestApp, li: &Caller) -> Self {
        let parts: Vec<&str> = li.access_token.split('.').collect();
        let part =
            |at: usize| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(parts[at]).unwrap()).unwrap();
        let private = app.state.keys.current().signing[0].private.clone();
        Self {
            header: part(0),
            claims: part(1),
            pair: keys::key_pair(&private).unwrap(),
            public: keys::public_key(&private).unwrap(),
        }
    }

    fn with_header(&self, changes: &Value) -> String {
        self.signed(&changed(&self.header, changes), &self.claims)
    }

    fn with_claims(&self, changes: &Value) -> String {
        self.signed(&self.header, &changed(&self.claims, changes))
    }

    fn signed(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = BASE64_URL_SAFE_NO_PAD.encode(self.pair.sign(message.as_bytes()).as_ref());
        format!("{message}.{signature}")
    }

    /// The public key taken for the secret of a symmetric algorithm.
    fn symmetric(&self, algorithm: &str, secret: &[u8]) -> String {
        let message = message(&changed(&self.header, &json!({"alg": algorithm})), &self.claims);
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(message.as_bytes());
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}

fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// `null` removes a member.
fn changed(value: &Value, changes: &Value) -> Value {
    let mut value = value.clone();
    for (name, change) in changes.as_object().unwrap() {
        if change.is_null() {
            value.as_object_mut().unwrap().remove(name);
        } else {
            value[name] = change.clone();
        }
    }
    value
}

async fn forged_tokens_are_refused(app: TestApp) {
    let li = app.resident("li").await;
    let forger = Forger::new(&app, &li);
    let foreign = Ed25519KeyPair::generate().unwrap();
    let foreign_key = {
        use aws_lc_rs::signature::KeyPair;
        BASE64_URL_SAFE_NO_PAD.encode(foreign.public_key().as_ref())
    };
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": foreign_key});
    let by_foreign = |header: &Value| {
        let message = message(header, &forger.claims);
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(foreign.sign(message.as_bytes()).as_ref()))
    };
    let now_s = app.clock.now().timestamp();
    let unsigned = |algorithm: &str| {
        format!("{}.", message(&changed(&forger.header, &json!({"alg": algorithm})), &forger.claims))
    };
    let other_id = Uuid::from_u128(7).to_string();
    let forgeries = [
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("alg EdDSA without a signature", unsigned("EdDSA")),
        ("no alg", forger.with_header(&json!({"alg": null}))),
        ("HS256 with the public key", forger.symmetric("HS256", &forger.public)),
        ("HS256 with an empty key", forger.symmetric("HS256", b"")),
        ("HS256 said, Ed25519 signed", forger.with_header(&json!({"alg": "HS256"}))),
        ("ES256 said", forger.with_header(&json!({"alg": "ES256"}))),
        ("RS256 said", forger.with_header(&json!({"alg": "RS256"}))),
        ("another key", by_foreign(&forger.header)),
        ("no kid", forger.with_header(&json!({"kid": null}))),
        ("another kid", forger.with_header(&json!({"kid": other_id}))),
        ("kid a path", forger.with_header(&json!({"kid": "../../../../dev/null"}))),
        ("kid an injection", forger.with_header(&json!({"kid": "' UNION SELECT 'x' --"}))),
        ("kid a number", forger.with_header(&json!({"kid": 1}))),
        ("embedded jwk", by_foreign(&changed(&forger.header, &json!({"jwk": jwk})))),
        ("embedded jwk, signed by us", forger.with_header(&json!({"jwk": jwk}))),
        ("jku", by_foreign(&changed(&forger.header, &json!({"jku": "http://127.0.0.1:1/keys"})))),
        ("x5u", forger.with_header(&json!({"x5u": "http://127.0.0.1:1/cert"}))),
        ("x5c", forger.with_header(&json!({"x5c": ["AAAA"]}))),
        ("crit", forger.with_header(&json!({"crit": ["exp"]}))),
        ("b64 false", forger.with_header(&json!({"b64": false, "crit": ["b64"]}))),
        ("zip", forger.with_header(&json!({"zip": "DEF"}))),
        ("typ JWT", forger.with_header(&json!({"typ": "JWT"}))),
        ("typ refresh", forger.with_header(&json!({"typ": "rt+jwt"}))),
        ("no typ", forger.with_header(&json!({"typ": null}))),
        ("another issuer", forger.with_claims(&json!({"iss": "https://evil.example"}))),
        ("several issuers", forger.with_claims(&json!({"iss": ["kangtu", "evil"]}))),
        ("no issuer", forger.with_claims(&json!({"iss": null}))),
        ("another audience", forger.with_claims(&json!({"aud": "kangtu-screen"}))),
        ("several audiences", forger.with_claims(&json!({"aud": ["kangtu-resident", "kangtu-staff"]}))),
        ("no audience", forger.with_claims(&json!({"aud": null}))),
        ("no subject", forger.with_claims(&json!({"sub": null}))),
        ("no end", forger.with_claims(&json!({"exp": null}))),
        ("an end in words", forger.with_claims(&json!({"exp": "never"}))),
        ("an end beyond numbers", forger.with_claims(&json!({"exp": 1e300}))),
        ("not yet", forger.with_claims(&json!({"nbf": now_s + 60}))),
        ("made in the future", forger.with_claims(&json!({"iat": now_s + 60}))),
        ("a claim of its own", forger.with_claims(&json!({"role": "admin"}))),
        ("claims a list", forger.signed(&forger.header, &json!([forger.claims]))),
        ("header a list", forger.signed(&json!([forger.header]), &forger.claims)),
        ("four parts", format!("{}.x", li.access_token)),
        ("two parts", li.access_token.rsplit_once('.').unwrap().0.to_owned()),
        ("padding", format!("{}==", li.access_token)),
        ("DER around the signature", der(&li.access_token)),
    ];
    for (what, token) in forgeries {
        let forged = Caller { access_token: token, ..li.clone() };
        let answer = forged.get(SESSIONS).await;
        assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("token_invalid")), "{what}");
    }
    let ended = forger.with_claims(&json!({"exp": now_s - 6}));
    Caller { access_token: ended, ..li.clone() }.get(SESSIONS).await.problem(401, "token_expired");
    // Signed by us, about something that is not so: possible only with a stolen key, and still refused.
    for (what, claims) in [
        ("another session", json!({"sid": other_id})),
        ("another account", json!({"sub": other_id})),
        ("the other kind of account", json!({"aud": "kangtu-staff"})),
    ] {
        let forged = Caller { access_token: forger.with_claims(&claims), ..li.clone() };
        let answer = forged.get(SESSIONS).await;
        assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("session_ended")), "{what}");
    }
    let other_stamp = forger.with_claims(&json!({"stamp": other_id}));
    Caller { access_token: other_stamp, ..li.clone() }.get(SESSIONS).await.problem(401, "token_expired");
    li.get(SESSIONS).await.ok();
}

fn der(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let raw = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    let wrapped = [&[0x30, 0x42, 0x03, 0x40][..], &raw].concat();
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(wrapped))
}

async fn tokens_that_were_changed_are_refused(app: TestApp) {
    let li = app.resident("li").await;
    let good = li.access_token.as_bytes();
    for at in (0..good.len()).step_by(7).chain([good.len() - 1]) {
        let mut bytes = good.to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let token = String::from_utf8(bytes).unwrap();
        let answer = Caller { access_token: token, ..li.clone() }.get(SESSIONS).await;
        assert_eq!(answer.status, 401, "byte {at}");
    }
    for length in [1, 10, good.len() / 2, good.len() - 1] {
        let token = li.access_token[..length].to_owned();
        Caller { access_token: token, ..li.clone() }.get(SESSIONS).await.problem(401, "token_invalid");
    }
}

async fn tokens_of_one_kind_of_account_do_not_pass_for_the_other(app: TestApp) {
    let li = app.resident("li").await;
    let editor = app.staff("editor", "440307009000").await;
    let issue = |audience, caller: &Caller| {
        let stamp = Uuid::from_u128(1);
        app.state.tokens.issue(audience, caller.id, caller.session_id, stamp, app.clock.now()).unwrap()
    };
    for (audience, caller) in [(Audience::Staff, &li), (Audience::Resident, &editor)] {
        let forged = Caller { access_token: issue(audience, caller), ..caller.clone() };
        forged.get(SESSIONS).await.problem(401, "session_ended");
    }
}

async fn a_token_works_as_long_as_it_says(app: TestApp) {
    let li = app.resident("li").await;
    app.clock.advance(TimeDelta::seconds(904));
    li.get(SESSIONS).await.ok();
    app.clock.advance(TimeDelta::seconds(1));
    li.get(SESSIONS).await.problem(401, "token_expired");
    let later = app.resident("li").await;
    app.clock.advance(TimeDelta::seconds(-5));
    later.get(SESSIONS).await.ok();
    app.clock.advance(TimeDelta::seconds(-1));
    later.get(SESSIONS).await.problem(401, "token_invalid");
}

async fn a_header_that_is_no_token_is_refused(app: TestApp) {
    let li = app.resident("li").await;
    for value in ["", "Bearer", "Basic bGk6bGk=", &format!("Token {}", li.access_token), &li.access_token] {
        let request = app.request(Method::GET, SESSIONS).header("authorization", value);
        request.send().await.problem(401, "login_required");
    }
    let twice = li.request(Method::GET, SESSIONS).header("authorization", "Bearer x").send().await;
    twice.problem(401, "login_required");
    let long = format!("Bearer {}", "A".repeat(20_000));
    let answer = app.request(Method::GET, SESSIONS).header("authorization", &long).send().await;
    answer.problem(401, "token_invalid");
    let huge = reqwest::Client::new()
        .get(format!("{}{SESSIONS}", app.base_url))
        .header("authorization", format!("Bearer {}", "A".repeat(1_048_576)));
    // The connection may be cut instead of answered; a server error it must not be.
    if let Ok(answer) = huge.send().await {
        assert!(answer.status().is_client_error(), "{}", answer.status());
    }
    app.get("/healthz").await.ok();
}

async fn the_published_keys_check_our_tokens(app: TestApp) {
    let li = app.resident("li").await;
    let published = app.get("/.well-known/jwks.json").await;
    assert_eq!(published.header("cache-control"), Some("public, max-age=300"));
    let keys = published.ok();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    let key = &keys["keys"][0];
    assert!(key.get("d").is_none(), "a private key is published");
    let (message, signature) = li.access_token.rsplit_once('.').unwrap();
    let public = BASE64_URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, public)
        .verify(message.as_bytes(), &signature)
        .unwrap();
}
