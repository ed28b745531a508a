//! What is registered: huts, devices, first-aid boxes.

use chrono::TimeDelta;
use entity::feature;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::{Hut, created, each, place, text};
use crate::access::{ELSEWHERE, HERE};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_hut_is_a_published_place_of_ones_own_region,
    a_hut_of_the_next_community_is_not_there,
    what_needs_somebody_is_told,
    a_hut_opens_by_the_hours_of_its_place,
    an_edit_of_an_older_version_is_refused,
    a_device_is_registered_once,
    a_closed_hut_takes_nothing_new,
);

async fn a_hut_is_a_published_place_of_ones_own_region(app: TestApp) {
    let keeper = app.staff("hut_keeper", HERE).await;
    let (here, there) = (place(&app, HERE).await, place(&app, ELSEWHERE).await);
    let new = |feature_id: i32| json!({"feature_id": feature_id});
    let far = keeper.post("/api/v1/huts", &new(there)).await.problem(422, "invalid");
    assert_eq!(far["errors"][0]["code"], "unknown_place");
    let park = feature::Entity::find().filter(feature::Column::LayerId.eq("park"));
    let park = park.one(app.state.database.reader()).await.unwrap().unwrap().id;
    keeper.post("/api/v1/huts", &new(park)).await.problem(422, "invalid");
    let hut = created(&keeper.post("/api/v1/huts", &new(here)).await);
    assert_eq!(hut["name"], "葵涌社区健康小屋（示例）");
    assert_eq!((&hut["status"], &hut["region_code"]), (&json!("open"), &json!(HERE)));
    keeper.post("/api/v1/huts", &new(here)).await.problem(409, "hut_exists");
    let list = keeper.get("/api/v1/huts").await.ok();
    assert_eq!(each(list["items"].as_array().unwrap(), "id"), [hut["id"].clone()]);
}

async fn a_hut_of_the_next_community_is_not_there(app: TestApp) {
    let hut = Hut::new(&app).await;
    let other = app.staff("hut_keeper", ELSEWHERE).await;
    other.get(&hut.path("")).await.problem(404, "not_found");
    other.get(&hut.path("/code")).await.problem(404, "not_found");
    other.post(&hut.path("/gateways"), &json!({"name": "网关"})).await.problem(404, "not_found");
    assert_eq!(other.get("/api/v1/huts").await.ok()["items"], json!([]));
    let street = app.staff("region_admin", "440307009000").await;
    street.get(&hut.path("")).await.ok();
}

async fn what_needs_somebody_is_told(app: TestApp) {
    let mut hut = Hut::new(&app).await;
    let attention = async |hut: &Hut| hut.keeper.get(&hut.path("")).await.ok()["attention"].clone();
    assert_eq!(attention(&hut).await, json!(["box_check_due"]), "nobody ever looked");
    let due = json!({"calibration_due": "2026-11-24"});
    hut.keeper.patch_version(&hut.path(&format!("/devices/{}", hut.cuff)), 1, &due).await.ok();
    let supplies = json!({"supplies": [
        {"name": "创可贴", "quantity": 20, "expires_on": "2026-12-10"},
        {"name": "碘伏", "quantity": 1, "expires_on": "2026-11-01"},
        {"name": "剪刀", "quantity": 1, "expires_on": null},
    ]});
    let filled = hut.keeper.put_version(&hut.path("/first-aid-box"), 1, &supplies).await.ok();
    assert_eq!(filled["first_aid_box"]["supplies"], supplies["supplies"]);
    let expected = ["calibration_overdue", "supply_expired", "supply_expires_soon", "box_check_due"];
    assert_eq!(attention(&hut).await, json!(expected));

    let looked = json!({"complete": true, "note": "已更换碘伏"});
    created(&hut.keeper.post(&hut.path("/first-aid-box/checks"), &looked).await);
    assert!(!attention(&hut).await.to_string().contains("box_check_due"));
    app.clock.advance(TimeDelta::days(31));
    hut.keeper = app.staff("hut_keeper", HERE).await;
    assert!(attention(&hut).await.to_string().contains("box_check_due"));
    let found = json!({"complete": false});
    created(&hut.keeper.post(&hut.path("/first-aid-box/checks"), &found).await);
    assert!(attention(&hut).await.to_string().contains("box_check_due"), "something was missing");

    let page = hut.keeper.get(&hut.path("/first-aid-box/checks?limit=1")).await.ok();
    assert_eq!(page["items"][0]["complete"], false);
    let next = format!("/first-aid-box/checks?limit=1&cursor={}", text(&page["next"]));
    let page = hut.keeper.get(&hut.path(&next)).await.ok();
    assert_eq!((&page["items"][0]["complete"], &page["next"]), (&json!(true), &json!(null)));
}

