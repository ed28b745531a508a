//! Steps that WeChat counts.

use serde_json::{Value, json};

use super::{agree, keep, keeper, of, own, reading, with};
use crate::people::{add, child};
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    todays_steps_grow_and_never_shrink,
    steps_need_their_own_consent_and_go_with_it,
    steps_are_those_of_the_phone_in_ones_hand,
    data_that_is_not_ours_is_not_read,
    what_the_owner_corrected_or_deleted_stays,
    steps_that_nobody_walks_lie_in_quarantine,
);

/// Midnights in China, in seconds.
const YESTERDAY: i64 = 1_763_913_600 + 31_536_000;
const TODAY: i64 = YESTERDAY + 86_400;

async fn hand_over(caller: &Caller, name: &str, days: &[(i64, i64)]) -> TestResponse {
    let fake = caller.app.state.wechat.fake.clone().unwrap();
    let days: Vec<Value> = days.iter().map(|(at, step)| json!({"timestamp": at, "step": step})).collect();
    let data = json!({"stepInfoList": days});
    let (encrypted_data, iv) = fake.encrypt_user_data(&format!("dev-{name}"), data).unwrap();
    caller.post(&own(caller, "steps/wechat"), &json!({"encrypted_data": encrypted_data, "iv": iv})).await
}

fn told(answer: &TestResponse) -> Vec<(String, i64, String)> {
    let items = answer.ok()["items"].as_array().unwrap().clone();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    items
        .iter()
        .map(|day| (word(&day["day"]), day["steps"].as_i64().unwrap(), word(&day["status"])))
        .collect()
}

async fn walker(app: &TestApp) -> Caller {
    let li = keeper(app, "li").await;
    agree(&li, "steps").await;
    li
}

async fn todays_steps_grow_and_never_shrink(app: TestApp) {
    let li = walker(&app).await;
    let first = told(&hand_over(&li, "li", &[(YESTERDAY, 8_000), (TODAY, 1_200)]).await);
    let day = |day: &str, steps: i64, status: &str| (day.to_owned(), steps, status.to_owned());
    assert_eq!(first, [day("2026-11-24", 8_000, "recorded"), day("2026-11-25", 1_200, "recorded")]);
    let later = told(&hand_over(&li, "li", &[(YESTERDAY, 8_000), (TODAY, 4_500)]).await);
    assert_eq!(later, [day("2026-11-24", 8_000, "unchanged"), day("2026-11-25", 4_500, "grown")]);
    assert_eq!(told(&hand_over(&li, "li", &[(TODAY, 300)]).await)[0].2, "unchanged");
    let trend = li.get(&own(&li, "trends?metric=steps&from=2026-11-24")).await.ok();
    let means: Vec<&Value> =
        trend["points"].as_array().unwrap().iter().map(|point| &point["values"]["value"]["mean"]).collect();
    assert_eq!(means, [&json!(8_000.0), &json!(4_500.0)]);
    assert!(
        told(&hand_over(&li, "li", &[(TODAY + 86_400, 5)]).await).is_empty(),
        "tomorrow has no steps yet"
    );
}

async fn steps_need_their_own_consent_and_go_with_it(app: TestApp) {
    let li = keeper(&app, "li").await;
    hand_over(&li, "li", &[(TODAY, 1_200)]).await.problem(403, "consent_required");
    agree(&li, "steps").await;
    hand_over(&li, "li", &[(TODAY, 1_200)]).await.ok();
    keep(&li, reading("weight", "2026-11-24T07:00:00+08:00", 60.0)).await;
    assert_eq!(li.delete("/api/v1/me/consents/steps").await.status, 204);
    let left = li.get(&own(&li, "measurements")).await.ok();
    let left: Vec<&Value> = left["items"].as_array().unwrap().iter().map(|item| &item["metric"]).collect();
    assert_eq!(left, ["weight"], "steps are gone with their consent, and nothing else with them");
}

async fn steps_are_those_of_the_phone_in_ones_hand(app: TestApp) {
    let li = walker(&app).await;
    let kid = add(&li, &child()).await;
    let body = json!({"encrypted_data": "AAAA", "iv": "AAAA"});
    li.post(&of(&kid, "steps/wechat"), &body).await.problem(409, "own_phone_only");
}

async fn data_that_is_not_ours_is_not_read(app: TestApp) {
    let (li, wang) = (walker(&app).await, walker(&app).await);
    let zhao = keeper(&app, "zhao").await;
    agree(&zhao, "steps").await;
    drop(wang);
    hand_over(&li, "zhao", &[(TODAY, 9_000)]).await.problem(409, "wechat_data_unreadable");
    let body = json!({"encrypted_data": "AAAA", "iv": "AAAA"});
    li.post(&own(&li, "steps/wechat"), &body).await.problem(409, "wechat_data_unreadable");
    let extra = json!({"encrypted_data": "AAAA", "iv": "AAAA", "steps": 5});
    li.post(&own(&li, "steps/wechat"), &extra).await.problem(400, "bad_json");
    assert_eq!(li.get(&own(&li, "measurements")).await.ok()["items"], json!([]));
}

async fn what_the_owner_corrected_or_deleted_stays(app: TestApp) {
    let li = walker(&app).await;
    hand_over(&li, "li", &[(YESTERDAY, 8_000), (TODAY, 1_200)]).await.ok();
    let list = li.get(&own(&li, "measurements")).await.ok();
    let (today, yesterday) = (&list["items"][0], &list["items"][1]);
    li.delete(&own(&li, &format!("measurements/{}", today["id"].as_str().unwrap()))).await.ok();
    let corrected =
        with(reading("steps", "2026-11-24T00:00:00+08:00", 6_000.0), &json!({"replaces": yesterday["id"]}));
    keep(&li, corrected).await;
    let again = told(&hand_over(&li, "li", &[(YESTERDAY, 9_000), (TODAY, 9_000)]).await);
    assert!(again.iter().all(|(_, _, status)| status == "unchanged"), "{again:?}");
    let list = li.get(&own(&li, "measurements")).await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["values"]["value"], 6_000.0);
}

async fn steps_that_nobody_walks_lie_in_quarantine(app: TestApp) {
    let li = walker(&app).await;
    let odd = told(&hand_over(&li, "li", &[(YESTERDAY, 100_001), (TODAY, 5)]).await);
    assert_eq!((odd[0].2.as_str(), odd[1].2.as_str()), ("quarantined", "recorded"));
    let rejected = li.get(&own(&li, "measurements/rejected")).await.ok();
    assert_eq!(rejected["items"][0]["reason"], "out_of_range");
}
