//! What gets into the outbox, and what leaves it without a call.

use chrono::TimeDelta;
use entity::message_outbox::State;
use entity::{account, consent, message_credit, message_template};
use kangtu::error::ApiError;
use kangtu::messages::{self, Enqueued, Reason, retention};
use kangtu::privacy::{erasure, holdings};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{Office, REMINDER};
use crate::support::on_both_databases;
use crate::support::world::World;

on_both_databases!(in world:
    a_message_goes_out_once_with_its_values_and_takes_one_credit,
    a_message_is_there_only_if_its_reason_is,
    what_a_message_says_is_nowhere_in_clear_and_gone_once_sent,
    without_a_credit_nothing_is_asked_of_wechat,
    a_long_term_template_needs_agreement_but_no_credit,
    a_message_waits_for_its_time_and_is_dropped_after_its_use,
    a_message_without_its_reason_is_not_sent,
    a_closing_account_gets_nothing,
    a_withdrawn_consent_stops_what_waits,
    without_a_template_in_use_nothing_is_kept,
    a_value_that_does_not_fit_is_named_without_a_call,
    what_ended_long_ago_is_forgotten,
);

async fn a_message_goes_out_once_with_its_values_and_takes_one_credit(world: &World) {
    let (office, li) = Office::open(world, 3).await;
    assert_eq!(office.enqueue(office.message(li, "r1")).await, Enqueued::Queued);
    assert_eq!(office.enqueue(office.message(li, "r1")).await, Enqueued::AlreadyQueued);
    assert_eq!((office.send().await, office.send().await), (1, 0));

    let calls = office.sent_calls();
    assert_eq!(calls.len(), 1);
    let body = &calls[0].body;
    assert_eq!(body["touser"], "dev-li");
    assert_eq!(body["template_id"], REMINDER);
    assert_eq!(body["page"], "pages/activity/activity?id=r1");
    assert_eq!(body["data"]["thing1"]["value"], "王芳的高血压讲座");
    assert_eq!(body["data"]["time2"]["value"], "2026年11月28日 15:01");
    let row = &office.rows().await[0];
    assert_eq!((row.state, row.attempts, row.credit_taken), (State::Sent, 1, true));
    assert!(row.message_id.is_some() && row.sent_at.is_some() && row.claimed_by.is_none());
    assert_eq!(office.credits(li).await, 2);
}

async fn a_message_is_there_only_if_its_reason_is(world: &World) {
    let (office, li) = Office::open(world, 1).await;
    let (state, message, now) = (office.state.clone(), office.message(li, "r1"), office.clock.now());
    let failed = office.state.database.write(move |transaction| {
        let (state, message) = (state.clone(), message.clone());
        Box::pin(async move {
            assert_eq!(messages::enqueue(&state, transaction, &message, now).await?, Enqueued::Queued);
            Err::<(), _>(ApiError::Conflict { code: "full", detail: "名额已满。".into() })
        })
    });
    assert_eq!(failed.await.unwrap_err().code(), "full");
    assert!(office.rows().await.is_empty());
    assert_eq!(office.send().await, 0);
}

async fn what_a_message_says_is_nowhere_in_clear_and_gone_once_sent(world: &World) {
    let (office, li) = Office::open(world, 1).await;
    office.enqueue(office.message(li, "r1")).await;
    let cell = office.rows().await[0].payload_cell.clone().unwrap();
    let name = "王芳".as_bytes();
    assert!(!cell.windows(name.len()).any(|bytes| bytes == name));
    office.send().await;
    assert_eq!(office.rows().await[0].payload_cell, None);
}

async fn without_a_credit_nothing_is_asked_of_wechat(world: &World) {
    let (office, li) = Office::open(world, 1).await;
    office.enqueue(office.message(li, "r1")).await;
    office.enqueue(office.message(li, "r2")).await;
    let never_asked = office.resident("dev-chen").await;
    office.enqueue(office.message(never_asked, "r3")).await;
    assert_eq!(office.send().await, 1);
    let states = office.states().await;
    assert_eq!(states.iter().filter(|state| **state == State::Sent).count(), 1);
    assert_eq!(states.iter().filter(|state| **state == State::NoCredit).count(), 2);
    assert_eq!(office.credits(li).await, 0);
}

