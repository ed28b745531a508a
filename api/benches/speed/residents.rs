//! Residents who have logged in, and an activity for which they all want a seat.

use std::collections::VecDeque;
use std::path::Path;

use anyhow::Context;
use entity::activity::{self, WaitingList};
use kangtu::config::{Settings, Switch};
use kangtu::state::AppState;
use sea_orm::{ActiveValue, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::client::{Connection, Request};
use crate::server::Server;

/// Seats of the activity.
pub(crate) const SEATS: usize = 200;
/// Residents who log in at once.
const LOG_INS: usize = 32;

/// A resident's session.
#[derive(Clone, Debug)]
pub(crate) struct Resident {
    /// Access token.
    pub(crate) token: String,
    /// The resident as a person.
    pub(crate) person_id: String,
}

/// Settings of a server on the database in this folder, or at `database_url`.
pub(crate) fn settings(
    folder: &Path,
    database_url: Option<String>,
    write_line: Option<usize>,
) -> anyhow::Result<Settings> {
    let defaults = Settings::from_defaults()?;
    Ok(Settings {
        listen: "127.0.0.1:0".parse()?,
        metrics_listen: "127.0.0.1:0".parse()?,
        data: folder.to_owned(),
        database_url,
        database_wait_ms: 10_000,
        workers: Some(1),
        drain_limit_s: 5,
        log: "off".to_owned(),
        rate_limits: Switch::Off,
        jobs: Switch::Off,
        write_line: write_line.unwrap_or(defaults.write_line),
        ..defaults
    })
}

/// Logs so many residents in, each for the first time.
pub(crate) async fn log_in(server: &Server, count: usize) -> anyhow::Result<Vec<Resident>> {
    let mut waiting: VecDeque<usize> = (0..count).collect();
    let mut clients = JoinSet::new();
    while !waiting.is_empty() {
        let share: Vec<usize> = waiting.drain(..waiting.len().min(count.div_ceil(LOG_INS))).collect();
        let address = server.address;
        clients.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut residents = Vec::with_capacity(share.len());
            for number in share {
                let body = json!({"code": format!("dev-bench-{number}")});
                let request = Request::post_json(address, "/api/v1/auth/wechat", "", &body);
                let answer: Value = serde_json::from_slice(&connection.fetch(&request).await?.body)?;
                let word = |name: &str| answer[name].as_str().map(str::to_owned).context("no log-in");
                residents.push(Resident { token: word("access_token")?, person_id: word("person_id")? });
            }
            anyhow::Ok(residents)
        });
    }
    let mut residents = Vec::with_capacity(count);
    while let Some(ended) = clients.join_next().await {
        residents.extend(ended??);
    }
    Ok(residents)
}

/// A seeded activity with [`SEATS`] seats and a line without an end.
pub(crate) async fn activity_for_all(state: &AppState) -> anyhow::Result<i32> {
    let seats = i32::try_from(SEATS)?;
    let wanted = activity::Column::TargetCapacity.eq(seats);
    let found = activity::Entity::find().filter(wanted).one(state.database.reader()).await?;
    let id = found.context("no seeded activity has so many seats")?.id;
    let now = state.clock.now();
    let changed = state.database.write(move |transaction| {
        Box::pin(async move {
            let revision = kangtu::activities::revision::raise(transaction, now).await?;
            let change = activity::ActiveModel {
                id: ActiveValue::Unchanged(id),
                waiting_list: ActiveValue::Set(WaitingList::Automatic),
                changed_revision: ActiveValue::Set(revision),
                ..Default::default()
            };
            activity::Entity::update(change).exec(transaction).await?;
            Ok(())
        })
    });
    changed.await?;
    state.activities.refresh(&state.database).await?;
    Ok(id)
}
