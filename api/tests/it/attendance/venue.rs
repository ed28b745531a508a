//! Check-in by oneself, at the venue.

use chrono::TimeDelta;
use entity::check_in;
use entity::registration::Status;
use sea_orm::{ActiveValue, EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use super::{HERE, announce, family, lecture, seated, sign_up};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_family_checks_itself_in_with_the_code_at_the_venue,
    everybody_whom_a_family_signed_up_comes_in_at_once,
    a_photo_of_the_screen_is_of_no_use_at_home,
    the_code_of_another_activity_or_of_nobody_is_refused,
    whoever_is_far_away_is_not_there,
    where_it_is_not_allowed_nobody_does_it,
);

fn path(activity_id: i32) -> String {
    format!("/api/v1/activities/{activity_id}/self-check-ins")
}

async fn code(app: &TestApp, activity_id: i32, kind: &str) -> String {
    let host = app.staff("activity_host", HERE).await;
    let code = host.get(&format!("/api/v1/activities/{activity_id}/venue-code?kind={kind}")).await.ok();
    assert!(code["svg"].as_str().unwrap().starts_with("<svg"));
    code["code"].as_str().unwrap().to_owned()
}

async fn a_family_checks_itself_in_with_the_code_at_the_venue(app: TestApp) {
    let (_, resident, activity_id, signed_up) = seated(&app).await;
    let body = json!({"code": code(&app, activity_id, "screen").await, "nonce": "self-0001"});
    let answer = resident.post(&path(activity_id), &body).await.ok();
    assert_eq!((&answer["status"], &answer["first_by"]), (&json!("checked_in"), &Value::Null));
    assert_eq!(answer["people"][0]["source"], "own");
    assert_eq!(resident.post(&path(activity_id), &body).await.ok(), answer, "sent again it is the same");
    let mut again = body.clone();
    again["nonce"] = json!("self-0002");
    assert_eq!(resident.post(&path(activity_id), &again).await.ok()["status"], "already");
    assert_eq!(check_in::Entity::find().count(app.state.database.reader()).await.unwrap(), 2);
    let ticket = resident.get(&format!("/api/v1/registrations/{}/ticket", signed_up.id)).await.ok();
    assert_eq!(ticket["people"][0]["checked_in"], true);
}

async fn everybody_whom_a_family_signed_up_comes_in_at_once(app: TestApp) {
    let activity_id = announce(&app, lecture(&app)).await;
    let (resident, people) = family(&app, "li").await;
    sign_up(&resident, activity_id, &people[..1], Status::Confirmed).await;
    let second = sign_up(&resident, activity_id, &people[1..], Status::Confirmed).await;
    let sheet = code(&app, activity_id, "sheet").await;
    let mut body = json!({"code": sheet, "nonce": "self-0001", "people": second.people});
    let answer = resident.post(&path(activity_id), &body).await.ok();
    assert_eq!(answer["people"].as_array().unwrap().len(), 1, "{answer}");
    body = json!({"code": sheet, "nonce": "self-0002"});
    let first = resident.post(&path(activity_id), &body).await.ok();
    assert_eq!(first["people"].as_array().unwrap().len(), 2);
    assert_eq!(resident.post(&path(activity_id), &body).await.ok(), first);
    assert_eq!(check_in::Entity::find().count(app.state.database.reader()).await.unwrap(), 2);
    body = json!({"code": sheet, "nonce": "self-0003", "people": [app.state.random.stamp()]});
    resident.post(&path(activity_id), &body).await.problem(422, "invalid");
}

async fn a_photo_of_the_screen_is_of_no_use_at_home(app: TestApp) {
    let (_, resident, activity_id, _) = seated(&app).await;
    let photo = code(&app, activity_id, "screen").await;
    app.clock.advance(TimeDelta::minutes(3));
    let body = json!({"code": photo, "nonce": "self-0001"});
    resident.post(&path(activity_id), &body).await.problem(409, "venue_code_stale");
    // A sheet on the wall is bound by the hours.
    let sheet = code(&app, activity_id, "sheet").await;
    app.clock.advance(TimeDelta::hours(4));
    let mut resident = resident;
    resident.refresh().await;
    let body = json!({"code": sheet, "nonce": "self-0002"});
    let problem = resident.post(&path(activity_id), &body).await.problem(409, "check_in_over");
    assert!(problem["detail"].as_str().unwrap().contains("请找现场工作人员"), "{problem}");
}

