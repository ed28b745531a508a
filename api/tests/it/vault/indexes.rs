//! A new key of the indexes while people log in.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::TimeDelta;
use entity::account;
use kangtu::http::client_address::ClientAddress;
use kangtu::identity::accounts;
use kangtu::identity::origin::Origin;
use kangtu::keys::{self, IndexSuite, KeyFile};
use kangtu::me::reindex;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::support::command::{kangtu, said};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    everybody_is_found_while_the_index_key_changes,
    replicas_with_different_index_keys_make_one_account_of_one_resident,
    an_operator_changes_the_index_key_and_drops_the_old_one,
);

/// Puts a new index key into the file and lets it take effect.
pub(crate) fn add_index_key(app: &TestApp, suite: IndexSuite) {
    let now = app.clock.now();
    KeyFile::change(&app.state.settings.key_file(), |file| {
        keys::add_index_key(file, suite, &app.state.random, now);
        Ok(())
    })
    .unwrap();
    app.state.keys.reload().unwrap();
    app.clock.advance(TimeDelta::minutes(2));
}

async fn rows(app: &TestApp) -> Vec<account::Model> {
    account::Entity::find().all(app.state.database.reader()).await.unwrap()
}

async fn is_new(app: &TestApp, name: &str) -> bool {
    let login = app.post("/api/v1/auth/wechat", &json!({"code": format!("dev-{name}")})).await.ok();
    login["is_new"].as_bool().unwrap()
}

async fn everybody_is_found_while_the_index_key_changes(app: TestApp) {
    for number in 0..70 {
        assert!(is_new(&app, &format!("r{number}")).await);
    }
    let li = app.resident("r0").await;
    li.put("/api/v1/me/consents/phone", &json!({"text_version": 1})).await;
    li.post("/api/v1/me/phone", &json!({"code": "dev-13800005678"})).await.ok();
    let before = rows(&app).await;
    add_index_key(&app, IndexSuite::HmacSm3);

    let (working, done) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let phones = (0..2).map(|offset| {
        let (app, working, done) = (app.clone(), Arc::clone(&working), Arc::clone(&done));
        actix_web::rt::spawn(async move {
            for number in (offset..70).cycle() {
                if !working.load(Ordering::Relaxed) {
                    break;
                }
                assert!(!is_new(&app, &format!("r{number}")).await, "r{number} was not found");
                done.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let phones: Vec<_> = phones.collect();
    while done.load(Ordering::Relaxed) < 10 {
        tokio::task::yield_now().await;
    }
    assert!(is_new(&app, "during").await);
    let indexed = reindex::run(&app.state, app.clock.now()).await.unwrap();
    working.store(false, Ordering::Relaxed);
    for phone in phones {
        phone.await.unwrap();
    }
    assert_eq!(indexed, 70, "the one who came during it has the new index already");
    assert_eq!(reindex::run(&app.state, app.clock.now()).await.unwrap(), 0);
    let after = rows(&app).await;
    assert!(after.iter().all(|row| row.index_key == 2));
    for old in &before {
        let fresh = after.iter().find(|row| row.id == old.id).unwrap();
        assert_ne!(fresh.openid_index, old.openid_index);
        assert_eq!(fresh.phone_index.is_some(), old.phone_index.is_some());
        assert!(old.phone_index.is_none() || fresh.phone_index != old.phone_index);
    }
    let file = app.state.keys.current();
    let in_use = reindex::keys_in_use(&app.state.database, &file).await.unwrap();
    assert_eq!(in_use, [2]);
    let now = app.clock.now();
    KeyFile::change(&app.state.settings.key_file(), |file| {
        assert_eq!(keys::drop_index_keys(file, &in_use, now)?, 1);
        Ok(())
    })
    .unwrap();
    app.state.keys.reload().unwrap();
    for name in ["r0", "r69", "during"] {
        assert!(!is_new(&app, name).await, "{name}");
    }
    assert_eq!(rows(&app).await.len(), 71);
    assert_eq!(li.get("/api/v1/me").await.ok()["phone"], "138****5678");
}

/// Two clocks that are a little apart write with different keys for a moment.
async fn replicas_with_different_index_keys_make_one_account_of_one_resident(app: TestApp) {
    let behind = app.clock.now();
    add_index_key(&app, IndexSuite::HmacSha256);
    let ahead = app.clock.now();
    let origin = Origin {
        address: ClientAddress(Ipv4Addr::LOCALHOST.into()),
        device: String::new(),
        request_id: None,
    };
    for round in 0..5 {
        let session = app.state.wechat.client.login(&format!("dev-new-{round}")).await.unwrap();
        let at_once =
            [behind, ahead, behind, ahead].map(|now| accounts::log_in(&app.state, &session, &origin, now));
        let logged_in = futures_util::future::try_join_all(at_once).await.unwrap();
        assert_eq!(logged_in.iter().filter(|logged_in| logged_in.is_new).count(), 1);
    }
    assert_eq!(account::Entity::find().count(app.state.database.reader()).await.unwrap(), 5);
}

async fn an_operator_changes_the_index_key_and_drops_the_old_one(app: TestApp) {
    let mut settings = (*app.state.settings).clone();
    settings.cipher_suite = kangtu::vault::CipherSuite::Sm4Gcm;
    app.resident("li").await;
    said(&kangtu(&settings, &["keys", "rotate", "--index", "--cipher-suite", "sm4-gcm"]).await);
    app.state.keys.reload().unwrap();
    let fresh = app.state.keys.current().index[1].clone();
    assert_eq!((fresh.number, fresh.suite), (2, IndexSuite::HmacSm3));
    // The command made the key by the clock of the machine.
    app.clock.advance(fresh.indexes_from_at - app.clock.now() + TimeDelta::seconds(1));
    let status = said(&kangtu(&settings, &["keys", "status"]).await);
    assert!(
        status.contains("索引密钥 1（HMAC-SHA-256）") && status.contains("索引密钥 2（HMAC-SM3）"),
        "{status}"
    );
    assert_eq!(reindex::run(&app.state, app.clock.now()).await.unwrap(), 1);
    assert!(!is_new(&app, "li").await);
}
