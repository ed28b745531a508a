//! How each operation is called, on things that belong to one resident or stand in one community.

use std::sync::Arc;

use entity::{moderation_item, person};
use kangtu::identity::caller::Resident;
use kangtu::knowledge::articles::content::Content;
use kangtu::knowledge::articles::write;
use kangtu::moderation::{Purpose, Subject, check_text};
use kangtu::privacy::exports::build_due;
use reqwest::Method;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    HERE, attendance_calls, exchange_calls, follow_up_calls, hut_calls, map_calls, records_calls,
    screen_calls, walking_calls,
};
use crate::media::photo;
use crate::support::TestApp;
use crate::support::callers::Caller;

/// One call of an operation.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// Sent as it is, in place of JSON.
    pub(super) file: Option<Vec<u8>>,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// What is called: things of one resident.
#[derive(Debug)]
pub(super) struct Objects {
    pub(super) app: TestApp,
    pub(super) owner: Caller,
}

impl Objects {
    pub(super) async fn new(app: &TestApp) -> Self {
        Self { app: app.clone(), owner: app.resident(&unique(app)).await }
    }

    /// Another resident, who has nothing to do with the first.
    pub(super) async fn other(&self) -> Caller {
        self.app.resident(&unique(&self.app)).await
    }
}

/// A name nobody else has.
pub(super) fn unique(app: &TestApp) -> String {
    app.state.random.stamp().simple().to_string()
}

/// Whether an operation is for everybody, logged in or not.
pub(super) fn is_public(method: &str, path: &str) -> bool {
    const OPEN: [&str; 24] = [
        "/api/v1/activities.ics",
        "/api/v1/activities/{id}.ics",
        "/api/v1/activities/{id}/feedback",
        "/api/v1/calendars/{token}.ics",
        "/api/v1/coverage",
        "/api/v1/health-days",
        "/api/v1/home",
        "/api/v1/metrics-catalogue",
        "/api/v1/officers",
        "/api/v1/search",
        "/api/v1/services",
        "/api/v1/topics",
        "/",
        "/healthz",
        "/readyz",
        "/.well-known/jwks.json",
        "/wechat/push",
        "/{name}.txt",
        "/api/v1/regions",
        "/api/v1/screens/pair",
        "/api/v1/screens/pairings",
        "/screen",
        "/screen/{file}",
        "/api/v1/erasures/{receipt}",
    ];
    const READ: [&str; 5] = [
        "/api/v1/articles",
        "/api/v1/articles/{article}",
        "/api/v1/activities",
        "/api/v1/activities/{id}",
        "/api/v1/activities/{id}/audit",
    ];
    OPEN.contains(&path)
        || (method == "GET" && READ.contains(&path))
        || (method == "GET" && path.starts_with("/map"))
        || (path.starts_with("/api/v1/map/") && !map_calls::is_meant(method, path))
        || path.starts_with("/media/")
        || path.starts_with("/s/{token}")
        || path == "/hut/{id}"
        || path.starts_with("/api/v1/shared/{token}")
        || path == "/fhir/metadata"
        || path == "/api/v1/articles/{slug}/reads"
        || path == "/api/v1/article-previews/{token}"
        || path == "/preview/{token}"
        || path.starts_with("/api/v1/auth/") && path != "/api/v1/auth/logout"
}

/// Whether wrong passwords and codes are counted there.
pub(super) fn counts_failures(path: &str) -> bool {
    path.starts_with("/api/v1/auth/") || path.starts_with("/api/v1/me/staff/")
}

pub(super) fn get(path: impl Into<String>) -> Call {
    Call { path: path.into(), ..Call::default() }
}

pub(super) fn send(path: impl Into<String>, body: Value) -> Call {
    Call { path: path.into(), body: Some(body), ..Call::default() }
}

pub(super) fn edit(path: impl Into<String>, body: Value) -> Call {
    Call { headers: vec![("if-match", "\"1\"".to_owned())], ..send(path, body) }
}

/// The address of somebody new in the owner's family.
async fn person(objects: &Objects, path: &str) -> String {
    let body = json!({"name": "李秀英", "birth_date": "1956-03-08", "kinship": "parent"});
    let added = objects.owner.post("/api/v1/me/people", &body).await.json();
    path.replace("{id}", added["id"].as_str().unwrap())
}

