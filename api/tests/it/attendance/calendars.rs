//! Activities in the calendars of phones.

use chrono::TimeDelta;
use entity::activity;
use entity::registration::{self, Status};
use icalendar::parser::{read_calendar, unfold};
use reqwest::Method;
use sea_orm::{ActiveValue, EntityTrait};
use serde_json::json;

use super::{ELSEWHERE, HERE, announce, family, lecture, sign_up};
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    a_feed_is_what_another_parser_reads_and_never_stale,
    what_was_called_off_stays_and_what_was_never_announced_is_not_there,
    a_feed_may_be_for_one_region_and_one_kind,
    one_activity_is_a_file,
    a_personal_calendar_tells_what_the_family_is_signed_up_for_and_no_names,
    a_secret_address_that_was_revoked_is_gone,
);

/// The properties of each event by their names, as a parser that is not ours reads them.
fn events(answer: &TestResponse) -> Vec<std::collections::BTreeMap<String, String>> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/calendar; charset=utf-8"));
    for line in answer.text().split_terminator("\r\n") {
        assert!(line.len() <= 75, "{line}");
    }
    let unfolded = unfold(answer.text());
    let calendar = read_calendar(&unfolded).unwrap();
    let events = calendar.components.iter().filter(|component| component.name == "VEVENT");
    events
        .map(|event| {
            let told = event.properties.iter();
            told.map(|property| (property.name.to_string(), property.val.to_string())).collect()
        })
        .collect()
}

async fn change(app: &TestApp, row: activity::ActiveModel) {
    let changed = app.state.database.write(move |transaction| {
        let row = row.clone();
        Box::pin(async move {
            activity::Entity::update(row).exec(transaction).await?;
            Ok(())
        })
    });
    changed.await.unwrap();
}

async fn a_feed_is_what_another_parser_reads_and_never_stale(app: TestApp) {
    let activity_id = announce(&app, lecture(&app)).await;
    let path = format!("/api/v1/activities.ics?region={HERE}");
    let first = app.get(&path).await;
    let told = events(&first);
    let own = told.iter().find(|event| event["SUMMARY"] == "高血压防治讲座").unwrap();
    assert_eq!((own["DTSTART"].as_str(), own["DTEND"].as_str()), ("20261125T110000", "20261125T130000"));
    assert!(first.text().contains("DTSTART;TZID=Asia/Shanghai:20261125T110000"));
    assert_eq!(own["SEQUENCE"], "0");
    assert!(own["UID"].starts_with(&format!("activity-{activity_id}-")), "{}", own["UID"]);
    let source = format!("SOURCE;VALUE=URI:{}{path}", app.base_url);
    assert!(unfold(first.text()).contains(&source), "{}", first.text());
    let tag = first.header("etag").unwrap().to_owned();
    let unchanged = app.request(Method::GET, &path).header("if-none-match", &tag).send().await;
    assert_eq!(unchanged.status, 304);
    app.clock.advance(TimeDelta::minutes(5));
    change(
        &app,
        activity::ActiveModel {
            id: ActiveValue::Unchanged(activity_id),
            place_name: ActiveValue::Set("葵涌文化广场".to_owned()),
            version: ActiveValue::Set(2),
            updated_at: ActiveValue::Set(app.clock.now().into()),
            ..Default::default()
        },
    )
    .await;
    let changed = app.request(Method::GET, &path).header("if-none-match", &tag).send().await;
    let told = events(&changed);
    let own_now = told.iter().find(|event| event["UID"] == own["UID"]).unwrap();
    assert_eq!((own_now["SEQUENCE"].as_str(), own_now["LOCATION"].as_str()), ("1", "葵涌文化广场"));
    assert_eq!(own_now["LAST-MODIFIED"], "20261125T020500Z");
}

async fn what_was_called_off_stays_and_what_was_never_announced_is_not_there(app: TestApp) {
    let now = app.clock.now();
    let off = activity::ActiveModel {
        title: ActiveValue::Set("取消的讲座".to_owned()),
        status: ActiveValue::Set(activity::Status::Cancelled),
        cancelled_at: ActiveValue::Set(Some(now.into())),
        cancel_reason: ActiveValue::Set(Some("台风".to_owned())),
        ..lecture(&app)
    };
    let draft = activity::ActiveModel {
        title: ActiveValue::Set("草稿".to_owned()),
        status: ActiveValue::Set(activity::Status::Draft),
        published_at: ActiveValue::Set(None),
        ..lecture(&app)
    };
    let (off, draft) = (announce(&app, off).await, announce(&app, draft).await);
    let told = events(&app.get("/api/v1/activities.ics").await);
    let own = told.iter().find(|event| event["SUMMARY"].contains("取消的讲座")).unwrap();
    assert_eq!(own["STATUS"], "CANCELLED");
    assert!(own["DESCRIPTION"].starts_with("已取消：台风"));
    assert!(told.iter().all(|event| !event["SUMMARY"].contains("草稿")));
    app.get(&format!("/api/v1/activities/{draft}.ics")).await.problem(404, "not_found");
    assert_eq!(events(&app.get(&format!("/api/v1/activities/{off}.ics")).await)[0]["STATUS"], "CANCELLED");
    app.clock.advance(TimeDelta::days(40));
    let told = events(&app.get("/api/v1/activities.ics").await);
    assert!(told.iter().all(|event| !event["SUMMARY"].contains("取消的讲座")));
}

