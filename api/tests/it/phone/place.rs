use chrono::TimeDelta;
use geodata::Wgs84;
use geodata::snapshot::Entrance;
use reqwest::Method;
use serde_json::json;

use super::{MAP, add, draft, id_of};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_place_tells_everything,
    opening_follows_the_clock,
    an_answer_is_kept_no_longer_than_it_is_true,
    demonstration_data_says_so,
    an_unknown_place_is_not_found,
);

async fn a_place_tells_everything(app: TestApp) {
    let mut hut = draft("白石岗健康小屋", 114.41, 22.63);
    hut.address = Some("葵涌街道葵涌社区".to_owned());
    hut.phone = Some("0755-84206001、138 0013 8000".to_owned());
    hut.opening_hours = Some("Mo-Fr 08:30-12:00,14:00-17:30; PH off".to_owned());
    hut.facilities = vec!["血压测量仪".to_owned(), "轮椅坡道".to_owned()];
    hut.properties.clone_from(json!({"capacity": 4, "notice": "请带身份证。"}).as_object().unwrap());
    hut.source_licence = Some("CC-BY-4.0".to_owned());
    hut.entrances = vec![Entrance {
        name: Some("南门".to_owned()),
        kind: "accessible".to_owned(),
        at: Wgs84::new(114.4101, 22.6299).unwrap(),
    }];
    add(&app, vec![hut]).await;
    let id = id_of(&app, "白石岗健康小屋").await;
    let answer = app.get(&format!("{MAP}/features/{id}?datum=gcj02")).await;
    assert_eq!(answer.header("kangtu-datum"), Some("gcj02"));
    insta::allow_duplicates! {
        insta::assert_json_snapshot!(answer.ok(), @r#"
        {
          "address": "葵涌街道葵涌社区",
          "center": {
            "lat": 22.62733,
            "lon": 114.414942
          },
          "demo": false,
          "entrances": [
            {
              "kind": "accessible",
              "lat": 22.62723,
              "lon": 114.415042,
              "name": "南门"
            }
          ],
          "facilities": [
            "血压测量仪",
            "轮椅坡道"
          ],
          "geometry": {
            "coordinates": [
              114.414942,
              22.62733
            ],
            "type": "Point"
          },
          "icon": "health-hut",
          "id": 97,
          "layer": "health_hut",
          "layer_title": "健康小屋",
          "name": "白石岗健康小屋",
          "notice": "请带身份证。",
          "opening": {
            "changes_at": "2026-11-25T12:00:00+08:00",
            "state": "open",
            "text": "现在开放，12:00 关闭"
          },
          "opening_hours": "Mo-Fr 08:30-12:00,14:00-17:30; PH off",
          "phone": "0755-84206001、138 0013 8000",
          "phones": [
            "0755-84206001",
            "13800138000"
          ],
          "photos": [],
          "properties": {
            "capacity": 4
          },
          "region": {
            "code": "440307009001",
            "name": "葵涌社区"
          },
          "source": "test",
          "source_licence": "CC-BY-4.0",
          "upcoming_activities": [],
          "updated_at": "2026-11-25T02:00:00Z",
          "version": 1
        }
        "#);
    }
}

/// The clock of tests stands at 10:00 of a Wednesday in 葵涌.
async fn opening_follows_the_clock(app: TestApp) {
    let mut hut = draft("小屋", 114.41, 22.63);
    hut.opening_hours = Some("Mo-Fr 08:30-12:00,14:00-17:30; PH off".to_owned());
    let mut park = draft("全天公园", 114.42, 22.63);
    park.opening_hours = Some("24/7".to_owned());
    let mut odd = draft("奇怪的小屋", 114.43, 22.63);
    odd.opening_hours = Some("早八点到晚五点".to_owned());
    add(&app, vec![hut, park, odd]).await;
    let told = async |name: &str| {
        let path = format!("{MAP}/features/{}", id_of(&app, name).await);
        let place = app.get(&path).await.ok();
        (
            place["opening"]["state"].as_str().unwrap().to_owned(),
            place["opening"]["text"].as_str().unwrap().to_owned(),
            place["opening"]["changes_at"].as_str().unwrap_or("-").to_owned(),
        )
    };
    let moments = [
        (0, "open", "现在开放，12:00 关闭", "2026-11-25T12:00:00+08:00"),
        (120, "closed", "现在关闭，14:00 开放", "2026-11-25T14:00:00+08:00"),
        (120, "open", "现在开放，17:30 关闭", "2026-11-25T17:30:00+08:00"),
        (599, "closed", "现在关闭，明天 08:30 开放", "2026-11-26T08:30:00+08:00"),
        (1, "closed", "现在关闭，08:30 开放", "2026-11-26T08:30:00+08:00"),
        // Friday, New Year's Day.
        (36 * 1440 + 600, "closed", "现在关闭，周一 08:30 开放", "2027-01-04T08:30:00+08:00"),
    ];
    for (minutes, state, text, changes_at) in moments {
        app.clock.advance(TimeDelta::minutes(minutes));
        let expected = (state.to_owned(), text.to_owned(), changes_at.to_owned());
        assert_eq!(told("小屋").await, expected, "{minutes} minutes later");
        assert_eq!(told("全天公园").await.1, "全天开放");
        assert_eq!(told("奇怪的小屋").await.0, "unknown");
    }
}

async fn an_answer_is_kept_no_longer_than_it_is_true(app: TestApp) {
    let mut hut = draft("小屋", 114.41, 22.63);
    hut.opening_hours = Some("Mo-Fr 08:30-12:00".to_owned());
    add(&app, vec![hut]).await;
    let path = format!("{MAP}/features/{}", id_of(&app, "小屋").await);
    let first = app.get(&path).await;
    assert_eq!(first.header("cache-control"), Some("public, max-age=60, must-revalidate"));
    let tag = first.header("etag").unwrap().to_owned();
    let ask = || app.request(Method::GET, &path).header("if-none-match", &tag).send();

    app.clock.advance(TimeDelta::minutes(119) + TimeDelta::seconds(45));
    let unchanged = ask().await;
    assert_eq!(unchanged.status, 304);
    assert_eq!(unchanged.header("cache-control"), Some("public, max-age=15, must-revalidate"));
    assert_eq!(unchanged.header("kangtu-datum"), Some("wgs84"));

    app.clock.advance(TimeDelta::seconds(15));
    let closed = ask().await;
    assert_eq!(closed.ok()["opening"]["text"], "现在关闭，明天 08:30 开放");
    let tag = closed.header("etag").unwrap().to_owned();

    // The same state is told in other words on the next day.
    app.clock.advance(TimeDelta::hours(12) - TimeDelta::seconds(10));
    let midnight = app.get(&path).await;
    assert_eq!(midnight.header("cache-control"), Some("public, max-age=10, must-revalidate"));
    app.clock.advance(TimeDelta::seconds(10));
    let next_day = app.request(Method::GET, &path).header("if-none-match", &tag).send().await;
    assert_eq!(next_day.ok()["opening"]["text"], "现在关闭，08:30 开放");
}

async fn demonstration_data_says_so(app: TestApp) {
    let id = id_of(&app, "葵涌社区健康小屋（示例）").await;
    let hut = app.get(&format!("{MAP}/features/{id}")).await.ok();
    assert_eq!(hut["demo"], true);
    assert_eq!(hut["notice"], "这是示例数据，不是真实的地点，请不要按它前往。");
    let id = id_of(&app, "葵涌河滨水绿道（示例）").await;
    let greenway = app.get(&format!("{MAP}/features/{id}?datum=gcj02")).await.ok();
    assert_eq!(greenway["notice"], "示例线路，不是真实绿道，请勿据此出行。");
    assert_eq!(greenway["properties"].get("notice"), None);
    assert_eq!(greenway["geometry"]["type"], "LineString");
    let peak = app.get(&format!("{MAP}/features/{}", id_of(&app, "大笔架山").await)).await.ok();
    assert_eq!((&peak["demo"], &peak["notice"]), (&json!(false), &json!(null)));
}

async fn an_unknown_place_is_not_found(app: TestApp) {
    for id in ["0", "999999999", "4294967296", "-1", "1.5", "abc", "%00", "%E5%85%AC", "1'%20OR%201=1--"] {
        app.get(&format!("{MAP}/features/{id}")).await.problem(404, "feature_not_found");
    }
    let long = "9".repeat(5_000);
    app.get(&format!("{MAP}/features/{long}")).await.problem(404, "feature_not_found");
}