/// The address of an export that the owner asked for and that is ready.
async fn export(objects: &Objects, path: &str) -> String {
    let asked = objects.owner.post("/api/v1/me/exports", &json!({})).await.json();
    let id = asked["id"].as_str().unwrap();
    for _ in 0..500 {
        build_due(&objects.app.state, objects.app.clock.now()).await.unwrap();
        if objects.owner.get(&format!("/api/v1/me/exports/{id}")).await.ok()["state"] == "ready" {
            return path.replace("{id}", id);
        }
    }
    panic!("the export never became ready");
}

/// How an operation is called on the things of the owner.
pub(super) async fn call(method: &str, path: &str, objects: &Objects) -> Call {
    if let Some(call) = super::activity_calls::call(method, path, objects).await {
        return call;
    }
    let owner = &objects.owner;
    match (method, path) {
        (_, path) if map_calls::is_meant(method, path) => map_calls::call(method, path, objects).await,
        ("GET", "/api/v1/map/changes") => get("/api/v1/map/changes?since=0"),
        ("GET", "/api/v1/map/features/{id}") => get("/api/v1/map/features/1"),
        ("GET", "/hut/{id}") => get("/hut/019ac1e2-7b1c-7a40-8000-3f2b6d9c1a55"),
        ("GET", "/api/v1/map/reach") => get("/api/v1/map/reach?lon=114.42&lat=22.63"),
        ("GET", "/api/v1/coverage") => get("/api/v1/coverage?region=440307009000&layers=park"),
        ("GET", "/api/v1/map/nearest") => get("/api/v1/map/nearest?lon=114.42&lat=22.63"),
        ("GET", "/api/v1/map/view") => get("/api/v1/map/view?bbox=114.40,22.61,114.45,22.65&zoom=14"),
        ("GET", "/api/v1/articles/{article}") => get("/api/v1/articles/daily-salt"),
        ("GET", "/api/v1/search") => get("/api/v1/search?q=x"),
        ("POST", "/api/v1/articles/{slug}/reads") => send("/api/v1/articles/daily-salt/reads", json!({})),
        ("GET", "/map/collections/{collectionId}") => get("/map/collections/park"),
        ("GET", "/map/collections/{collectionId}/queryables") => get("/map/collections/park/queryables"),
        ("GET", "/map/collections/{collectionId}/sortables") => get("/map/collections/park/sortables"),
        ("GET", "/map/collections/{collectionId}/schema") => get("/map/collections/park/schema"),
        ("GET", "/map/functions") => get("/map/functions"),
        ("GET", "/map/collections/{collectionId}/items") => get("/map/collections/park/items?limit=1"),
        ("GET", "/map/collections/{collectionId}/items/{featureId}") => get("/map/collections/park/items/1"),
        ("GET", path)
            if path.starts_with("/map/tile") || path.starts_with("/map/collections/{collectionId}/tile") =>
        {
            let numbers = [("{tileMatrix}", "12"), ("{tileRow}", "1783"), ("{tileCol}", "3349")];
            let names = [("{collectionId}", "park"), ("{tileMatrixSetId}", "WebMercatorQuad")];
            let named = names.iter().chain(&numbers);
            get(named.fold(path.to_owned(), |path, (name, value)| path.replace(name, value)))
        }
        ("GET", "/{name}.txt") => get("/unknown.txt"),
        ("POST", "/wechat/push") => send(path, json!({})),
        ("POST", "/api/v1/auth/wechat") => send(path, json!({"code": "dev-li"})),
        ("POST", "/api/v1/auth/refresh") => send(path, json!({"refresh_token": "no-such-refresh-token"})),
        ("DELETE", "/api/v1/me/sessions/{id}") => get(format!("/api/v1/me/sessions/{}", owner.session_id)),
        ("GET", "/api/v1/erasures/{receipt}") => get("/api/v1/erasures/unknown"),
        ("POST", "/api/v1/me/message-subscriptions") => Call {
            headers: vec![("idempotency-key", unique(&objects.app))],
            ..send(path, json!({"results": {"tReminder": "accept"}}))
        },
        ("PUT", "/api/v1/message-templates/{biz_key}") => {
            send(format!("/api/v1/message-templates/k{}", unique(&objects.app)), message_template())
        }
        ("POST", "/api/v1/message-outbox/{id}/settle") => {
            send(format!("/api/v1/message-outbox/{}/settle", owner.session_id), json!({"outcome": "sent"}))
        }
        ("POST", "/api/v1/moderation/{id}/approve") => {
            get(format!("/api/v1/moderation/{}/approve", waiting_remark(objects).await))
        }
        ("POST", "/api/v1/moderation/{id}/reject") => {
            let path = format!("/api/v1/moderation/{}/reject", waiting_remark(objects).await);
            send(path, json!({"reason": "有广告，请修改。"}))
        }
        ("GET", "/api/v1/article-previews/{token}") => get("/api/v1/article-previews/unknown"),
        ("GET", "/preview/{token}") => get("/preview/unknown"),
        ("POST" | "DELETE", "/api/v1/me/calendar") => get(path),
        ("GET", "/api/v1/calendars/{token}.ics") => get("/api/v1/calendars/unknown.ics"),
        ("POST", "/api/v1/me/notices/read") => send(path, json!({"until": objects.app.clock.now()})),
        (_, path) if follow_up_calls::is_meant(path) => follow_up_calls::call(method, path, objects).await,
        (_, path) if exchange_calls::is_meant(path) => exchange_calls::call(method, path, objects).await,
        (_, path) if records_calls::is_meant(path) => records_calls::call(method, path, objects).await,
        (_, path) if hut_calls::is_meant(path) => hut_calls::call(method, path, objects).await,
        (_, path) if walking_calls::is_meant(path) => walking_calls::call(method, path, objects).await,
        (_, path) if screen_calls::is_meant(path) => screen_calls::call(method, path, objects).await,
        ("GET", path) if !path.contains('{') => get(path),
        (_, path) if attendance_calls::is_meant(method, path) => {
            attendance_calls::call(method, path, objects).await
        }
        ("PATCH", "/api/v1/me") => send(path, json!({"elder_mode": true})),
        ("POST", "/api/v1/auth/logout" | "/api/v1/me/keep") | ("DELETE", "/api/v1/me") => get(path),
        ("POST", "/api/v1/me/exports") => send(path, json!({"person_id": owner.person_id})),
        ("GET", path) if path.starts_with("/api/v1/me/exports/") => get(export(objects, path).await),
        ("POST", "/api/v1/me/people") => {
            send(path, json!({"name": "李秀英", "birth_date": "1956-03-08", "kinship": "parent"}))
        }
        ("POST", "/api/v1/me/phone" | "/api/v1/me/proxies/accept" | "/api/v1/me/hand-over/accept") => {
            send(path, json!({"code": "unknown"}))
        }
        ("PUT" | "DELETE", "/api/v1/me/consents/{purpose}") => {
            send(person(objects, "/api/v1/me/consents/records?person={id}").await, json!({"text_version": 1}))
        }
        ("PATCH", "/api/v1/me/people/{id}") => edit(person(objects, path).await, json!({"name": "李奶奶"})),
        ("DELETE", "/api/v1/me/people/{id}/proxies/{proxy_id}") => {
            get(person(objects, path).await.replace("{proxy_id}", &unique(&objects.app)))
        }
        ("POST", "/api/v1/me/people/{id}/proxies") => {
            let expires_at = objects.app.clock.now() + chrono::TimeDelta::days(1);
            let body = json!({"scopes": ["activities"], "expires_at": expires_at});
            send(person(objects, path).await, body)
        }
        (_, path) if path.starts_with("/api/v1/me/people/{id}") => {
            edit(person(objects, path).await, json!({}))
        }
        ("DELETE", "/api/v1/me/sessions") => get(path),
        _ => staff_call(method, path, objects).await,
    }
}

