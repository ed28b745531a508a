use std::fmt::Write as _;

use kangtu::map::coverage::residents;
use serde_json::{Value, json};

use super::{STREET, add_place, at, load_river};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    people_and_land_are_counted_along_the_streets,
    few_people_are_never_told,
    two_questions_that_differ_by_three_people_are_answered_alike,
    people_of_whom_no_community_is_known_are_not_said_to_be_nobody,
    places_those_on_no_path_and_sites_bring_out_no_few_people,
    a_community_without_a_boundary_has_the_people_who_are_said_to_live_there,
    a_figure_is_called_by_how_people_get_there,
    closures_are_among_what_a_figure_was_computed_from,
    without_people_and_streets_the_answer_says_so,
    an_edit_of_the_map_changes_the_answer,
    wrong_questions_are_named,
);

const COVERAGE: &str = "/api/v1/coverage";

async fn people(app: &TestApp, rows: &[(f64, f64, u32, &str)]) {
    let mut text = "lon,lat,persons,aged_0_14,aged_15_59,aged_60_plus,community\n".to_owned();
    for (east_m, north_m, persons, community) in rows {
        let (lon, lat) = at(*east_m, *north_m);
        let (young, old) = (persons / 5, persons / 4);
        let adult = persons - young - old;
        writeln!(text, "{lon},{lat},{persons},{young},{adult},{old},{community}").unwrap();
    }
    let bytes = text.into_bytes();
    residents::load(&app.state.database, app.clock.now(), STREET, "people.csv", &bytes).await.unwrap();
}

async fn ask(app: &TestApp, more: &str) -> Value {
    app.get(&format!("{COVERAGE}?region={STREET}&layers=clinic{more}")).await.ok()
}

async fn people_and_land_are_counted_along_the_streets(app: TestApp) {
    load_river(&app, STREET).await;
    add_place(&app, "clinic", "河边诊所", at(1_000.0, 0.0)).await;
    let homes =
        [(900.0, 0.0, 200, "葵涌社区"), (1_000.0, 60.0, 80, "葵新社区"), (1_000.0, -900.0, 20, "葵涌社区")];
    people(&app, &homes).await;
    let answer = ask(&app, "&preset=gb-network-1000m&next_sites=1").await;
    assert_eq!(answer["title"], "步行可达范围估算");
    assert_eq!(answer["method"], "network");
    assert_eq!((&answer["preset"]["mode"], &answer["preset"]["distance_m"]), (&"walk".into(), &1_000.into()));
    let all = &answer["people"]["all"];
    assert_eq!(all, &json!({"covered": 200.0, "uncovered": 100.0, "total": 300.0, "ratio": 0.6667}));
    assert_eq!(answer["people"]["not_snapped"], 20.0);
    assert_eq!(answer["people"]["by_age"][2]["age"], "60+");
    assert_eq!(answer["people"]["by_age"][2]["people"]["covered"], 50.0);
    let communities = answer["communities"].as_array().unwrap();
    let of = |name: &str| communities.iter().find(|community| community["name"] == name).unwrap();
    assert_eq!(of("葵涌社区")["people"]["covered"], 200.0);
    assert_eq!(of("葵新社区")["people"]["covered"], 0.0);
    assert_eq!(of("葵新社区")["land_km2"], Value::Null, "its boundary is not known");
    let land = &answer["land"];
    assert!(land["km2"]["total"].as_f64().unwrap() > 20.0 && land["km2"]["covered"].as_f64().unwrap() > 0.1);
    assert!(land["not_snapped_km2"].as_f64().unwrap() > 10.0, "mountains");
    assert_eq!(answer["next_sites"][0]["gains"], 80.0);
    assert!(answer["uncovered"].as_array().unwrap().iter().any(|gap| gap["persons"] == 80.0));
    assert!(answer["inputs"]["network_checksum"].as_str().unwrap().len() == 64);

    let circle = ask(&app, "&preset=db37-straight-1000m").await;
    assert_eq!(circle["people"]["all"]["covered"], 300.0);
    assert!(!answer.to_string().contains("达标率") && !answer.to_string().contains("健身圈"));
}

