//! Lists, ledger and statistics, on the screen and in workbooks.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use chrono::TimeDelta;
use entity::activity::{self, Kind, VenueType};
use entity::registration::Status;
use entity::{activity_series, audit_event};
use reqwest::Method;
use sea_orm::{ActiveValue, EntityTrait};
use serde_json::{Value, json};

use super::{ELSEWHERE, HERE, announce, family, lecture, seated, sign_up, ticket};
use crate::activities;
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    those_who_host_it_see_the_list_and_everybody_on_it_sees_that,
    the_sign_in_sheet_is_what_the_list_says_cell_by_cell,
    whoever_was_taken_out_of_a_family_is_not_on_the_sheet,
    the_ledger_of_a_year_counts_people_and_names_none,
    statistics_add_up_by_whatever_they_are_put_together,
    who_sees_a_part_of_a_series_is_not_told_how_many_are_missing_of_all,
    reports_end_at_the_region_of_the_caller,
);

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The cells of the only sheet as text.
pub(crate) fn cells(answer: &TestResponse) -> Vec<Vec<String>> {
    assert_eq!((answer.status, answer.media_type()), (200, XLSX));
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(answer.body.clone())).unwrap();
    let names = book.sheet_names();
    let range = book.worksheet_range(&names[0]).unwrap();
    let formulas = book.worksheet_formula(&names[0]).unwrap();
    assert!(formulas.used_cells().next().is_none(), "no cell is a formula");
    let text = |cell: &Data| match cell {
        Data::Empty => String::new(),
        Data::DateTime(at) => {
            let (year, month, day, hour, minute, _, _) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
        }
        other => other.to_string(),
    };
    range.rows().map(|row| row.iter().map(text).collect()).collect()
}

async fn those_who_host_it_see_the_list_and_everybody_on_it_sees_that(app: TestApp) {
    let (host, resident, activity_id, signed_up) = seated(&app).await;
    app.clock.advance(TimeDelta::seconds(1));
    let (waiting, people) = family(&app, "wang").await;
    sign_up(&waiting, activity_id, &people, Status::Waiting).await;
    let path = format!("/api/v1/activities/{activity_id}/registrations");
    let list = host.get(&path).await;
    assert_eq!(list.header("cache-control"), Some("private, no-store"));
    let list = list.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let entry = &list["items"][0];
    assert_eq!((&entry["id"], &entry["seats"]), (&json!(signed_up.id), &json!(2)));
    assert_eq!(entry["people"][0]["name"], "李秀英");
    assert_eq!((&entry["people"][1]["age"], &entry["people"][1]["sex"]), (&json!(9), &json!("male")));
    let all = host.get(&format!("{path}?status=all&limit=1")).await.ok();
    let next = all["next"].as_str().unwrap();
    let rest = host.get(&format!("{path}?status=all&limit=1&cursor={next}")).await.ok();
    assert_eq!((&rest["items"][0]["status"], &rest["next"]), (&json!("waiting"), &Value::Null));
    host.get(&format!("{path}?status=gone")).await.problem(400, "bad_parameter");
    host.get(&format!("{path}?format=pdf")).await.problem(400, "bad_parameter");
    let log = resident.get("/api/v1/me/access-log").await.ok();
    assert_eq!(log["items"].as_array().unwrap().len(), 1, "{log}");
    assert_eq!(log["items"][0]["why"], "activity");
    app.staff("activity_host", ELSEWHERE).await.get(&path).await.problem(404, "not_found");
    assert_eq!(resident.get(&path).await.status, 403);
}

