//! Searching observations and taking everything along.

use std::collections::HashSet;

use serde_json::json;

use super::{THIS_MORNING, entries, keeper, measure, next, outcome, resource};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    observations_are_found_by_code_category_and_date,
    pages_follow_each_other_without_gap_or_repeat,
    everything_goes_along_page_by_page,
);

async fn observations_are_found_by_code_category_and_date(app: TestApp) {
    let li = keeper(&app, "li").await;
    let person = li.person_id.unwrap();
    for (metric, value, at) in [
        ("weight", 65.5, "2026-11-01T23:59:59+08:00"),
        ("weight", 65.0, "2026-11-10T08:00:00+08:00"),
        ("glucose_fasting", 5.6, "2026-11-10T07:00:00+08:00"),
        ("heart_rate", 70.0, "2026-11-20T00:00:00+08:00"),
    ] {
        measure(&li, metric, json!({"value": value}), at).await;
    }
    let found = async |query: &str| {
        let answer = li.get(&format!("/fhir/Observation?patient={person}{query}")).await;
        let bundle = resource(&answer);
        assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("searchset")));
        entries(&bundle)
            .iter()
            .map(|one| one["effectiveDateTime"].as_str().unwrap()[8..10].to_owned())
            .collect::<Vec<_>>()
    };
    for (query, days) in [
        ("", vec!["20", "10", "10", "01"]),
        ("&_sort=date", vec!["01", "10", "10", "20"]),
        ("&code=29463-7", vec!["10", "01"]),
        ("&code=http://loinc.org|29463-7,8867-4", vec!["20", "10", "01"]),
        ("&code=http%3A%2F%2Floinc.org%7C8867-4", vec!["20"]),
        ("&code=http://snomed.info/sct|27113001", vec![]),
        ("&code=0000-0", vec![]),
        ("&category=vital-signs", vec!["20", "10", "01"]),
        ("&category=laboratory", vec!["10"]),
        ("&category=laboratory&code=29463-7", vec![]),
        ("&date=ge2026-11-10", vec!["20", "10", "10"]),
        ("&date=gt2026-11-10", vec!["20"]),
        ("&date=le2026-11-10", vec!["10", "10", "01"]),
        ("&date=lt2026-11-10", vec!["01"]),
        ("&date=2026-11-10", vec!["10", "10"]),
        ("&date=2026-11", vec!["20", "10", "10", "01"]),
        ("&date=ge2026-11-02&date=lt2026-11-20", vec!["10", "10"]),
        ("&date=eq2026-11-10T08:00:00%2B08:00", vec!["10"]),
        ("&date=ge2027", vec![]),
    ] {
        assert_eq!(found(query).await, days, "{query}");
    }
    for query in ["&date=soon", "&date=ap2026", "&_sort=code", "&_count=0", "&_count=x", "&_cursor=x"] {
        let answer = li.get(&format!("/fhir/Observation?patient={person}{query}")).await;
        outcome(&answer, 400, "invalid");
    }
    let twice = li.get(&format!("/fhir/Observation?patient={person}&code=8867-4&code=29463-7")).await;
    outcome(&twice, 400, "invalid");
}

