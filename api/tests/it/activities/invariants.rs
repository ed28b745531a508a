//! Random plans of everything that can happen to the seats of an activity, each step compared with a model that is too
//! simple to be wrong, from the first sign-up to the end of the day. After each step every registration stands where the
//! model has it and the public numbers add up.
//!
//! What is promised, and where it is proved:
//!
//! 1. Never more people with seats than seats, also while the number is changed: here, and in `races` and `burst`.
//! 2. Each accepted sign-up has one registration and each registration its answer: here.
//! 3. What is taken is the sum of the registrations: here after each step, also after a recount.
//! 4. Numbers in line rise in the order of arrival and nobody who fits is passed over: here,
//!    `burst::a_burst_gives_each_seat_once_and_the_line_in_the_order_of_the_numbers`.
//! 5. A seat given back goes to the next in line, a place in line given back to nobody: here,
//!    `line::leaving_the_line_gives_nobody_a_seat_that_is_none`.
//! 6. A repeat under a key gets the same bytes and changes nothing, another request under it is 422: here,
//!    `idempotency::a_repeat_gets_the_same_bytes_and_changes_nothing`.
//! 7. Copies at once have one effect: `idempotency::many_copies_at_once_have_one_effect`.
//! 8. Checked in once, one scan is one, taken back and again: here,
//!    `scans::a_check_in_that_was_a_mistake_is_taken_back_and_stays_as_evidence`.
//! 9. Nobody is signed up twice: here, `races::one_family_from_two_phones_is_signed_up_once`.
//! 10. More seats go to the line, fewer evict nobody: here,
//!     `hosting::more_seats_go_to_those_in_line_and_fewer_evict_nobody`.
//! 11. After the start nobody comes out of the line, accepts, signs up or leaves: here,
//!     `edits::an_earlier_start_ends_offers_earlier_and_after_it_nobody_accepts`.
//! 12. Whoever is checked in cannot cancel; cancelling twice is cancelling once: here.
//! 13. A kill at any moment loses and doubles nothing: `kill`.
//! 14. A family is signed up all or nobody: here, `sign_up::a_family_is_signed_up_all_or_nobody`.
//! 15. No-shows are people with a seat less those who came less those who were excused: here,
//!     `scans::no_shows_are_counted_once_check_in_is_over`.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{notice, registration, registration_person};
use kangtu::registrations::settle_due;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::desk::{at_desk, granny};
use super::{HERE, alone, audit, edit, lecture_with, publish_at_once, sign_up_under};
use crate::people::{add, born};
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    every_step_of_a_random_plan_is_what_the_model_says,
    every_step_of_a_second_plan_is_what_the_model_says,
    every_step_of_a_third_plan_is_what_the_model_says,
);

const FAMILIES: usize = 5;
/// In each plan: the order of the line is strict or not, and seats are given or offered.
const POLICIES: [(bool, bool); 2] = [(false, false), (true, true)];
const BEFORE_THE_START: usize = 24;
const AFTER_THE_START: usize = 8;

#[derive(Clone, Debug)]
enum Step {
    SignUp {
        family: usize,
        size: usize,
    },
    Cancel {
        family: usize,
    },
    CancelOne {
        family: usize,
    },
    Accept {
        family: usize,
    },
    CheckIn {
        family: usize,
    },
    Undo {
        family: usize,
    },
    /// A worker signs somebody up who has no phone.
    Desk,
    /// Somebody stands at the entrance.
    WalkIn,
    /// A worker takes a registration back.
    TakeBack {
        which: usize,
    },
    Resize {
        seats: i64,
    },
    Move {
        days: i64,
    },
    /// Nobody answers until every offer that is open has run out.
    Silence,
    Recount,
}

