//! The list of ten thousand activities, beside ready answers, and the audit of a hundred thousand
//! registrations.

use std::time::Instant;

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use entity::activity::{self, Status};
use entity::registration::{self, Channel};
use entity::{account, registration_person};
use kangtu::random::Random;
use kangtu::registrations::audit_all;
use kangtu::state::AppState;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::throughput::{pair, ready_requests};
use super::{answers, mean_kb, requests};
use crate::load::{Series, alternate};
use crate::residents;
use crate::routes::{self, ReadyAnswer};
use crate::server::Server;
use crate::table::Figure;

const ACTIVITIES: usize = 10_000;
/// Seats of each activity, all of them taken, each by another family.
const SEATS: i32 = 10;
/// Rows per statement.
const BATCH: usize = 50;

/// Measures both on SQLite.
pub(crate) async fn measure() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::Builder::new().prefix("kangtu-bench-").tempdir()?;
    let server = Server::start(residents::settings(folder.path(), None, None)?)?;
    residents::log_in(&server, usize::try_from(SEATS)?).await?;
    fill(&server.state).await?;
    let paths = ["/api/v1/activities".to_owned(), "/api/v1/activities?kind=lecture".to_owned()];
    let lists = answers(&server, &paths).await?;
    routes::set_ready(lists.iter().map(ReadyAnswer::like).collect::<anyhow::Result<_>>()?);
    let [list, ready] = alternate([
        &mut Series::open(&server, requests(&server, &paths)).await?,
        &mut Series::open(&server, ready_requests(&server, "ready", 0, lists.len())).await?,
    ])
    .await?;
    let began = Instant::now();
    let wrong = audit_all(&server.state).await;
    let audit_s = began.elapsed().as_secs_f64();
    ensure!(wrong.is_ok_and(|wrong| wrong.is_empty()), "the seats do not add up");
    server.stop().await?;
    Ok(vec![
        Figure::at_least(
            format!("first page of {ACTIVITIES} activities, {:.0} kB, against ready bytes", mean_kb(&lists)),
            list.ratio_to(&ready),
            0.3,
            pair(&list, &ready),
        ),
        Figure::within("audit of 100,000 registrations", audit_s, 1.0, "one statement".to_owned()),
    ])
}

async fn fill(state: &AppState) -> anyhow::Result<()> {
    let now = state.clock.now();
    let model = activity::Entity::find()
        .filter(activity::Column::Status.eq(Status::Published))
        .filter(activity::Column::StartsAt.gt(now.timestamp_millis()))
        .order_by_asc(activity::Column::Id)
        .one(state.database.reader())
        .await?
        .context("no seeded activity is to come")?;
    let accounts = account::Entity::find().all(state.database.reader()).await?;
    let random = state.random.clone();
    let filled = state.database.write(move |transaction| {
        let (model, accounts, random) = (model.clone(), accounts.clone(), random.clone());
        Box::pin(async move {
            let revision = kangtu::activities::revision::raise(transaction, now).await?;
            let copy = activity::ActiveModel {
                id: ActiveValue::NotSet,
                title: ActiveValue::Set("很多活动中的一个".to_owned()),
                changed_revision: ActiveValue::Set(revision),
                capacity: ActiveValue::Set(SEATS),
                target_capacity: ActiveValue::Set(SEATS),
                taken: ActiveValue::Set(SEATS),
                ..model.into_active_model().reset_all()
            };
            for _ in 0..ACTIVITIES / BATCH {
                let copies = vec![copy.clone(); BATCH];
                activity::Entity::insert_many(copies).exec_without_returning(transaction).await?;
            }
            let copies = activity::Column::Title.eq("很多活动中的一个");
            for row in activity::Entity::find().filter(copies).all(transaction).await? {
                take_all_seats(transaction, &row, &accounts, &random, now).await?;
            }
            Ok(())
        })
    });
    filled.await?;
    state.activities.refresh(&state.database).await?;
    Ok(())
}

async fn take_all_seats(
    transaction: &DatabaseTransaction,
    activity: &activity::Model,
    accounts: &[account::Model],
    random: &Random,
    now: DateTime<Utc>,
) -> Result<(), sea_orm::DbErr> {
    let (mut entries, mut people) = (Vec::new(), Vec::new());
    for account in accounts {
        let id = random.id(now);
        entries.push(confirmed(id, activity.id, account.id, now));
        people.push(registration_person::ActiveModel {
            id: ActiveValue::Set(random.id(now)),
            registration_id: ActiveValue::Set(id),
            activity_id: ActiveValue::Set(activity.id),
            person_id: ActiveValue::Set(account.person_id),
            position: ActiveValue::Set(1),
            status: ActiveValue::Set(registration::Status::Confirmed),
            ..Default::default()
        });
    }
    registration::Entity::insert_many(entries).exec_without_returning(transaction).await?;
    registration_person::Entity::insert_many(people).exec_without_returning(transaction).await?;
    Ok(())
}

fn confirmed(id: Uuid, activity_id: i32, account_id: Uuid, now: DateTime<Utc>) -> registration::ActiveModel {
    registration::ActiveModel {
        id: ActiveValue::Set(id),
        activity_id: ActiveValue::Set(activity_id),
        account_id: ActiveValue::Set(Some(account_id)),
        channel: ActiveValue::Set(Channel::Own),
        status: ActiveValue::Set(registration::Status::Confirmed),
        seats: ActiveValue::Set(1),
        confirmed_at: ActiveValue::Set(Some(now.into())),
        version: ActiveValue::Set(1),
        created_at: ActiveValue::Set(now.into()),
        updated_at: ActiveValue::Set(now.into()),
        ..Default::default()
    }
}
