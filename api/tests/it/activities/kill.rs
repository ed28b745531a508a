//! The program is killed while people sign up; what was acknowledged is there, and it adds up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use entity::{notice, registration};
use kangtu::clock::Clock;
use kangtu::database::Database;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::program::Program;
use crate::support::on_both_databases;
use crate::support::world::World;

on_both_databases!(in world: what_was_acknowledged_of_sign_ups_survives_a_kill_and_adds_up);

const CLIENTS: usize = 6;
const ROUNDS: usize = 3;

/// What clients were told: registration ids by key.
type Acknowledged = Arc<Mutex<BTreeMap<String, String>>>;

async fn what_was_acknowledged_of_sign_ups_survives_a_kill_and_adds_up(world: &World) {
    // Seeded around the real day, because the program has the real clock.
    let database = Database::open(&world.settings()).await.unwrap();
    let now = Clock::system().now();
    let id = database
        .write(move |transaction| {
            Box::pin(async move {
                let moved = entity::activity::Entity::find().all(transaction).await?;
                let row = moved.into_iter().find(|row| row.target_capacity == 5).unwrap();
                let id = row.id;
                let starts_at = now + chrono::TimeDelta::days(9);
                let changed = entity::activity::ActiveModel {
                    id: sea_orm::ActiveValue::Unchanged(id),
                    starts_at: sea_orm::ActiveValue::Set(starts_at.into()),
                    ends_at: sea_orm::ActiveValue::Set((starts_at + chrono::TimeDelta::hours(2)).into()),
                    signup_opens_at: sea_orm::ActiveValue::Set((now - chrono::TimeDelta::days(1)).into()),
                    signup_closes_at: sea_orm::ActiveValue::Set(starts_at.into()),
                    check_in_opens_at: sea_orm::ActiveValue::Set(starts_at.into()),
                    check_in_closes_at: sea_orm::ActiveValue::Set(
                        (starts_at + chrono::TimeDelta::hours(2)).into(),
                    ),
                    ..Default::default()
                };
                entity::activity::Entity::update(changed).exec(transaction).await?;
                Ok(id)
            })
        })
        .await
        .unwrap();
    database.close().await;
    let acknowledged = Acknowledged::default();
    for round in 0..ROUNDS {
        let program = Program::start(world);
        let work = (0..CLIENTS).map(|client| {
            let (address, acknowledged) = (program.address().to_owned(), Arc::clone(&acknowledged));
            tokio::task::spawn(
                async move { sign_up_and_leave(address, round, client, id, acknowledged).await },
            )
        });
        let work: Vec<_> = work.collect();
        // In the middle of the work: each round at another point of it.
        let mut patience = 400;
        while acknowledged.lock().await.len() < (round + 1) * (4 + round) && patience > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            patience -= 1;
        }
        program.kill();
        for client in work {
            client.await.unwrap();
        }
        check(world, id, &acknowledged).await;
    }
    assert!(acknowledged.lock().await.len() >= ROUNDS);
}

/// One phone after another: signs up, and every third leaves again; ends when the program is gone.
async fn sign_up_and_leave(
    address: String,
    round: usize,
    client: usize,
    id: i32,
    acknowledged: Acknowledged,
) {
    let http = reqwest::Client::new();
    let post = async |path: String, token: &str, key: &str, body: Value| {
        let request = http.post(format!("{address}{path}")).header("content-type", "application/json");
        let request =
            request.header("authorization", format!("Bearer {token}")).header("idempotency-key", key);
        let answer = request.body(body.to_string()).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json::<Value>().await.ok()?))
    };
    for number in 0..40 {
        let code = json!({"code": format!("dev-kill-{round}-{client}-{number}")});
        let Some((200, login)) = post("/api/v1/auth/wechat".to_owned(), "", "unused-key", code).await else {
            return;
        };
        let token = login["access_token"].as_str().unwrap().to_owned();
        let body = json!({"person_ids": [login["person_id"]]});
        let key = format!("kill-{round}-{client}-{number}");
        let path = format!("/api/v1/activities/{id}/registrations");
        let Some((status, answer)) = post(path, &token, &key, body).await else {
            return;
        };
        match status {
            201 => {}
            // Asked too often or too many at once: told to come back.
            429 | 503 => return,
            other => panic!("{other} {answer}"),
        }
        let entry = answer["id"].as_str().unwrap().to_owned();
        if number % 3 == 2 {
            let left = http.delete(format!("{address}/api/v1/registrations/{entry}"));
            if left.header("authorization", format!("Bearer {token}")).send().await.is_err() {
                return;
            }
        } else {
            acknowledged.lock().await.insert(key, entry);
        }
    }
}

async fn check(world: &World, id: i32, acknowledged: &Acknowledged) {
    let database = Database::open(&world.settings()).await.unwrap();
    let entries = registration::Entity::find().all(database.reader()).await.unwrap();
    for entry in acknowledged.lock().await.values() {
        let found = entries.iter().find(|row| row.id.to_string() == *entry);
        let live = found.is_some_and(|row| row.status != registration::Status::Cancelled);
        assert!(live, "an acknowledged registration is gone");
    }
    let activity = entity::activity::Entity::find_by_id(id).one(database.reader()).await.unwrap().unwrap();
    let of = |status: registration::Status| -> i32 {
        entries.iter().filter(|row| row.activity_id == id && row.status == status).map(|row| row.seats).sum()
    };
    assert_eq!(activity.taken, of(registration::Status::Confirmed));
    assert_eq!(activity.waiting, of(registration::Status::Waiting));
    assert!(activity.taken <= activity.capacity);
    if activity.waiting > 0 {
        assert_eq!(activity.taken, activity.capacity, "somebody waits although a seat is free");
    }
    // Nobody is told twice of the same thing, and everybody who got seats is told once.
    let notices = notice::Entity::find().all(database.reader()).await.unwrap();
    for entry in entries.iter().filter(|row| row.confirmed_at.is_some()) {
        let told = notices.iter().filter(|notice| {
            notice.subject_id == entry.id.to_string()
                && ["registration_confirmed", "seat_freed"].contains(&notice.kind.as_str())
        });
        assert_eq!(told.count(), 1);
    }
    database.close().await;
}