async fn the_sign_in_sheet_is_what_the_list_says_cell_by_cell(app: TestApp) {
    let activity_id = announce(&app, lecture(&app)).await;
    let host = app.staff("activity_host", HERE).await;
    let (resident, people) = family(&app, "li").await;
    resident.patch_version("/api/v1/me", 2, &json!({"name": "=1+1", "sex": "female"})).await.ok();
    resident.put("/api/v1/me/consents/phone", &json!({"text_version": 1})).await;
    resident.post("/api/v1/me/phone", &json!({"code": "dev-13812345678"})).await.ok();
    let signed_up = sign_up(&resident, activity_id, &people, Status::Confirmed).await;
    let body = json!({
        "ticket": ticket(&resident, signed_up.id).await, "nonce": "nonce-0001", "people": [signed_up.people[0]],
    });
    host.post(&format!("/api/v1/activities/{activity_id}/check-ins"), &body).await.ok();
    let path = format!("/api/v1/activities/{activity_id}/registrations");
    let file = host.request(Method::GET, &path).header("accept", XLSX).send().await;
    assert!(file.header("content-disposition").unwrap().contains(".xlsx"));
    let cells = cells(&file);
    assert_eq!(cells[0][0], "高血压防治讲座 签到表");
    assert_eq!(cells[1][0], "时间：2026年11月25日 11:00 至 13:00");
    assert_eq!(cells[3][0], "座位 20 个    名单 2 人    已签到 1 人");
    assert_eq!(
        cells[4],
        [
            "序号",
            "姓名",
            "性别",
            "年龄",
            "联系电话",
            "报名方式",
            "状态",
            "签到时间",
            "签到方式",
            "签名",
            "备注"
        ]
    );
    assert_eq!(
        cells[5],
        ["1", "=1+1", "女", "", "138****5678", "本人或家人", "已报名", "2026-11-25 10:00", "扫码", "", ""]
    );
    assert_eq!(cells[6], ["2", "李小明", "男", "9", "138****5678", "本人或家人", "已报名", "", "", "", ""]);
    assert_eq!((cells[7][0].as_str(), cells[7][1].as_str()), ("3", ""), "room for those who just come");
    assert_eq!(cells.len(), 12);
    let events = audit_event::Entity::find().all(app.state.database.reader()).await.unwrap();
    let exported: Vec<_> = events.iter().filter(|event| event.action == "registrations.exported").collect();
    assert_eq!(exported.len(), 1);
    assert!(!exported[0].detail.contains("李"), "{}", exported[0].detail);
    let log = resident.get("/api/v1/me/access-log").await.ok();
    assert_eq!((&log["items"][0]["what"], &log["items"][0]["why"]), (&json!("profile"), &json!("activity")));
}

async fn series(app: &TestApp, target: i32) -> i32 {
    series_of(app, HERE, target).await
}

async fn series_of(app: &TestApp, region_code: &'static str, target: i32) -> i32 {
    let now = app.clock.now();
    let row = activity_series::ActiveModel {
        id: ActiveValue::NotSet,
        title: ActiveValue::Set("测试巡讲".to_owned()),
        kind: ActiveValue::Set(Kind::Lecture),
        region_code: ActiveValue::Set(region_code.to_owned()),
        target_per_year: ActiveValue::Set(Some(target)),
        demo: ActiveValue::Set(false),
        version: ActiveValue::Set(1),
        created_at: ActiveValue::Set(now.into()),
        updated_at: ActiveValue::Set(now.into()),
    };
    let written = app.state.database.write(move |transaction| {
        let row = row.clone();
        Box::pin(
            async move { Ok(activity_series::Entity::insert(row).exec(transaction).await?.last_insert_id) },
        )
    });
    written.await.unwrap()
}

/// A year with two lectures that were held, one to come and one that was called off; gives the series.
async fn a_year(app: &TestApp) -> i32 {
    let series_id = series(app, 3).await;
    let now = app.clock.now();
    let of_series = |row: activity::ActiveModel| activity::ActiveModel {
        series_id: ActiveValue::Set(Some(series_id)),
        ..row
    };
    let held = of_series(lecture(app));
    let at_school =
        activity::ActiveModel { venue_type: ActiveValue::Set(Some(VenueType::School)), ..held.clone() };
    let off = activity::ActiveModel {
        status: ActiveValue::Set(activity::Status::Cancelled),
        cancelled_at: ActiveValue::Set(Some(now.into())),
        cancel_reason: ActiveValue::Set(Some("台风".to_owned())),
        ..held.clone()
    };
    let (first, second) = (announce(app, held).await, announce(app, at_school).await);
    announce(app, off).await;
    let host = app.staff("activity_host", HERE).await;
    for (activity_id, name) in [(first, "li"), (first, "wang"), (second, "zhao")] {
        let (resident, people) = family(app, name).await;
        let signed_up = sign_up(&resident, activity_id, &people, Status::Confirmed).await;
        if name == "li" {
            let body = json!({"registration_id": signed_up.id, "nonce": "nonce-0001"});
            host.post(&format!("/api/v1/activities/{activity_id}/check-ins"), &body).await.ok();
            let body = json!({"person_id": people[0], "overall": 4});
            resident.post(&format!("/api/v1/registrations/{}/feedback", signed_up.id), &body).await.ok();
        }
    }
    app.clock.advance(TimeDelta::hours(5));
    announce(app, of_series(lecture(app))).await;
    series_id
}