async fn a_long_term_template_needs_agreement_but_no_credit(world: &World) {
    let (office, li) = Office::open(world, 0).await;
    let refused = office.resident("dev-chen").await;
    office.credit(refused, 5, message_credit::Status::Reject).await;
    office
        .state
        .database
        .write(|transaction| {
            Box::pin(async move {
                message_template::Entity::update_many()
                    .col_expr(message_template::Column::Kind, Expr::val(message_template::Kind::Long))
                    .exec(transaction)
                    .await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    office.enqueue(office.message(li, "r1")).await;
    office.enqueue(office.message(refused, "r2")).await;
    assert_eq!(office.send().await, 1);
    assert_eq!(office.states().await, [State::Sent, State::NoCredit]);
    assert_eq!(office.sent_calls()[0].body["touser"], "dev-li");
}

async fn a_message_waits_for_its_time_and_is_dropped_after_its_use(world: &World) {
    let (office, li) = Office::open(world, 2).await;
    let mut later = office.message(li, "r1");
    later.send_at = office.clock.now() + TimeDelta::hours(1);
    office.enqueue(later.clone()).await;
    "r2".clone_into(&mut later.reason.id);
    later.expires_at = office.clock.now() + TimeDelta::minutes(30);
    office.enqueue(later).await;
    assert_eq!(office.send().await, 0);
    office.clock.advance(TimeDelta::hours(1));
    assert_eq!(office.send().await, 1);
    let rows = office.rows().await;
    assert_eq!((rows[0].state, rows[1].state), (State::Sent, State::Failed));
    assert_eq!(rows[1].fault.as_deref(), Some("expired"));
    assert_eq!(office.credits(li).await, 1);
}

async fn a_message_without_its_reason_is_not_sent(world: &World) {
    let (office, li) = Office::open(world, 1).await;
    office.enqueue(office.message(li, "r1")).await;
    let cancelled = office.state.database.write(|transaction| {
        Box::pin(async move {
            let reason = Reason { kind: "registration", id: "r1".to_owned() };
            let other = Reason { kind: "activity", id: "r1".to_owned() };
            Ok((messages::cancel(transaction, &other).await?, messages::cancel(transaction, &reason).await?))
        })
    });
    assert_eq!(cancelled.await.unwrap(), (0, 1));
    assert_eq!(office.send().await, 0);
    assert_eq!((office.states().await, office.credits(li).await), (vec![State::Cancelled], 1));
}

async fn a_closing_account_gets_nothing(world: &World) {
    let (office, li) = Office::open(world, 1).await;
    office.enqueue(office.message(li, "r1")).await;
    let erase_at = office.clock.now() + TimeDelta::days(7);
    office
        .state
        .database
        .write(move |transaction| {
            Box::pin(async move {
                account::Entity::update_many()
                    .col_expr(account::Column::Status, Expr::val(account::Status::Closing))
                    .col_expr(account::Column::EraseAt, Expr::val(erase_at.timestamp_millis()))
                    .filter(account::Column::Id.eq(li))
                    .exec(transaction)
                    .await?;
                Ok(())
            })
        })
        .await
        .unwrap();
    assert_eq!(office.enqueue(office.message(li, "r2")).await, Enqueued::NoRecipient);
    assert_eq!(office.send().await, 0);
    let row = &office.rows().await[0];
    assert_eq!((row.state, row.fault.as_deref()), (State::Cancelled, Some("account_closed")));
    assert_eq!(office.credits(li).await, 1);
    let account = account::Entity::find_by_id(li).one(office.state.database.reader()).await.unwrap().unwrap();
    let subject = holdings::Subject { person_id: account.person_id, account_id: Some(li) };
    let (state, now) = (office.state.clone(), office.clock.now());
    let erased = office.state.database.write(move |transaction| {
        let state = state.clone();
        Box::pin(async move { erasure::erase_person(transaction, &state, subject, now).await })
    });
    erased.await.unwrap();
    assert!(office.rows().await.is_empty());
}

async fn a_withdrawn_consent_stops_what_waits(world: &World) {
    let (office, li) = Office::open(world, 1).await;
    office.enqueue(office.message(li, "r1")).await;
    let now = office.clock.now();
    let withdrawn = office.state.database.write(move |transaction| {
        Box::pin(async move {
            consent::Entity::update_many()
                .col_expr(consent::Column::EndedAt, Expr::val(now.timestamp_millis()))
                .col_expr(consent::Column::EndReason, Expr::val("withdrawn"))
                .exec(transaction)
                .await?;
            Ok(())
        })
    });
    withdrawn.await.unwrap();
    assert_eq!(office.send().await, 0);
    let row = &office.rows().await[0];
    assert_eq!((row.state, row.fault.as_deref()), (State::Cancelled, Some("consent_required")));
    assert_eq!((office.credits(li).await, office.sent_calls().len()), (1, 0));
}

async fn without_a_template_in_use_nothing_is_kept(world: &World) {
    let office = Office::on(world.settings(), kangtu::clock::Clock::fixed(super::wednesday_morning())).await;
    let li = office.resident("dev-li").await;
    assert_eq!(office.enqueue(office.message(li, "r1")).await, Enqueued::NoTemplate);
    office.template(message_template::Kind::Once, false).await;
    assert_eq!(office.enqueue(office.message(li, "r1")).await, Enqueued::NoTemplate);
    assert!(office.rows().await.is_empty());
}

async fn a_value_that_does_not_fit_is_named_without_a_call(world: &World) {
    let (office, li) = Office::open(world, 1).await;
    let mut message = office.message(li, "r1");
    message.values.insert("starts_at".to_owned(), "下周二".to_owned());
    office.enqueue(message).await;
    assert_eq!(office.send().await, 0);
    let row = &office.rows().await[0];
    assert_eq!((row.state, row.fault.as_deref()), (State::Failed, Some("bad_value")));
    assert_eq!(row.fault_field.as_deref(), Some("time2"));
    assert_eq!(office.credits(li).await, 1);
}

async fn what_ended_long_ago_is_forgotten(world: &World) {
    let (office, li) = Office::open(world, 1).await;
    office.enqueue(office.message(li, "r1")).await;
    office.send().await;
    office.clock.advance(TimeDelta::days(89));
    assert_eq!(retention::run(&office.state, office.clock.now()).await.unwrap(), 0);
    office.clock.advance(TimeDelta::days(2));
    assert_eq!(retention::run(&office.state, office.clock.now()).await.unwrap(), 1);
    assert!(office.rows().await.is_empty());
}
