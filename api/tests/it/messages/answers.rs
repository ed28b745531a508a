//! What each answer of WeChat means for a message, its credit, and the other messages.

use chrono::{DateTime, TimeDelta, Utc};
use entity::message_outbox::State;
use entity::message_template;
use kangtu::wechat::client::Endpoint;
use kangtu::wechat::fake::Answer;
use sea_orm::EntityTrait;

use super::Office;
use crate::support::on_both_databases;
use crate::support::world::World;

on_both_databases!(in world:
    a_refusal_ends_the_message_and_gives_the_credit_back,
    a_user_without_credit_loses_what_the_ledger_says,
    a_busy_wechat_is_asked_five_times,
    an_answer_that_cannot_be_read_leaves_the_message_unknown,
    a_spent_quota_stops_every_message_until_the_next_day,
    a_template_wechat_does_not_know_is_put_out_of_use_and_its_messages_wait,
);

async fn a_refusal_ends_the_message_and_gives_the_credit_back(world: &World) {
    let (office, li) = Office::open(world, 1).await;
    let message = "argument invalid! data.thing1.value is emtpy";
    for (at, (answer, fault, field, errcode)) in [
        (Answer::Errcode(40_003, "invalid openid"), "unknown_recipient", None, 40_003),
        (Answer::Errcode(47_003, message), "bad_value", Some("thing1"), 47_003),
        (Answer::Errcode(41_030, "invalid page"), "bad_page", None, 41_030),
        (Answer::Errcode(43_104, "appid mismatch"), "refused", None, 43_104),
    ]
    .into_iter()
    .enumerate()
    {
        office.fake.answer_next(Endpoint::SubscribeSend, [answer]);
        office.enqueue(office.message(li, &format!("r{at}"))).await;
        assert_eq!(office.send().await, 1, "{fault}");
        let row = office.rows().await.pop().unwrap();
        assert_eq!((row.state, row.fault.as_deref()), (State::Failed, Some(fault)));
        assert_eq!((row.fault_field.as_deref(), row.errcode), (field, Some(errcode)));
        assert_eq!((row.payload_cell, row.claimed_by), (None, None));
        assert_eq!(office.credits(li).await, 1, "{fault}");
        office.clock.advance(TimeDelta::days(1));
        assert_eq!(office.send().await, 0, "a refusal is final");
    }
}

async fn a_user_without_credit_loses_what_the_ledger_says(world: &World) {
    let (office, li) = Office::open(world, 4).await;
    office.fake.answer_next(Endpoint::SubscribeSend, [Answer::Errcode(43_101, "user refuse to accept")]);
    office.enqueue(office.message(li, "r1")).await;
    assert_eq!(office.send().await, 1);
    assert_eq!((office.states().await, office.credits(li).await), (vec![State::NoCredit], 0));
    office.enqueue(office.message(li, "r2")).await;
    assert_eq!(office.send().await, 0);
}

async fn a_busy_wechat_is_asked_five_times(world: &World) {
    let (office, li) = Office::open(world, 1).await;
    let busy = [
        Answer::Errcode(-1, "system error"),
        Answer::Status(500),
        Answer::Status(503),
        Answer::Errcode(-1, "system error"),
        Answer::Status(502),
    ];
    office.fake.answer_next(Endpoint::SubscribeSend, busy);
    office.enqueue(office.message(li, "r1")).await;
    let mut waits_s = Vec::new();
    for attempt in 1..=5 {
        assert_eq!(office.send().await, 1);
        assert_eq!(office.credits(li).await, 1, "the credit is back after try {attempt}");
        let row = &office.rows().await[0];
        assert_eq!((row.attempts, row.fault.as_deref()), (attempt, Some("unavailable")));
        let wait = row.next_at.0 - office.clock.now();
        assert_eq!(office.send().await, 0, "it waits after try {attempt}");
        if row.state == State::Pending {
            waits_s.push(wait.num_seconds());
            office.clock.advance(wait);
        }
    }
    assert_eq!(waits_s, [30, 120, 480, 1_920]);
    assert_eq!(office.states().await, [State::Failed]);
}

async fn an_answer_that_cannot_be_read_leaves_the_message_unknown(world: &World) {
    let (office, li) = Office::open(world, 1).await;
    for (at, answer) in [Answer::Html, Answer::Huge { bytes: 3_000_000 }].into_iter().enumerate() {
        office.fake.answer_next(Endpoint::SubscribeSend, [answer]);
        let id = format!("r{at}");
        if at > 0 {
            let chen = office.resident("dev-chen").await;
            office.credit(chen, 1, entity::message_credit::Status::Accept).await;
            office.enqueue(office.message(chen, &id)).await;
        } else {
            office.enqueue(office.message(li, &id)).await;
        }
        assert_eq!(office.send().await, 1);
        office.clock.advance(TimeDelta::days(1));
        assert_eq!(office.send().await, 0, "what may have gone out is not sent again");
    }
    assert_eq!(office.states().await, [State::Unknown, State::Unknown]);
    assert_eq!(office.credits(li).await, 0, "the credit may be gone, so it stays taken");
    assert_eq!(office.sent_calls().len(), 2);
}

async fn a_spent_quota_stops_every_message_until_the_next_day(world: &World) {
    let (office, li) = Office::open(world, 9).await;
    office
        .fake
        .answer_next(Endpoint::SubscribeSend, [Answer::Errcode(45_009, "reach max api daily quota limit")]);
    office.enqueue(office.message(li, "r1")).await;
    for id in ["r2", "r3", "r4"] {
        let mut later = office.message(li, id);
        later.send_at += TimeDelta::hours(1);
        office.enqueue(later).await;
    }
    assert_eq!(office.send().await, 1);
    let midnight: DateTime<Utc> = "2026-11-25T16:00:00Z".parse().unwrap();
    for row in office.rows().await {
        assert_eq!((row.state, row.next_at.0, row.attempts), (State::Pending, midnight, 0));
    }
    assert_eq!(office.credits(li).await, 9);
    office.clock.advance(TimeDelta::hours(13));
    assert_eq!(office.send().await, 0);
    office.clock.advance(TimeDelta::hours(1));
    assert_eq!(office.send().await, 4);
    assert_eq!(office.states().await, [State::Sent; 4]);
}

async fn a_template_wechat_does_not_know_is_put_out_of_use_and_its_messages_wait(world: &World) {
    let (office, li) = Office::open(world, 2).await;
    office.fake.answer_next(Endpoint::SubscribeSend, [Answer::Errcode(40_037, "invalid template_id")]);
    office.enqueue(office.message(li, "r1")).await;
    assert_eq!(office.send().await, 1);
    assert_eq!(office.send().await, 0);
    let template = message_template::Entity::find_by_id("activity_reminder");
    let template = template.one(office.state.database.reader()).await.unwrap().unwrap();
    assert_eq!((template.enabled, template.version), (false, 2));
    assert_eq!(template.disabled_reason.as_deref(), Some("unknown_template"));
    let row = &office.rows().await[0];
    assert_eq!((row.state, row.errcode, row.attempts), (State::Pending, Some(40_037), 0));
    assert_eq!(office.credits(li).await, 2);
}