async fn the_code_of_another_activity_or_of_nobody_is_refused(app: TestApp) {
    let (_, resident, activity_id, _) = seated(&app).await;
    let other = announce(&app, lecture(&app)).await;
    let theirs = code(&app, other, "sheet").await;
    let body = json!({"code": theirs, "nonce": "self-0001"});
    resident.post(&path(activity_id), &body).await.problem(409, "wrong_activity");
    resident.post(&path(other), &body).await.problem(409, "not_registered");
    for forged in ["", "KW1:", "KW1:0000", "https://example.cn"] {
        let body = json!({"code": forged, "nonce": "self-0001"});
        resident.post(&path(activity_id), &body).await.problem(409, "venue_code_forged");
    }
    resident.post(&path(999_999), &body).await.problem(404, "not_found");
    let host = app.staff("activity_host", HERE).await;
    assert_eq!(host.post(&path(activity_id), &body).await.status, 403);
}

async fn whoever_is_far_away_is_not_there(app: TestApp) {
    let map = app.state.map.current();
    let set = map.snapshot.layer_set(&["health_hut"]).unwrap();
    let from = geodata::Wgs84::new(114.42, 22.63).unwrap();
    let query = geodata::snapshot::NearestQuery { from, layers: &set, limit: 1, radius_m: 50_000.0 };
    let found = map.snapshot.nearest(&query);
    let hut = geodata::geometry::anchor(found[0].feature.geometry().unwrap()).unwrap();
    let row = entity::activity::ActiveModel {
        feature_id: ActiveValue::Set(Some(i32::try_from(found[0].feature.id()).unwrap())),
        self_check_in_radius_m: ActiveValue::Set(Some(200)),
        ..lecture(&app)
    };
    let activity_id = announce(&app, row).await;
    let (resident, people) = family(&app, "li").await;
    sign_up(&resident, activity_id, &people, Status::Confirmed).await;
    let sheet = code(&app, activity_id, "sheet").await;
    let with = |nonce: &str, position: Value| json!({"code": sheet, "nonce": nonce, "position": position});
    let body = json!({"code": sheet, "nonce": "self-0001"});
    resident.post(&path(activity_id), &body).await.problem(409, "position_required");
    let far = with("self-0002", json!({"lon": hut.lon + 0.02, "lat": hut.lat, "datum": "wgs84"}));
    resident.post(&path(activity_id), &far).await.problem(409, "too_far");
    for (wrong, pointer) in [
        (json!({"lon": hut.lon, "lat": hut.lat, "datum": "mars"}), "/position/datum"),
        (json!({"lon": 200.0, "lat": hut.lat, "datum": "wgs84"}), "/position"),
    ] {
        let problem =
            resident.post(&path(activity_id), &with("self-0003", wrong)).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    // WeChat tells positions in GCJ-02: taken for WGS-84 they would be some 500 m off.
    let seen = hut.to_gcj02();
    let there = with("self-0004", json!({"lon": seen.lon, "lat": seen.lat, "datum": "gcj02"}));
    resident.post(&path(activity_id), &there).await.ok();
}

async fn where_it_is_not_allowed_nobody_does_it(app: TestApp) {
    let (_, resident, activity_id, _) = seated(&app).await;
    let sheet = code(&app, activity_id, "sheet").await;
    let row = entity::activity::ActiveModel { self_check_in: ActiveValue::Set(false), ..lecture(&app) };
    let other = announce(&app, row).await;
    let body = json!({"code": sheet, "nonce": "self-0001"});
    resident.post(&path(other), &body).await.problem(409, "self_check_in_off");
    let host = app.staff("activity_host", HERE).await;
    host.get(&format!("/api/v1/activities/{other}/venue-code")).await.problem(409, "self_check_in_off");
}
