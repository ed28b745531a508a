//! Exports hold everything, and open for nobody else and not for ever.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use chrono::TimeDelta;
use entity::message_credit;
use kangtu::privacy::exports::{build_due, remove_unused_files};
use kangtu::privacy::holdings::HOLDINGS;
use sea_orm::{ActiveValue, EntityTrait};
use serde_json::{Value, json};

use crate::activities::{alone, lecture, publish_at_once, sign_up};
use crate::people::{PEOPLE, add, appoint, child};
use crate::records::{agree, keep, reading};
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    an_export_holds_everything_that_is_stored,
    an_export_is_for_whoever_asked_and_for_72_hours,
    two_replicas_build_an_export_once,
    what_a_dead_builder_left_is_built_anew_and_swept_away,
    the_file_in_the_store_is_sealed,
    a_token_that_was_stolen_later_gets_nothing_and_closes_nothing,
);

const EXPORTS: &str = "/api/v1/me/exports";

/// Asks for an export, has it built, and returns where it is. The server's own job may be first.
async fn built(caller: &Caller, body: &Value) -> String {
    let asked = caller.post(EXPORTS, body).await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    let path = format!("{EXPORTS}/{}", asked.json()["id"].as_str().unwrap());
    for _ in 0..500 {
        build_due(&caller.app.state, caller.app.clock.now()).await.unwrap();
        if caller.get(&path).await.ok()["state"] == "ready" {
            return path;
        }
        tokio::task::yield_now().await;
    }
    panic!("the export never became ready");
}

fn unpacked(response: &TestResponse) -> BTreeMap<String, Vec<u8>> {
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    let mut archive = zip::ZipArchive::new(Cursor::new(response.body.clone())).unwrap();
    (0..archive.len())
        .map(|position| {
            let mut file = archive.by_index(position).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().unwrap().into_owned(), content)
        })
        .collect()
}

/// As WeChat tells that the resident agreed to be sent one message.
async fn agree_to_a_message(app: &TestApp, caller: &Caller) {
    let (account_id, now) = (caller.id, app.clock.now());
    let agreed = app.state.database.write(move |transaction| {
        let row = message_credit::ActiveModel {
            account_id: ActiveValue::Set(account_id),
            template_id: ActiveValue::Set("tReminder".to_owned()),
            credits: ActiveValue::Set(1),
            status: ActiveValue::Set(message_credit::Status::Accept),
            updated_at: ActiveValue::Set(now.into()),
        };
        Box::pin(async move {
            message_credit::Entity::insert(row).exec_without_returning(transaction).await?;
            Ok(())
        })
    });
    agreed.await.unwrap();
}

/// What people leave behind at an activity, in a hut and in their health record: `attendance::traces`,
/// `follow_ups::family_week`, `records::privacy` and `shares::privacy` follow it into exports.
const ELSEWHERE: [&str; 13] = [
    "check_ins",
    "follow_ups",
    "hut_visits",
    "feedback",
    "calendar",
    "measurements",
    "wechat_steps",
    "rejected_measurements",
    "record_alerts",
    "health_goals",
    "health_reminders",
    "pregnancy",
    "shares",
];