async fn pages_follow_each_other_without_gap_or_repeat(app: TestApp) {
    let li = keeper(&app, "li").await;
    let person = li.person_id.unwrap();
    let mut all = HashSet::new();
    for day in 1..=7 {
        // Two of one moment, so that a page may end between them.
        for (metric, value) in [("weight", 65.0), ("heart_rate", 70.0)] {
            let at = format!("2026-11-{day:02}T08:00:00+08:00");
            all.insert(measure(&li, metric, json!({"value": value}), &at).await);
        }
    }
    for sort in ["date", "-date"] {
        let mut url = format!("/fhir/Observation?patient=Patient/{person}&_sort={sort}&_count=3");
        let (mut seen, mut times, mut pages) = (Vec::new(), Vec::new(), 0);
        loop {
            let bundle = resource(&li.get(&url).await);
            let page = entries(&bundle);
            assert!(page.len() <= 3 && !page.is_empty());
            for one in &page {
                seen.push(one["id"].as_str().unwrap().to_owned());
                times.push(one["effectiveDateTime"].as_str().unwrap().to_owned());
            }
            pages += 1;
            let Some(next) = next(&bundle) else { break };
            assert!(next.contains(&format!("_sort={sort}")) && next.contains("_count=3"), "{next}");
            url = next;
        }
        assert_eq!(pages, 5);
        assert_eq!(seen.len(), all.len());
        assert_eq!(seen.into_iter().collect::<HashSet<_>>(), all);
        let mut sorted = times.clone();
        sorted.sort();
        if sort == "-date" {
            sorted.reverse();
        }
        assert_eq!(times, sorted);
    }
}

async fn everything_goes_along_page_by_page(app: TestApp) {
    let li = keeper(&app, "li").await;
    let person = li.person_id.unwrap();
    for day in 1..=4 {
        measure(&li, "weight", json!({"value": 65.0}), &format!("2026-11-{day:02}T08:00:00+08:00")).await;
    }
    let base = format!("/fhir/Patient/{person}/$everything");
    let kinds = |bundle: &serde_json::Value| {
        entries(bundle).iter().map(|one| one["resourceType"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = resource(&li.get(&format!("{base}?_count=3")).await);
    let (readings, origins) = (["Observation"; 3], ["Provenance"; 3]);
    assert_eq!(
        kinds(&first),
        [["Patient", "Consent"].as_slice(), readings.as_slice(), origins.as_slice()].concat()
    );
    assert!(first["entry"][0]["fullUrl"].as_str().unwrap().ends_with(&format!("/fhir/Patient/{person}")));
    let second = resource(&li.get(&next(&first).unwrap()).await);
    assert_eq!(kinds(&second), ["Observation", "Provenance"], "the patient comes once");
    assert_eq!(next(&second), None);
    let patient = resource(&li.get(&format!("{base}?_type=Patient")).await);
    assert_eq!(kinds(&patient), ["Patient"]);
    let some = resource(&li.get(&format!("{base}?_type=Observation&start=2026-11-02&end=2026-11-03")).await);
    assert_eq!(kinds(&some), ["Observation", "Observation"]);
    let new = resource(&li.get(&format!("{base}?_since=2026-11-26T00:00:00Z")).await);
    assert_eq!(kinds(&new), ["Patient"]);
    let mut url = format!("{base}?_count=3&_type=Provenance");
    let mut targets = HashSet::new();
    loop {
        let page = resource(&li.get(&url).await);
        assert!(kinds(&page).iter().all(|kind| kind == "Provenance"));
        targets.extend(entries(&page).iter().map(|one| one["target"][0]["reference"].to_string()));
        let Some(next) = next(&page) else { break };
        url = next;
    }
    assert_eq!(targets.len(), 4);
    for unserved in ["QuestionnaireResponse", "Observation,Encounter", "赵小花"] {
        let refused = li.get(&format!("{base}?_type={unserved}")).await;
        let told = outcome(&refused, 400, "invalid");
        assert!(told.to_string().contains("RelatedPerson"), "it says what there is: {told}");
    }
    for name in ["_since", "start", "end"] {
        let refused = li.get(&format!("{base}?{name}=ge2026-11-01")).await;
        let told = outcome(&refused, 400, "invalid").to_string();
        assert!(told.contains("不加") && !told.contains("ge2026"), "prefixes are of no use here: {told}");
    }
    app.clock.advance(chrono::TimeDelta::minutes(1));
    measure(&li, "weight", json!({"value": 64.0}), THIS_MORNING).await;
    let since = format!("{base}?_since=2026-11-25T02:00:30Z&_type=Observation");
    assert_eq!(kinds(&resource(&li.get(&since).await)), ["Observation"], "what became known since");
}
