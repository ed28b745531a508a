//! Erasure: it waits, it can be called off, and afterwards nothing is left to read anywhere.

use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use kangtu::database::Engine;
use kangtu::privacy::erasure::run_due;
use kangtu::privacy::exports::build_due;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use serde_json::{Value, json};

use crate::people::{PEOPLE, add, child};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_closing_account_may_only_look_take_along_and_come_back,
    an_erased_account_leaves_a_receipt_and_starts_anew,
    nothing_personal_is_left_anywhere_in_clear,
);

async fn close(caller: &Caller) -> Value {
    let closed = caller.delete("/api/v1/me").await;
    assert_eq!(closed.status, 202, "{}", closed.text());
    closed.json()
}

async fn a_closing_account_may_only_look_take_along_and_come_back(app: TestApp) {
    let mut li = app.resident("li").await;
    let id = add(&li, &child()).await;
    let notice = close(&li).await;
    assert_eq!(notice["people"], json!([id]));
    assert_eq!(close(&li).await["receipt"], notice["receipt"], "asking again changes nothing");
    let receipt = format!("/api/v1/erasures/{}", notice["receipt"].as_str().unwrap());
    assert_eq!(app.get(&receipt).await.ok()["state"], "pending");
    app.get("/api/v1/erasures/0000000000000000000000000000000000000000000")
        .await
        .problem(404, "no_such_erasure");

    let me = li.get("/api/v1/me").await.ok();
    assert_eq!((&me["status"], &me["receipt"]), (&json!("closing"), &notice["receipt"]));
    li.get(PEOPLE).await.problem(403, "account_closing");
    li.patch("/api/v1/me", &json!({"elder_mode": true})).await.problem(403, "account_closing");
    li.put("/api/v1/me/consents/records", &json!({"text_version": 1})).await.problem(403, "account_closing");
    assert_eq!(li.post("/api/v1/me/exports", &json!({})).await.status, 202);

    app.clock.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    li.refresh().await;
    assert_eq!(run_due(&app.state, app.clock.now()).await.unwrap(), 0, "a second is left");
    assert_eq!(li.post("/api/v1/me/keep", &json!({})).await.status, 204);
    app.clock.advance(TimeDelta::days(30));
    li.refresh().await;
    assert_eq!(run_due(&app.state, app.clock.now()).await.unwrap(), 0);
    assert_eq!(li.get(&format!("{PEOPLE}/{id}")).await.ok()["name"], "李小明");
    assert_eq!(app.get(&receipt).await.ok()["state"], "cancelled");
}

async fn an_erased_account_leaves_a_receipt_and_starts_anew(app: TestApp) {
    let mut li = app.resident("li").await;
    let notice = close(&li).await;
    app.clock.advance(TimeDelta::days(7));
    li.refresh().await;
    let now = app.clock.now();
    let runs = futures_util::future::try_join_all((0..3).map(|_| run_due(&app.state, now))).await.unwrap();
    assert!(runs.iter().sum::<usize>() <= 1, "an account is erased once");
    li.get("/api/v1/me").await.problem(401, "session_ended");
    let receipt = format!("/api/v1/erasures/{}", notice["receipt"].as_str().unwrap());
    let told = app.get(&receipt).await.ok();
    let members: Vec<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(told["state"], "done");
    assert_eq!(
        members,
        ["due_at", "finished_at", "requested_at", "state"],
        "a receipt tells nothing about whom"
    );
    let again = app.resident("li").await;
    assert_ne!((again.id, again.person_id), (li.id, li.person_id), "the same person is somebody new");
}

/// What must not be readable anywhere after the erasure: names, phone, openid, date of birth.
const PERSONAL: [&str; 5] = ["李德全大爷", "李小明小朋友", "13912345678", "dev-li-de-quan", "1950-02-28"];

