//! Staff are managed within the region and the permissions of whoever manages them.

use reqwest::Method;
use serde_json::{Value, json};

use super::{DAPENG, KUICHONG, ROOT, TUYANG, hire, new_staff};
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    what_lies_outside_the_region_does_not_exist,
    nobody_grants_more_than_they_have,
    nobody_changes_their_own_roles,
    the_last_administrator_stays,
    whoever_reads_the_audit_log_manages_no_accounts,
    another_role_ends_the_sessions_at_once,
    an_edit_says_which_version_it_edits,
    somebody_in_charge_ends_sessions,
    residents_and_editors_manage_nobody,
    regions_are_public,
    a_list_comes_in_pages,
);

fn path(member: &Value) -> String {
    format!("/api/v1/staff/{}", member["id"].as_str().unwrap())
}

fn of(caller: &Caller) -> String {
    format!("/api/v1/staff/{}", caller.id)
}

async fn set_roles(caller: &Caller, path: &str, version: u32, roles: &[(&str, &str)]) -> TestResponse {
    let roles: Vec<Value> =
        roles.iter().map(|(role, region)| json!({"role_id": role, "region_code": region})).collect();
    let request = caller.request(Method::PUT, &format!("{path}/roles"));
    request.header("if-match", &format!("\"{version}\"")).json(&json!({"roles": roles})).send().await
}

async fn what_lies_outside_the_region_does_not_exist(app: TestApp) {
    let chief = app.staff("region_admin", KUICHONG).await;
    let inside = app.staff("editor", TUYANG).await;
    let outside = app.staff("editor", DAPENG).await;
    let above = app.staff("editor", ROOT).await;
    chief.get(&of(&inside)).await.ok();
    let unknown = "/api/v1/staff/00000000-0000-7000-8000-000000000000";
    for path in [of(&outside), of(&above), unknown.to_owned()] {
        chief.get(&path).await.problem(404, "not_found");
        chief.patch_version(&path, 1, &json!({"display_name": "新名字"})).await.problem(404, "not_found");
        set_roles(&chief, &path, 1, &[("editor", KUICHONG)]).await.problem(404, "not_found");
    }
    let list = chief.get("/api/v1/staff").await.ok();
    let mut ids: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    let mut expected = [chief.id.to_string(), inside.id.to_string()];
    expected.sort_unstable();
    assert_eq!(ids, expected);
    chief.post("/api/v1/staff", &new_staff("li.si", "editor", DAPENG)).await.problem(404, "not_found");
    hire(&chief, "li.si", "editor", TUYANG).await;
}

async fn nobody_grants_more_than_they_have(app: TestApp) {
    let chief = app.staff("region_admin", KUICHONG).await;
    for role in ["admin", "security_admin", "auditor", "health_officer"] {
        let refused = chief.post("/api/v1/staff", &new_staff("li.si", role, KUICHONG)).await;
        refused.problem(403, "beyond_authority");
    }
    for (number, role) in
        ["region_admin", "editor", "reviewer", "activity_host", "hut_keeper"].iter().enumerate()
    {
        hire(&chief, &format!("name-{number}"), role, KUICHONG).await;
    }
    let officer = app.staff("health_officer", TUYANG).await;
    for change in [
        json!({"status": "disabled"}),
        json!({"password": "a-river-of-seven-lamps"}),
        json!({"reset_totp": true}),
    ] {
        chief.patch_version(&of(&officer), 1, &change).await.problem(403, "beyond_authority");
    }
    set_roles(&chief, &of(&officer), 1, &[("editor", TUYANG)]).await.problem(403, "beyond_authority");
    let security = app.staff("security_admin", ROOT).await;
    security
        .post("/api/v1/staff", &new_staff("li.si", "editor", KUICHONG))
        .await
        .problem(403, "not_permitted");
    set_roles(&security, &of(&officer), 1, &[("health_officer", KUICHONG)]).await.ok();
    let admin = app.staff("admin", ROOT).await;
    admin.post("/api/v1/staff", &new_staff("li.si", "emperor", ROOT)).await.problem(422, "invalid");
}

async fn nobody_changes_their_own_roles(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    app.staff("admin", ROOT).await;
    set_roles(&admin, &of(&admin), 1, &[("admin", ROOT), ("health_officer", ROOT)])
        .await
        .problem(403, "own_account");
    for change in [
        json!({"status": "disabled"}),
        json!({"password": "a-river-of-seven-lamps"}),
        json!({"reset_totp": true}),
    ] {
        admin.patch_version(&of(&admin), 1, &change).await.problem(403, "own_account");
    }
    admin.patch_version(&of(&admin), 1, &json!({"display_name": "新名字"})).await.ok();
}

async fn the_last_administrator_stays(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    let security = app.staff("security_admin", ROOT).await;
    set_roles(&security, &of(&admin), 1, &[("editor", ROOT)]).await.problem(409, "last_admin");
    let second = app.staff("admin", ROOT).await;
    admin.patch_version(&of(&second), 1, &json!({"status": "disabled"})).await.ok();
    set_roles(&security, &of(&admin), 1, &[("editor", ROOT)]).await.problem(409, "last_admin");
    admin.patch_version(&of(&second), 2, &json!({"status": "active"})).await.ok();
    set_roles(&security, &of(&admin), 1, &[("editor", ROOT)]).await.ok();
}

