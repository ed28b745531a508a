//! Figures: counted once a month, and told only as far as nobody can be told from them.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{FOLLOW_UPS, Neighbour, officer, press, settle, sharer};
use crate::access::{ELSEWHERE, HERE};
use crate::huts::resident;
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    figures_follow_the_definitions,
    a_small_community_is_hidden_and_so_is_its_sibling,
    a_month_is_counted_once,
    values_that_look_rounded_or_wished_for_are_told_of_enough_persons,
);

const STREET: &str = "440307009000";
const THIRD: &str = "440307009003";

/// Neighbours who are under care, the first of them at target.
fn neighbours(region_code: &'static str, at_target: usize, above: usize) -> Vec<Neighbour> {
    let well = Neighbour { region_code, shares_days: 200, measured_days: 10, systolic: 125 };
    let high = Neighbour { systolic: 150, ..well };
    [vec![well; at_target], vec![high; above]].concat()
}

async fn count(app: &TestApp) {
    kangtu::follow_ups::count_month(&app.state, app.clock.now()).await.unwrap();
}

async fn figures(caller: &Caller) -> Value {
    caller.get(&format!("{FOLLOW_UPS}/figures")).await.ok()
}

/// Everything told of an indicator in a region.
fn whole<'f>(figures: &'f Value, region_code: &str, indicator: &str) -> &'f Value {
    let regions = figures["regions"].as_array().unwrap();
    let region = regions.iter().find(|region| region["region_code"] == region_code).unwrap();
    let found = region["figures"].as_array().unwrap().iter().find(|figure| figure["indicator"] == indicator);
    found.unwrap()
}

/// Counted, of, and percent of an indicator in a region.
fn figure(figures: &Value, region_code: &str, indicator: &str) -> Value {
    let figure = whole(figures, region_code, indicator);
    json!([figure["counted"], figure["of"], figure["percent"]])
}

fn ratio(figures: &Value, region_code: &str, indicator: &str) -> Value {
    whole(figures, region_code, indicator)["ratio"].clone()
}

const HIDDEN: [Option<i64>; 3] = [None; 3];

async fn figures_follow_the_definitions(app: TestApp) {
    let (officer, li) = (officer(&app).await, resident(&app, "li").await);
    let mut all = neighbours(HERE, 30, 15);
    all.extend([Neighbour { region_code: HERE, shares_days: 500, measured_days: 120, systolic: 120 }; 12]);
    all.extend([Neighbour { region_code: HERE, shares_days: 500, measured_days: 400, systolic: 120 }; 11]);
    settle(&li, &all).await;
    assert_eq!(figures(&officer).await, json!({"month": null, "counted_at": null, "regions": []}));
    count(&app).await;
    let told = figures(&officer).await;
    assert_eq!(told["month"], "2026-11");
    assert_eq!(figure(&told, HERE, "sharing"), json!([68, 68, null]));
    assert_eq!(figure(&told, HERE, "under_care"), json!([57, 68, 83.8]));
    assert_eq!(figure(&told, HERE, "missed_visit"), json!([12, 57, 21.1]));
    assert_eq!(figure(&told, HERE, "at_target"), json!([30, 57, 52.6]));
    assert_eq!(figure(&told, HERE, "lost"), json!(HIDDEN), "23 shared for a year");
    assert_eq!(
        figure(&told, HERE, "at_target_with_lost"),
        json!(HIDDEN),
        "the lost could be computed from it"
    );
    assert_eq!(figure(&told, HERE, "no_pressure"), json!(HIDDEN), "nobody is fewer than ten");
}

async fn a_small_community_is_hidden_and_so_is_its_sibling(app: TestApp) {
    let li = resident(&app, "li").await;
    settle(&li, &neighbours(HERE, 20, 20)).await;
    settle(&li, &neighbours(ELSEWHERE, 4, 3)).await;
    settle(&li, &neighbours(THIRD, 30, 30)).await;
    count(&app).await;
    let told = figures(&app.staff("health_officer", STREET).await).await;
    assert_eq!(figure(&told, ELSEWHERE, "sharing"), json!(HIDDEN), "seven are too few");
    assert_eq!(
        figure(&told, HERE, "sharing"),
        json!(HIDDEN),
        "or the seven would come out of the difference"
    );
    assert_eq!(figure(&told, THIRD, "sharing"), json!([60, 60, null]));
    assert_eq!(figure(&told, STREET, "sharing"), json!([107, 107, null]));
    assert_eq!(figure(&told, STREET, "at_target"), json!(HIDDEN), "all are under care: 100 % tells of each");
    let next_door = figures(&app.staff("health_officer", ELSEWHERE).await).await;
    assert_eq!(next_door["regions"].as_array().unwrap().len(), 1, "only one's own regions");
}

async fn a_month_is_counted_once(app: TestApp) {
    let (officer, li) = (officer(&app).await, sharer(&app, "li").await);
    press(&li, 120, 80, 0).await;
    settle(&li, &neighbours(HERE, 20, 20)).await;
    count(&app).await;
    let before = figures(&officer).await;
    assert_eq!(figure(&before, HERE, "sharing"), json!([41, 41, null]));
    settle(&li, &neighbours(HERE, 1, 0)).await;
    count(&app).await;
    assert_eq!(figures(&officer).await, before, "two looks would tell of the one who came between");
    app.clock.advance(TimeDelta::days(6));
    count(&app).await;
    let officer = super::officer(&app).await;
    assert_eq!(figures(&officer).await["month"], "2026-12");
    assert_eq!(figure(&figures(&officer).await, HERE, "sharing"), json!([42, 42, null]));
    let past = officer.get(&format!("{FOLLOW_UPS}/figures?month=2026-11")).await.ok();
    assert_eq!(figure(&past, HERE, "sharing"), json!([41, 41, null]));
    officer.get(&format!("{FOLLOW_UPS}/figures?month=2026-13")).await.problem(400, "bad_parameter");
}

async fn values_that_look_rounded_or_wished_for_are_told_of_enough_persons(app: TestApp) {
    let officer = officer(&app).await;
    for number in 0..10 {
        if number == 9 {
            count(&app).await;
            let few = figures(&officer).await;
            assert_eq!(figure(&few, HERE, "typed_round_digits"), json!(HIDDEN), "of nine persons");
            app.clock.advance(TimeDelta::days(6));
        }
        let resident = sharer(&app, &format!("r{number}")).await;
        for (days_ago, systolic) in [(1, 130), (2, 138), (3, 145), (4, 141)] {
            press(&resident, systolic, 80, days_ago).await;
        }
    }
    count(&app).await;
    let officer = super::officer(&app).await;
    let told = figures(&officer).await;
    assert_eq!(figure(&told, HERE, "typed_round_digits"), json!([20, 40, 50.0]));
    assert_eq!(figure(&told, HERE, "typed_just_below"), json!([20, 40, 50.0]));
    assert_eq!(ratio(&told, HERE, "typed_just_below"), json!(1.0), "twenty below for twenty above");
    assert_eq!(ratio(&told, HERE, "typed_round_digits"), json!(null));
    assert_eq!(ratio(&told, HERE, "hut_just_below"), json!(null), "nothing to be told");
    assert_eq!(figure(&told, HERE, "hut_round_digits"), json!(HIDDEN));
}