async fn an_export_holds_everything_that_is_stored(app: TestApp) {
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    li.patch("/api/v1/me", &json!({"name": "=李大爷", "birth_date": "1950-02-28"})).await.ok();
    li.put("/api/v1/me/consents/phone", &json!({"text_version": 1})).await;
    li.post("/api/v1/me/phone", &json!({"code": "dev-13800005678"})).await.ok();
    let id = li.person_id.unwrap().to_string();
    appoint(&li, &wang, &id, &["activities"], 30).await;
    wang.get(&format!("{PEOPLE}/{id}")).await.ok();
    add(&li, &child()).await;
    agree_to_a_message(&app, &li).await;
    agree(&li, "records").await;
    keep(&li, reading("weight", "2026-11-24T07:00:00+08:00", 61.5)).await;
    let lecture = publish_at_once(&app, &lecture(app.clock.now())).await;
    sign_up(&li, lecture, &alone(&li)).await.json();
    let answer = li.get(&format!("{}/file", built(&li, &json!({})).await)).await;
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"kangtu-2026-11-25.zip\""));
    let files = unpacked(&answer);
    let document: Value = serde_json::from_slice(&files["kangtu.json"]).unwrap();
    for holding in &HOLDINGS {
        let csv = String::from_utf8(files[&format!("{}.csv", holding.name)].clone()).unwrap();
        assert!(csv.starts_with('\u{feff}'), "{}", holding.name);
        let rows = document[holding.name].as_array().unwrap();
        assert!(!rows.is_empty() || ELSEWHERE.contains(&holding.name), "nothing of {}", holding.name);
        assert_eq!(csv.lines().count(), rows.len() + 1, "{}", holding.name);
    }
    assert!(files["健康报告.pdf"].starts_with(b"%PDF-"));
    let bundle: Value = serde_json::from_slice(&files["fhir.json"]).unwrap();
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("collection")));
    let kinds = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]["resourceType"]);
    assert_eq!(kinds.collect::<Vec<_>>(), ["Patient", "Observation"]);
    assert_eq!(bundle["entry"][0]["fullUrl"], format!("urn:uuid:{id}"));
    assert_eq!(bundle["entry"][1]["resource"]["subject"]["reference"], bundle["entry"][0]["fullUrl"]);
    let profile = &document["profile"][0];
    assert_eq!((&profile["name"], &profile["birth_date"]), (&json!("=李大爷"), &json!("1950-02-28")));
    assert_eq!(document["phone"][0]["phone"], "13800005678");
    assert_eq!(document["account"][0]["wechat_openid"], "dev-li");
    let consents = document["consents"].as_array().unwrap();
    assert!(consents.iter().any(|consent| consent["purpose"] == "phone"));
    assert_eq!(document["family"][0]["kinship"], "child");
    assert_eq!(document["proxies"][0]["side"], "granted");
    assert_eq!(document["access_log"][0]["what"], "profile");
    assert_eq!(document["sessions"].as_array().unwrap().len(), 1);
    let profile = String::from_utf8(files["profile.csv"].clone()).unwrap();
    assert!(profile.contains(",'=李大爷,"), "a formula got into a table: {profile}");
    assert!(!document.to_string().contains("李小明"), "a child is exported for itself");
}

async fn an_export_is_for_whoever_asked_and_for_72_hours(app: TestApp) {
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    let id = add(&li, &child()).await;
    wang.post(EXPORTS, &json!({"person_id": id})).await.problem(404, "no_such_person");
    wang.post(EXPORTS, &json!({"account_id": li.id})).await.problem(400, "bad_json");
    let path = built(&li, &json!({"person_id": id})).await;
    let file = format!("{path}/file");
    let files = unpacked(&li.get(&file).await);
    let document: Value = serde_json::from_slice(&files["kangtu.json"]).unwrap();
    assert_eq!(document["profile"][0]["name"], "李小明");
    assert!(!files.contains_key("健康报告.pdf"), "nothing was measured");
    let readings = li.get(&format!("/api/v1/me/access-log?person={id}")).await.ok();
    assert_eq!(
        (&readings["items"][0]["what"], &readings["items"][0]["kind"]),
        (&json!("export"), &json!("guardian"))
    );
    for path in [&path, &file] {
        wang.get(path).await.problem(404, "no_such_export");
        app.get(path).await.problem(401, "login_required");
    }
    app.clock.advance(TimeDelta::hours(72));
    let mut old_session = li;
    old_session.refresh().await;
    old_session.get(&file).await.problem(403, "login_too_old");
    let li = app.resident("li").await;
    assert_eq!(li.get(&path).await.ok()["state"], "expired");
    li.get(&file).await.problem(410, "export_expired");
    remove_unused_files(&app.state, app.clock.now()).await.unwrap();
    assert!(app.state.files.names("exports").await.unwrap().is_empty());
    li.get(&file).await.problem(410, "export_expired");
}

