//! Consents: needed before the write, gone with the withdrawal, lapsing with the years.

use kangtu::consents::{self, Purpose};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{add, born, child, days_later};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    agreeing_and_withdrawing_are_one_request_each,
    a_withdrawal_between_two_writes_stops_the_second,
    what_a_guardian_agreed_to_lapses_on_the_day_after_the_14th_birthday,
    two_phones_that_agree_at_once_agree_once,
    only_the_owner_of_the_phone_agrees_to_what_is_about_it,
    every_purpose_is_covered_from_agreeing_to_withdrawing_and_no_other_with_it,
);

const CONSENTS: &str = "/api/v1/me/consents";

async fn state_of(caller: &Caller, purpose: &str, person: Option<&str>) -> Value {
    let path = person.map_or(CONSENTS.to_owned(), |person| format!("{CONSENTS}?person={person}"));
    let list = caller.get(&path).await.ok();
    let found = list["items"].as_array().unwrap().iter().find(|consent| consent["purpose"] == purpose);
    found.unwrap()["state"].clone()
}

async fn agreeing_and_withdrawing_are_one_request_each(app: TestApp) {
    let li = app.resident("li").await;
    let list = li.get(CONSENTS).await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 6);
    for consent in list["items"].as_array().unwrap() {
        assert_eq!(consent["state"], "not_given");
        for needed in ["做什么", "为什么", "对您的影响", "怎样收回"] {
            assert!(consent["body"].as_str().unwrap().contains(needed), "{consent}");
        }
    }
    let records = format!("{CONSENTS}/records");
    li.put(&records, &json!({"text_version": 2})).await.problem(409, "stale_text");
    assert_eq!(li.put(&records, &json!({"text_version": 1})).await.status, 204);
    assert_eq!(li.put(&records, &json!({"text_version": 1})).await.status, 204);
    assert_eq!(state_of(&li, "records", None).await, "given");
    assert_eq!(li.delete(&records).await.status, 204);
    assert_eq!(li.delete(&records).await.status, 204);
    assert_eq!(state_of(&li, "records", None).await, "not_given");
    li.put(&format!("{CONSENTS}/advertising"), &json!({"text_version": 1})).await.problem(404, "not_found");
    li.put(&records, &json!({"text_version": 1, "given_as": "guardian"})).await.problem(400, "bad_json");
}

async fn require(app: &TestApp, person_id: Uuid) -> Result<(), &'static str> {
    require_for(app, person_id, Purpose::Records).await
}

async fn require_for(app: &TestApp, person_id: Uuid, purpose: Purpose) -> Result<(), &'static str> {
    let (state, now) = (app.state.clone(), app.clock.now());
    let required = app.state.database.write(move |transaction| {
        let state = state.clone();
        Box::pin(async move {
            let given = consents::require(transaction, &state.vault, person_id, purpose, now).await?;
            assert_eq!((given.person_id(), given.purpose()), (person_id, purpose));
            Ok(())
        })
    });
    required.await.map_err(|error| error.code())
}

async fn a_withdrawal_between_two_writes_stops_the_second(app: TestApp) {
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    let (id, records) = (li.person_id.unwrap(), format!("{CONSENTS}/records"));
    assert_eq!(require(&app, id).await, Err("consent_required"));
    li.put(&records, &json!({"text_version": 1})).await;
    assert_eq!(require(&app, id).await, Ok(()));
    assert_eq!(require(&app, wang.person_id.unwrap()).await, Err("consent_required"));
    li.delete(&records).await;
    assert_eq!(require(&app, id).await, Err("consent_required"));
}

async fn what_a_guardian_agreed_to_lapses_on_the_day_after_the_14th_birthday(app: TestApp) {
    let mut li = app.resident("li").await;
    let mut almost = child();
    almost["birth_date"] = json!("2012-11-26");
    let id = add(&li, &almost).await;
    days_later(&mut [&mut li], 1).await;
    assert_eq!(require(&app, id.parse().unwrap()).await, Ok(()));
    assert_eq!(state_of(&li, "records", Some(&id)).await, "given");
    days_later(&mut [&mut li], 1).await;
    assert_eq!(require(&app, id.parse().unwrap()).await, Err("consent_required"));
    assert_eq!(state_of(&li, "records", Some(&id)).await, "lapsed");
    let again = li.put(&format!("{CONSENTS}/records?person={id}"), &json!({"text_version": 1})).await;
    again.problem(403, "own_consent_required");
    let adult = add(&li, &born("1956-03-08", "parent")).await;
    let given = li.put(&format!("{CONSENTS}/records?person={adult}"), &json!({"text_version": 1})).await;
    assert_eq!(given.status, 204);
    assert_eq!(require(&app, adult.parse().unwrap()).await, Ok(()));
}

async fn two_phones_that_agree_at_once_agree_once(app: TestApp) {
    let li = app.resident("li").await;
    let (path, body) = (format!("{CONSENTS}/records"), json!({"text_version": 1}));
    let answers = futures_util::future::join_all((0..6).map(|_| li.put(&path, &body))).await;
    assert!(answers.iter().all(|answer| answer.status == 204));
    let rows = entity::consent::Entity::find()
        .filter(entity::consent::Column::PersonId.eq(li.person_id.unwrap()))
        .count(app.state.database.reader());
    assert_eq!(rows.await.unwrap(), 1);
}

async fn only_the_owner_of_the_phone_agrees_to_what_is_about_it(app: TestApp) {
    let (li, wang) = (app.resident("li").await, app.resident("wang").await);
    let id = add(&li, &child()).await;
    let body = json!({"text_version": 1});
    for purpose in ["phone", "messages", "location", "steps"] {
        let path = format!("{CONSENTS}/{purpose}?person={id}");
        li.put(&path, &body).await.problem(409, "own_phone_only");
    }
    for path in [format!("{CONSENTS}/sharing?person={id}"), format!("{CONSENTS}/records?person={id}")] {
        wang.put(&path, &body).await.problem(404, "no_such_person");
        wang.delete(&path).await.problem(404, "no_such_person");
    }
    assert_eq!(state_of(&li, "records", Some(&id)).await, "given");
}

/// What a feature asks before it writes, for every purpose, also those that nothing is kept for yet.
async fn every_purpose_is_covered_from_agreeing_to_withdrawing_and_no_other_with_it(app: TestApp) {
    let li = app.resident("li").await;
    let id = li.person_id.unwrap();
    for purpose in Purpose::ALL {
        let path = format!("{CONSENTS}/{purpose}");
        assert_eq!(require_for(&app, id, purpose).await, Err("consent_required"), "{purpose}");
        assert_eq!(li.put(&path, &json!({"text_version": 1})).await.status, 204, "{purpose}");
        for other in Purpose::ALL {
            let expected = if other == purpose { Ok(()) } else { Err("consent_required") };
            assert_eq!(require_for(&app, id, other).await, expected, "{other} after agreeing to {purpose}");
        }
        assert_eq!(li.delete(&path).await.status, 204, "{purpose}");
        assert_eq!(require_for(&app, id, purpose).await, Err("consent_required"), "{purpose}");
        let record = entity::erasure_record::Entity::find()
            .filter(entity::erasure_record::Column::Purpose.eq(purpose.as_str()))
            .one(app.state.database.reader());
        assert_eq!(
            record.await.unwrap().unwrap().person_id,
            id,
            "a restored backup withdraws {purpose} again"
        );
    }
}
