//! Codes on slips.

use chrono::TimeDelta;
use entity::hut_reading;
use kangtu::clock::Clock;
use kangtu::config::{Settings, Switch};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{Gateway, Hut, component, each, pressures, record, resident, text};
use crate::support::world::{World, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

mod claiming {
    use super::*;

    on_both_databases!(
        a_slip_is_claimed_as_people_type_and_once,
        a_slip_is_good_for_three_days,
        values_wait_sealed_and_are_gone_once_claimed,
        a_slip_with_values_that_no_body_has_says_so,
        a_slip_with_a_very_high_pressure_says_what_to_do,
        a_slip_goes_to_a_member_of_the_family,
        a_batch_that_is_sent_again_after_the_claim_makes_no_second_slip,
    );

    async fn slip(hut: &Hut, gateway: &Gateway, systolic: i64) -> String {
        let answers =
            gateway.deliver(&[hut.pressure(&systolic.to_string(), systolic, hut.app.clock.now())]).await;
        text(&answers[0]["claim_code"])
    }

    fn claim(code: &str) -> Value {
        json!({"code": code})
    }

    const CLAIM: &str = "/api/v1/readings/claim";

    async fn a_slip_is_claimed_as_people_type_and_once(app: TestApp) {
        let hut = Hut::new(&app).await;
        let gateway = Gateway::new(&hut).await;
        let (li, wang) = (resident(&app, "li").await, resident(&app, "wang").await);
        let code = slip(&hut, &gateway, 143).await;
        let typed = format!(" {} {}", code[..3].to_lowercase(), &code[3..]);
        let claimed = li.post(CLAIM, &claim(&typed)).await.ok();
        assert_eq!(claimed["readings"][0]["kind"], "blood_pressure");
        assert!(!claimed.to_string().contains("143"), "values are told in the record only");
        assert_eq!(pressures(&li).await, [143]);
        assert_eq!(li.post(CLAIM, &claim(&code)).await.ok(), claimed, "a phone may send it twice");
        assert_eq!(pressures(&li).await, [143]);
        wang.post(CLAIM, &claim(&code)).await.problem(404, "unknown_code");
        for wrong in ["AAAAAA", "", "12", "中文"] {
            li.post(CLAIM, &claim(wrong)).await.problem(404, "unknown_code");
        }
        assert!(pressures(&wang).await.is_empty());
        let other = app.resident("zhao").await;
        let code = slip(&hut, &gateway, 144).await;
        other.post(CLAIM, &claim(&code)).await.problem(403, "consent_required");
    }

    async fn a_slip_is_good_for_three_days(app: TestApp) {
        let hut = Hut::new(&app).await;
        let (gateway, mut li) = (Gateway::new(&hut).await, resident(&app, "li").await);
        let code = slip(&hut, &gateway, 143).await;
        let late = slip(&hut, &gateway, 144).await;
        app.clock.advance(TimeDelta::hours(72) - TimeDelta::seconds(1));
        li.refresh().await;
        li.post(CLAIM, &claim(&code)).await.ok();
        app.clock.advance(TimeDelta::seconds(1));
        li.post(CLAIM, &claim(&late)).await.problem(404, "unknown_code");
        assert_eq!(kangtu::huts::forget(&app.state, app.clock.now()).await.unwrap(), 1);
        li.post(CLAIM, &claim(&late)).await.problem(404, "unknown_code");
        let rows = hut_reading::Entity::find().all(app.state.database.reader()).await.unwrap();
        assert!(rows.iter().all(|row| row.values_cell.is_none() && row.code_digest.is_none()), "{rows:?}");
        kangtu::huts::forget(&app.state, app.clock.now() + TimeDelta::days(91)).await.unwrap();
        assert!(hut_reading::Entity::find().all(app.state.database.reader()).await.unwrap().is_empty());
        assert_eq!(pressures(&li).await, [143], "the record stays");
    }

    async fn values_wait_sealed_and_are_gone_once_claimed(app: TestApp) {
        let hut = Hut::new(&app).await;
        let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
        let code = slip(&hut, &gateway, 143).await;
        let row = hut_reading::Entity::find().one(app.state.database.reader()).await.unwrap().unwrap();
        let cell = String::from_utf8_lossy(&row.values_cell.clone().unwrap()).into_owned();
        assert!(!cell.contains("143") && !cell.contains(&code) && !cell.contains("systolic"));
        assert!(!format!("{row:?}").contains(&code));
        li.post(CLAIM, &claim(&code)).await.ok();
        let row = hut_reading::Entity::find().one(app.state.database.reader()).await.unwrap().unwrap();
        assert_eq!((row.values_cell, row.person_id), (None, li.person_id));
    }

    async fn a_slip_with_values_that_no_body_has_says_so(app: TestApp) {
        let hut = Hut::new(&app).await;
        let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
        let code = slip(&hut, &gateway, 60).await;
        for _ in 0..2 {
            let claimed = li.post(CLAIM, &claim(&code)).await.ok();
            let reading = &claimed["readings"][0];
            assert_eq!(reading["status"], "impossible", "60/80: {claimed}");
            assert!(text(&reading["text"]).contains("重新测量"), "{claimed}");
        }
        assert!(pressures(&li).await.is_empty());
        let good = slip(&hut, &gateway, 143).await;
        let claimed = li.post(CLAIM, &claim(&good)).await.ok();
        assert_eq!(
            (&claimed["readings"][0]["status"], &claimed["readings"][0]["text"]),
            (&json!("recorded"), &json!(null))
        );
    }

    async fn a_slip_with_a_very_high_pressure_says_what_to_do(app: TestApp) {
        let hut = Hut::new(&app).await;
        let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
        let usual = slip(&hut, &gateway, 143).await;
        assert_eq!(li.post(CLAIM, &claim(&usual)).await.ok()["advice"], json!(null));
        let very_high = slip(&hut, &gateway, 206).await;
        for _ in 0..2 {
            let claimed = li.post(CLAIM, &claim(&very_high)).await.ok();
            assert_eq!(claimed["readings"][0]["status"], "recorded");
            let advice = text(&claimed["advice"]);
            assert!(advice.contains("再量两次") && !advice.contains("206"), "{claimed}");
        }
    }

    async fn a_slip_goes_to_a_member_of_the_family(app: TestApp) {
        let hut = Hut::new(&app).await;
        let (gateway, li) = (Gateway::new(&hut).await, resident(&app, "li").await);
        let child = crate::people::add(&li, &crate::people::child()).await;
        let code = slip(&hut, &gateway, 103).await;
        let wang = resident(&app, "wang").await;
        let for_child = json!({"code": code, "person_id": child});
        wang.post(CLAIM, &for_child).await.problem(404, "no_such_person");
        li.post(CLAIM, &for_child).await.ok();
        assert_eq!(component(&record(&li, &child, "blood_pressure").await[0], "systolic"), 103);
    }

    async fn a_batch_that_is_sent_again_after_the_claim_makes_no_second_slip(app: TestApp) {
        let hut = Hut::new(&app).await;
        let (gateway, mut li) = (Gateway::new(&hut).await, resident(&app, "li").await);
        let reading = hut.pressure("1", 143, app.clock.now());
        let first = gateway.deliver(std::slice::from_ref(&reading)).await;
        li.post(CLAIM, &claim(first[0]["claim_code"].as_str().unwrap())).await.ok();
        app.clock.advance(TimeDelta::days(2));
        li.refresh().await;
        let again = gateway.deliver(&[reading]).await;
        assert_eq!(
            (each(&again, "status"), each(&again, "claim_code")),
            (vec![json!("recorded")], vec![json!(null)])
        );
        assert_eq!(pressures(&li).await, [143]);
    }
}

mod guessing {
    use super::*;

    on_both_databases!(in world: codes_cannot_be_guessed_at_leisure);

    async fn codes_cannot_be_guessed_at_leisure(world: &World) {
        let settings = Settings { rate_limits: Switch::On, ..world.settings() };
        let app = TestApp::start(settings, Clock::fixed(wednesday_morning())).await;
        let li = resident(&app, "li").await;
        let guess = json!({"code": "AAAAAA"});
        for _ in 0..10 {
            li.post("/api/v1/readings/claim", &guess).await.problem(404, "unknown_code");
        }
        let refused = li.post("/api/v1/readings/claim", &guess).await;
        refused.problem(429, "too_many_requests");
        app.stop().await;
    }
}