async fn two_replicas_build_an_export_once(app: TestApp) {
    let li = app.resident("li").await;
    let first = li.post(EXPORTS, &json!({})).await.json();
    let second = li.post(EXPORTS, &json!({})).await.json();
    let now = app.clock.now();
    let replicas = (0..4).map(|_| build_due(&app.state, now));
    let built: usize = futures_util::future::try_join_all(replicas).await.unwrap().iter().sum();
    assert!(built <= 1);
    if second["state"] == "building" {
        assert_eq!(first["id"], second["id"], "asking again finds what is being built");
    }
    assert_eq!(app.state.files.names("exports").await.unwrap().len(), 1);
    let jobs = entity::export_job::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert!(jobs.iter().all(|job| job.attempts <= 1), "{jobs:?}");
}

async fn what_a_dead_builder_left_is_built_anew_and_swept_away(app: TestApp) {
    let li = app.resident("li").await;
    let path = built(&li, &json!({})).await;
    let job = entity::export_job::Entity::find().one(app.state.database.reader()).await.unwrap().unwrap();
    // As a builder leaves it that dies between writing its file and saying so.
    let id = job.id;
    let died = app.state.database.write(move |transaction| {
        Box::pin(async move {
            use sea_orm::ActiveValue::Set;
            let building = entity::export_job::ActiveModel {
                id: ActiveValue::Unchanged(id),
                state: Set(entity::export_job::State::Building),
                claimed_until: Set(Some(
                    "2027-01-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().into(),
                )),
                ..Default::default()
            };
            entity::export_job::Entity::update(building).exec(transaction).await?;
            Ok(())
        })
    });
    died.await.unwrap();
    let now = app.clock.now();
    build_due(&app.state, now).await.unwrap();
    assert_eq!(li.get(&path).await.ok()["state"], "building", "the claim still holds");
    remove_unused_files(&app.state, now).await.unwrap();
    assert_eq!(app.state.files.names("exports").await.unwrap().len(), 1);
    let later = "2027-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(build_due(&app.state, later).await.unwrap(), 1);
    assert_eq!(li.get(&path).await.ok()["state"], "ready");
    assert_eq!(remove_unused_files(&app.state, now).await.unwrap(), 1, "the first file is nobody's");
    let files = unpacked(&li.get(&format!("{path}/file")).await);
    assert!(files.contains_key("kangtu.json"));
}

async fn the_file_in_the_store_is_sealed(app: TestApp) {
    let li = app.resident("li").await;
    li.patch("/api/v1/me", &json!({"name": "李大爷爷"})).await.ok();
    built(&li, &json!({})).await;
    let names = app.state.files.names("exports").await.unwrap();
    let stored = app.state.files.get(&names[0]).await.unwrap().unwrap();
    assert!(zip::ZipArchive::new(Cursor::new(stored.clone())).is_err());
    assert!(!contains(&stored, "李大爷爷".as_bytes()) && !contains(&stored, b"kangtu.json"));
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|bytes| bytes == needle)
}

async fn a_token_that_was_stolen_later_gets_nothing_and_closes_nothing(app: TestApp) {
    let mut li = app.resident("li").await;
    let path = built(&li, &json!({})).await;
    let file = format!("{path}/file");
    app.clock.advance(TimeDelta::minutes(10) - TimeDelta::seconds(1));
    assert_eq!(li.get(&file).await.status, 200);
    app.clock.advance(TimeDelta::seconds(1));
    for stale in [li.post(EXPORTS, &json!({})).await, li.get(&file).await, li.delete("/api/v1/me").await] {
        stale.problem(403, "login_too_old");
    }
    li.refresh().await;
    li.post(EXPORTS, &json!({})).await.problem(403, "login_too_old");
    assert_eq!(li.get(&path).await.ok()["state"], "ready", "looking needs no fresh log-in");
    let refused = entity::audit_event::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert_eq!(refused.iter().filter(|row| row.detail.contains("login_too_old")).count(), 4);
    let again = app.resident("li").await;
    assert_eq!(again.get(&file).await.status, 200, "a new code of WeChat is enough");
    assert_eq!(again.delete("/api/v1/me").await.status, 202);
}
