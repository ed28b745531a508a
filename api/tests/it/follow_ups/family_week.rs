//! A family's week, from the first consent until nothing is left.

use chrono::{FixedOffset, TimeDelta};
use kangtu::database::Engine;
use kangtu::privacy::erasure::run_due;
use kangtu::privacy::holdings::{HOLDINGS, Subject};
use sea_orm::{DatabaseExecutor, EntityTrait};
use serde_json::{Value, json};

use super::{list, officer, reasons, results};
use crate::access::HERE;
use crate::huts::{Gateway, Hut, record};
use crate::people::{add, appoint, child};
use crate::privacy::erasure::{backup, contains, files_below, wrapped_keys};
use crate::records::{agree, keeper, of, own, pressure, reading, send_for, statuses};
use crate::shares::{open, share};
use crate::support::callers::Caller;
use crate::support::{TestApp, logs, on_both_databases};

on_both_databases!(a_familys_week);

/// Names and words that must not be found anywhere.
const PERSONAL: [&str; 4] = ["李德英大娘", "李小明小朋友", "头晕得站不稳", "dev-li-de-ying"];

/// So many days ago at an hour in China.
fn days_ago(app: &TestApp, days: i64, hour: u32) -> String {
    let day = (app.clock.now() - TimeDelta::days(days)).date_naive();
    let zone = FixedOffset::east_opt(8 * 3_600).unwrap();
    let at = day.and_hms_opt(hour, 0, 0).unwrap().and_local_timezone(zone).unwrap();
    at.to_rfc3339()
}

/// Three days of a home protocol, which a phone without a network kept to itself.
fn home_days(app: &TestApp) -> Vec<Value> {
    let days = (1..=3).rev();
    days.flat_map(|day| [(day, 7, 151), (day, 20, 147)])
        .map(|(day, hour, systolic)| pressure(&days_ago(app, day, hour), systolic, 88))
        .collect()
}

/// Mother, who keeps a record and lets the officer see it; father acts for her and the child.
async fn family(app: &TestApp) -> (Caller, Caller, String) {
    let mother = keeper(app, "li-de-ying").await;
    let self_told =
        json!({"name": PERSONAL[0], "birth_date": "1958-03-08", "sex": "female", "region_code": HERE});
    mother.patch("/api/v1/me", &self_told).await.ok();
    agree(&mother, "sharing").await;
    let father = app.resident("wang").await;
    let mut kid = child();
    kid["name"] = json!(PERSONAL[1]);
    let kid = add(&mother, &kid).await;
    for person in [mother.person_id.unwrap().to_string(), kid.clone()] {
        appoint(&mother, &father, &person, &["records.read", "records.write"], 30).await;
    }
    (mother, father, kid)
}

async fn a_familys_week(app: TestApp) {
    for personal in PERSONAL {
        logs::remember(personal);
    }
    let (mut mother, mut father, kid) = family(&app).await;
    let mothers = mother.person_id.unwrap().to_string();

    // Father measured at home where there was no network; the phone sends it all, and once more.
    let batch = home_days(&app);
    assert_eq!(statuses(&send_for(&father, &mothers, &batch).await), ["recorded"; 6]);
    assert_eq!(statuses(&send_for(&father, &mothers, &batch).await), ["already_recorded"; 6]);
    let growth =
        [reading("height", &days_ago(&app, 1, 9), 135.0), reading("weight", &days_ago(&app, 1, 9), 42.0)];
    let grown = send_for(&father, &kid, &growth).await;
    assert_eq!(statuses(&grown), ["recorded"; 2]);
    let judged = mother.get(&of(&kid, "summary")).await.ok().to_string();
    assert!(judged.contains("WS/T 586"), "a child is judged by the table for children: {judged}");

    // In the hut she forgot to scan; the slip brings the reading to her phone.
    let hut = Hut::new(&app).await;
    let gateway = Gateway::new(&hut).await;
    let measured = gateway.deliver(&[hut.pressure("monday", 192, app.clock.now())]).await;
    assert_eq!(measured[0]["status"], "unclaimed");
    mother.post("/api/v1/readings/claim", &json!({"code": measured[0]["claim_code"]})).await.ok();
    let newest = &record(&mother, &mothers, "blood_pressure").await[0];
    assert_eq!((&newest["source"], &newest["values"]["systolic"]), (&json!("hut"), &json!(192.0)));
    let summary = mother.get(&own(&mother, "summary")).await.ok();
    assert!(summary["advice"].as_str().unwrap().contains("再量两次"), "{summary}");

    called_by_the_officer(&app, &mother).await;

    // For the doctor: on paper, as FHIR, and by a link that ends.
    let paper = mother.get(&own(&mother, "report.pdf")).await;
    assert_eq!((paper.status, paper.media_type()), (200, "application/pdf"));
    assert!(paper.body.starts_with(b"%PDF-"));
    let everything = mother.get(&format!("/fhir/Patient/{mothers}/$everything?_count=100")).await.ok();
    let observations = everything["entry"].as_array().unwrap().iter();
    let observations = observations.filter(|entry| entry["resource"]["resourceType"] == "Observation");
    assert_eq!(observations.count(), 7, "{everything}");
    let (_, token) = share(&mother, json!({"label": "王医生", "days": 1})).await;
    open(&mother, &token).await.ok();
    app.clock.advance(TimeDelta::days(1));
    open(&mother, &token).await.problem(410, "share_over");
    mother.refresh().await;
    father.refresh().await;

    everything_goes_along(&app, &mother).await;

    // She takes her consent back: the record is empty, for everybody and at once.
    let (_, still_open) = share(&mother, json!({"label": "王医生", "days": 7})).await;
    assert_eq!(mother.delete("/api/v1/me/consents/records").await.status, 204);
    assert!(record(&mother, &mothers, "blood_pressure").await.is_empty());
    assert!(list(&officer(&app).await).await.is_empty());
    open(&mother, &still_open).await.problem(404, "no_such_share");
    let late = json!({"measurements": [pressure(&days_ago(&app, 1, 7), 140, 85)]});
    father.post(&of(&mothers, "measurements"), &late).await.problem(403, "consent_required");

    erased(&app, &mothers, &kid).await;
}