/// How the operations of staff are called, on a colleague who works where the things are.
async fn staff_call(method: &str, path: &str, objects: &Objects) -> Call {
    let colleague =
        || async { path.replace("{id}", &objects.app.staff("editor", HERE).await.id.to_string()) };
    match (method, path) {
        ("POST", "/api/v1/auth/staff") => {
            send(path, json!({"username": "nobody-of-that-name", "password": "a-river-of-seven-lamps"}))
        }
        ("POST", "/api/v1/me/staff/totp") => send(path, json!({"password": "a-river-of-seven-lamps"})),
        ("POST", "/api/v1/me/staff/totp/confirm") => send(path, json!({"code": "000000"})),
        ("PUT", "/api/v1/me/staff/password") => send(
            path,
            json!({"current_password": "a-river-of-seven-lamps", "new_password": "Another-river-of-7-lamps"}),
        ),
        ("POST", "/api/v1/staff") => {
            let body = json!({
                "username": format!("new-{}", unique(&objects.app)),
                "display_name": "新同事",
                "password": "Sieben-Lampen-am-Fluss-7",
                "roles": [{"role_id": "editor", "region_code": HERE}],
            });
            send(path, body)
        }
        ("GET" | "POST", "/api/v1/staff/{id}" | "/api/v1/staff/{id}/end-sessions") => get(colleague().await),
        ("POST", "/api/v1/media") => {
            Call { path: path.to_owned(), file: Some(picture(objects)), ..Call::default() }
        }
        ("POST", "/api/v1/articles/import") => {
            Call { path: path.to_owned(), file: Some("一段文字".into()), ..Call::default() }
        }
        ("GET", "/api/v1/article-sources/{id}") => get(path.replace("{id}", &imported(objects).await)),
        ("GET", "/media/{id}/{variant}") => get(format!("/media/{}/original", medium(objects).await)),
        ("PATCH", "/api/v1/media/{id}") => {
            edit(path.replace("{id}", &medium(objects).await), json!({"alt": "步道"}))
        }
        ("DELETE", "/api/v1/media/{id}") => Call {
            headers: vec![("if-match", "\"1\"".to_owned())],
            ..get(path.replace("{id}", &medium(objects).await))
        },
        ("GET", "/api/v1/media/{id}") => get(path.replace("{id}", &medium(objects).await)),
        ("PATCH", "/api/v1/staff/{id}") => edit(colleague().await, json!({"display_name": "编辑小王"})),
        ("PUT", "/api/v1/staff/{id}/roles") => {
            edit(colleague().await, json!({"roles": [{"role_id": "reviewer", "region_code": HERE}]}))
        }
        _ => publishing_call(method, path, objects).await,
    }
}

