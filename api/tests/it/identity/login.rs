//! Residents log in.

use chrono::TimeDelta;
use entity::{account, data_key, person};
use futures_util::future::join_all;
use reqwest::Method;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_resident_logs_in_and_is_known_again,
    many_phones_at_once_with_a_new_name_make_one_account,
    what_wechat_told_is_sealed,
    codes_that_are_not_good_are_refused,
    an_answer_with_tokens_is_never_kept_by_a_cache,
);

async fn a_resident_logs_in_and_is_known_again(app: TestApp) {
    let first = app.post("/api/v1/auth/wechat", &json!({"code": "dev-li"})).await.ok();
    assert_eq!((&first["is_new"], &first["token_type"]), (&json!(true), &json!("Bearer")));
    assert_eq!(first["expires_in_s"], 900);
    app.clock.advance(TimeDelta::days(1));
    let second = app.post("/api/v1/auth/wechat", &json!({"code": "dev-li"})).await.ok();
    assert_eq!(second["is_new"], false);
    assert_eq!(second["person_id"], first["person_id"]);
    assert_ne!(second["session_id"], first["session_id"]);
    let third = app.resident("li").await.person_id.unwrap();
    assert_eq!(first["person_id"], third.to_string());
    let other = app.post("/api/v1/auth/wechat", &json!({"code": "dev-wang"})).await.ok();
    assert_ne!(other["person_id"], first["person_id"]);
}

async fn many_phones_at_once_with_a_new_name_make_one_account(app: TestApp) {
    let code = json!({"code": "dev-li"});
    let phones = join_all((0..8).map(|_| app.post("/api/v1/auth/wechat", &code))).await;
    let persons: Vec<_> = phones.iter().map(|answer| answer.ok()["person_id"].clone()).collect();
    assert!(persons.iter().all(|person| *person == persons[0]), "{persons:?}");
    let reader = app.state.database.reader();
    assert_eq!(account::Entity::find().count(reader).await.unwrap(), 1);
    assert_eq!(person::Entity::find().count(reader).await.unwrap(), 1, "a lost race left a person behind");
    assert_eq!(
        data_key::Entity::find().count(reader).await.unwrap(),
        2,
        "one of the person, one of the server"
    );
    assert_eq!(phones.iter().filter(|answer| answer.ok()["is_new"] == true).count(), 1);
}

async fn what_wechat_told_is_sealed(app: TestApp) {
    app.resident("li").await;
    let account = account::Entity::find().one(app.state.database.reader()).await.unwrap().unwrap();
    for cell in
        [account.openid_cell.unwrap(), account.session_key_cell.unwrap(), account.openid_index.unwrap()]
    {
        assert!(!cell.windows(6).any(|bytes| bytes == b"dev-li" || bytes == b"AAAAAA"));
    }
}

async fn codes_that_are_not_good_are_refused(app: TestApp) {
    for code in ["", "li", "dev-", "dev-李", "dev-../x", "DEV-li", &format!("dev-{}", "x".repeat(33))] {
        let answer = app.post("/api/v1/auth/wechat", &json!({"code": code})).await;
        answer.problem(401, "wx_code_invalid");
    }
    for body in [json!({}), json!({"code": 1}), json!({"code": "dev-li", "person_id": "x"}), json!([])] {
        app.post("/api/v1/auth/wechat", &body).await.problem(400, "bad_json");
    }
}

async fn an_answer_with_tokens_is_never_kept_by_a_cache(app: TestApp) {
    let login = app.post("/api/v1/auth/wechat", &json!({"code": "dev-li"})).await;
    assert_eq!(login.header("cache-control"), Some("private, no-store"));
    let refresh = json!({"refresh_token": login.ok()["refresh_token"]});
    let refreshed = app.post("/api/v1/auth/refresh", &refresh).await;
    assert_eq!(refreshed.header("cache-control"), Some("private, no-store"));
    let refused = app.request(Method::GET, "/api/v1/me/sessions").send().await;
    refused.problem(401, "login_required");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    assert_eq!(refused.header("cache-control"), Some("no-store"));
}