fn step() -> impl Strategy<Value = Step> {
    let family = || 0..FAMILIES;
    prop_oneof![
        8 => (family(), 1_usize..4).prop_map(|(family, size)| Step::SignUp { family, size }),
        4 => family().prop_map(|family| Step::Cancel { family }),
        2 => family().prop_map(|family| Step::CancelOne { family }),
        4 => family().prop_map(|family| Step::Accept { family }),
        2 => family().prop_map(|family| Step::CheckIn { family }),
        2 => family().prop_map(|family| Step::Undo { family }),
        1 => Just(Step::Desk),
        1 => Just(Step::WalkIn),
        1 => (0_usize..8).prop_map(|which| Step::TakeBack { which }),
        2 => (1_i64..8).prop_map(|seats| Step::Resize { seats }),
        2 => (0_i64..3).prop_map(|days| Step::Move { days }),
        1 => Just(Step::Silence),
        1 => Just(Step::Recount),
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Confirmed,
    Offered,
    Waiting,
}

impl Stands {
    fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Offered => "offered",
            Self::Waiting => "waiting",
        }
    }
}

#[derive(Clone, Debug)]
struct Entry {
    id: String,
    /// Nobody's where a worker wrote it down.
    family: Option<usize>,
    /// Who of the family is in it.
    people: Vec<usize>,
    stands: Stands,
    is_in: bool,
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
    offers: bool,
    has_started: bool,
    entries: Vec<Entry>,
    /// Ids of registrations that are over.
    gone: Vec<String>,
}

impl Model {
    fn sum(&self, fits: impl Fn(&Entry) -> bool) -> i64 {
        self.entries.iter().filter(|entry| fits(entry)).map(Entry::seats).sum()
    }

    fn taken(&self) -> i64 {
        self.sum(|entry| entry.stands != Stands::Waiting)
    }

    fn free(&self) -> i64 {
        self.target - self.taken()
    }

    fn of(&self, family: usize) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.family == Some(family))
    }

    fn of_mut(&mut self, family: usize) -> &mut Entry {
        self.entries.iter_mut().find(|entry| entry.family == Some(family)).unwrap()
    }

    fn fill(&mut self) {
        if self.has_started {
            return;
        }
        for at in 0..self.entries.len() {
            let free = self.free();
            let entry = &mut self.entries[at];
            if entry.stands != Stands::Waiting {
                continue;
            }
            if entry.seats() <= free {
                entry.stands = if self.offers { Stands::Offered } else { Stands::Confirmed };
            } else if !self.first_fit {
                return;
            }
        }
    }

    /// Somebody comes; tells where they stand now.
    fn arrive(&mut self, family: Option<usize>, size: usize, id: &str) -> Stands {
        let is_first = self.entries.iter().all(|entry| entry.stands != Stands::Waiting);
        let fits = i64::try_from(size).unwrap() <= self.free();
        let stands = if is_first && fits { Stands::Confirmed } else { Stands::Waiting };
        let people = (0..size).collect();
        self.entries.push(Entry { id: id.to_owned(), family, people, stands, is_in: false });
        self.fill();
        self.entries.last().unwrap().stands
    }

    fn end(&mut self, over: impl Fn(&Entry) -> bool) {
        let (over, left): (Vec<Entry>, Vec<Entry>) = self.entries.drain(..).partition(|entry| over(entry));
        self.entries = left;
        self.gone.extend(over.into_iter().map(|entry| entry.id));
        self.fill();
    }

    /// Why a seat cannot be given back, if it cannot.
    fn refusal(&self, entry: &Entry) -> Option<&'static str> {
        match (entry.is_in, self.has_started) {
            (true, _) => Some("checked_in"),
            (false, true) => Some("has_started"),
            (false, false) => None,
        }
    }
}

struct Family {
    caller: Caller,
    people: Vec<String>,
}

/// One activity, those who want to come, and what is thought to be so.
struct Play<'a> {
    app: &'a TestApp,
    families: &'a mut [Family],
    host: Caller,
    id: i64,
    begun_at: DateTime<Utc>,
    starts_at: DateTime<Utc>,
    version: u32,
    model: Model,
    /// The registration that each family made last.
    last: Vec<Option<String>>,
}

async fn every_step_of_a_random_plan_is_what_the_model_says(app: TestApp) {
    follow_plans_of(&app, 1).await;
}

