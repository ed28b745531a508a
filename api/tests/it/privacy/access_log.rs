//! Who read what, for the person to see.

use chrono::TimeDelta;
use kangtu::privacy::access_log::{self, Reader, ReaderKind, Reading, What, Why};
use kangtu::privacy::erasure::run_due;
use kangtu::vault::KeyOwner;
use sea_orm::EntityTrait;
use serde_json::json;

use crate::people::{PEOPLE, appoint};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    readings_are_told_page_by_page_to_the_person_alone,
    what_staff_read_is_told_to_the_person,
    the_name_of_an_erased_reader_is_gone_from_the_logs_of_others,
);

async fn readings_are_told_page_by_page_to_the_person_alone(app: TestApp) {
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    let id = li.person_id.unwrap().to_string();
    appoint(&li, &wang, &id, &["records.read"], 30).await;
    wang.patch("/api/v1/me", &json!({"name": "王芳"})).await.ok();
    for _ in 0..3 {
        wang.get(&format!("{PEOPLE}/{id}")).await.ok();
    }
    li.get(&format!("{PEOPLE}/{id}")).await.ok();
    let first = li.get("/api/v1/me/access-log?limit=2").await.ok();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    assert_eq!((&first["items"][0]["who"], &first["items"][0]["what"]), (&json!("王芳"), &json!("profile")));
    let next = first["next"].as_str().unwrap();
    let last = li.get(&format!("/api/v1/me/access-log?limit=2&cursor={next}")).await.ok();
    assert_eq!((last["items"].as_array().unwrap().len(), &last["next"]), (1, &json!(null)));
    wang.get(&format!("/api/v1/me/access-log?person={id}")).await.problem(403, "scope_missing");
    assert_eq!(wang.get("/api/v1/me/access-log").await.ok()["items"], json!([]));
    li.get("/api/v1/me/access-log?limit=0").await.problem(400, "bad_parameter");
    li.get("/api/v1/me/access-log?cursor=x").await.problem(400, "bad_parameter");
}

async fn what_staff_read_is_told_to_the_person(app: TestApp) {
    let li = app.resident("li").await;
    let officer = app.staff("health_officer", "440307009000").await;
    let reading = Reading {
        person_id: li.person_id.unwrap(),
        reader: Reader {
            kind: ReaderKind::Staff,
            id: officer.id,
            label: "健康专干王医生".to_owned(),
            label_owner: KeyOwner::Server,
        },
        what: What::Records,
        why: Why::FollowUp,
    };
    let (state, now) = (app.state.clone(), app.clock.now());
    let noted = app.state.database.write(move |transaction| {
        let (state, reading) = (state.clone(), reading.clone());
        Box::pin(async move { access_log::note(transaction, &state, &reading, now).await })
    });
    noted.await.unwrap();
    let told = li.get("/api/v1/me/access-log").await.ok();
    assert_eq!(told["items"][0]["text"], "工作人员健康专干王医生查看了健康档案（健康随访）");
    assert_eq!(told["items"][0]["kind"], "staff");
}

async fn the_name_of_an_erased_reader_is_gone_from_the_logs_of_others(app: TestApp) {
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    let id = li.person_id.unwrap().to_string();
    appoint(&li, &wang, &id, &["records.read"], 30).await;
    wang.patch("/api/v1/me", &json!({"name": "王芳"})).await.ok();
    wang.get(&format!("{PEOPLE}/{id}")).await.ok();
    let before = entity::access_log::Entity::find().one(app.state.database.reader()).await.unwrap().unwrap();
    assert_eq!(wang.delete("/api/v1/me").await.status, 202);
    app.clock.advance(TimeDelta::days(7));
    assert_eq!(run_due(&app.state, app.clock.now()).await.unwrap(), 1);
    let li = app.resident("li").await;
    let told = li.get("/api/v1/me/access-log").await.ok();
    assert_eq!(told["items"][0]["who"], "（已注销的用户）");
    assert_eq!(told["items"][0]["what"], "profile", "that somebody read stays");
    let after = entity::access_log::Entity::find().one(app.state.database.reader()).await.unwrap().unwrap();
    assert!(!before.reader_label_cell.is_empty() && after.reader_label_cell.is_empty());
    // As it stands in a backup from before: nobody can open it, because the keys of the reader are gone.
    let address = kangtu::vault::CellAddress { column: access_log::READER_LABEL, row: before.id.as_bytes() };
    let reader = app.state.database.reader();
    let opened = app.state.vault.open_text(reader, address, &before.reader_label_cell).await;
    assert_eq!(opened.unwrap_err().code(), "erased");
}
