//! `GET /api/v1/audit`.

use chrono::TimeDelta;
use kangtu::audit::{self, Action, Actor, AuditEvent, Outcome};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    only_auditors_read_the_log,
    an_auditor_sees_the_region_and_below,
    the_log_is_filtered_and_paged,
    wrong_parameters_are_named,
    reading_is_noted_itself,
    nobody_changes_the_log,
);

const KUICHONG: &str = "440307009000";

async fn note(app: &TestApp, event: AuditEvent) {
    audit::record(&app.state, event).await.unwrap();
}

fn failed_login() -> AuditEvent {
    AuditEvent::new(Action::LoginFailed, Actor::Anonymous).ended(Outcome::Refused)
}

fn actions(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect()
}

/// The region that holds all others.
async fn everywhere(app: &TestApp) -> String {
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
    let root = entity::region::Entity::find().filter(entity::region::Column::ParentCode.is_null());
    root.one(app.state.database.reader()).await.unwrap().unwrap().code
}

async fn only_auditors_read_the_log(app: TestApp) {
    app.get("/api/v1/audit").await.problem(401, "login_required");
    let resident = app.resident("li").await;
    assert_eq!(resident.get("/api/v1/audit").await.status, 403);
    let all = everywhere(&app).await;
    for role in ["admin", "security_admin", "region_admin", "health_officer"] {
        let other = app.staff(role, &all).await;
        assert_eq!(other.get("/api/v1/audit").await.status, 403, "{role}");
    }
    let one_factor = app.staff_with(&[("auditor", &all)], false).await;
    assert_eq!(one_factor.get("/api/v1/audit").await.status, 403);
    let auditor = app.staff("auditor", &all).await;
    let answer = auditor.get("/api/v1/audit").await;
    answer.ok();
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}

async fn an_auditor_sees_the_region_and_below(app: TestApp) {
    let all = everywhere(&app).await;
    note(&app, failed_login()).await;
    note(&app, AuditEvent::new(Action::StaffCreated, Actor::Server).in_region(KUICHONG)).await;
    note(&app, AuditEvent::new(Action::StaffChanged, Actor::Server).in_region(all.as_str())).await;
    let local = app.staff("auditor", KUICHONG).await;
    assert_eq!(actions(&local.get("/api/v1/audit").await.ok()), ["staff.created"]);
    local.get(&format!("/api/v1/audit?region={all}")).await.problem(404, "not_found");
    let whole = app.staff("auditor", &all).await;
    let seen = whole.get("/api/v1/audit").await.ok();
    for action in ["login.failed", "staff.created", "staff.changed"] {
        assert!(actions(&seen).contains(&action), "{seen}");
    }
}

async fn the_log_is_filtered_and_paged(app: TestApp) {
    let auditor = app.staff("auditor", &everywhere(&app).await).await;
    for _ in 0..5 {
        note(&app, failed_login()).await;
    }
    let staff = Actor::Staff(auditor.id);
    note(&app, AuditEvent::new(Action::RolesChanged, staff).on("staff", auditor.id)).await;
    let mut seqs = Vec::new();
    let mut cursor = String::new();
    loop {
        let page =
            auditor.get(&format!("/api/v1/audit?action=login.failed&limit=2&cursor={cursor}")).await.ok();
        seqs.extend(page["items"].as_array().unwrap().iter().map(|row| row["seq"].as_i64().unwrap()));
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(seqs.len(), 5);
    assert!(seqs.windows(2).all(|pair| pair[0] > pair[1]), "newest first, each once: {seqs:?}");
    let mine = auditor.get(&format!("/api/v1/audit?actor={}&action=roles.changed", auditor.id)).await.ok();
    assert_eq!(mine["items"][0]["object_id"], json!(auditor.id));
    let later = (app.clock.now() + TimeDelta::seconds(1)).format("%Y-%m-%dT%H:%M:%SZ");
    let none = auditor.get(&format!("/api/v1/audit?from={later}")).await.ok();
    assert_eq!(none, json!({"items": [], "next": null}));
    let before = auditor.get(&format!("/api/v1/audit?action=login.failed&to={later}")).await.ok();
    assert_eq!(before["items"].as_array().unwrap().len(), 5);
}

async fn wrong_parameters_are_named(app: TestApp) {
    let auditor = app.staff("auditor", &everywhere(&app).await).await;
    for (name, value) in [
        ("action", "login"),
        ("actor", "li"),
        ("from", "2026-11-01"),
        ("to", "yesterday"),
        ("cursor", "-1"),
        ("cursor", "99999999999999999999"),
        ("limit", "0"),
        ("limit", "101"),
    ] {
        let problem =
            auditor.get(&format!("/api/v1/audit?{name}={value}")).await.problem(400, "bad_parameter");
        assert_eq!(problem["parameter"], name);
    }
}

async fn reading_is_noted_itself(app: TestApp) {
    let auditor = app.staff("auditor", &everywhere(&app).await).await;
    auditor.get("/api/v1/audit?action=login.failed").await.ok();
    let seen = auditor.get("/api/v1/audit?action=audit.read").await.ok();
    let row = &seen["items"][0];
    assert_eq!((&row["actor_kind"], &row["actor_id"]), (&json!("staff"), &json!(auditor.id)));
    assert_eq!(row["detail"]["action"], "login.failed");
    assert_eq!(row["client_prefix"], "127.0.0.0/24");
    assert!(row["request_id"].is_string());
}

async fn nobody_changes_the_log(app: TestApp) {
    let auditor = app.staff("auditor", &everywhere(&app).await).await;
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let answer = auditor.request(method, "/api/v1/audit").send().await;
        answer.problem(405, "method_not_allowed");
    }
}
