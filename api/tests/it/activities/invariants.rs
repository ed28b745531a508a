//! Random plans of sign-ups, cancellations and edits, each step compared with a model that is too simple to
//! be wrong.

use chrono::TimeDelta;
use kangtu::registrations::settle_due;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::{HERE, alone, audit, lecture_with, publish_at_once, sign_up_under};
use crate::people::{add, born};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(every_step_of_a_random_plan_is_what_the_model_says);

const FAMILIES: usize = 6;
const PLANS: usize = 4;
const STEPS: usize = 28;

#[derive(Clone, Debug)]
enum Step {
    SignUp { family: usize, size: usize },
    Cancel { family: usize },
    CancelOne { family: usize },
    Resize { seats: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..FAMILIES, 1_usize..4).prop_map(|(family, size)| Step::SignUp { family, size }),
        3 => (0..FAMILIES).prop_map(|family| Step::Cancel { family }),
        1 => (0..FAMILIES).prop_map(|family| Step::CancelOne { family }),
        1 => (1_i64..8).prop_map(|seats| Step::Resize { seats }),
    ]
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    family: usize,
    /// Who of the family is in it.
    people: Vec<usize>,
    confirmed: bool,
}

impl Entry {
    fn seats(&self) -> i64 {
        i64::try_from(self.people.len()).unwrap()
    }
}

/// The oracle: entries in the order of their arrival.
#[derive(Debug)]
struct Model {
    target: i64,
    first_fit: bool,
    entries: Vec<Entry>,
}

impl Model {
    fn taken(&self) -> i64 {
        self.entries.iter().filter(|entry| entry.confirmed).map(Entry::seats).sum()
    }

    fn waiting(&self) -> i64 {
        self.entries.iter().filter(|entry| !entry.confirmed).map(Entry::seats).sum()
    }

    fn of(&self, family: usize) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.family == family)
    }

    fn fill(&mut self) {
        for at in 0..self.entries.len() {
            let free = self.target - self.taken();
            let entry = &mut self.entries[at];
            if entry.confirmed {
                continue;
            }
            if entry.seats() <= free {
                entry.confirmed = true;
            } else if !self.first_fit {
                return;
            }
        }
    }

    fn sign_up(&mut self, family: usize, size: usize) {
        self.entries.push(Entry { family, people: (0..size).collect(), confirmed: false });
        self.fill();
    }
}

async fn every_step_of_a_random_plan_is_what_the_model_says(app: TestApp) {
    let mut families = Vec::new();
    for number in 0..FAMILIES {
        let caller = app.resident(&format!("family-{number}")).await;
        let mut people = alone(&caller);
        for _ in 0..2 {
            people.push(add(&caller, &born("1990-01-01", "sibling")).await);
        }
        families.push((caller, people));
    }
    let mut runner = TestRunner::deterministic();
    let plans = prop::collection::vec((prop::collection::vec(step(), STEPS), any::<bool>(), 1_i64..6), PLANS);
    for (steps, first_fit, seats) in plans.new_tree(&mut runner).unwrap().current() {
        follow(&app, &families, &steps, first_fit, seats).await;
    }
}

async fn follow(
    app: &TestApp,
    families: &[(Caller, Vec<String>)],
    steps: &[Step],
    first_fit: bool,
    seats: i64,
) {
    let (now, host) = (app.clock.now(), app.staff("region_admin", HERE).await);
    let starts_at = now + TimeDelta::days(30);
    let content = |seats: i64| {
        lecture_with(
            now,
            &json!({
                "capacity": seats,
                "waiting_order": if first_fit { "first_fit" } else { "strict" },
                "starts_at": starts_at, "ends_at": starts_at + TimeDelta::hours(2),
            }),
        )
    };
    let id = publish_at_once(app, &content(seats)).await;
    let mut model = Model { target: seats, first_fit, entries: Vec::new() };
    let mut version = 1;
    let mut ids: Vec<Option<String>> = vec![None; families.len()];
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::SignUp { family, size } => {
                let (caller, people) = &families[*family];
                let body = json!({"person_ids": people[..*size]});
                let key = format!("{id}-step-{number}");
                let answer = sign_up_under(caller, id, &body, &key).await;
                let known = model.of(*family).map(|entry| entry.people.clone());
                match known {
                    None => {
                        assert_eq!(answer.status, 201, "{step:?} {}", answer.text());
                        model.sign_up(*family, *size);
                        ids[*family] = answer.json()["id"].as_str().map(str::to_owned);
                    }
                    Some(known) if known == (0..*size).collect::<Vec<_>>() => assert_eq!(answer.status, 200),
                    // The one who left may come back alone; that is another registration, which this model leaves out.
                    Some(_) => {
                        answer.problem(422, "invalid");
                    }
                }
                let again = sign_up_under(caller, id, &body, &key).await;
                assert_eq!((again.status, &again.body), (answer.status, &answer.body), "{step:?}");
            }
            Step::Cancel { family } => {
                let Some(entry) = &ids[*family] else { continue };
                for _ in 0..2 {
                    let path = format!("/api/v1/registrations/{entry}");
                    assert_eq!(families[*family].0.delete(&path).await.status, 204);
                }
                model.entries.retain(|entry| entry.family != *family);
                model.fill();
            }
            Step::CancelOne { family } => {
                let (Some(entry), Some(known)) = (&ids[*family], model.of(*family).cloned()) else {
                    continue;
                };
                let last = *known.people.last().unwrap();
                let path = format!("/api/v1/registrations/{entry}/people/{}", families[*family].1[last]);
                assert_eq!(families[*family].0.delete(&path).await.status, 204);
                let at = model.entries.iter().position(|entry| entry.family == *family).unwrap();
                model.entries[at].people.pop();
                if model.entries[at].people.is_empty() {
                    model.entries.remove(at);
                }
                model.fill();
            }
            Step::Resize { seats } => {
                let edit = host.request(reqwest::Method::PUT, &format!("/api/v1/activities/{id}"));
                edit.header("if-match", &format!("\"{version}\"")).json(&content(*seats)).send().await.ok();
                version += 1;
                model.target = *seats;
                model.fill();
            }
        }
        compare(app, families, &ids, &model, id, step).await;
    }
    // Nothing happens after the start: nobody new, nobody out, nobody from the line.
    let before = (model.taken(), model.waiting());
    settle_due(&app.state, starts_at).await.unwrap();
    let after = audit(app, id).await;
    assert_eq!((after["taken"].as_i64().unwrap(), after["waiting"].as_i64().unwrap()), before);
}

async fn compare(
    app: &TestApp,
    families: &[(Caller, Vec<String>)],
    ids: &[Option<String>],
    model: &Model,
    id: i64,
    step: &Step,
) {
    let numbers = audit(app, id).await;
    assert_eq!(numbers["taken"].as_i64().unwrap(), model.taken(), "{step:?} {model:?}");
    assert_eq!(numbers["waiting"].as_i64().unwrap(), model.waiting(), "{step:?} {model:?}");
    assert_eq!(numbers["capacity"].as_i64().unwrap(), model.target.max(model.taken()));
    for (family, entry) in ids.iter().enumerate() {
        let Some(entry) = entry else { continue };
        let shown = families[family].0.get(&format!("/api/v1/registrations/{entry}")).await.ok();
        let expected = match model.of(family) {
            None => "cancelled",
            Some(known) if known.confirmed => "confirmed",
            Some(_) => "waiting",
        };
        assert_eq!(shown["status"], expected, "family {family} after {step:?}: {model:?}");
    }
}