/// How the operations of publishing are called: on a draft in the community, and on what the community keeps.
async fn publishing_call(method: &str, path: &str, objects: &Objects) -> Call {
    let draft = || async {
        let id = begun(objects).await.to_string();
        path.replace("{id}", &id).replace("{article}", &id).replace("{n}", "1")
    };
    let new_id = unique(&objects.app);
    match (method, path) {
        ("POST", "/api/v1/articles") => send(path, json!({"kind": "notice", "region_code": HERE})),
        ("PUT", "/api/v1/articles/{article}") => edit(draft().await, json!({"title": "改了"})),
        ("POST", "/api/v1/articles/{id}/approve") => {
            edit(draft().await, json!({"revision": 1, "checks": []}))
        }
        ("POST", "/api/v1/articles/{id}/return") => {
            edit(draft().await, json!({"revision": 1, "reason": "改"}))
        }
        ("POST", "/api/v1/articles/{id}/schedule") => {
            let publish_at = objects.app.clock.now() + chrono::TimeDelta::days(1);
            edit(draft().await, json!({"publish_at": publish_at.to_rfc3339()}))
        }
        ("PUT", "/api/v1/articles/{id}/slug") => edit(draft().await, json!({"slug": format!("a-{new_id}")})),
        ("GET", "/api/v1/articles/{id}/compare") => get(format!("{}?from=1", draft().await)),
        (_, path) if path.starts_with("/api/v1/articles/{") => edit(draft().await, json!({})),
        ("PUT", "/api/v1/article-review-rules/{id}") => {
            let rule = format!("/api/v1/article-review-rules/{HERE}:notice");
            Call { headers: next_rule(objects).await, ..send(rule, json!({"steps": 1})) }
        }
        ("DELETE", "/api/v1/article-review-rules/{id}") => {
            edit(format!("/api/v1/article-review-rules/{HERE}:video"), json!({}))
        }
        ("PUT", "/api/v1/article-review-checks/{id}") => send(
            format!("/api/v1/article-review-checks/c{new_id}"),
            json!({"title": "看一看", "position": 9, "enabled": false}),
        ),
        ("PUT", "/api/v1/services/{id}") => send(format!("/api/v1/services/s{new_id}"), hotline()),
        (_, "/api/v1/services/{id}") => edit("/api/v1/services/nothing", json!({})),
        ("PUT", "/api/v1/officers/{id}") => send(format!("/api/v1/officers/o{new_id}"), officer()),
        (_, "/api/v1/officers/{id}") => edit("/api/v1/officers/nothing", json!({})),
        ("GET", "/api/v1/topics/{id}/synonyms") => get("/api/v1/topics/salt/synonyms"),
        ("PUT", "/api/v1/topics/{id}/synonyms") => {
            edit("/api/v1/topics/nothing/synonyms", json!({"words": ["词"]}))
        }
        ("PUT", "/api/v1/health-days/{id}/years/{year}") => send(
            "/api/v1/health-days/nothing/years/2027",
            json!({"theme": "主题", "starts_on": null, "ends_on": null}),
        ),
        (_, "/api/v1/health-days/{id}/years/{year}") => {
            edit("/api/v1/health-days/sleep_day/years/2050", json!({}))
        }
        _ => panic!("say in access/calls.rs how {method} {path} is called"),
    }
}