async fn a_hut_opens_by_the_hours_of_its_place(app: TestApp) {
    let mut hut = Hut::new(&app).await;
    let told = hut.keeper.get(&hut.path("")).await.ok();
    assert_eq!(
        (&told["opening"]["state"], &told["opening"]["text"]),
        (&json!("open"), &json!("现在开放，12:00 关闭"))
    );
    app.clock.advance(TimeDelta::hours(3));
    hut.keeper = app.staff("hut_keeper", HERE).await;
    assert_eq!(hut.keeper.get(&hut.path("")).await.ok()["opening"]["state"], "closed");
    let id = i32::try_from(told["feature_id"].as_i64().unwrap()).unwrap();
    let retired = app.state.database.write(move |transaction| {
        Box::pin(async move {
            feature::Entity::update_many()
                .col_expr(feature::Column::Status, Expr::val("retired"))
                .filter(feature::Column::Id.eq(id))
                .exec(transaction)
                .await?;
            Ok(())
        })
    });
    retired.await.unwrap();
    let told = hut.keeper.get(&hut.path("")).await.ok();
    assert!(told["attention"].to_string().contains("not_on_map"), "{told}");
}

async fn an_edit_of_an_older_version_is_refused(app: TestApp) {
    let hut = Hut::new(&app).await;
    let keeper_id = hut.keeper.id;
    let change = json!({"keeper_id": keeper_id, "note": "钥匙在前台"});
    let changed = hut.keeper.patch_version(&hut.path(""), 1, &change).await.ok();
    assert_eq!((&changed["version"], &changed["note"]), (&json!(2), &json!("钥匙在前台")));
    assert_eq!(changed["keeper"], json!({"staff_id": keeper_id, "display_name": "测试员"}));
    hut.keeper.patch_version(&hut.path(""), 1, &change).await.problem(412, "stale_version");
    hut.keeper.patch(&hut.path(""), &change).await.problem(428, "version_required");
    let nobody = json!({"keeper_id": app.state.random.stamp()});
    let refused = hut.keeper.patch_version(&hut.path(""), 2, &nobody).await.problem(422, "invalid");
    assert_eq!(refused["errors"][0]["pointer"], "/keeper_id");
    let cleared = json!({"keeper_id": null, "note": null});
    let cleared = hut.keeper.patch_version(&hut.path(""), 2, &cleared).await.ok();
    assert_eq!((&cleared["keeper"], &cleared["note"]), (&json!(null), &json!(null)));
}

async fn a_device_is_registered_once(app: TestApp) {
    let hut = Hut::new(&app).await;
    let device = json!({"kind": "glucose", "name": "血糖仪", "serial": "SN-1"});
    let made = created(&hut.keeper.post(&hut.path("/devices"), &device).await);
    hut.keeper.post(&hut.path("/devices"), &device).await.problem(409, "device_exists");
    let path = hut.path(&format!("/devices/{}", text(&made["id"])));
    let gone = hut.keeper.patch_version(&path, 1, &json!({"status": "retired"})).await.ok();
    assert_eq!(gone["status"], "retired");
    created(&hut.keeper.post(&hut.path("/devices"), &device).await);
    let other = json!({"name": "", "calibration_due": null});
    hut.keeper.patch_version(&path, 2, &other).await.problem(422, "invalid");
    hut.keeper
        .post(&hut.path("/devices"), &json!({"kind": "mri", "name": "x"}))
        .await
        .problem(400, "bad_json");
}

async fn a_closed_hut_takes_nothing_new(app: TestApp) {
    let hut = Hut::new(&app).await;
    let closed = hut.keeper.patch_version(&hut.path(""), 1, &json!({"status": "closed"})).await.ok();
    assert_eq!((&closed["status"], &closed["attention"]), (&json!("closed"), &json!([])));
    let device = json!({"kind": "waist", "name": "软尺"});
    hut.keeper.post(&hut.path("/devices"), &device).await.problem(409, "hut_closed");
    let looked = json!({"complete": true});
    hut.keeper.post(&hut.path("/first-aid-box/checks"), &looked).await.problem(409, "hut_closed");
}