async fn few_people_are_never_told(app: TestApp) {
    load_river(&app, STREET).await;
    add_place(&app, "clinic", "河边诊所", at(1_000.0, 0.0)).await;
    people(
        &app,
        &[(900.0, 0.0, 200, "葵涌社区"), (1_000.0, 60.0, 3, "葵涌社区"), (900.0, 60.0, 90, "葵新社区")],
    )
    .await;
    let answer = ask(&app, "&next_sites=3").await;
    let communities = answer["communities"].as_array().unwrap();
    for name in ["葵涌社区", "葵新社区"] {
        let community = communities.iter().find(|community| community["name"] == name).unwrap();
        assert_eq!(community["people"]["covered"], Value::Null, "{name}");
    }
    assert_eq!(answer["people"]["all"]["covered"], 200.0);
}

async fn two_questions_that_differ_by_three_people_are_answered_alike(app: TestApp) {
    load_river(&app, STREET).await;
    add_place(&app, "clinic", "河边诊所", at(1_000.0, 0.0)).await;
    add_place(&app, "sports_court", "河口球场", at(2_950.0, 0.0)).await;
    people(&app, &[(900.0, 0.0, 200, ""), (2_950.0, 0.0, 3, ""), (1_000.0, 60.0, 90, "")]).await;
    let clinic = ask(&app, "").await;
    let both = app.get(&format!("{COVERAGE}?region={STREET}&layers=clinic,sports_court")).await.ok();
    let all = json!({"covered": 200.0, "uncovered": 93.0, "total": 293.0, "ratio": 0.6826});
    assert_eq!((&clinic["people"]["all"], &both["people"]["all"]), (&all, &all));
    for answer in [clinic, both] {
        let minutes = answer["people"]["mean_minutes"].as_f64().unwrap();
        assert_eq!(json!(minutes), json!(minutes.round()), "whole minutes");
        assert!(answer["notices"].to_string().contains("只精确到十人"), "{answer}");
    }
}

async fn people_of_whom_no_community_is_known_are_not_said_to_be_nobody(app: TestApp) {
    load_river(&app, STREET).await;
    people(&app, &[(900.0, 0.0, 200, ""), (1_000.0, 60.0, 50, "")]).await;
    let answer = ask(&app, "").await;
    let communities = answer["communities"].as_array().unwrap();
    assert!(communities.iter().all(|community| community["people"].is_null()), "{answer}");
    assert!(answer["notices"].to_string().contains("算不出人数"), "{answer}");

    people(&app, &[(900.0, 0.0, 200, "葵涌社区"), (1_000.0, 60.0, 50, "葵新社区")]).await;
    let answer = ask(&app, "").await;
    assert!(!answer["notices"].to_string().contains("算不出人数"), "{answer}");
}

async fn places_those_on_no_path_and_sites_bring_out_no_few_people(app: TestApp) {
    load_river(&app, STREET).await;
    people(&app, &[(1_000.0, 60.0, 103, ""), (1_000.0, -900.0, 19, "")]).await;
    let answer = ask(&app, "&next_sites=1").await;
    assert_eq!(answer["people"]["all"]["uncovered"], 122.0, "{answer}");
    assert_eq!(answer["people"]["not_snapped"], 10.0, "to ten people");
    let gaps = answer["uncovered"].as_array().unwrap();
    let persons: f64 = gaps.iter().filter_map(|gap| gap["persons"].as_f64()).sum();
    assert_eq!(json!(persons), 100.0, "to ten people");
    assert_eq!(answer["next_sites"][0]["gains"], 100.0);
    let notices = answer["notices"].to_string();
    assert!(notices.contains("按十人取整"), "{notices}");
}

