use chrono::TimeDelta;

use super::each;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    who_saves_lives_comes_first,
    a_hotline_without_a_number_comes_last,
    a_service_tells_whether_it_is_open_now,
    a_clinic_leads_to_its_place_on_the_map,
    a_door_that_leads_nowhere_is_not_shown,
    services_are_for_a_region,
    officers_are_those_of_a_region,
    what_is_wrong_is_named,
);

async fn who_saves_lives_comes_first(app: TestApp) {
    for (topic, first) in [
        ("first_aid", vec!["emergency-120"]),
        ("heart_stroke", vec!["emergency-120"]),
        ("mental", vec!["emergency-120", "psychological-12356"]),
        ("sleep", vec!["psychological-12356"]),
        ("elders", vec!["psychological-12356"]),
        ("menopause", vec!["psychological-12356"]),
        ("dementia", vec!["psychological-12356"]),
        // The topic above: whoever reads about chronic disease may need an ambulance, too.
        ("chronic", vec!["emergency-120"]),
    ] {
        let found = each(&app.get(&format!("/api/v1/services?topic={topic}")).await.ok(), "id");
        assert_eq!(found[..first.len()], first, "{topic}: {found:?}");
    }
}

async fn a_hotline_without_a_number_comes_last(app: TestApp) {
    let hotlines = each(&app.get("/api/v1/services?kind=hotline").await.ok(), "id");
    assert_eq!(hotlines.last().map(String::as_str), Some("street-psychological"), "nobody can call it yet");
}

async fn a_service_tells_whether_it_is_open_now(app: TestApp) {
    let opening = async |id: &str| {
        let answer = app.get("/api/v1/services").await;
        let list = answer.ok();
        let service =
            list["items"].as_array().unwrap().iter().find(|service| service["id"] == id).unwrap().clone();
        (
            service["opening"]["state"].as_str().unwrap().to_owned(),
            answer.header("cache-control").unwrap().to_owned(),
        )
    };
    assert_eq!(opening("emergency-120").await.0, "open");
    assert_eq!(opening("psychological-12356").await.0, "unknown", "nobody has checked its hours");
    let list = app.get("/api/v1/services?topic=mental").await.ok();
    let hotline = list["items"].as_array().unwrap().iter().find(|item| item["id"] == "psychological-12356");
    let text = hotline.unwrap()["opening"]["text"].as_str().unwrap();
    assert!(text.contains("可直接拨打"), "a hotline is called and not asked first: {text}");
    assert_eq!(opening("clinic-02").await.0, "open");
    app.clock.advance(TimeDelta::minutes(119) + TimeDelta::seconds(50));
    assert_eq!(
        opening("clinic-02").await,
        ("open".to_owned(), "public, max-age=10, must-revalidate".to_owned())
    );
    app.clock.advance(TimeDelta::seconds(10));
    assert_eq!(opening("clinic-02").await.0, "closed");
}

async fn a_clinic_leads_to_its_place_on_the_map(app: TestApp) {
    let list = app.get("/api/v1/services?kind=clinic").await.ok();
    let clinics = list["items"].as_array().unwrap();
    assert_eq!(clinics.len(), 7);
    for clinic in clinics {
        let place = app.get(&format!("/api/v1/map/features/{}", clinic["place_id"])).await.ok();
        assert_eq!(place["layer"], "clinic", "{clinic}");
    }
}

async fn a_door_that_leads_nowhere_is_not_shown(app: TestApp) {
    assert!(each(&app.get("/api/v1/services?kind=app_link").await.ok(), "id").is_empty());
}

async fn services_are_for_a_region(app: TestApp) {
    let clinics = async |region: &str| {
        let list = app.get(&format!("/api/v1/services?kind=clinic&region={region}")).await.ok();
        each(&list, "id")
    };
    assert_eq!(clinics("440307009001").await, ["clinic-01"]);
    assert_eq!(clinics("440307009000").await.len(), 7);
}

async fn officers_are_those_of_a_region(app: TestApp) {
    let officers =
        async |query: &str| each(&app.get(&format!("/api/v1/officers{query}")).await.ok(), "region_code");
    assert_eq!(officers("?region=440307009002").await, ["440307009002"]);
    assert_eq!(officers("?region=440307009000").await.len(), 9);
    assert_eq!(officers("").await.len(), 9);
    let list = app.get("/api/v1/officers").await.ok();
    for officer in list["items"].as_array().unwrap() {
        assert_eq!(
            (&officer["name"], &officer["phone"]),
            (&serde_json::Value::Null, &serde_json::Value::Null)
        );
    }
}

async fn what_is_wrong_is_named(app: TestApp) {
    for (path, parameter) in [
        ("services?topic=x", "topic"),
        ("services?kind=x", "kind"),
        ("services?region=x", "region"),
        ("officers?region=x", "region"),
    ] {
        let problem = app.get(&format!("/api/v1/{path}")).await.problem(400, "bad_parameter");
        assert_eq!(problem["parameter"], parameter, "{path}");
    }
}
