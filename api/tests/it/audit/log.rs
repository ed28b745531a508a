//! Adding rows, and what the database itself refuses.

use entity::audit_event;
use kangtu::audit::{self, Action, Actor, AuditEvent};
use kangtu::error::{ApiError, ApiResult};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};

use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    rows_written_at_once_are_numbered_without_gaps,
    a_row_is_there_only_if_what_it_tells_of_is,
    the_database_refuses_to_change_the_log,
    whoever_tries_what_they_may_not_is_noted,
);

async fn rows(app: &TestApp) -> Vec<audit_event::Model> {
    let all = audit_event::Entity::find().order_by_asc(audit_event::Column::Seq);
    all.all(app.state.database.reader()).await.unwrap()
}

async fn rows_written_at_once_are_numbered_without_gaps(app: TestApp) {
    let writers: Vec<_> = (0..40)
        .map(|number| {
            let state = app.state.clone();
            actix_web::rt::spawn(async move {
                let event = AuditEvent::new(Action::LoginFailed, Actor::Anonymous).on("test", number);
                audit::record(&state, event).await.unwrap();
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let rows = rows(&app).await;
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), (1..=40).collect::<Vec<_>>());
    assert_eq!(rows[0].prev_hash, [0; 32]);
    for pair in rows.windows(2) {
        assert_eq!(pair[1].prev_hash, pair[0].hash);
    }
}

async fn a_row_is_there_only_if_what_it_tells_of_is(app: TestApp) {
    let now = app.clock.now();
    let refused: ApiResult<()> = app
        .state
        .database
        .write(move |transaction| {
            Box::pin(async move {
                let event = AuditEvent::new(Action::RolesChanged, Actor::Operator);
                audit::append(transaction, &event, now).await?;
                Err(ApiError::PreconditionRequired)
            })
        })
        .await;
    refused.unwrap_err();
    assert!(rows(&app).await.is_empty());
    audit::record(&app.state, AuditEvent::new(Action::RolesChanged, Actor::Operator)).await.unwrap();
    assert_eq!(rows(&app).await.len(), 1);
}

async fn the_database_refuses_to_change_the_log(app: TestApp) {
    for _ in 0..3 {
        audit::record(&app.state, AuditEvent::new(Action::AuditRead, Actor::Server)).await.unwrap();
    }
    let before = rows(&app).await;
    for statement in [
        "UPDATE audit_event SET outcome = 'failed' WHERE seq = 2",
        "DELETE FROM audit_event WHERE seq = 2",
        "DELETE FROM audit_event",
        "INSERT INTO audit_event (seq, at, action, actor_kind, outcome, detail, prev_hash, hash) \
         SELECT 9, at, action, actor_kind, outcome, detail, prev_hash, hash FROM audit_event WHERE seq = 1",
        "UPDATE audit_head SET seq = 1",
        "DELETE FROM audit_head",
    ] {
        let done = app
            .state
            .database
            .write(move |transaction| {
                Box::pin(async move {
                    transaction.execute_unprepared(statement).await?;
                    Ok(())
                })
            })
            .await;
        assert!(done.is_err(), "{statement}");
    }
    assert_eq!(rows(&app).await, before);
}

async fn whoever_tries_what_they_may_not_is_noted(app: TestApp) {
    let (editor, resident) = (app.staff("editor", "440307009000").await, app.resident("li").await);
    editor.get("/api/v1/audit").await.problem(403, "not_permitted");
    resident.get("/api/v1/audit").await.problem(403, "wrong_account_kind");
    editor.get("/api/v1/me").await.problem(403, "wrong_account_kind");
    let refusals: Vec<_> =
        rows(&app).await.into_iter().filter(|row| row.action == Action::AccessRefused.as_str()).collect();
    let actors: Vec<_> = refusals.iter().filter_map(|row| row.actor_id.clone()).collect();
    assert_eq!(actors, [editor.id, resident.id, editor.id].map(|id| id.to_string()));
    assert!(refusals.iter().all(|row| row.outcome == "refused"), "{refusals:?}");
}