async fn whoever_was_taken_out_of_a_family_is_not_on_the_sheet(app: TestApp) {
    let content = activities::lecture_with(app.clock.now(), &json!({"capacity": 9}));
    let id = activities::publish_at_once(&app, &content).await;
    let (resident, people) = family(&app, "li").await;
    let ids: Vec<String> = people.iter().map(ToString::to_string).collect();
    let entry = activities::id_of(&activities::sign_up(&resident, id, &ids).await);
    let path = format!("/api/v1/registrations/{entry}/people/{}", ids[1]);
    assert_eq!(resident.delete(&path).await.status, 204);
    let host = app.staff("activity_host", HERE).await;
    let path = format!("/api/v1/activities/{id}/registrations");
    let cells = cells(&host.request(Method::GET, &path).header("accept", XLSX).send().await);
    assert!(cells[3][0].contains("名单 1 人"), "{:?}", cells[3]);
    assert!(cells.iter().flatten().all(|cell| cell != "已取消"));
}

async fn the_ledger_of_a_year_counts_people_and_names_none(app: TestApp) {
    let series_id = a_year(&app).await;
    let host = app.staff("activity_host", HERE).await;
    let path = format!("/api/v1/activity-ledger?year=2026&series={series_id}");
    let ledger = host.get(&path).await.ok();
    let states: Vec<&Value> = ledger["items"].as_array().unwrap().iter().map(|line| &line["state"]).collect();
    assert_eq!(states, ["held", "held", "cancelled", "planned"]);
    let first = &ledger["items"][0];
    assert_eq!((&first["confirmed"], &first["came"]), (&json!(4), &json!(2)));
    assert_eq!((&first["attendance_rate"], &first["satisfaction"]), (&json!(0.5), &json!(null)));
    let file = host.get(&format!("{path}&format=xlsx")).await;
    let cells = cells(&file);
    assert!(cells[0][0].ends_with("2026年健康活动台账"), "{}", cells[0][0]);
    assert_eq!(cells[1][0], "已举办 2 场，参加 2 人次。");
    let row: Vec<&str> = cells[3].iter().map(String::as_str).collect();
    assert_eq!(
        row[..7],
        ["1", "2026-11-25 11:00", "2026-11-25 13:00", "高血压防治讲座", "健康讲座", "测试巡讲", "进社区"]
    );
    assert_eq!(row[13..], ["已举办", "20", "4", "2", "0.5", "", "0"]);
    assert_eq!(cells.len(), 3 + 4);
    assert!(cells.iter().flatten().all(|cell| !cell.contains("李")));
    assert!(host.get("/api/v1/activity-ledger?year=2025").await.ok()["items"].is_array());
    for wrong in ["year=1999", "year=x", "series=x", "region=1", "format=csv"] {
        let status = host.get(&format!("/api/v1/activity-ledger?{wrong}")).await.status;
        assert!(matches!(status, 400 | 404), "{wrong} {status}");
    }
    let events = audit_event::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.action == "activity_report.exported").count(), 1);
}

async fn numbers(caller: &Caller, by: &str) -> Value {
    caller.get(&format!("/api/v1/activity-statistics?year=2026&by={by}&region={HERE}")).await.ok()
}