async fn whoever_reads_the_audit_log_manages_no_accounts(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    let member = hire(&admin, "li.si", "editor", KUICHONG).await;
    for role in ["admin", "security_admin", "region_admin"] {
        let answer = set_roles(&admin, &path(&member), 1, &[("auditor", ROOT), (role, ROOT)]).await;
        answer.problem(409, "duties_not_separate");
    }
    set_roles(&admin, &path(&member), 1, &[("auditor", ROOT), ("editor", ROOT)]).await.ok();
}

async fn another_role_ends_the_sessions_at_once(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    let chief = app.staff("region_admin", KUICHONG).await;
    chief.get("/api/v1/staff").await.ok();
    set_roles(&admin, &of(&chief), 1, &[("editor", KUICHONG)]).await.ok();
    chief.get("/api/v1/staff").await.problem(401, "session_ended");
    let refresh = json!({"refresh_token": chief.refresh_token});
    app.post("/api/v1/auth/refresh", &refresh).await.problem(401, "session_ended");
    let editor = app.staff("editor", KUICHONG).await;
    admin.patch_version(&of(&editor), 1, &json!({"status": "disabled"})).await.ok();
    editor.get("/api/v1/me/sessions").await.problem(401, "session_ended");
}

async fn an_edit_says_which_version_it_edits(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    let member = hire(&admin, "li.si", "editor", KUICHONG).await;
    let change = json!({"display_name": "李思"});
    admin.patch(&path(&member), &change).await.problem(428, "version_required");
    admin.patch_version(&path(&member), 2, &change).await.problem(412, "stale_version");
    let changed = admin.patch_version(&path(&member), 1, &change).await;
    assert_eq!((changed.ok()["version"].clone(), changed.header("etag")), (json!(2), Some("\"2\"")));
    let stale = admin.patch_version(&path(&member), 1, &change).await;
    stale.problem(412, "stale_version");
    assert_eq!(stale.header("etag"), Some("\"2\""));
    let unknown = json!({"display_name": "李思", "security_stamp": "x"});
    admin.patch_version(&path(&member), 2, &unknown).await.problem(400, "bad_json");
    admin.post("/api/v1/staff", &new_staff("LI.SI", "editor", KUICHONG)).await.problem(409, "username_taken");
}

async fn somebody_in_charge_ends_sessions(app: TestApp) {
    let security = app.staff("security_admin", KUICHONG).await;
    let (inside, outside) = (app.staff("editor", TUYANG).await, app.staff("editor", DAPENG).await);
    let end = |caller: &Caller| format!("{}/end-sessions", of(caller));
    security.post(&end(&outside), &json!({})).await.problem(404, "not_found");
    assert_eq!(security.post(&end(&inside), &json!({})).await.ok()["sessions"], 1);
    inside.get("/api/v1/me/sessions").await.problem(401, "session_ended");
    outside.get("/api/v1/me/sessions").await.ok();
}

async fn residents_and_editors_manage_nobody(app: TestApp) {
    let (resident, editor) = (app.resident("li").await, app.staff("editor", ROOT).await);
    for path in ["/api/v1/staff", "/api/v1/roles", &of(&editor)] {
        app.get(path).await.problem(401, "login_required");
        resident.get(path).await.problem(403, "wrong_account_kind");
        editor.get(path).await.problem(403, "not_permitted");
    }
    let admin = app.staff("admin", ROOT).await;
    assert_eq!(admin.get("/api/v1/roles").await.ok()["items"].as_array().unwrap().len(), 11);
}

async fn regions_are_public(app: TestApp) {
    let all = app.get("/api/v1/regions").await;
    assert_eq!(all.ok()["items"].as_array().unwrap().len(), 15);
    let tag = all.header("etag").unwrap();
    let again = app.request(Method::GET, "/api/v1/regions").header("if-none-match", tag).send().await;
    assert_eq!(again.status, 304);
    let below = app.get(&format!("/api/v1/regions?parent={KUICHONG}")).await.ok();
    assert_eq!(below["items"].as_array().unwrap().len(), 9);
    app.get("/api/v1/regions?parent=1").await.problem(400, "bad_parameter");
}

async fn a_list_comes_in_pages(app: TestApp) {
    let admin = app.staff("admin", ROOT).await;
    for _ in 0..4 {
        app.staff("editor", KUICHONG).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/api/v1/staff?limit=2{cursor}")).await.ok();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let count = seen.len();
    seen.sort_by_key(Value::to_string);
    seen.dedup();
    assert_eq!((count, seen.len()), (5, 5));
    admin.get("/api/v1/staff?limit=0").await.problem(400, "bad_parameter");
    admin.get("/api/v1/staff?cursor=x").await.problem(400, "bad_parameter");
}
