//! The second factor of staff.

use chrono::TimeDelta;
use kangtu::keys::IndexSuite;
use kangtu::me::reindex;
use serde_json::{Value, json};

use super::{KUICHONG, PASSWORD, ROOT, hire, log_in, shown};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};
use crate::vault::indexes::add_index_key;

on_both_databases!(
    a_role_that_sees_persons_asks_for_a_code_from_the_first_log_in,
    a_code_works_once_even_for_two_at_once,
    without_a_second_factor_one_can_only_bind_one,
    a_recovery_code_works_once,
    a_new_password_ends_the_other_sessions,
    passwords_that_are_easily_guessed_are_refused,
    a_recovery_code_outlives_a_change_of_the_index_key,
);

const HERE: &str = "127.0.0.1";

fn caller(template: &Caller, session: &Value) -> Caller {
    Caller {
        access_token: session["access_token"].as_str().unwrap().to_owned(),
        refresh_token: session["refresh_token"].as_str().unwrap().to_owned(),
        session_id: session["session_id"].as_str().unwrap().parse().unwrap(),
        ..template.clone()
    }
}

async fn a_role_that_sees_persons_asks_for_a_code_from_the_first_log_in(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    let officer = hire(&admin, "officer", "health_officer", KUICHONG).await;
    log_in(&app, HERE, "officer", PASSWORD, None).await.problem(401, "totp_required");
    log_in(&app, HERE, "officer", PASSWORD, Some("000000")).await.problem(401, "login_failed");
    let session =
        log_in(&app, HERE, "officer", PASSWORD, Some(&shown(&app, &officer["totp_uri"]))).await.ok();
    assert_eq!(session["must_bind_totp"], false);
    let editor = hire(&admin, "editor", "editor", KUICHONG).await;
    assert_eq!(editor["totp_uri"], Value::Null);
    assert_eq!(log_in(&app, HERE, "editor", PASSWORD, None).await.ok()["must_bind_totp"], false);
}

async fn a_code_works_once_even_for_two_at_once(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    let officer = hire(&admin, "officer", "health_officer", KUICHONG).await;
    let code = shown(&app, &officer["totp_uri"]);
    let (one, two) = futures_util::future::join(
        log_in(&app, HERE, "officer", PASSWORD, Some(&code)),
        log_in(&app, HERE, "officer", PASSWORD, Some(&code)),
    )
    .await;
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
    app.clock.advance(TimeDelta::seconds(20));
    log_in(&app, HERE, "officer", PASSWORD, Some(&code)).await.problem(401, "login_failed");
    app.clock.advance(TimeDelta::seconds(30));
    let next = shown(&app, &officer["totp_uri"]);
    assert_eq!(log_in(&app, HERE, "officer", PASSWORD, Some(&next)).await.status, 200);
}

async fn without_a_second_factor_one_can_only_bind_one(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    let member = hire(&admin, "climber", "editor", KUICHONG).await;
    let path = format!("/api/v1/staff/{}", member["id"].as_str().unwrap());
    let roles = json!({"roles": [{"role_id": "region_admin", "region_code": KUICHONG}]});
    let request = admin.request(reqwest::Method::PUT, &format!("{path}/roles")).header("if-match", "\"1\"");
    assert_eq!(request.json(&roles).send().await.status, 200);

    let session = log_in(&app, HERE, "climber", PASSWORD, None).await.ok();
    assert_eq!(session["must_bind_totp"], true);
    let climber = caller(&admin, &session);
    climber.get("/api/v1/staff").await.problem(403, "second_factor_required");
    let wrong = json!({"password": "wrong-password"});
    climber.post("/api/v1/me/staff/totp", &wrong).await.problem(403, "wrong_password");
    let enrolment = climber.post("/api/v1/me/staff/totp", &json!({"password": PASSWORD})).await.ok();
    assert!(enrolment["otpauth_uri"].as_str().unwrap().contains(enrolment["secret"].as_str().unwrap()));
    climber.get("/api/v1/staff").await.problem(403, "second_factor_required");
    let confirm = "/api/v1/me/staff/totp/confirm";
    climber.post(confirm, &json!({"code": "000000"})).await.problem(422, "invalid");
    let code = shown(&app, &enrolment["otpauth_uri"]);
    let codes = climber.post(confirm, &json!({"code": code})).await.ok();
    assert_eq!(codes["recovery_codes"].as_array().unwrap().len(), 10);
    climber.get("/api/v1/staff").await.ok();
    climber
        .post("/api/v1/me/staff/totp", &json!({"password": PASSWORD}))
        .await
        .problem(409, "totp_already_bound");
    log_in(&app, HERE, "climber", PASSWORD, None).await.problem(401, "totp_required");
    let resident = app.resident("li").await;
    let refused = resident.post("/api/v1/me/staff/totp", &json!({"password": PASSWORD})).await;
    refused.problem(403, "wrong_account_kind");
}