/// A draft for the community that nobody handed in yet.
async fn begun(objects: &Objects) -> i32 {
    let now = objects.app.clock.now();
    let begun = objects.app.state.database.write(move |transaction| {
        Box::pin(async move {
            let region_code = Some(HERE.to_owned());
            let content = Content::default();
            write::begin(transaction, entity::article::Kind::Notice, region_code, &content, None, now).await
        })
    });
    begun.await.unwrap()
}

/// The version of the rule that callers before this one made.
async fn next_rule(objects: &Objects) -> Vec<(&'static str, String)> {
    let rule = entity::review_rule::Entity::find_by_id(format!("{HERE}:notice"));
    let rule = rule.one(objects.app.state.database.reader()).await.unwrap();
    rule.map(|rule| ("if-match", format!("\"{}\"", rule.version))).into_iter().collect()
}

fn hotline() -> Value {
    json!({
        "kind": "hotline", "title": "热线", "description": "有事打。", "phone": "12345", "opening_hours": null,
        "audiences": ["everyone"], "topics": [], "priority": 50, "region_code": HERE, "feature_key": null,
        "platform": null, "appid": null, "path": null, "enabled": true, "source": "测试",
    })
}

fn officer() -> Value {
    json!({
        "region_code": HERE, "unit": "葵涌社区", "role": "健康专干", "name": null, "phone": null,
        "opening_hours": null, "duties": [], "description": "健康指导。", "source": "测试", "position": 90,
    })
}

fn message_template() -> Value {
    json!({
        "template_id": "tReminder",
        "title": "活动开始提醒",
        "kind": "once",
        "fields": [{"key": "thing1", "source": "title"}],
        "enabled": true,
    })
}

/// A remark of the owner that waits for a look in the owner's community.
async fn waiting_remark(objects: &Objects) -> Uuid {
    let (app, owner) = (&objects.app, &objects.owner);
    let (person_id, now) = (owner.person_id.unwrap(), app.clock.now());
    let author = Resident { account_id: owner.id, person_id, session_id: owner.session_id };
    let checked = check_text(&app.state, &author, Purpose::Remark, "包治百病").await.unwrap();
    let accepted = Arc::new(checked.accepted("/remark").unwrap());
    let subject = Subject { kind: "test", id: unique(app) };
    let (state, row) = (app.state.clone(), subject.clone());
    let written = app.state.database.write(move |transaction| {
        let (state, accepted, subject) = (state.clone(), Arc::clone(&accepted), row.clone());
        Box::pin(async move {
            person::Entity::update_many()
                .col_expr(person::Column::RegionCode, Expr::val(HERE))
                .filter(person::Column::Id.eq(person_id))
                .exec(transaction)
                .await?;
            accepted.record(&state, transaction, &subject, now).await
        })
    });
    written.await.unwrap();
    let of_subject = moderation_item::Column::SubjectId.eq(subject.id);
    let item = moderation_item::Entity::find().filter(of_subject).one(app.state.database.reader());
    item.await.unwrap().unwrap().id
}

/// A photo that nobody has sent yet.
fn picture(objects: &Objects) -> Vec<u8> {
    let [width, height, shade] = objects.app.state.random.bytes();
    photo(8 + u32::from(width), 8 + u32::from(height), shade)
}

/// What an article of the community was imported from.
async fn imported(objects: &Objects) -> String {
    let colleague = objects.app.staff("editor", HERE).await;
    let answer = colleague.request(Method::POST, "/api/v1/articles/import").body("一段文字").send().await;
    answer.ok()["source_id"].as_str().unwrap().to_owned()
}

/// A picture that nobody has changed, of the community where everything stands.
async fn medium(objects: &Objects) -> String {
    let colleague = objects.app.staff("editor", HERE).await;
    let answer = colleague.request(Method::POST, "/api/v1/media").body(picture(objects)).send().await;
    assert!(answer.status < 300, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}