async fn nothing_personal_is_left_anywhere_in_clear(app: TestApp) {
    let mut li = app.resident("li-de-quan").await;
    li.patch("/api/v1/me", &json!({"name": PERSONAL[0], "birth_date": PERSONAL[4]})).await.ok();
    li.put("/api/v1/me/consents/phone", &json!({"text_version": 1})).await;
    li.post("/api/v1/me/phone", &json!({"code": format!("dev-{}", PERSONAL[2])})).await.ok();
    let mut kid = child();
    kid["name"] = json!(PERSONAL[1]);
    let kid = add(&li, &kid).await;
    assert_eq!(li.post("/api/v1/me/exports", &json!({})).await.status, 202);
    build_due(&app.state, app.clock.now()).await.unwrap();
    let before = backup(&app, "before.db").await;
    let keys = wrapped_keys(&app, &[li.person_id.unwrap().to_string(), kid]).await;
    assert_eq!(keys.len(), 2);

    close(&li).await;
    app.clock.advance(TimeDelta::days(7));
    li.refresh().await;
    run_due(&app.state, app.clock.now()).await.unwrap();
    assert!(app.state.files.names("exports").await.unwrap().is_empty(), "an export was left");
    let after = backup(&app, "after.db").await;
    for (what, bytes) in [("a backup made before", &before), ("a backup made after", &after)] {
        for personal in PERSONAL {
            assert!(!contains(bytes, personal.as_bytes()), "{personal} can be read in {what}");
        }
    }
    for key in &keys {
        assert!(contains(&before, key), "the search does not find what is there");
        assert!(!contains(&after, key), "a key is left in a later backup");
    }
    for file in files_below(app.state.settings.data.as_path()) {
        let bytes = fs::read(&file).unwrap();
        for personal in PERSONAL {
            assert!(!contains(&bytes, personal.as_bytes()), "{personal} can be read in {}", file.display());
        }
        let is_database =
            file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("kangtu.db"));
        for key in keys.iter().filter(|_| is_database && app.state.database.engine() == Engine::Sqlite) {
            assert!(!contains(&bytes, key), "a key is left in {}", file.display());
        }
    }
}

/// Everything the database would give away: on SQLite a copy of the file, on PostgreSQL every row as text.
pub(crate) async fn backup(app: &TestApp, name: &str) -> Vec<u8> {
    let reader = app.state.database.reader();
    let backend = reader.get_database_backend();
    if app.state.database.engine() == Engine::Sqlite {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let url = format!("sqlite:{}?mode=ro", app.state.settings.data.join("kangtu.db").display());
        let copier = sea_orm::Database::connect(url).await.unwrap();
        copier.execute_unprepared(&format!("VACUUM INTO '{}'", path.display())).await.unwrap();
        copier.close().await.unwrap();
        return fs::read(path).unwrap();
    }
    let tables =
        "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'";
    let tables = reader.query_all_raw(Statement::from_string(backend, tables)).await.unwrap();
    let mut dump = Vec::new();
    for table in tables {
        let table: String = table.try_get("", "name").unwrap();
        let rows = format!("SELECT t::text AS line FROM \"{table}\" AS t");
        for row in reader.query_all_raw(Statement::from_string(backend, rows)).await.unwrap() {
            dump.extend(row.try_get::<String>("", "line").unwrap().into_bytes());
        }
    }
    dump
}

/// The sealed keys of persons as they stand in a backup of this database.
pub(crate) async fn wrapped_keys(app: &TestApp, persons: &[String]) -> Vec<Vec<u8>> {
    let keys = entity::data_key::Entity::find().all(app.state.database.reader()).await.unwrap();
    let of_persons = keys
        .into_iter()
        .filter(|key| key.person_id.is_some_and(|person_id| persons.contains(&person_id.to_string())));
    let as_stored = |wrapped: Vec<u8>| match app.state.database.engine() {
        Engine::Sqlite => wrapped,
        Engine::Postgres => wrapped.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
    };
    of_persons.map(|key| as_stored(key.wrapped)).collect()
}

pub(crate) fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|bytes| bytes == needle)
}
