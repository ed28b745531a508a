//! Sealed cells in the database.

use kangtu::vault::CipherSuite;
use sea_orm::EntityTrait;

use super::people::{self, restarted};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_cell_that_is_copied_to_another_person_is_unreadable,
    what_a_failed_transaction_sealed_never_spoils_what_follows,
    an_erased_person_is_unreadable_on_every_replica,
    cells_of_the_other_cipher_stay_readable,
    a_server_refuses_to_start_with_the_keys_of_another_installation,
);

const AES: CipherSuite = CipherSuite::Aes256Gcm;

async fn a_cell_that_is_copied_to_another_person_is_unreadable(app: TestApp) {
    let li = people::add(&app.state, "李大爷").await;
    let wang = people::add(&app.state, "王阿姨").await;
    let stolen = people::name_cell(&app.state, li).await;
    let row = entity::person::ActiveModel {
        id: sea_orm::ActiveValue::Unchanged(wang),
        name_cell: sea_orm::ActiveValue::Set(Some(stolen)),
        ..Default::default()
    };
    let copied = app.state.database.write(move |transaction| {
        let row = row.clone();
        Box::pin(async move {
            entity::person::Entity::update(row).exec(transaction).await?;
            Ok(())
        })
    });
    copied.await.unwrap();
    let error = people::name(&app.state, wang).await.unwrap_err();
    assert_eq!(error.log_text().unwrap(), "a sealed cell cannot be read");
    assert_eq!(people::name(&app.state, li).await.unwrap(), "李大爷");
}

/// SQLite gives the id of a data key again when the transaction that made it was undone.
async fn what_a_failed_transaction_sealed_never_spoils_what_follows(app: TestApp) {
    people::add_in_vain(&app.state, "陈先生").await;
    let li = people::add(&app.state, "李大爷").await;
    assert_eq!(people::name(&app.state, li).await.unwrap(), "李大爷");
    let fresh = restarted(&app.state, AES);
    assert_eq!(people::name(&fresh, li).await.unwrap(), "李大爷", "lost at the next start");
}

async fn an_erased_person_is_unreadable_on_every_replica(app: TestApp) {
    let li = people::add(&app.state, "李大爷").await;
    let wang = people::add(&app.state, "王阿姨").await;
    let replica = restarted(&app.state, AES);
    assert_eq!(people::name(&replica, li).await.unwrap(), "李大爷");
    assert_eq!(people::name(&replica, wang).await.unwrap(), "王阿姨");
    let vault = app.state.vault.clone();
    let erased = app.state.database.write(move |transaction| {
        let vault = vault.clone();
        Box::pin(async move { vault.destroy_person_keys(transaction, li).await })
    });
    erased.await.unwrap();
    assert_eq!(people::name(&app.state, li).await.unwrap_err().code(), "erased");
    replica.vault.forget_destroyed(&replica.database).await.unwrap();
    assert_eq!(people::name(&replica, li).await.unwrap_err().code(), "erased");
    assert_eq!(people::name(&replica, wang).await.unwrap(), "王阿姨");
}

async fn cells_of_the_other_cipher_stay_readable(app: TestApp) {
    let li = people::add(&app.state, "李大爷").await;
    let national = restarted(&app.state, CipherSuite::Sm4Gcm);
    assert_eq!(people::name(&national, li).await.unwrap(), "李大爷");
    people::rename(&national, li, "李老先生").await;
    assert_eq!(people::name_cell(&national, li).await[0], 3, "SM4-GCM is version 3");
    assert_eq!(people::name(&restarted(&app.state, AES), li).await.unwrap(), "李老先生");
}

async fn a_server_refuses_to_start_with_the_keys_of_another_installation(app: TestApp) {
    let settings = (*app.state.settings).clone();
    app.stop().await;
    std::fs::remove_file(settings.key_file()).unwrap();
    let refused = kangtu::app::Application::build(settings.clone(), app.clock.clone()).await.err().unwrap();
    let text = format!("{refused:#}");
    assert!(text.contains("does not fit this database") && text.contains("backup"), "{text}");
}
