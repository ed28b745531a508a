//! Subscribe messages: credits, the outbox, and what staff see of it.

mod answers;
mod comparison;
mod events;
mod outbox;
mod replicas;
mod staff;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use chrono::TimeDelta;
use entity::message_outbox::{self, State};
use entity::proxy::Capacity;
use entity::{consent, message_credit, message_template};
use kangtu::app::Application;
use kangtu::clock::Clock;
use kangtu::config::Settings;
use kangtu::http::client_address::ClientAddress;
use kangtu::identity::accounts;
use kangtu::identity::origin::Origin;
use kangtu::messages::{self, Enqueued, Message, Reason, sender};
use kangtu::state::AppState;
use kangtu::wechat::client::Endpoint;
use kangtu::wechat::fake::{FakeWechat, RecordedCall};
use sea_orm::{ActiveValue, EntityTrait, IntoActiveModel, QueryOrder};
use serde_json::json;
use uuid::Uuid;

use crate::support::world::{World, wednesday_morning};

const REMINDER: &str = "tReminder";

/// A server's state without its jobs, so that only the test sends.
struct Office {
    state: AppState,
    clock: Clock,
    fake: FakeWechat,
    _application: Application,
}

impl Office {
    /// With a resident `dev-li` who has agreed to `credits` reminders. Gives the resident's account.
    async fn open(world: &World, credits: i32) -> (Self, Uuid) {
        let office = Self::on(world.settings(), Clock::fixed(wednesday_morning())).await;
        office.template(message_template::Kind::Once, true).await;
        let account_id = office.resident("dev-li").await;
        office.credit(account_id, credits, message_credit::Status::Accept).await;
        (office, account_id)
    }

    async fn on(settings: Settings, clock: Clock) -> Self {
        let application = Application::build(settings, clock.clone()).await.unwrap();
        let state = application.state().clone();
        let fake = state.wechat.fake.clone().unwrap();
        Self { state, clock, fake, _application: application }
    }

    async fn resident(&self, openid: &str) -> Uuid {
        let session = self.state.wechat.client.login(openid).await.unwrap();
        let origin = Origin {
            address: ClientAddress(Ipv4Addr::LOCALHOST.into()),
            device: "测试".to_owned(),
            request_id: None,
        };
        let logged_in = accounts::log_in(&self.state, &session, &origin, self.clock.now()).await;
        let account = logged_in.unwrap().account;
        self.agree(&account).await;
        account.id
    }

    /// The resident agrees to be sent messages.
    async fn agree(&self, account: &entity::account::Model) {
        let now = self.clock.now();
        let row = consent::Model {
            id: self.state.random.id(now),
            person_id: account.person_id,
            purpose: "messages".to_owned(),
            text_version: 1,
            given_by_account_id: account.id,
            given_as: Capacity::Own,
            granted_at: now.into(),
            ended_at: None,
            end_reason: None,
        };
        self.insert::<consent::Entity>(row.into_active_model()).await;
    }

    async fn template(&self, kind: message_template::Kind, enabled: bool) {
        let row = message_template::Model {
            biz_key: "activity_reminder".to_owned(),
            template_id: REMINDER.to_owned(),
            title: "活动开始提醒".to_owned(),
            kind,
            fields: json!([{"key": "thing1", "source": "title"}, {"key": "time2", "source": "starts_at"}]),
            page: Some("pages/activity/activity".to_owned()),
            enabled,
            disabled_reason: None,
            version: 1,
            updated_at: self.clock.now().into(),
        };
        self.insert::<message_template::Entity>(row.into_active_model()).await;
    }

    async fn credit(&self, account_id: Uuid, credits: i32, status: message_credit::Status) {
        let row = message_credit::ActiveModel {
            account_id: ActiveValue::Set(account_id),
            template_id: ActiveValue::Set(REMINDER.to_owned()),
            credits: ActiveValue::Set(credits),
            status: ActiveValue::Set(status),
            updated_at: ActiveValue::Set(self.clock.now().into()),
        };
        self.insert::<message_credit::Entity>(row).await;
    }

    async fn insert<E: EntityTrait>(&self, row: E::ActiveModel)
    where
        E::ActiveModel: Send + Sync + 'static,
    {
        let inserted = self.state.database.write(move |transaction| {
            let row = row.clone();
            Box::pin(async move {
                E::insert(row).exec_without_returning(transaction).await?;
                Ok(())
            })
        });
        inserted.await.unwrap();
    }

    fn message(&self, account_id: Uuid, registration: &str) -> Message {
        let now = self.clock.now();
        Message {
            account_id,
            biz_key: "activity_reminder",
            reason: Reason { kind: "registration", id: registration.to_owned() },
            values: BTreeMap::from([
                ("title".to_owned(), "王芳的高血压讲座".to_owned()),
                ("starts_at".to_owned(), "2026年11月28日 15:01".to_owned()),
            ]),
            page_query: Some(format!("id={registration}")),
            send_at: now,
            expires_at: now + TimeDelta::days(3),
        }
    }

    async fn enqueue(&self, message: Message) -> Enqueued {
        let (state, now) = (self.state.clone(), self.clock.now());
        let enqueued = self.state.database.write(move |transaction| {
            let (state, message) = (state.clone(), message.clone());
            Box::pin(async move { messages::enqueue(&state, transaction, &message, now).await })
        });
        enqueued.await.unwrap()
    }

    /// Runs the sender once; gives the number of calls it made.
    async fn send(&self) -> u64 {
        sender::run(&self.state, self.clock.now()).await.unwrap()
    }

    fn sent_calls(&self) -> Vec<RecordedCall> {
        self.fake.calls(Endpoint::SubscribeSend)
    }

    async fn rows(&self) -> Vec<message_outbox::Model> {
        let query = message_outbox::Entity::find().order_by_asc(message_outbox::Column::BizId);
        query.all(self.state.database.reader()).await.unwrap()
    }

    async fn states(&self) -> Vec<State> {
        self.rows().await.into_iter().map(|row| row.state).collect()
    }

    async fn credits(&self, account_id: Uuid) -> i32 {
        credits(&self.state, account_id).await
    }
}

async fn credits(state: &AppState, account_id: Uuid) -> i32 {
    let credit = message_credit::Entity::find_by_id((account_id, REMINDER.to_owned()));
    credit.one(state.database.reader()).await.unwrap().map_or(0, |credit| credit.credits)
}
