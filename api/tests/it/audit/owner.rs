//! Somebody who owns the database and can do with it whatever they want, but has not the key file.

use std::path::PathBuf;

use kangtu::audit::{self, Action, Actor, AuditEvent, Verification};
use kangtu::database::Engine;
use sea_orm::ConnectionTrait;

use crate::support::TestApp;

/// Writes rows as the server does.
pub(super) async fn write_rows(app: &TestApp, count: usize) {
    for number in 0..count {
        let event = AuditEvent::new(Action::LoginSucceeded, Actor::Operator).on("test", number);
        audit::record(&app.state, event).await.unwrap();
    }
}

/// A file of checkpoints that only this test writes to.
pub(super) fn checkpoint_file(app: &TestApp) -> PathBuf {
    app.state.settings.data.join("kept-elsewhere.jsonl")
}

pub(super) async fn sign(app: &TestApp) {
    let keys = app.state.keys.current();
    let file = checkpoint_file(app);
    let added = audit::add_checkpoint(&app.state.database, &keys, &file, app.clock.now()).await;
    assert!(added.unwrap().is_some());
}

pub(super) async fn verify(app: &TestApp) -> Verification {
    let keys = app.state.keys.current();
    audit::verify(&app.state.database, &keys, &checkpoint_file(app), app.clock.now()).await.unwrap()
}

/// Runs statements with the triggers out of the way.
pub(super) async fn tamper(app: &TestApp, statements: &[&str]) {
    let all = match app.state.database.engine() {
        Engine::Sqlite => vec![
            "DROP TRIGGER IF EXISTS audit_event_is_never_changed",
            "DROP TRIGGER IF EXISTS audit_event_is_kept",
            "DROP TRIGGER IF EXISTS audit_event_follows_the_head",
            "DROP TRIGGER IF EXISTS audit_head_only_grows",
        ],
        Engine::Postgres => vec![
            "ALTER TABLE audit_event DISABLE TRIGGER USER",
            "ALTER TABLE audit_head DISABLE TRIGGER USER",
        ],
    };
    let all: Vec<String> = all.iter().chain(statements).map(|sql| (*sql).to_owned()).collect();
    let done = app.state.database.write(move |transaction| {
        let all = all.clone();
        Box::pin(async move {
            for sql in all {
                transaction.execute_unprepared(&sql).await?;
            }
            Ok(())
        })
    });
    done.await.unwrap();
}

/// Lets the log end after row `seq`, as if the rest had never been.
pub(super) async fn cut_after(app: &TestApp, seq: i64) {
    let rows = format!("DELETE FROM audit_event WHERE seq > {seq}");
    let head = if seq == 0 {
        "UPDATE audit_head SET seq = 0, hash = anchor_hash".to_owned()
    } else {
        format!("UPDATE audit_head SET seq = {seq}, hash = (SELECT hash FROM audit_event WHERE seq = {seq})")
    };
    tamper(app, &[&rows, &head]).await;
}
