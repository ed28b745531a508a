//! Families: what is told comes back, strangers find nobody, and guardians lose access by the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kangtu::database::Database;
use kangtu::identity::caller::Resident;
use kangtu::people::{PersonAccess, Scope};
use reqwest::Method;
use sea_orm::EntityTrait;
use serde_json::json;
use uuid::Uuid;

use super::{PEOPLE, add, born, child, days_later, names, relation};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_family_member_added_twice_by_a_retry_is_one,
    a_family_member_comes_back_as_told,
    anothers_person_and_no_person_are_the_same_404,
    a_child_needs_the_guardians_consent_in_the_same_call,
    a_guardian_has_nothing_left_on_the_day_after_the_18th_birthday,
    an_edit_names_its_version,
    a_guardian_cannot_make_a_child_younger,
    a_removed_member_is_erased,
    what_a_client_may_not_set_is_refused,
);

async fn a_family_member_comes_back_as_told(app: TestApp) {
    let li = app.resident("li").await;
    let id = add(&li, &child()).await;
    let shown = li.get(&format!("{PEOPLE}/{id}")).await;
    assert_eq!(shown.header("cache-control"), Some("private, no-store"));
    assert_eq!(shown.header("etag"), Some("\"1\""));
    let shown = shown.ok();
    assert_eq!(
        (&shown["name"], &shown["birth_date"], &shown["sex"], &shown["kinship"], &shown["relation"]),
        (&json!("李小明"), &json!("2017-05-01"), &json!("male"), &json!("child"), &json!("guardian"))
    );
    assert_eq!(names(&li).await, [json!(null), json!("李小明")]);
    for (body, pointer) in [
        (json!({"name": " ", "birth_date": "1956-03-08", "kinship": "parent"}), "/name"),
        (json!({"name": "李", "birth_date": "2026-11-26", "kinship": "parent"}), "/birth_date"),
        (json!({"name": "李", "birth_date": "1899-12-31", "kinship": "parent"}), "/birth_date"),
        (
            json!({"name": "李", "birth_date": "1956-03-08", "kinship": "parent", "region_code": "000000000000"}),
            "/region_code",
        ),
    ] {
        let problem = li.post(PEOPLE, &body).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
}

async fn anothers_person_and_no_person_are_the_same_404(app: TestApp) {
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    let foreign = add(&li, &child()).await;
    let own = li.person_id.unwrap().to_string();
    let unknown = Uuid::now_v7().to_string();
    let renew = json!({"scopes": ["activities"], "expires_at": "2027-01-01T00:00:00Z"});
    for (method, suffix, body) in [
        (Method::GET, "", None),
        (Method::PATCH, "", Some(json!({"name": "偷看"}))),
        (Method::DELETE, "", None),
        (Method::GET, "/proxies", None),
        (Method::POST, "/proxies", Some(renew)),
        (Method::POST, "/hand-over", None),
    ] {
        let mut answers = Vec::new();
        for id in [&foreign, &own, &unknown] {
            let mut request = wang
                .request(method.clone(), &format!("{PEOPLE}/{id}{suffix}"))
                .header("if-match", "\"1\"")
                .header("idempotency-key", &Uuid::now_v7().to_string());
            if let Some(body) = &body {
                request = request.json(body);
            }
            let mut problem = request.send().await.problem(404, "no_such_person");
            problem.as_object_mut().unwrap().remove("request_id");
            answers.push(problem);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{method} {suffix}: {answers:?}");
    }
    let (by_foreign, by_unknown) =
        (queries_for(&app, &wang, &foreign).await, queries_for(&app, &wang, &unknown).await);
    assert_eq!(by_foreign, by_unknown, "a stranger must not learn from the work that is done");
    assert!(by_foreign > 0);
    assert_eq!(names(&li).await[1], "李小明");
}

/// How many statements it takes to refuse a stranger.
async fn queries_for(app: &TestApp, viewer: &Caller, id: &str) -> usize {
    let counted = Arc::new(AtomicUsize::new(0));
    let mut reader = app.state.database.reader().clone();
    let counter = Arc::clone(&counted);
    reader.set_metric_callback(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let resident = Resident {
        account_id: viewer.id,
        person_id: viewer.person_id.unwrap(),
        session_id: viewer.session_id,
    };
    let (vault, now) = (&app.state.vault, app.clock.now());
    let opened =
        PersonAccess::open(&reader, vault, &resident, id.parse().unwrap(), Scope::Profile, now).await;
    assert_eq!(opened.unwrap_err().code(), "no_such_person");
    counted.load(Ordering::Relaxed)
}

async fn a_child_needs_the_guardians_consent_in_the_same_call(app: TestApp) {
    let li = app.resident("li").await;
    let mut without = child();
    without["consents"] = json!([]);
    let problem = li.post(PEOPLE, &without).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "guardian_consent_required");
    let mut stale = child();
    stale["consents"][0]["text_version"] = json!(7);
    li.post(PEOPLE, &stale).await.problem(409, "stale_text");
    assert_eq!(names(&li).await.len(), 1, "nothing of a refused child may stay");
    add(&li, &born("2012-11-24", "child")).await;
    add(&li, &born("1956-03-08", "parent")).await;
}

async fn a_guardian_has_nothing_left_on_the_day_after_the_18th_birthday(app: TestApp) {
    let mut li = app.resident("li").await;
    // 18 on the second day from now: a guardian until midnight in China of the birthday.
    let id = add(&li, &born("2008-11-26", "child")).await;
    let path = format!("{PEOPLE}/{id}");
    days_later(&mut [&mut li], 1).await;
    assert_eq!(li.get(&path).await.ok()["relation"], "guardian");
    days_later(&mut [&mut li], 1).await;
    li.get(&path).await.problem(404, "no_such_person");
    li.patch_version(&path, 1, &json!({"name": "还是我的"})).await.problem(404, "no_such_person");
    let delete = li.request(Method::DELETE, &path).header("if-match", "\"1\"");
    delete.send().await.problem(404, "no_such_person");
    li.get(&format!("/api/v1/me/consents?person={id}")).await.problem(404, "no_such_person");
    li.get(&format!("/api/v1/me/access-log?person={id}")).await.problem(404, "no_such_person");
    let fresh = app.resident("li").await;
    fresh.post("/api/v1/me/exports", &json!({"person_id": id})).await.problem(404, "no_such_person");
    assert_eq!(relation(&li, &id).await.as_deref(), Some("came_of_age"));
    assert_eq!(
        names(&li).await,
        [json!(null), json!(null)],
        "the name of an adult is no longer the guardian's"
    );
}

async fn an_edit_names_its_version(app: TestApp) {
    let li = app.resident("li").await;
    let path = format!("{PEOPLE}/{}", add(&li, &born("1956-03-08", "parent")).await);
    li.patch(&path, &json!({"name": "李奶奶"})).await.problem(428, "version_required");
    let edited = li
        .patch_version(&path, 1, &json!({"name": "李奶奶", "region_code": "440307009001", "sex": "female"}))
        .await;
    assert_eq!(edited.header("etag"), Some("\"2\""));
    assert_eq!(edited.ok()["region_code"], "440307009001");
    let stale = li.patch_version(&path, 1, &json!({"name": "旧的"})).await;
    stale.problem(412, "stale_version");
    assert_eq!(stale.header("etag"), Some("\"2\""));
    let cleared =
        li.patch_version(&path, 2, &json!({"region_code": null, "kinship": "grandparent"})).await.ok();
    assert_eq!(
        (&cleared["region_code"], &cleared["name"], &cleared["kinship"]),
        (&json!(null), &json!("李奶奶"), &json!("grandparent"))
    );
}

async fn a_guardian_cannot_make_a_child_younger(app: TestApp) {
    let li = app.resident("li").await;
    let path = format!("{PEOPLE}/{}", add(&li, &child()).await);
    let younger = json!({"birth_date": "2020-05-01"});
    li.patch_version(&path, 1, &younger).await.problem(409, "birth_date_fixed");
    let path = format!("{PEOPLE}/{}", add(&li, &born("1956-03-08", "parent")).await);
    li.patch_version(&path, 1, &younger).await.problem(409, "birth_date_fixed");
    assert_eq!(
        li.patch_version(&path, 1, &json!({"birth_date": "1955-03-08"})).await.ok()["birth_date"],
        "1955-03-08"
    );
}

async fn a_removed_member_is_erased(app: TestApp) {
    let li = app.resident("li").await;
    let id = add(&li, &child()).await;
    let path = format!("{PEOPLE}/{id}");
    li.delete(&path).await.problem(428, "version_required");
    let stale = li.request(Method::DELETE, &path).header("if-match", "\"9\"");
    stale.send().await.problem(412, "stale_version");
    let removed = li.request(Method::DELETE, &path).header("if-match", "\"1\"").send().await;
    assert_eq!(removed.status, 204, "{}", removed.text());
    li.get(&path).await.problem(404, "no_such_person");
    let own = format!("{PEOPLE}/{}", li.person_id.unwrap());
    let own = li.request(Method::DELETE, &own).header("if-match", "\"1\"");
    own.send().await.problem(409, "own_person");
    let left = entity_of(&app.state.database, &id).await;
    assert_eq!((left.name_cell, left.birth_date_cell), (None, None));
}

async fn entity_of(database: &Database, id: &str) -> entity::person::Model {
    let person = entity::person::Entity::find_by_id(id.parse::<Uuid>().unwrap());
    person.one(database.reader()).await.unwrap().unwrap()
}

async fn what_a_client_may_not_set_is_refused(app: TestApp) {
    let li = app.resident("li").await;
    let id = add(&li, &born("1956-03-08", "parent")).await;
    for field in ["id", "account_id", "person_id", "capacity", "relation", "version", "status", "added_at"] {
        let mut body = child();
        body[field] = json!("00000000-0000-0000-0000-000000000000");
        li.post(PEOPLE, &body).await.problem(400, "bad_json");
        let patch = json!({field: "00000000-0000-0000-0000-000000000000"});
        li.patch_version(&format!("{PEOPLE}/{id}"), 1, &patch).await.problem(400, "bad_json");
        li.patch("/api/v1/me", &patch).await.problem(400, "bad_json");
    }
    assert_eq!(names(&li).await, [json!(null), json!("李秀英")]);
}

async fn a_family_member_added_twice_by_a_retry_is_one(app: TestApp) {
    let li = app.resident("li").await;
    let first = li.post_with_key(PEOPLE, "form-2026-11-25", &child()).await;
    assert_eq!((first.status, first.header("etag")), (201, Some("\"1\"")));
    let again = li.post_with_key(PEOPLE, "form-2026-11-25", &child()).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!((again.json(), again.header("etag")), (first.json(), Some("\"1\"")));
    assert_eq!(names(&li).await.len(), 2, "the resident and one child");
    let mut other = child();
    other["name"] = json!("李小红");
    li.post_with_key(PEOPLE, "form-2026-11-25", &other).await.problem(422, "invalid");
    li.request(Method::POST, PEOPLE).json(&child()).send().await.problem(400, "idempotency_key_required");

    let id = first.json()["id"].as_str().unwrap().to_owned();
    let invitation =
        json!({"scopes": ["records.read"], "expires_at": app.clock.now() + chrono::TimeDelta::days(9)});
    let path = format!("{PEOPLE}/{id}/proxies");
    let invited = li.post_with_key(&path, "invite-2026-11-25", &invitation).await;
    let again = li.post_with_key(&path, "invite-2026-11-25", &invitation).await;
    assert_eq!((invited.status, again.json()), (201, invited.json()), "the same code, not a second one");
    let proxies = entity::proxy::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert_eq!(proxies.len(), 1);
    let export = json!({"person_id": id});
    let asked = li.post_with_key("/api/v1/me/exports", "export-2026-11-25", &export).await;
    let again = li.post_with_key("/api/v1/me/exports", "export-2026-11-25", &export).await;
    assert_eq!((asked.status, again.json()), (202, asked.json()));
}
