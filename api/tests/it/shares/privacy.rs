//! What is left of a link, and where.

use entity::record_share;
use kangtu::privacy::holdings::{HOLDINGS, Subject};
use sea_orm::{DatabaseExecutor, EntityTrait};
use serde_json::json;

use super::{open, share, shares};
use crate::fhir::{THIS_MORNING, keeper, measure};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    strangers_make_no_link_and_find_none,
    neither_the_secret_nor_the_label_stands_in_the_database,
    a_link_dies_with_the_consent,
    an_export_tells_of_links,
);

async fn strangers_make_no_link_and_find_none(app: TestApp) {
    let li = keeper(&app, "li").await;
    let wang = app.resident("wang").await;
    let (made, _) = share(&li, json!({"label": "王医生"})).await;
    let one = format!("{}/{}", shares(&li), made["id"].as_str().unwrap());
    wang.post(&shares(&li), &json!({"label": "王医生"})).await.problem(404, "no_such_person");
    wang.get(&shares(&li)).await.problem(404, "no_such_person");
    wang.delete(&one).await.problem(404, "no_such_person");
    assert_eq!(app.get(&shares(&li)).await.status, 401);
    let without = app.resident("zhao").await;
    without.post(&shares(&without), &json!({"label": "王医生"})).await.problem(403, "consent_required");
}

async fn neither_the_secret_nor_the_label_stands_in_the_database(app: TestApp) {
    let li = keeper(&app, "li").await;
    let (_, token) = share(&li, json!({"label": "人民医院王医生"})).await;
    let rows = record_share::Entity::find().all(app.state.database.reader()).await.unwrap();
    let row = format!("{:?}", rows[0]);
    let bytes = |text: &str| format!("{:?}", text.as_bytes()).trim_matches(['[', ']']).to_owned();
    assert!(!row.contains(&bytes("人民医院")) && !row.contains(&bytes(&token)) && !row.contains(&token));
    assert_eq!(rows[0].token_hash.len(), 32);
}

async fn a_link_dies_with_the_consent(app: TestApp) {
    let li = keeper(&app, "li").await;
    measure(&li, "weight", json!({"value": 61}), THIS_MORNING).await;
    let (_, token) = share(&li, json!({"label": "王医生"})).await;
    open(&li, &token).await.ok();
    assert_eq!(li.delete("/api/v1/me/consents/records").await.status, 204);
    open(&li, &token).await.problem(404, "no_such_share");
    let rows = record_share::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert!(rows.is_empty(), "nothing is left of it");
}

async fn an_export_tells_of_links(app: TestApp) {
    let li = keeper(&app, "li").await;
    let (_, token) = share(&li, json!({"label": "人民医院王医生", "most_views": 2})).await;
    open(&li, &token).await.ok();
    let subject = Subject { person_id: li.person_id.unwrap(), account_id: Some(li.id) };
    let holding = HOLDINGS.iter().find(|holding| holding.name == "shares").unwrap();
    let executor = DatabaseExecutor::from(app.state.database.reader());
    let table = (holding.collect)(&app.state, &executor, subject).await.unwrap();
    assert_eq!(table.rows.len(), 1);
    let told = |column: &str| {
        let place = table.columns.iter().position(|name| *name == column).unwrap();
        table.rows[0][place].clone()
    };
    assert_eq!((told("label"), told("views")), (json!("人民医院王医生"), json!(1)));
    assert!(!format!("{:?}", table.rows).contains(&token), "the secret is told once");
}
