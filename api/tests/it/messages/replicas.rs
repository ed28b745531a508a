//! Several servers on one database: no message goes out twice, whoever dies when.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use entity::message_outbox::{self, State};
use kangtu::messages::claim::{self, LEASE, Step};
use kangtu::messages::sender;
use kangtu::state::AppState;
use kangtu::wechat::client::{Endpoint, MiniProgramState, SubscribeMessage};
use kangtu::wechat::fake::Answer;
use kangtu::wechat::message_values::MessageValues;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::Office;
use crate::support::on_both_databases;
use crate::support::world::World;

on_both_databases!(in world:
    two_servers_send_every_message_exactly_once,
    a_sender_that_claims_without_a_condition_is_found_out,
    a_sender_that_dies_after_its_claim_leaves_a_message_unknown_and_unsent,
    a_sender_that_is_killed_during_its_call_leaves_a_message_unknown_and_sent_once,
);

/// A second server on the same data and the same WeChat. SQLite lets only one in: there it is the same
/// server with twice as many senders.
async fn second_server(world: &World, first: &Office) -> (AppState, Option<kangtu::app::Application>) {
    let mut settings = world.settings();
    if settings.database_url.is_none() {
        return (first.state.clone(), None);
    }
    let credentials = first.fake.credentials();
    settings.wechat.wechat_appid = Some(credentials.appid);
    settings.wechat.wechat_secret = Some(credentials.secret);
    settings.wechat.wechat_base_url = first.fake.base_url().to_string();
    let clock = first.clock.clone();
    let second = kangtu::app::Application::build(settings, clock).await.unwrap();
    (second.state().clone(), Some(second))
}

/// How often each reason's message reached WeChat.
fn received(office: &Office) -> BTreeMap<String, usize> {
    let mut received = BTreeMap::new();
    for call in office.sent_calls() {
        *received.entry(call.body["page"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    received
}

async fn two_servers_send_every_message_exactly_once(world: &World) {
    let (office, li) = Office::open(world, 100).await;
    let (second, _running) = second_server(world, &office).await;
    for number in 0..40 {
        office.enqueue(office.message(li, &format!("r{number}"))).await;
    }
    let now = office.clock.now();
    let (one, other) = tokio::join!(sender::run(&office.state, now), sender::run(&second, now));
    assert_eq!(one.unwrap() + other.unwrap(), 40);
    let received = received(&office);
    assert_eq!(received.len(), 40);
    assert!(received.values().all(|times| *times == 1), "{received:?}");
    assert!(office.states().await.iter().all(|state| *state == State::Sent));
    assert_eq!(office.credits(li).await, 60);
}

/// Shows that the test above can fail: the same messages, sent by whoever sees them pending.
async fn a_sender_that_claims_without_a_condition_is_found_out(world: &World) {
    let (office, li) = Office::open(world, 100).await;
    let (second, _running) = second_server(world, &office).await;
    for number in 0..10 {
        office.enqueue(office.message(li, &format!("r{number}"))).await;
    }
    tokio::join!(send_carelessly(&office.state), send_carelessly(&second));
    let received = received(&office);
    assert!(received.values().any(|times| *times > 1), "{received:?}");
}

async fn send_carelessly(state: &AppState) {
    let pending = message_outbox::Column::State.eq(State::Pending);
    let rows = message_outbox::Entity::find().filter(pending).all(state.database.reader()).await.unwrap();
    for row in rows {
        let values = MessageValues::fit([("thing1", "讲座")]).unwrap();
        let page = format!("pages/activity/activity?id={}", row.biz_id);
        let message = SubscribeMessage {
            openid: "dev-li",
            template_id: super::REMINDER,
            page: Some(&page),
            values: &values,
            state: MiniProgramState::Formal,
        };
        state.wechat.client.send_subscribe_message(&message).await;
        let sent_at = row.next_at.0.timestamp_millis();
        let marked = state.database.write(move |transaction| {
            Box::pin(async move {
                message_outbox::Entity::update_many()
                    .col_expr(message_outbox::Column::State, Expr::val(State::Sent))
                    .col_expr(message_outbox::Column::SentAt, Expr::val(sent_at))
                    .col_expr(message_outbox::Column::PayloadCell, Expr::val(Option::<Vec<u8>>::None))
                    .filter(message_outbox::Column::Id.eq(row.id))
                    .exec(transaction)
                    .await?;
                Ok(())
            })
        });
        marked.await.unwrap();
    }
}

async fn a_sender_that_dies_after_its_claim_leaves_a_message_unknown_and_unsent(world: &World) {
    let (office, li) = Office::open(world, 2).await;
    let (second, _running) = second_server(world, &office).await;
    office.enqueue(office.message(li, "r1")).await;
    let dying = office.state.random.stamp();
    let step = claim::next(&office.state, dying, office.clock.now()).await.unwrap();
    assert!(matches!(step, Step::Send(_)), "{step:?}");
    drop(step);

    assert_eq!(sender::run(&second, office.clock.now()).await.unwrap(), 0, "the lease holds");
    assert_eq!(office.states().await, [State::Sending]);
    office.clock.advance(LEASE + TimeDelta::seconds(1));
    assert_eq!(sender::run(&second, office.clock.now()).await.unwrap(), 0);
    let row = &office.rows().await[0];
    assert_eq!((row.state, row.fault.as_deref()), (State::Unknown, Some("sender_lost")));
    assert!(row.credit_taken && row.payload_cell.is_some());
    assert!(office.sent_calls().is_empty());
    assert_eq!(office.credits(li).await, 1);
}

async fn a_sender_that_is_killed_during_its_call_leaves_a_message_unknown_and_sent_once(world: &World) {
    let (office, li) = Office::open(world, 1).await;
    let (second, _running) = second_server(world, &office).await;
    office.fake.answer_next(Endpoint::SubscribeSend, [Answer::Silence]);
    office.enqueue(office.message(li, "r1")).await;
    let (state, now) = (office.state.clone(), office.clock.now());
    let killed = tokio::spawn(async move { sender::run(&state, now).await.map(drop) });
    let mut looks = 0;
    while office.sent_calls().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        looks += 1;
        assert!(looks < 2_000, "the call never came");
    }
    killed.abort();
    assert!(killed.await.unwrap_err().is_cancelled());
    office.clock.advance(LEASE + TimeDelta::seconds(1));
    assert_eq!(sender::run(&second, office.clock.now()).await.unwrap(), 0);
    assert_eq!((office.states().await, office.sent_calls().len()), (vec![State::Unknown], 1));
    assert_eq!(office.credits(li).await, 0);
}