async fn every_step_of_a_second_plan_is_what_the_model_says(app: TestApp) {
    follow_plans_of(&app, 2).await;
}

async fn every_step_of_a_third_plan_is_what_the_model_says(app: TestApp) {
    follow_plans_of(&app, 3).await;
}

async fn follow_plans_of(app: &TestApp, seed: u8) {
    let mut families = Vec::new();
    for number in 0..FAMILIES {
        let caller = app.resident(&format!("family-{number}")).await;
        let mut people = alone(&caller);
        for _ in 0..2 {
            people.push(add(&caller, &born("1990-01-01", "sibling")).await);
        }
        families.push(Family { caller, people });
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let steps = |number| prop::collection::vec(step(), number);
    let plan = (steps(BEFORE_THE_START), steps(AFTER_THE_START), 1_i64..6);
    for (first_fit, offers) in POLICIES {
        let (before, after, seats) = plan.new_tree(&mut runner).unwrap().current();
        let mut play = Play::begin(app, &mut families, (first_fit, offers), seats).await;
        for (number, step) in before.iter().enumerate() {
            play.step(step, number).await;
        }
        play.pass_the_start().await;
        for (number, step) in (BEFORE_THE_START..).zip(&after) {
            play.step(step, number).await;
        }
        play.end_the_day().await;
    }
}

impl<'a> Play<'a> {
    async fn begin(
        app: &'a TestApp,
        families: &'a mut [Family],
        (first_fit, offers): (bool, bool),
        seats: i64,
    ) -> Self {
        let now = app.clock.now();
        let last = vec![None; families.len()];
        let model = Model {
            target: seats,
            first_fit,
            offers,
            has_started: false,
            entries: Vec::new(),
            gone: Vec::new(),
        };
        let mut play = Play {
            app,
            families,
            host: app.staff("region_admin", HERE).await,
            id: 0,
            begun_at: now,
            starts_at: now + TimeDelta::days(8),
            version: 1,
            model,
            last,
        };
        play.log_in().await;
        play.id = publish_at_once(app, &play.content()).await;
        play
    }

    fn content(&self) -> Value {
        lecture_with(
            self.app.clock.now(),
            &json!({
                "capacity": self.model.target,
                "waiting_order": if self.model.first_fit { "first_fit" } else { "strict" },
                "waiting_list": if self.model.offers { "offer" } else { "automatic" },
                "starts_at": self.starts_at, "ends_at": self.starts_at + TimeDelta::hours(2),
                // From the first moment on, so that arrivals and cancellations meet.
                "check_in_opens_at": self.begun_at,
            }),
        )
    }

    /// Tokens do not live as long as a plan.
    async fn log_in(&mut self) {
        for family in &mut *self.families {
            family.caller.refresh().await;
        }
        self.host = self.app.staff("region_admin", HERE).await;
    }

    async fn advance_to(&mut self, instant: DateTime<Utc>) {
        self.app.clock.advance(instant - self.app.clock.now());
        self.log_in().await;
    }

    async fn step(&mut self, step: &Step, number: usize) {
        match step {
            Step::SignUp { family, size } => self.sign_up(*family, *size, number).await,
            Step::Cancel { family } => self.cancel(*family).await,
            Step::CancelOne { family } => self.cancel_one(*family).await,
            Step::Accept { family } => self.accept(*family).await,
            Step::CheckIn { family } => self.check_in(*family, number).await,
            Step::Undo { family } => self.undo(*family).await,
            Step::Desk => self.write_down("staff").await,
            Step::WalkIn => self.write_down("walk_in").await,
            Step::TakeBack { which } => self.take_back(*which).await,
            Step::Resize { seats } => {
                self.model.target = *seats;
                self.edit().await.ok();
                self.model.fill();
            }
            Step::Move { days } => self.move_start(*days).await,
            Step::Silence => self.stay_silent().await,
            Step::Recount => {
                let path = format!("/api/v1/activities/{}/recount", self.id);
                self.host.post(&path, &json!({})).await.ok();
            }
        }
        self.compare(step).await;
    }

    async fn sign_up(&mut self, family: usize, size: usize, number: usize) {
        let Family { caller, people } = &self.families[family];
        let (body, key) = (json!({"person_ids": people[..size]}), format!("{}-step-{number}", self.id));
        let answer = sign_up_under(caller, self.id, &body, &key).await;
        let known = self.model.of(family).map(|entry| entry.people.clone());
        match known {
            None if self.model.has_started => {
                answer.problem(409, "sign_up_closed");
            }
            None => {
                assert_eq!(answer.status, 201, "{}", answer.text());
                let told = answer.json();
                let id = told["id"].as_str().unwrap();
                let stands = self.model.arrive(Some(family), size, id);
                assert_eq!(told["status"], stands.word(), "{:?}", self.model);
                self.last[family] = Some(id.to_owned());
            }
            Some(known) if known == (0..size).collect::<Vec<_>>() => assert_eq!(answer.status, 200),
            // The one who left may come back alone; that is another registration, which this model leaves out.
            Some(_) => {
                answer.problem(422, "invalid");
            }
        }
        let again = sign_up_under(caller, self.id, &body, &key).await;
        assert_eq!(again.status, answer.status);
        if answer.status >= 400 {
            // Refusals are not kept: it was asked anew and refused anew.
            assert_eq!(again.header("idempotent-replayed"), None);
            return;
        }
        assert_eq!(again.body, answer.body);
        let other = json!({"person_ids": people[..=size % 3]});
        let refused = sign_up_under(caller, self.id, &other, &key).await.problem(422, "invalid");
        assert_eq!(refused["errors"][0]["code"], "idempotency_key_reused");
    }

    async fn cancel(&mut self, family: usize) {
        let Some(id) = self.last[family].clone() else { return };
        let refusal = self.model.of(family).and_then(|entry| self.model.refusal(entry));
        for _ in 0..2 {
            let answer = self.families[family].caller.delete(&format!("/api/v1/registrations/{id}")).await;
            given_back(&answer, refusal);
        }
        if refusal.is_none() {
            self.model.end(|entry| entry.id == id);
        }
    }

    async fn cancel_one(&mut self, family: usize) {
        let Some(entry) = self.model.of(family).cloned() else { return };
        let last = *entry.people.last().unwrap();
        let path =
            format!("/api/v1/registrations/{}/people/{}", entry.id, self.families[family].people[last]);
        let refusal = self.model.refusal(&entry);
        given_back(&self.families[family].caller.delete(&path).await, refusal);
        if refusal.is_none() {
            self.model.of_mut(family).people.pop();
            self.model.end(|entry| entry.people.is_empty());
        }
    }

    async fn accept(&mut self, family: usize) {
        let Some(id) = self.last[family].clone() else { return };
        let path = format!("/api/v1/registrations/{id}/accept");
        let answer = self.families[family].caller.request(reqwest::Method::POST, &path).send().await;
        match self.model.of(family).map(|entry| entry.stands) {
            Some(Stands::Confirmed | Stands::Offered) => {
                assert_eq!(answer.ok()["status"], "confirmed");
                self.model.of_mut(family).stands = Stands::Confirmed;
            }
            Some(Stands::Waiting) => {
                answer.problem(409, "no_offer");
            }
            None => {
                answer.problem(409, "offer_expired");
            }
        }
    }

    async fn check_in(&mut self, family: usize, number: usize) {
        let Some(id) = self.last[family].clone() else { return };
        let body = json!({"registration_id": id, "nonce": format!("{}-nonce-{number}", self.id)});
        let path = format!("/api/v1/activities/{}/check-ins", self.id);
        let refusal = match self.model.of(family).map(|entry| entry.stands) {
            Some(Stands::Confirmed) => None,
            Some(Stands::Offered) => Some("offer_not_accepted"),
            Some(Stands::Waiting) => Some("still_waiting"),
            None => Some("registration_cancelled"),
        };
        for _ in 0..2 {
            let answer = self.host.post(&path, &body).await;
            if let Some(code) = refusal {
                answer.problem(409, code);
            } else {
                let expected = if self.model.of(family).unwrap().is_in { "already" } else { "checked_in" };
                assert_eq!(answer.ok()["status"], expected);
            }
        }
        if refusal.is_none() {
            self.model.of_mut(family).is_in = true;
        }
    }

    async fn undo(&mut self, family: usize) {
        let Some(entry) = self.model.of(family).cloned() else { return };
        let people = registration_person::Entity::find()
            .filter(registration_person::Column::RegistrationId.eq(entry.id.parse::<uuid::Uuid>().unwrap()))
            .all(self.app.state.database.reader())
            .await
            .unwrap();
        let people: Vec<uuid::Uuid> = people.into_iter().map(|person| person.id).collect();
        let path = format!("/api/v1/activities/{}/check-ins/undo", self.id);
        let undone = self.host.post(&path, &json!({"people": people})).await.ok();
        assert_eq!(undone["undone"], json!(if entry.is_in { entry.people.len() } else { 0 }));
        self.model.of_mut(family).is_in = false;
    }

    async fn write_down(&mut self, channel: &str) {
        let answer = at_desk(&self.host, self.id, &granny(channel)).await;
        let refusal = match channel {
            "walk_in" if self.model.free() < 1 => Some("capacity_exhausted"),
            "staff" if self.model.has_started => Some("sign_up_closed"),
            _ => None,
        };
        if let Some(code) = refusal {
            answer.problem(409, code);
            return;
        }
        assert_eq!(answer.status, 201, "{}", answer.text());
        let told = answer.json();
        let id = told["id"].as_str().unwrap();
        let stands = self.model.arrive(None, 1, id);
        if channel == "walk_in" {
            // A free seat at the door is not for those who wait at home.
            self.model.entries.last_mut().unwrap().stands = Stands::Confirmed;
            assert_eq!(told["status"], "confirmed");
        } else {
            assert_eq!(told["status"], stands.word(), "{:?}", self.model);
        }
    }

    async fn take_back(&mut self, which: usize) {
        if self.model.entries.is_empty() {
            return;
        }
        let entry = self.model.entries[which % self.model.entries.len()].clone();
        let refusal = self.model.refusal(&entry);
        let path = format!("/api/v1/desk-registrations/{}", entry.id);
        given_back(&self.host.delete(&path).await, refusal);
        if refusal.is_none() {
            self.model.end(|other| other.id == entry.id);
        }
    }

    async fn edit(&mut self) -> TestResponse {
        let answer = edit(&self.host, self.id, self.version, &self.content()).await;
        if answer.status == 200 {
            self.version += 1;
        }
        answer
    }

    async fn move_start(&mut self, days: i64) {
        let (before, after) = (self.starts_at, self.begun_at + TimeDelta::days(8 + days));
        // What is still to be told shall not be about the next day: the plan wants a reminder to come.
        if !self.model.has_started && after < self.app.clock.now() + TimeDelta::days(2) {
            return;
        }
        self.starts_at = after;
        let answer = self.edit().await;
        if self.model.has_started && before != after {
            answer.problem(409, "has_started");
            self.starts_at = before;
        } else {
            answer.ok();
        }
    }

    async fn rows(&self) -> Vec<registration::Model> {
        registration::Entity::find()
            .filter(registration::Column::ActivityId.eq(i32::try_from(self.id).unwrap()))
            .order_by_asc(registration::Column::Id)
            .all(self.app.state.database.reader())
            .await
            .unwrap()
    }

    async fn stay_silent(&mut self) {
        let now = self.app.clock.now();
        let until = self.rows().await.iter().filter_map(|row| row.offer_expires_at).map(|at| *at).max();
        let Some(until) = until.filter(|_| now + TimeDelta::days(4) < self.starts_at) else { return };
        self.advance_to(until + TimeDelta::minutes(1)).await;
        settle_due(&self.app.state, self.app.clock.now()).await.unwrap();
        self.model.end(|entry| entry.stands == Stands::Offered);
    }

    /// Nobody comes out of the line any more, and what was offered and not accepted stays free.
    async fn pass_the_start(&mut self) {
        self.advance_to(self.starts_at + TimeDelta::minutes(1)).await;
        self.model.has_started = true;
        let offered = self.model.entries.iter().find_map(|entry| {
            entry.family.filter(|_| entry.stands == Stands::Offered).map(|family| (family, &entry.id))
        });
        if let Some((family, id)) = offered {
            let path = format!("/api/v1/registrations/{id}/accept");
            let caller = &self.families[family].caller;
            caller.request(reqwest::Method::POST, &path).send().await.problem(409, "has_started");
        }
        settle_due(&self.app.state, self.app.clock.now()).await.unwrap();
        self.model.end(|entry| entry.stands == Stands::Offered);
        self.compare(&Step::Silence).await;
    }

    async fn end_the_day(&mut self) {
        self.advance_to(self.starts_at + TimeDelta::hours(3)).await;
        let numbers = audit(self.app, self.id).await;
        let stayed_away = self.model.sum(|entry| entry.stands == Stands::Confirmed && !entry.is_in);
        assert_eq!(numbers["no_shows"], json!(stayed_away), "{:?}", self.model);
        // Whoever had a seat was reminded once, and nobody else ever.
        let now = self.app.clock.now();
        let reminders = notice::Entity::find()
            .filter(notice::Column::Kind.eq("activity_reminder"))
            .filter(notice::Column::WithdrawnAt.is_null())
            .all(self.app.state.database.reader())
            .await
            .unwrap();
        let mut reminded: BTreeMap<String, usize> = BTreeMap::new();
        for reminder in reminders.into_iter().filter(|reminder| *reminder.visible_at <= now) {
            *reminded.entry(reminder.subject_id).or_default() += 1;
        }
        for row in self.rows().await {
            let id = row.id.to_string();
            let is_due =
                self.model.entries.iter().any(|entry| {
                    entry.id == id && entry.family.is_some() && entry.stands == Stands::Confirmed
                });
            let times = reminded.get(&id).copied().unwrap_or_default();
            assert_eq!(times, usize::from(is_due), "{id} {:?}", self.model);
        }
    }

    async fn compare(&self, step: &Step) {
        let (numbers, model) = (audit(self.app, self.id).await, &self.model);
        let expected = [
            ("taken", model.taken()),
            ("waiting", model.sum(|entry| entry.stands == Stands::Waiting)),
            ("capacity", model.target.max(model.taken())),
            ("checked_in", model.sum(|entry| entry.is_in)),
        ];
        for (name, number) in expected {
            assert_eq!(numbers[name], json!(number), "{name} after {step:?}: {model:?}");
        }
        let rows: BTreeMap<String, registration::Model> =
            self.rows().await.into_iter().map(|row| (row.id.to_string(), row)).collect();
        assert_eq!(rows.len(), model.entries.len() + model.gone.len(), "after {step:?}: {model:?}");
        let mut last_number = 0;
        for entry in &model.entries {
            let row = &rows[&entry.id];
            let stands = match row.status {
                registration::Status::Confirmed => "confirmed",
                registration::Status::Offered => "offered",
                registration::Status::Waiting => "waiting",
                registration::Status::Cancelled => "cancelled",
            };
            let seats = i64::from(row.seats);
            assert_eq!((stands, seats), (entry.stands.word(), entry.seats()), "after {step:?}: {model:?}");
            if let Some(number) = row.wait_number {
                assert!(number > last_number, "after {step:?}: {model:?}");
                last_number = number;
            }
        }
        for id in &model.gone {
            assert_eq!(rows[id].status, registration::Status::Cancelled, "after {step:?}: {model:?}");
        }
    }
}

fn given_back(answer: &TestResponse, refusal: Option<&str>) {
    match refusal {
        Some(code) => {
            answer.problem(409, code);
        }
        None => assert_eq!(answer.status, 204, "{}", answer.text()),
    }
}