/// The officer sees that she should be called, calls, and she sees that somebody looked.
async fn called_by_the_officer(app: &TestApp, mother: &Caller) {
    let officer = officer(app).await;
    assert!(reasons(&officer, mother).await.contains(&"very_high_pressure".to_owned()));
    let called = json!({
        "uid": app.state.random.stamp(), "outcome": "sees_doctor", "note": PERSONAL[2],
        "referral": {"to": "葵涌人民医院 全科门诊", "why": "血压高"},
    });
    let noted = officer.post(&results(mother.person_id.unwrap()), &called).await;
    assert_eq!(noted.status, 201, "{}", noted.text());
    assert!(reasons(&officer, mother).await.is_empty(), "she was called");
    let log = mother.get("/api/v1/me/access-log").await.ok();
    assert!(log["items"].as_array().unwrap().iter().any(|item| item["kind"] == "staff"), "{log}");
}

/// What she leaves in the hut, with the officer and in her record is in her export.
async fn everything_goes_along(app: &TestApp, mother: &Caller) {
    let subject = Subject { person_id: mother.person_id.unwrap(), account_id: Some(mother.id) };
    let executor = DatabaseExecutor::from(app.state.database.reader());
    for (name, rows) in
        [("measurements", 7), ("record_alerts", 1), ("hut_visits", 1), ("follow_ups", 1), ("shares", 1)]
    {
        let holding = HOLDINGS.iter().find(|holding| holding.name == name).unwrap();
        let table = (holding.collect)(&app.state, &executor, subject).await.unwrap();
        assert!(table.rows.len() >= rows, "{} rows of {name}", table.rows.len());
    }
}

/// The account is closed; a week later nothing of the family is left in the files.
async fn erased(app: &TestApp, mothers: &str, kid: &str) {
    // Closing an account asks for a fresh log-in.
    let mut mother = app.resident("li-de-ying").await;
    let keys = wrapped_keys(app, &[mothers.to_owned(), kid.to_owned()]).await;
    assert_eq!(keys.len(), 2);
    let before = backup(app, "before.db").await;
    assert!(keys.iter().all(|key| contains(&before, key)), "the search finds what is there");
    assert_eq!(mother.delete("/api/v1/me").await.status, 202);
    app.clock.advance(TimeDelta::days(7));
    mother.refresh().await;
    run_due(&app.state, app.clock.now()).await.unwrap();
    let after = backup(app, "after.db").await;
    assert!(!keys.iter().any(|key| contains(&after, key)), "a key is left");
    for personal in PERSONAL {
        assert!(!contains(&before, personal.as_bytes()), "{personal} could be read before");
        assert!(!contains(&after, personal.as_bytes()), "{personal} can be read");
    }
    for file in files_below(app.state.settings.data.as_path()) {
        let bytes = std::fs::read(&file).unwrap();
        let is_database = app.state.database.engine() == Engine::Sqlite;
        let found = PERSONAL.iter().any(|personal| contains(&bytes, personal.as_bytes()))
            || (is_database && keys.iter().any(|key| contains(&bytes, key)));
        assert!(!found, "something is left in {}", file.display());
    }
    let ids = [mothers, kid];
    let left = entity::measurement::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert!(!left.iter().any(|row| ids.contains(&row.person_id.to_string().as_str())));
}