async fn a_feed_may_be_for_one_region_and_one_kind(app: TestApp) {
    announce(&app, lecture(&app)).await;
    let count = async |query: &str| {
        let told = events(&app.get(&format!("/api/v1/activities.ics{query}")).await);
        told.iter().filter(|event| event["SUMMARY"] == "高血压防治讲座").count()
    };
    assert_eq!(count("").await, 1);
    assert_eq!(count(&format!("?region={HERE}")).await, 1);
    assert_eq!(count("?region=440307009000").await, 1, "the street holds the community");
    assert_eq!(count(&format!("?region={ELSEWHERE}")).await, 0);
    assert_eq!(count("?kind=lecture").await, 1);
    assert_eq!(count("?kind=fitness").await, 0);
    app.get("/api/v1/activities.ics?region=1").await.problem(400, "bad_parameter");
    app.get("/api/v1/activities.ics?kind=party").await.problem(400, "bad_parameter");
}

async fn one_activity_is_a_file(app: TestApp) {
    let activity_id = announce(&app, lecture(&app)).await;
    let file = app.get(&format!("/api/v1/activities/{activity_id}.ics")).await;
    assert_eq!(events(&file).len(), 1);
    assert!(file.header("content-disposition").unwrap().contains("activity.ics"));
    assert!(!file.text().contains("REFRESH-INTERVAL"));
    app.get("/api/v1/activities/999999.ics").await.problem(404, "not_found");
    app.get("/api/v1/activities/x.ics").await.problem(404, "not_found");
}

async fn a_personal_calendar_tells_what_the_family_is_signed_up_for_and_no_names(app: TestApp) {
    let (resident, people) = family(&app, "li").await;
    let (confirmed, waiting) = (announce(&app, lecture(&app)).await, announce(&app, lecture(&app)).await);
    announce(&app, lecture(&app)).await;
    let registration = sign_up(&resident, confirmed, &people, Status::Confirmed).await;
    sign_up(&resident, waiting, &people[..1], Status::Waiting).await;
    assert_eq!(resident.get("/api/v1/me/calendar").await.ok()["active"], false);
    let made = resident.post("/api/v1/me/calendar", &json!({})).await;
    assert_eq!(made.status, 201);
    let url = made.json()["url"].as_str().unwrap().to_owned();
    assert!(made.json()["webcal_url"].as_str().unwrap().starts_with("webcal://"));
    let feed = app.get(&url).await;
    let told = events(&feed);
    assert_eq!(told.len(), 2);
    assert_eq!((told[0]["STATUS"].as_str(), told[1]["STATUS"].as_str()), ("CONFIRMED", "TENTATIVE"));
    assert!(told[0]["DESCRIPTION"].starts_with("已报名 2 人。"));
    assert!(told[1]["SUMMARY"].starts_with("[候补]"));
    assert_eq!(feed.header("cache-control"), Some("private, no-store"));
    let secret = url.rsplit('/').next().unwrap().trim_end_matches(".ics");
    for kept_out in ["李秀英", "李小明", secret, &registration.id.to_string()] {
        assert!(!unfold(feed.text()).contains(kept_out), "{kept_out}");
    }
    let tag = feed.header("etag").unwrap();
    assert_eq!(app.request(Method::GET, &url).header("if-none-match", tag).send().await.status, 304);
    let now = app.clock.now();
    let ended = app.state.database.write(move |transaction| {
        Box::pin(async move {
            let row = registration::ActiveModel {
                id: ActiveValue::Unchanged(registration.id),
                status: ActiveValue::Set(Status::Cancelled),
                ended_at: ActiveValue::Set(Some(now.into())),
                end_reason: ActiveValue::Set(Some(registration::EndReason::ByResident)),
                version: ActiveValue::Set(2),
                ..Default::default()
            };
            registration::Entity::update(row).exec(transaction).await?;
            Ok(())
        })
    });
    ended.await.unwrap();
    let later = events(&app.request(Method::GET, &url).header("if-none-match", tag).send().await);
    assert_eq!((later[0]["STATUS"].as_str(), &later[0]["UID"]), ("CANCELLED", &told[0]["UID"]));
    let sequence =
        |event: &std::collections::BTreeMap<String, String>| event["SEQUENCE"].parse::<i64>().unwrap();
    assert!(sequence(&later[0]) > sequence(&told[0]));
}

async fn a_secret_address_that_was_revoked_is_gone(app: TestApp) {
    let resident = app.resident("li").await;
    let make = async || {
        let made = resident.post("/api/v1/me/calendar", &json!({})).await.json();
        made["url"].as_str().unwrap().to_owned()
    };
    let (first, second) = (make().await, make().await);
    app.get(&first).await.problem(410, "calendar_revoked");
    assert_eq!(app.get(&second).await.status, 200);
    let secret = second.rsplit('/').next().unwrap().trim_end_matches(".ics").to_owned();
    let rows = entity::calendar_token::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert!(rows.iter().all(|row| row.token_hash != secret.as_bytes() && row.token_hash.len() == 32));
    assert_eq!(resident.get("/api/v1/me/calendar").await.ok()["active"], true);
    for _ in 0..2 {
        assert_eq!(resident.delete("/api/v1/me/calendar").await.status, 204);
    }
    app.get(&second).await.problem(410, "calendar_revoked");
    app.get("/api/v1/calendars/unknown.ics").await.problem(404, "not_found");
    app.get(&format!("/api/v1/calendars/{}.ics", "x".repeat(300))).await.problem(404, "not_found");
}
