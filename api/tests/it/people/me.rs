//! The resident who is calling.

use serde_json::json;

use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    what_one_says_of_oneself_comes_back_and_can_be_taken_back,
    an_account_of_ones_own_is_for_people_from_14_on,
    a_phone_number_needs_consent_and_goes_with_it,
);

const ME: &str = "/api/v1/me";

async fn what_one_says_of_oneself_comes_back_and_can_be_taken_back(app: TestApp) {
    let li = app.resident("li").await;
    let told = json!({
        "name": " 李大爷 ", "birth_date": "1950-02-28", "sex": "male",
        "region_code": "440307009001", "elder_mode": true,
    });
    let me = li.patch(ME, &told).await.ok();
    assert_eq!(
        (&me["name"], &me["birth_date"], &me["sex"], &me["region_code"], &me["elder_mode"], &me["status"]),
        (
            &json!("李大爷"),
            &json!("1950-02-28"),
            &json!("male"),
            &json!("440307009001"),
            &json!(true),
            &json!("active")
        )
    );
    let me = li.patch(ME, &json!({"name": null, "birth_date": null, "region_code": null})).await.ok();
    assert_eq!((&me["name"], &me["birth_date"], &me["sex"]), (&json!(null), &json!(null), &json!("male")));
    let wrong = json!({"name": "", "birth_date": "2030-01-01", "region_code": "1"});
    let problem = li.patch(ME, &wrong).await.problem(422, "invalid");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 3);
    app.get(ME).await.problem(401, "login_required");
}

async fn an_account_of_ones_own_is_for_people_from_14_on(app: TestApp) {
    let li = app.resident("li").await;
    let problem = li.patch(ME, &json!({"birth_date": "2012-11-25"})).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["code"], "under_14");
    li.patch(ME, &json!({"birth_date": "2012-11-24"})).await.ok();
}

async fn a_phone_number_needs_consent_and_goes_with_it(app: TestApp) {
    let li = app.resident("li").await;
    let code = json!({"code": "dev-13800001234"});
    li.post("/api/v1/me/phone", &code).await.problem(403, "consent_required");
    let consent = "/api/v1/me/consents/phone";
    li.put(consent, &json!({"text_version": 1})).await;
    assert_eq!(li.post("/api/v1/me/phone", &code).await.ok()["phone"], "138****1234");
    li.post("/api/v1/me/phone", &json!({"code": "stolen"})).await.problem(409, "wx_code_invalid");
    assert_eq!(li.get(ME).await.ok()["phone"], "138****1234");
    li.delete(consent).await;
    assert_eq!(li.get(ME).await.ok()["phone"], json!(null));
    li.post("/api/v1/me/phone", &code).await.problem(403, "consent_required");
}