async fn a_recovery_code_works_once(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    hire(&admin, "editor", "editor", KUICHONG).await;
    let editor = caller(&admin, &log_in(&app, HERE, "editor", PASSWORD, None).await.ok());
    let enrolment = editor.post("/api/v1/me/staff/totp", &json!({"password": PASSWORD})).await.ok();
    let code = shown(&app, &enrolment["otpauth_uri"]);
    let codes = editor.post("/api/v1/me/staff/totp/confirm", &json!({"code": code})).await.ok();
    let codes: Vec<String> = serde_json::from_value(codes["recovery_codes"].clone()).unwrap();
    assert_eq!(log_in(&app, HERE, "editor", PASSWORD, Some(&codes[0])).await.status, 200);
    log_in(&app, HERE, "editor", PASSWORD, Some(&codes[0])).await.problem(401, "login_failed");
    let typed = codes[1].to_uppercase().replace('-', " ");
    assert_eq!(log_in(&app, HERE, "editor", PASSWORD, Some(&typed)).await.status, 200);
    log_in(&app, HERE, "editor", PASSWORD, Some("")).await.problem(401, "totp_required");
}

async fn a_new_password_ends_the_other_sessions(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    hire(&admin, "editor", "editor", KUICHONG).await;
    let mut desk = caller(&admin, &log_in(&app, HERE, "editor", PASSWORD, None).await.ok());
    let laptop = caller(&admin, &log_in(&app, HERE, "editor", PASSWORD, None).await.ok());
    let path = "/api/v1/me/staff/password";
    let new = "a-river-of-seven-lamps";
    let change = |current: &str| json!({"current_password": current, "new_password": new});
    desk.put(path, &change("wrong-password")).await.problem(403, "wrong_password");
    assert_eq!(desk.put(path, &change(PASSWORD)).await.status, 204);
    laptop.get("/api/v1/me/sessions").await.problem(401, "session_ended");
    desk.get("/api/v1/me/sessions").await.problem(401, "token_expired");
    desk.refresh().await;
    desk.get("/api/v1/me/sessions").await.ok();
    log_in(&app, HERE, "editor", PASSWORD, None).await.problem(401, "login_failed");
    assert_eq!(log_in(&app, HERE, "editor", new, None).await.status, 200);
}

async fn passwords_that_are_easily_guessed_are_refused(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    for (password, code) in [
        ("1234567", "too_short"),
        ("woaini1314", "too_common"),
        ("li.si-2026", "contains_username"),
        (&"x1".repeat(65), "too_long"),
    ] {
        let mut new = super::new_staff("li.si", "editor", KUICHONG);
        new["password"] = json!(password);
        let problem = admin.post("/api/v1/staff", &new).await.problem(422, "invalid");
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
            (&json!("/password"), &json!(code))
        );
    }
}

async fn a_recovery_code_outlives_a_change_of_the_index_key(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    hire(&admin, "editor", "editor", KUICHONG).await;
    let editor = caller(&admin, &log_in(&app, HERE, "editor", PASSWORD, None).await.ok());
    let enrolment = editor.post("/api/v1/me/staff/totp", &json!({"password": PASSWORD})).await.ok();
    let code = shown(&app, &enrolment["otpauth_uri"]);
    let codes = editor.post("/api/v1/me/staff/totp/confirm", &json!({"code": code})).await.ok();
    let codes: Vec<String> = serde_json::from_value(codes["recovery_codes"].clone()).unwrap();
    add_index_key(&app, IndexSuite::HmacSm3);
    assert_eq!(log_in(&app, HERE, "editor", PASSWORD, Some(&codes[0])).await.status, 200);
    let file = app.state.keys.current();
    let in_use = reindex::keys_in_use(&app.state.database, &file).await.unwrap();
    assert_eq!(in_use, [1], "the codes that are left need the old key");
    log_in(&app, HERE, "editor", PASSWORD, Some(&codes[0])).await.problem(401, "login_failed");
    assert_eq!(log_in(&app, HERE, "editor", PASSWORD, Some(&codes[1])).await.status, 200);
}