async fn statistics_add_up_by_whatever_they_are_put_together(app: TestApp) {
    let series_id = a_year(&app).await;
    let host = app.staff("activity_host", HERE).await;
    for by in ["series", "venue", "region", "month", "kind"] {
        let answer = numbers(&host, by).await;
        for name in ["sessions", "planned", "cancelled", "seats", "registered", "people", "answers"] {
            let groups = answer["items"].as_array().unwrap().iter();
            let sum: i64 = groups.map(|group| group["numbers"][name].as_i64().unwrap()).sum();
            assert_eq!(json!(sum), answer["total"][name], "{name} by {by}");
        }
    }
    let by_series = numbers(&host, "series").await;
    let key = json!(series_id.to_string());
    let own = by_series["items"].as_array().unwrap().iter().find(|group| group["key"] == key);
    let own = own.unwrap();
    assert_eq!(own["title"], "测试巡讲");
    assert_eq!(own["progress"], json!({"target": 3, "held": 2, "missing": 1, "on_track": true}));
    assert_eq!((&own["numbers"]["people"], &own["numbers"]["registered"]), (&json!(2), &json!(6)));
    let rate = own["numbers"]["attendance_rate"].as_f64().unwrap();
    assert!((rate - 1.0 / 3.0).abs() < 1e-9, "{rate}");
    let by_venue = numbers(&host, "venue").await;
    let school = by_venue["items"].as_array().unwrap().iter().find(|group| group["key"] == "school").unwrap();
    assert_eq!((&school["title"], &school["numbers"]["registered"]), (&json!("进学校"), &json!(2)));
    let by_month = numbers(&host, "month").await;
    assert!(by_month["items"].as_array().unwrap().iter().any(|group| group["key"] == "2026-11"));
    let file = host.get(&format!("/api/v1/activity-statistics?year=2026&region={HERE}&format=xlsx")).await;
    let cells = cells(&file);
    let row = cells.iter().find(|row| row[0] == "测试巡讲").unwrap();
    assert_eq!((row[1].as_str(), row[11].as_str(), row[12].as_str()), ("2", "3", "1"));
    assert_eq!(cells.last().unwrap()[0], "合计");
    host.get("/api/v1/activity-statistics?by=colour").await.problem(400, "bad_parameter");
}

async fn who_sees_a_part_of_a_series_is_not_told_how_many_are_missing_of_all(app: TestApp) {
    let of_street = series_of(&app, "440307009000", 11).await;
    let row = activity::ActiveModel { series_id: ActiveValue::Set(Some(of_street)), ..lecture(&app) };
    announce(&app, row).await;
    let street = app.staff("supervisor", "440307009000").await;
    let community = app.staff("activity_host", HERE).await;
    for (caller, is_told) in [(street, true), (community, false)] {
        let answer = caller.get("/api/v1/activity-statistics?year=2026&by=series").await.ok();
        let key = json!(of_street.to_string());
        let group = answer["items"].as_array().unwrap().iter().find(|group| group["key"] == key).unwrap();
        assert_eq!(group["progress"].is_object(), is_told, "{group}");
    }
}

async fn reports_end_at_the_region_of_the_caller(app: TestApp) {
    let series_id = a_year(&app).await;
    let neighbour = app.staff("supervisor", ELSEWHERE).await;
    let ledger = neighbour.get("/api/v1/activity-ledger?year=2026").await.ok();
    assert!(ledger["items"].as_array().unwrap().iter().all(|line| line["region_code"] != HERE));
    let elsewhere = neighbour.get("/api/v1/activity-statistics?year=2026").await.ok();
    let groups = elsewhere["items"].as_array().unwrap();
    let key = json!(series_id.to_string());
    assert!(groups.iter().all(|group| group["key"] != key));
    neighbour.get(&format!("/api/v1/activity-ledger?region={HERE}")).await.problem(404, "not_found");
    assert_eq!(app.staff("editor", HERE).await.get("/api/v1/activity-ledger").await.status, 403);
    assert_eq!(app.resident("li").await.get("/api/v1/activity-statistics").await.status, 403);
}