async fn a_community_without_a_boundary_has_the_people_who_are_said_to_live_there(app: TestApp) {
    load_river(&app, STREET).await;
    people(&app, &[(900.0, 0.0, 200, "葵新社区"), (1_000.0, 60.0, 80, "别处")]).await;
    let street = ask(&app, "").await;
    let communities = street["communities"].as_array().unwrap();
    let code_of = |name: &str| communities.iter().find(|one| one["name"] == name).unwrap()["code"].clone();
    let of = |code: Value| {
        let path = format!("{COVERAGE}?region={}&layers=clinic", code.as_str().unwrap());
        let app = app.clone();
        async move { app.get(&path).await.ok() }
    };
    let home = of(code_of("葵新社区")).await;
    assert_eq!(home["people"]["all"]["total"], 200.0, "{home}");
    let empty = of(code_of("葵涌社区")).await;
    let notices = empty["notices"].to_string();
    assert_eq!(empty["people"], Value::Null);
    assert!(notices.contains("没有本区划的人") && !notices.contains("没有人口数据"), "{notices}");
}

async fn a_figure_is_called_by_how_people_get_there(app: TestApp) {
    load_river(&app, STREET).await;
    people(&app, &[(900.0, 0.0, 200, "")]).await;
    for (preset, title) in [
        ("sport-bike-15min", "骑行可达范围估算"),
        ("sport-walk-15min", "步行可达范围估算"),
        ("db37-straight-1000m", "服务半径范围估算"),
    ] {
        let answer = ask(&app, &format!("&preset={preset}")).await;
        assert_eq!(answer["title"], title);
        let says_why = answer["notices"].to_string().contains("九成");
        assert_eq!(answer["people"]["p90_minutes"].is_null(), says_why, "{answer}");
    }
}

async fn closures_are_among_what_a_figure_was_computed_from(app: TestApp) {
    load_river(&app, STREET).await;
    let open = ask(&app, "").await;
    assert_eq!(open["inputs"]["edits_checksum"], Value::Null);
    let officer = app.staff("reviewer", STREET).await;
    let ends = [at(2_050.0, -20.0), at(2_050.0, 20.0)].map(|(lon, lat)| [lon, lat]);
    let closed = json!({
        "region_code": STREET, "geometry": {"type": "LineString", "coordinates": ends}, "reason": "维修",
    });
    assert_eq!(officer.post("/api/v1/walking/closures", &closed).await.status, 201);
    let shut = ask(&app, "").await;
    assert_eq!(shut["inputs"]["edits_checksum"].as_str().map(str::len), Some(64));
    assert_eq!(shut["inputs"]["network_checksum"], open["inputs"]["network_checksum"]);
}

async fn without_people_and_streets_the_answer_says_so(app: TestApp) {
    add_place(&app, "clinic", "河边诊所", at(1_000.0, 0.0)).await;
    let answer = ask(&app, "").await;
    assert_eq!(answer["method"], "straight_instead");
    assert_eq!(answer["people"], Value::Null);
    let notices = answer["notices"].to_string();
    assert!(
        notices.contains("没有人口数据")
            && notices.contains("没有步行路网")
            && notices.contains("不是统计调查指标")
    );
    assert!(answer["land"]["km2"]["ratio"].as_f64().unwrap() > 0.0);
}

async fn an_edit_of_the_map_changes_the_answer(app: TestApp) {
    load_river(&app, STREET).await;
    people(&app, &[(900.0, 0.0, 200, "")]).await;
    let path = format!("{COVERAGE}?region={STREET}&layers=clinic");
    let before = app.get(&path).await;
    let covered = |answer: &Value| answer["people"]["all"]["covered"].as_f64().unwrap();
    let tag = before.header("etag").unwrap().to_owned();
    let before = before.ok();
    let same = app.request(reqwest::Method::GET, &path).header("if-none-match", &tag).send().await;
    assert_eq!(same.status, 304);
    add_place(&app, "clinic", "河边诊所", at(1_000.0, 0.0)).await;
    let after = app.get(&path).await.ok();
    assert!(covered(&after) > covered(&before), "{} {}", covered(&before), covered(&after));
}

async fn wrong_questions_are_named(app: TestApp) {
    for (query, parameter) in [
        ("", "region"),
        ("region=999999", "region"),
        ("region=440307009&preset=car", "preset"),
        ("region=440307009&layers=moon", "layers"),
        ("region=440307009&layers=park&kinds_at_least=2", "kinds_at_least"),
        ("region=440307009&next_sites=11", "next_sites"),
    ] {
        let answer = app.get(&format!("{COVERAGE}?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.text().contains(parameter), "{query}: {}", answer.text());
    }
}
