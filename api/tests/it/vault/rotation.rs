//! A new master key while the server works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::TimeDelta;
use entity::data_key;
use kangtu::keys::{self, KeyFile};
use kangtu::state::AppState;
use kangtu::vault::rotation::KEPT_AFTER_RETIREMENT;
use kangtu::vault::{CipherSuite, rotation};
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::people::{self, restarted};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    everything_is_sealed_anew_while_people_read_and_write,
    old_keys_are_kept_while_a_transaction_may_still_use_them,
    a_rotation_moves_everything_to_the_chosen_cipher,
    replicas_that_rotate_at_once_make_one_new_key_each,
    a_damaged_cell_keeps_its_key,
);

/// Puts a new master key into the file and lets it take effect.
fn add_master_key(app: &TestApp) {
    let now = app.clock.now();
    KeyFile::change(&app.state.settings.key_file(), |file| {
        keys::add_master_key(file, &app.state.random, now);
        Ok(())
    })
    .unwrap();
    app.state.keys.reload().unwrap();
    app.clock.advance(TimeDelta::minutes(2));
}

async fn data_keys(state: &AppState) -> Vec<data_key::Model> {
    data_key::Entity::find().all(state.database.reader()).await.unwrap()
}

async fn rotate(app: &TestApp) -> rotation::Progress {
    rotation::run(&app.state, app.clock.now()).await.unwrap()
}

async fn everything_is_sealed_anew_while_people_read_and_write(app: TestApp) {
    let mut ids = Vec::new();
    for number in 0..120 {
        ids.push(people::add(&app.state, &format!("居民{number}")).await);
    }
    add_master_key(&app);
    let working = Arc::new(AtomicBool::new(true));
    let done = Arc::new(AtomicUsize::new(0));
    let readers = (0..3).map(|offset| {
        let (state, ids) = (restarted(&app.state, CipherSuite::Aes256Gcm), ids.clone());
        let (working, done) = (Arc::clone(&working), Arc::clone(&done));
        actix_web::rt::spawn(async move {
            for number in (offset..120).cycle() {
                if !working.load(Ordering::Relaxed) {
                    break;
                }
                let name = people::name(&state, ids[number]).await.unwrap();
                assert!(name.starts_with("居民"), "{name}");
                done.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    let writer = {
        let (state, ids) = (app.state.clone(), ids.clone());
        let (working, done) = (Arc::clone(&working), Arc::clone(&done));
        actix_web::rt::spawn(async move {
            let mut written = 0;
            while working.load(Ordering::Relaxed) {
                people::rename(&state, ids[written % 120], &format!("居民第{written}次")).await;
                written += 1;
                done.fetch_add(1, Ordering::Relaxed);
            }
            written
        })
    };
    while done.load(Ordering::Relaxed) < 20 {
        tokio::task::yield_now().await;
    }
    let progress = rotate(&app).await;
    assert_eq!(progress.keys_replaced, 121, "every person and the server");
    assert_eq!(progress.cells_unreadable, 0);
    working.store(false, Ordering::Relaxed);
    let written: usize = writer.await.unwrap();
    for reader in readers {
        reader.await.unwrap();
    }
    app.clock.advance(KEPT_AFTER_RETIREMENT);
    while rotate(&app).await.keys_retired > 0 {}
    let keys = data_keys(&app.state).await;
    let current = app.state.keys.current().sealing_master(app.clock.now()).unwrap().id.clone();
    assert_eq!(keys.len(), 121);
    assert!(keys.iter().all(|key| key.master_key_id == current && key.retired_at.is_none()));
    expect_names(&app, &ids, written).await;
    let metrics = reqwest::get(&app.metrics_url).await.unwrap().text().await.unwrap();
    assert!(metrics.contains("kangtu_vault_keys_retired 0"), "{metrics}");
}

/// The last name that was written is there, read by a server that holds no key in memory.
async fn expect_names(app: &TestApp, ids: &[Uuid], written: usize) {
    let fresh = restarted(&app.state, CipherSuite::Aes256Gcm);
    for (number, id) in ids.iter().enumerate() {
        let last = (0..written).rev().find(|written| written % 120 == number);
        let expected = last.map_or_else(|| format!("居民{number}"), |written| format!("居民第{written}次"));
        assert_eq!(people::name(&fresh, *id).await.unwrap(), expected);
    }
}

async fn old_keys_are_kept_while_a_transaction_may_still_use_them(app: TestApp) {
    people::add(&app.state, "李大爷").await;
    add_master_key(&app);
    let first = rotate(&app).await;
    assert_eq!((first.keys_replaced, first.cells_resealed, first.keys_deleted), (2, 1, 0));
    let second = rotate(&app).await;
    assert_eq!((second.keys_replaced, second.cells_resealed, second.keys_deleted), (0, 0, 0));
    assert_eq!(second.keys_retired, 2);
    app.clock.advance(KEPT_AFTER_RETIREMENT);
    assert_eq!(rotate(&app).await.keys_deleted, 2);
    assert_eq!(rotate(&app).await, rotation::Progress::default());
}

async fn a_rotation_moves_everything_to_the_chosen_cipher(app: TestApp) {
    let li = people::add(&app.state, "李大爷").await;
    assert_eq!(people::name_cell(&app.state, li).await[0], 1);
    add_master_key(&app);
    let national = restarted(&app.state, CipherSuite::Sm4Gcm);
    rotation::run(&national, app.clock.now()).await.unwrap();
    assert_eq!(people::name_cell(&app.state, li).await[0], 3, "SM4-GCM is version 3");
    assert!(data_keys(&app.state).await.iter().all(|key| key.retired_at.is_some() || key.wrapped[0] == 3));
    assert_eq!(people::name(&app.state, li).await.unwrap(), "李大爷");
}

async fn replicas_that_rotate_at_once_make_one_new_key_each(app: TestApp) {
    let mut ids = Vec::new();
    for number in 0..60 {
        ids.push(people::add(&app.state, &format!("居民{number}")).await);
    }
    add_master_key(&app);
    let other = restarted(&app.state, CipherSuite::Aes256Gcm);
    let now = app.clock.now();
    let (one, two) = tokio::join!(rotation::run(&app.state, now), rotation::run(&other, now));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.keys_replaced + two.keys_replaced, 61);
    let current = data_keys(&app.state).await.into_iter().filter(|key| key.retired_at.is_none());
    assert_eq!(current.count(), 61);
    app.clock.advance(KEPT_AFTER_RETIREMENT);
    while rotate(&app).await.keys_retired > 0 {}
    expect_names(&app, &ids, 0).await;
}

async fn a_damaged_cell_keeps_its_key(app: TestApp) {
    let li = people::add(&app.state, "李大爷").await;
    let mut damaged = people::name_cell(&app.state, li).await;
    *damaged.last_mut().unwrap() ^= 1;
    let row = entity::person::ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(li),
        name_cell: sea_orm::ActiveValue::Set(Some(damaged.clone())),
        ..Default::default()
    };
    let written = app.state.database.write(move |transaction| {
        let row = row.clone();
        Box::pin(async move {
            entity::person::Entity::update(row).exec(transaction).await?;
            Ok(())
        })
    });
    written.await.unwrap();
    add_master_key(&app);
    assert_eq!(rotate(&app).await.cells_unreadable, 1);
    app.clock.advance(KEPT_AFTER_RETIREMENT * 2);
    let later = rotate(&app).await;
    assert_eq!((later.keys_deleted, later.keys_retired), (1, 1), "the server's key goes, the person's stays");
    assert_eq!(people::name_cell(&app.state, li).await, damaged, "nothing is destroyed that might be mended");
}
