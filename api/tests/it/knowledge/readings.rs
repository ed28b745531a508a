use chrono::TimeDelta;
use entity::{reading_count, reading_reader};
use kangtu::knowledge::articles::readings::forget_readers;
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::json;

use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_reader_is_counted_once_a_day_for_each_article,
    an_account_is_another_reader_than_its_address,
    readings_are_counted_by_region,
    nobody_is_remembered_when_the_day_is_over,
    what_is_wrong_with_a_reading_is_named,
);

const SALT: &str = "/api/v1/articles/daily-salt/reads";
const OIL: &str = "/api/v1/articles/oil-pot/reads";

async fn counts(app: &TestApp) -> Vec<(String, String, i32)> {
    let rows = reading_count::Entity::find()
        .order_by_asc(reading_count::Column::ArticleId)
        .order_by_asc(reading_count::Column::RegionCode)
        .order_by_asc(reading_count::Column::Day)
        .all(app.state.database.reader())
        .await
        .unwrap();
    rows.into_iter().map(|row| (row.region_code, row.day.to_string(), row.count)).collect()
}

fn counted(region: &str, day: &str, count: i32) -> (String, String, i32) {
    (region.to_owned(), day.to_owned(), count)
}

async fn a_reader_is_counted_once_a_day_for_each_article(app: TestApp) {
    for path in [SALT, SALT, OIL, SALT] {
        assert_eq!(app.post(path, &json!({})).await.status, 204);
    }
    assert_eq!(counts(&app).await, [counted("", "2026-11-25", 1), counted("", "2026-11-25", 1)]);
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(app.post(SALT, &json!({})).await.status, 204);
    assert_eq!(counts(&app).await.len(), 3);
}

async fn an_account_is_another_reader_than_its_address(app: TestApp) {
    let resident = app.resident("reader").await;
    app.post(SALT, &json!({})).await;
    for _ in 0..2 {
        let request = resident.request(reqwest::Method::POST, SALT).json(&json!({}));
        assert_eq!(request.send().await.status, 204);
    }
    assert_eq!(counts(&app).await, [counted("", "2026-11-25", 2)]);
}

async fn readings_are_counted_by_region(app: TestApp) {
    let resident = app.resident("reader").await;
    app.post(SALT, &json!({"region": "440307009001"})).await;
    let request = resident.request(reqwest::Method::POST, SALT).json(&json!({"region": "440307009002"}));
    request.send().await;
    assert_eq!(
        counts(&app).await,
        [counted("440307009001", "2026-11-25", 1), counted("440307009002", "2026-11-25", 1)]
    );
}

async fn nobody_is_remembered_when_the_day_is_over(app: TestApp) {
    app.post(SALT, &json!({})).await;
    let readers = async || reading_reader::Entity::find().count(app.state.database.reader()).await.unwrap();
    forget_readers(&app.state, app.clock.now()).await.unwrap();
    assert_eq!(readers().await, 1, "today's are kept, so that nobody is counted twice");
    // A minute after midnight in 葵涌.
    app.clock.advance(TimeDelta::hours(14) + TimeDelta::minutes(1));
    assert_eq!(forget_readers(&app.state, app.clock.now()).await.unwrap(), 1);
    assert_eq!((readers().await, counts(&app).await.len()), (0, 1));
}

async fn what_is_wrong_with_a_reading_is_named(app: TestApp) {
    let problem = app.post(SALT, &json!({"region": "x"})).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/region");
    app.post(SALT, &json!({"person": "x"})).await.problem(400, "bad_json");
    app.post("/api/v1/articles/nothing/reads", &json!({})).await.problem(404, "article_not_found");
    assert!(counts(&app).await.is_empty());
}
