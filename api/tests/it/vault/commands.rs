//! `kangtu keys`, beside a running server.

use chrono::TimeDelta;
use kangtu::vault::rotation::{self, KEPT_AFTER_RETIREMENT};

use super::people;
use crate::support::command::{complained, kangtu, said};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(an_operator_changes_the_master_key_of_a_running_server, a_new_signing_key_is_taken_up,);

/// Waits until the running server has taken up the changed file.
async fn until(app: &TestApp, masters: usize, signing: usize) {
    loop {
        let file = app.state.keys.current();
        if (file.master.len(), file.signing.len()) == (masters, signing) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn an_operator_changes_the_master_key_of_a_running_server(app: TestApp) {
    let settings = (*app.state.settings).clone();
    let li = people::add(&app.state, "李大爷").await;
    let secret = app.state.keys.current().master[0].key.clone();
    said(&kangtu(&settings, &["keys", "rotate", "--data"]).await);
    until(&app, 2, 1).await;
    // The command made the key by the clock of the machine.
    let old = app.state.keys.current().master[0].id.clone();
    let fresh = app.state.keys.current().master[1].clone();
    app.clock.advance(fresh.seals_from_at - app.clock.now() + TimeDelta::minutes(1));
    assert_eq!(rotation::run(&app.state, app.clock.now()).await.unwrap().keys_replaced, 2);
    let status = said(&kangtu(&settings, &["keys", "status"]).await);
    assert!(status.contains(&format!("主密钥 {old}")) && status.contains("还有 2 把旧数据密钥"), "{status}");
    assert!(said(&kangtu(&settings, &["keys", "prune"]).await).contains("没有可以清除"));
    app.clock.advance(KEPT_AFTER_RETIREMENT);
    assert_eq!(rotation::run(&app.state, app.clock.now()).await.unwrap().keys_deleted, 2);
    let status = said(&kangtu(&settings, &["keys", "status"]).await);
    assert!(status.contains("所有资料都已用现在的密钥加密"), "{status}");
    assert!(!status.contains(&base64_of(&secret)), "a status shows names, never keys");
    assert_eq!(people::name(&app.state, li).await.unwrap(), "李大爷");
}

async fn a_new_signing_key_is_taken_up(app: TestApp) {
    let settings = (*app.state.settings).clone();
    let old = app.state.keys.current().signing[0].kid.clone();
    said(&kangtu(&settings, &["keys", "rotate"]).await);
    until(&app, 1, 2).await;
    let file = app.state.keys.current();
    assert!(file.signing.iter().any(|key| key.kid == old), "tokens of the old key stay good");
    std::fs::remove_file(settings.key_file()).unwrap();
    assert!(complained(&kangtu(&settings, &["keys", "rotate"]).await).contains("no key file"));
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}
