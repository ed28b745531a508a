//! Who comes to activities, what the office reports of it, and what residents are told.

mod calendars;
mod feedback;
mod life;
mod notices;
mod offline;
mod reports;
mod scans;
mod traces;
mod venue;

use chrono::{DateTime, TimeDelta, Utc};
use entity::activity::{self, Kind, VenueType, WaitingList, WaitingOrder};
use entity::registration::{self, Channel, Status};
use entity::registration_person;
use sea_orm::{ActiveValue, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::people::{PEOPLE, add};
use crate::support::TestApp;
use crate::support::callers::Caller;

/// Where the activities are.
pub(crate) const HERE: &str = "440307009001";
/// A neighbouring community.
const ELSEWHERE: &str = "440307009002";

/// A lecture that begins in an hour; check-in is open.
pub(crate) fn lecture(app: &TestApp) -> activity::ActiveModel {
    let now = app.clock.now();
    let at = |hours: i64| (now + TimeDelta::hours(hours)).into();
    let row = activity::Model {
        id: 0,
        kind: Kind::Lecture,
        series_id: None,
        topic_id: None,
        title: "高血压防治讲座".to_owned(),
        summary: "会量血压，会吃，会动。".to_owned(),
        description: "带上医保卡，早饭照吃。".to_owned(),
        region_code: HERE.to_owned(),
        venue_type: Some(VenueType::Community),
        feature_id: None,
        place_name: "党群服务中心三楼".to_owned(),
        address: None,
        host: "葵涌街道办".to_owned(),
        contact_phone: None,
        provider: None,
        contract_reference: None,
        time_zone: "Asia/Shanghai".to_owned(),
        starts_at: at(1),
        ends_at: at(3),
        needs_signup: true,
        signup_opens_at: at(-100),
        signup_closes_at: at(1),
        check_in_opens_at: at(-1),
        check_in_closes_at: at(3),
        self_check_in: true,
        self_check_in_radius_m: None,
        capacity: 20,
        target_capacity: 20,
        taken: 0,
        waiting: 0,
        waiting_entries: 0,
        wait_sequence: 0,
        seats_changed_at: now.into(),
        waiting_list: WaitingList::Automatic,
        waiting_order: WaitingOrder::Strict,
        waiting_limit: None,
        family_limit: 5,
        min_age: None,
        max_age: None,
        sex: None,
        eligible_region_code: None,
        counts_no_shows: true,
        status: activity::Status::Published,
        drafted_by: None,
        edited_by: None,
        reviewed_by: None,
        reviewed_at: None,
        published_at: Some(now.into()),
        cancelled_at: None,
        cancel_reason: None,
        copied_from: None,
        demo: false,
        version: 1,
        changed_revision: 0,
        created_at: now.into(),
        updated_at: now.into(),
    };
    activity::ActiveModel { id: ActiveValue::NotSet, ..row.into_active_model() }
}

/// Puts an activity in the database; gives its id.
pub(crate) async fn announce(app: &TestApp, row: activity::ActiveModel) -> i32 {
    let written = app.state.database.write(move |transaction| {
        let row = row.clone();
        Box::pin(async move { Ok(activity::Entity::insert(row).exec(transaction).await?.last_insert_id) })
    });
    written.await.unwrap()
}

/// A registration with the rows of its people.
#[derive(Clone, Debug)]
pub(crate) struct SignedUp {
    pub(crate) id: Uuid,
    pub(crate) people: Vec<Uuid>,
}

/// Signs these people up as the resident does, without looking at seats.
pub(crate) async fn sign_up(by: &Caller, activity_id: i32, people: &[Uuid], status: Status) -> SignedUp {
    let (app, account_id) = (by.app.clone(), by.id);
    let (random, now) = (app.state.random.clone(), app.clock.now());
    let registration = registration::Model {
        id: random.id(now),
        activity_id,
        account_id: Some(account_id),
        staff_id: None,
        channel: Channel::Own,
        consent_kind: None,
        consent_note_cell: None,
        contact_phone_cell: None,
        status,
        seats: i32::try_from(people.len()).unwrap(),
        wait_number: matches!(status, Status::Waiting | Status::Offered).then_some(1),
        offer_expires_at: (status == Status::Offered).then(|| now.into()),
        confirmed_at: (status == Status::Confirmed).then(|| now.into()),
        ended_at: (status == Status::Cancelled).then(|| now.into()),
        end_reason: (status == Status::Cancelled).then_some(registration::EndReason::ByResident),
        version: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    let rows: Vec<registration_person::Model> = people
        .iter()
        .zip(1..)
        .map(|(person_id, position)| registration_person::Model {
            id: random.id(now),
            registration_id: registration.id,
            activity_id,
            person_id: *person_id,
            position,
            status,
            answers_cell: None,
            excused_at: None,
            excused_by: None,
        })
        .collect();
    let signed_up = SignedUp { id: registration.id, people: rows.iter().map(|row| row.id).collect() };
    let written = app.state.database.write(move |transaction| {
        let (registration, rows) = (registration.clone(), rows.clone());
        Box::pin(async move {
            let row = registration.into_active_model();
            registration::Entity::insert(row).exec_without_returning(transaction).await?;
            for row in rows {
                let row = row.into_active_model();
                registration_person::Entity::insert(row).exec_without_returning(transaction).await?;
            }
            Ok(())
        })
    });
    written.await.unwrap();
    signed_up
}

/// A resident called 李秀英 with a child of nine.
async fn family(app: &TestApp, name: &str) -> (Caller, Vec<Uuid>) {
    let resident = app.resident(name).await;
    resident.patch_version("/api/v1/me", 1, &json!({"name": "李秀英"})).await;
    let child = add(&resident, &crate::people::child()).await;
    let people = vec![resident.person_id.unwrap(), child.parse().unwrap()];
    assert_eq!(resident.get(PEOPLE).await.ok()["items"].as_array().unwrap().len(), 2);
    (resident, people)
}

/// A resident and child with seats at a lecture, and somebody who hosts it.
async fn seated(app: &TestApp) -> (Caller, Caller, i32, SignedUp) {
    let activity_id = announce(app, lecture(app)).await;
    let (resident, people) = family(app, "li").await;
    let signed_up = sign_up(&resident, activity_id, &people, Status::Confirmed).await;
    let host = app.staff("activity_host", HERE).await;
    (host, resident, activity_id, signed_up)
}

/// What the QR code on the resident's phone says now.
async fn ticket(resident: &Caller, registration: Uuid) -> String {
    let ticket = resident.get(&format!("/api/v1/registrations/{registration}/ticket")).await.ok();
    ticket["ticket"].as_str().unwrap().to_owned()
}

fn scan(ticket: &str, nonce: &str) -> Value {
    json!({"ticket": ticket, "nonce": nonce})
}

fn at(text: &Value) -> DateTime<Utc> {
    text.as_str().unwrap().parse().unwrap()
}
