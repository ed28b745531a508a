//! `kangtu backup` and `kangtu restore`, as an operator uses them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use kangtu::audit;
use kangtu::clock::Clock;
use kangtu::config::Settings;
use kangtu::database::Engine;
use kangtu::privacy::erasure::run_due;
use sea_orm::{ConnectionTrait, EntityTrait, Statement};
use serde_json::json;

use crate::people::{PEOPLE, add, child};
use crate::privacy::erasure::{backup as everything_in, contains, files_below, wrapped_keys};
use crate::support::command::{complained, kangtu, said};
use crate::support::world::{World, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(in world:
    a_backup_made_beside_the_running_server_is_restored_whole,
    a_restored_backup_brings_nobody_back,
    what_is_damaged_foreign_or_in_the_way_is_refused_and_changes_nothing,
);

async fn start(settings: Settings) -> TestApp {
    TestApp::start(settings, Clock::fixed(wednesday_morning())).await
}

/// Makes a backup with the command and tells where it is.
async fn back_up(settings: &Settings, into: &Path) -> PathBuf {
    said(&kangtu(settings, &["backup", into.to_str().unwrap()]).await);
    let mut made: Vec<PathBuf> = fs::read_dir(into).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(made.len(), 1, "{made:?}");
    made.pop().unwrap()
}

async fn restore(settings: &Settings, backup: &Path, more: &[&str]) -> std::process::Output {
    let mut arguments = vec!["restore", backup.to_str().unwrap()];
    arguments.extend(more);
    kangtu(settings, &arguments).await
}

/// Puts what is kept apart from backups where the restored server looks for it.
fn bring_along(from: &Settings, to: &Settings) {
    for (from, to) in [
        (from.key_file(), to.key_file()),
        (from.erasures(), to.erasures()),
        (from.audit_checkpoints(), to.audit_checkpoints()),
    ] {
        if from.exists() {
            fs::copy(&from, &to).unwrap();
        }
    }
}

async fn a_backup_made_beside_the_running_server_is_restored_whole(world: &World) {
    let app = start(world.settings()).await;
    let li = app.resident("li").await;
    li.patch("/api/v1/me", &json!({"name": "李大爷"})).await.ok();
    app.state.files.put("media/photo", b"bytes of a picture".to_vec()).await.unwrap();
    app.state.files.put("exports/of-li", b"leaves soon anyway".to_vec()).await.unwrap();
    let keys = app.state.keys.current();
    let checkpoints = app.state.settings.audit_checkpoints();
    audit::add_checkpoint(&app.state.database, &keys, &checkpoints, app.clock.now()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let backup = back_up(&app.state.settings, folder.path()).await;
    for file in files_below(&backup) {
        let bytes = fs::read(&file).unwrap();
        assert!(!contains(&bytes, "李大爷".as_bytes()), "{} tells a name", file.display());
        assert!(!contains(&bytes, b"leaves soon"), "{} is an export", file.display());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    // What comes later is lost, and the log says so instead of looking cut off.
    li.patch("/api/v1/me", &json!({"name": "后来的名字"})).await.ok();
    audit::add_checkpoint(&app.state.database, &keys, &checkpoints, app.clock.now()).await.unwrap();
    app.stop().await;

    let elsewhere = world.nowhere().await;
    let settings = elsewhere.settings();
    bring_along(&app.state.settings, &settings);
    assert!(said(&restore(&settings, &backup, &["--check"]).await).contains("备份完整"));
    let told = said(&restore(&settings, &backup, &[]).await);
    assert!(told.contains("恢复已完成") && !told.contains("注意"), "{told}");
    let restored = start(settings).await;
    let again = restored.resident("li").await;
    assert_eq!(again.person_id, li.person_id);
    assert_eq!(again.get("/api/v1/me").await.ok()["name"], "李大爷");
    let photo = restored.state.files.get("media/photo").await.unwrap();
    assert_eq!(photo.as_deref(), Some(&b"bytes of a picture"[..]));
    assert_eq!(restored.get("/readyz").await.status, 200);
    let verified = said(&kangtu(&restored.state.settings, &["audit", "verify"]).await);
    assert!(verified.contains("审计日志完整"), "{verified}");
    let rows = entity::audit_event::Entity::find().all(restored.state.database.reader()).await.unwrap();
    assert!(rows.iter().any(|row| row.action == "backup.restored"));
    restored.stop().await;
    elsewhere.clear().await;
}

async fn a_restored_backup_brings_nobody_back(world: &World) {
    let app = start(world.settings()).await;
    let li = app.resident("li-de-quan").await;
    li.patch("/api/v1/me", &json!({"name": "李德全大爷"})).await.ok();
    let kid = add(&li, &child()).await;
    let wang = app.resident("wang").await;
    let mother =
        add(&wang, &json!({"name": "王秀英", "birth_date": "1950-02-28", "kinship": "parent"})).await;
    wang.put("/api/v1/me/consents/phone", &json!({"text_version": 1})).await;
    wang.post("/api/v1/me/phone", &json!({"code": "dev-13912345678"})).await.ok();
    let gone = [li.person_id.unwrap().to_string(), kid, mother.clone()];
    let keys = wrapped_keys(&app, &gone).await;
    assert_eq!(keys.len(), 3);
    let folder = tempfile::tempdir().unwrap();
    let backup = back_up(&app.state.settings, folder.path()).await;

    let notice = li.delete("/api/v1/me").await.json();
    assert_eq!(wang.delete("/api/v1/me/consents/phone").await.status, 204);
    let removal =
        wang.request(reqwest::Method::DELETE, &format!("{PEOPLE}/{mother}")).header("if-match", "\"1\"");
    assert_eq!(removal.send().await.status, 204);
    app.clock.advance(TimeDelta::days(7));
    assert_eq!(run_due(&app.state, app.clock.now()).await.unwrap(), 1);
    app.stop().await;

    let elsewhere = world.nowhere().await;
    let settings = elsewhere.settings();
    bring_along(&app.state.settings, &settings);
    let told = said(&restore(&settings, &backup, &[]).await);
    assert!(told.contains("备份之后的 4 次注销和撤回已重新执行"), "{told}");
    let restored = TestApp::start(settings.clone(), app.clock.clone()).await;
    assert_nobody_is_back(&restored, &keys).await;
    let receipt = format!("/api/v1/erasures/{}", notice["receipt"].as_str().unwrap());
    assert_eq!(restored.get(&receipt).await.ok()["state"], "done", "the receipt is still good");
    let wang_again = restored.resident("wang").await;
    assert_eq!(wang_again.person_id, wang.person_id, "who was not erased is there");
    assert_eq!(wang_again.get("/api/v1/me").await.ok()["phone"], json!(null), "what was withdrawn is not");
    wang_again.get(&format!("{PEOPLE}/{mother}")).await.problem(404, "no_such_person");
    assert_ne!(restored.resident("li-de-quan").await.person_id, li.person_id);
    restored.stop().await;
    elsewhere.clear().await;

    // Copied back by hand, past the command: the server erases before it answers anybody.
    if app.state.database.engine() == Engine::Sqlite {
        let by_hand = world.nowhere().await;
        bring_along(&app.state.settings, &by_hand.settings());
        fs::copy(backup.join("kangtu.db"), by_hand.folder.path().join("kangtu.db")).unwrap();
        let copied = fs::read(by_hand.folder.path().join("kangtu.db")).unwrap();
        assert!(keys.iter().all(|key| contains(&copied, key)), "the search does not find what is there");
        let restored = TestApp::start(by_hand.settings(), app.clock.clone()).await;
        assert_nobody_is_back(&restored, &keys).await;
        restored.stop().await;
    }
}

async fn assert_nobody_is_back(app: &TestApp, keys: &[Vec<u8>]) {
    let held = everything_in(app, "restored.db").await;
    let raw = raw_bytes(app).await;
    for key in keys {
        assert!(!contains(&held, key), "a key of somebody who was erased is back");
        assert!(!contains(&raw, key), "a key of somebody who was erased lies in the storage");
    }
    let persons = entity::person::Entity::find().all(app.state.database.reader()).await.unwrap();
    let erased = persons.iter().filter(|person| person.status == entity::person::Status::Erased);
    assert_eq!(erased.count(), 3);
}

/// What lies on the disk, also where rows were deleted: the files of SQLite, the table of keys of PostgreSQL.
async fn raw_bytes(app: &TestApp) -> Vec<u8> {
    if app.state.database.engine() == Engine::Sqlite {
        let files = files_below(app.state.settings.data.as_path());
        return files.iter().flat_map(|file| fs::read(file).unwrap()).collect();
    }
    let reader = app.state.database.reader();
    reader.execute_unprepared("CHECKPOINT").await.unwrap();
    let sql = "SELECT encode(pg_read_binary_file(pg_relation_filepath('data_key')), 'hex') AS bytes";
    let row = reader.query_one_raw(Statement::from_string(reader.get_database_backend(), sql)).await;
    row.unwrap().unwrap().try_get::<String>("", "bytes").unwrap().into_bytes()
}

async fn what_is_damaged_foreign_or_in_the_way_is_refused_and_changes_nothing(world: &World) {
    let app = start(world.settings()).await;
    let li = app.resident("li").await;
    add(&li, &child()).await;
    li.put("/api/v1/me/consents/phone", &json!({"text_version": 1})).await;
    assert_eq!(li.delete("/api/v1/me/consents/phone").await.status, 204);
    app.state.files.put("media/photo", b"bytes of a picture".to_vec()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let backup = back_up(&app.state.settings, folder.path()).await;
    let here = (*app.state.settings).clone();
    assert!(complained(&restore(&here, &backup, &[]).await).contains("不是空的"));
    app.stop().await;

    let elsewhere = world.nowhere().await;
    let settings = elsewhere.settings();
    let nothing_changed = || {
        let database = settings.data.join("kangtu.db");
        assert!(!database.exists() && !settings.data.join("files").exists(), "something was restored");
    };
    assert!(complained(&restore(&settings, &backup, &[]).await).contains("没有密钥文件"));
    bring_along(&here, &settings);
    fs::remove_file(settings.erasures()).unwrap();
    let refused = complained(&restore(&settings, &backup, &[]).await);
    assert!(refused.contains("注销记录") && refused.contains("--erasures-lost"), "{refused}");
    bring_along(&here, &settings);
    fs::write(settings.erasures(), fs::read_to_string(here.erasures()).unwrap().replace("phone", "steps"))
        .unwrap();
    assert!(complained(&restore(&settings, &backup, &[]).await).contains("1 行不是本系统写的"));
    bring_along(&here, &settings);

    let photo = backup.join("files/media/photo");
    fs::write(&photo, b"bytes of a pictura").unwrap();
    assert!(complained(&restore(&settings, &backup, &[]).await).contains("已损坏"));
    fs::remove_file(&photo).unwrap();
    assert!(complained(&restore(&settings, &backup, &[]).await).contains("不完整"));
    fs::write(&photo, b"bytes of a picture").unwrap();
    let manifest = backup.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"erasures\": 1", "\"erasures\": 0")).unwrap();
    assert!(complained(&restore(&settings, &backup, &[]).await).contains("清单被改动过"));
    fs::write(&manifest, &text).unwrap();
    let empty = tempfile::tempdir().unwrap();
    assert!(complained(&restore(&settings, empty.path(), &[]).await).contains("不是一份完整的康图备份"));

    let ours = fs::read(settings.key_file()).unwrap();
    let stranger = world.nowhere().await;
    fs::remove_file(settings.key_file()).unwrap();
    let random = kangtu::random::Random::seeded(9);
    let suite = kangtu::keys::IndexSuite::HmacSha256;
    kangtu::keys::KeyFile::create(&settings.key_file(), suite, &random, wednesday_morning()).unwrap();
    assert!(complained(&restore(&settings, &backup, &[]).await).contains("不是用现在的密钥文件做的"));
    fs::write(settings.key_file(), ours).unwrap();
    stranger.clear().await;

    fs::create_dir_all(settings.data.join("files")).unwrap();
    fs::write(settings.data.join("files/old"), "x").unwrap();
    assert!(complained(&restore(&settings, &backup, &[]).await).contains("不是空的"));
    fs::remove_dir_all(settings.data.join("files")).unwrap();
    nothing_changed();
    fs::remove_file(settings.erasures()).unwrap();
    said(&restore(&settings, &backup, &["--erasures-lost"]).await);
    let left: Vec<_> =
        fs::read_dir(&settings.data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("restoring")), "{left:?}");
    elsewhere.clear().await;
}
