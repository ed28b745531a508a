//! The persons who share their records with the officers of a community: one statement, whatever their number.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::follow_up::{self, Outcome};
use entity::proxy::Capacity;
use entity::{consent, person, record_alert, record_digest};
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{ActiveEnum, ConnectionTrait, FromQueryResult, Iden};
use uuid::Uuid;

use super::rules::Standing;
use crate::consents::{Purpose, has_lapsed};
use crate::error::ApiResult;
use crate::people::age::{LifeStage, civil_day};
use crate::people::profile::BIRTH_DATE;
use crate::records::alerts;
use crate::records::digest::{DIGEST, Digest, stored};
use crate::state::AppState;

/// One person who shares.
#[derive(Clone, Debug)]
pub(super) struct Sharer {
    pub(super) person_id: Uuid,
    pub(super) region_code: String,
    pub(super) shares_since: DateTime<Utc>,
    pub(super) last_measured_at: Option<DateTime<Utc>>,
    pub(super) digest: Digest,
    pub(super) standing: Option<Standing>,
    pub(super) has_alert: bool,
    birth_date_cell: Option<Vec<u8>>,
    given_as: Capacity,
}

#[cfg(test)]
impl Sharer {
    /// Somebody whom nobody called yet.
    pub(super) fn for_test(
        shares_since: DateTime<Utc>,
        last_measured_at: Option<DateTime<Utc>>,
        digest: Digest,
    ) -> Self {
        Self {
            person_id: Uuid::nil(),
            region_code: String::new(),
            shares_since,
            last_measured_at,
            digest,
            standing: None,
            has_alert: false,
            birth_date_cell: None,
            given_as: Capacity::Own,
        }
    }
}

#[derive(Debug, FromQueryResult)]
struct Row {
    person_id: Uuid,
    region_code: String,
    birth_date_cell: Option<Vec<u8>>,
    given_as: Capacity,
    granted_at: ChronoUnixTimestampMillis,
    last_measured_at: Option<ChronoUnixTimestampMillis>,
    digest_cell: Option<Vec<u8>>,
    outcome: Option<Outcome>,
    called_at: Option<ChronoUnixTimestampMillis>,
    next_on: Option<NaiveDate>,
    agreed: Option<bool>,
}

impl Row {
    fn standing(&self) -> Option<Standing> {
        Some(Standing {
            outcome: self.outcome?,
            called_at: *self.called_at?,
            next_on: self.next_on?,
            agreed: self.agreed?,
        })
    }
}

/// Everybody in these communities who shares, or the one with this id.
pub(super) async fn sharers(
    state: &AppState,
    connection: &impl ConnectionTrait,
    communities: &[String],
    only: Option<Uuid>,
    now: DateTime<Utc>,
) -> ApiResult<Vec<Sharer>> {
    if communities.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    for row in connection.query_all(&select(communities, only)).await? {
        rows.push(Row::from_query_result(&row, "")?);
    }
    let alerted: HashSet<Uuid> = alerts::unsettled(connection, ids(communities, only))
        .await?
        .into_iter()
        .map(|alert: record_alert::Model| alert.person_id)
        .collect();
    let mut sharers = opened(state, connection, rows, &alerted).await?;
    drop_lapsed(state, connection, &mut sharers, now).await?;
    Ok(sharers)
}

async fn opened(
    state: &AppState,
    connection: &impl ConnectionTrait,
    rows: Vec<Row>,
    alerted: &HashSet<Uuid>,
) -> ApiResult<Vec<Sharer>> {
    let cells: Vec<(&[u8], &[u8])> = rows
        .iter()
        .filter_map(|row| Some((row.person_id.as_bytes().as_slice(), row.digest_cell.as_deref()?)))
        .collect();
    let mut plain = state.vault.open_many(connection, DIGEST, &cells).await?.into_iter();
    let mut sharers = Vec::with_capacity(rows.len());
    for row in rows {
        let digest = match row.digest_cell.as_ref().map(|_| plain.next().flatten()) {
            None => Some(Digest::default()),
            // Whose key was destroyed a moment ago is nobody any more.
            Some(None) => None,
            Some(Some(plain)) => Some(stored::read(&plain)?),
        };
        let Some(digest) = digest else { continue };
        sharers.push(Sharer {
            standing: row.standing(),
            has_alert: alerted.contains(&row.person_id),
            person_id: row.person_id,
            region_code: row.region_code,
            shares_since: *row.granted_at,
            last_measured_at: row.last_measured_at.map(|at| *at),
            digest,
            birth_date_cell: row.birth_date_cell,
            given_as: row.given_as,
        });
    }
    Ok(sharers)
}

/// What a guardian agreed to lapses with the years of the child.
async fn drop_lapsed(
    state: &AppState,
    connection: &impl ConnectionTrait,
    sharers: &mut Vec<Sharer>,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let guarded: Vec<&Sharer> =
        sharers.iter().filter(|sharer| sharer.given_as == Capacity::Guardian).collect();
    if guarded.is_empty() {
        return Ok(());
    }
    let born = birth_dates(state, connection, &guarded).await?;
    let today = civil_day(now);
    sharers.retain(|sharer| {
        let stage = born.get(&sharer.person_id).map(|born| LifeStage::on(*born, today));
        !has_lapsed(sharer.given_as, Purpose::Sharing, stage)
    });
    Ok(())
}

/// When persons were born, where that is known.
pub(super) async fn birth_dates(
    state: &AppState,
    connection: &impl ConnectionTrait,
    sharers: &[&Sharer],
) -> ApiResult<HashMap<Uuid, NaiveDate>> {
    let known: Vec<(Uuid, &[u8])> = sharers
        .iter()
        .filter_map(|sharer| Some((sharer.person_id, sharer.birth_date_cell.as_deref()?)))
        .collect();
    let cells: Vec<(&[u8], &[u8])> =
        known.iter().map(|(id, cell)| (id.as_bytes().as_slice(), *cell)).collect();
    let plain = state.vault.open_many(connection, BIRTH_DATE, &cells).await?;
    let born = known.iter().zip(plain).filter_map(|((id, _), plain)| {
        let text = String::from_utf8(plain?.to_vec()).ok()?;
        Some((*id, text.parse().ok()?))
    });
    Ok(born.collect())
}

fn column(table: &'static str, column: &dyn Iden) -> Expr {
    Expr::col((Alias::new(table), Alias::new(column.to_string())))
}

/// The ids of those who share.
fn ids(communities: &[String], only: Option<Uuid>) -> SelectStatement {
    let mut select = Query::select();
    select.expr(column("person", &person::Column::Id));
    from_sharers(&mut select, communities, only);
    select
}

fn from_sharers(select: &mut SelectStatement, communities: &[String], only: Option<Uuid>) {
    select.from(person::Entity).and_where(column("person", &person::Column::Status).eq("active")).and_where(
        column("person", &person::Column::RegionCode).is_in(communities.iter().map(String::as_str)),
    );
    for (alias, purpose) in [("shared", Purpose::Sharing), ("kept", Purpose::Records)] {
        let given = column(alias, &consent::Column::PersonId)
            .equals((Alias::new("person"), Alias::new("id")))
            .and(column(alias, &consent::Column::Purpose).eq(purpose.as_str()))
            .and(column(alias, &consent::Column::EndedAt).is_null());
        select.join_as(JoinType::InnerJoin, consent::Entity, Alias::new(alias), given);
    }
    if let Some(only) = only {
        select.and_where(column("person", &person::Column::Id).eq(only));
    }
}

fn select(communities: &[String], only: Option<Uuid>) -> SelectStatement {
    let mut select = Query::select();
    select
        .expr_as(column("person", &person::Column::Id), "person_id")
        .expr(column("person", &person::Column::RegionCode))
        .expr(column("person", &person::Column::BirthDateCell))
        .expr(column("shared", &consent::Column::GivenAs))
        .expr(column("shared", &consent::Column::GrantedAt))
        .expr(column("record_digest", &record_digest::Column::LastMeasuredAt))
        .expr(column("record_digest", &record_digest::Column::DigestCell))
        .expr(column("follow_up", &follow_up::Column::Outcome))
        .expr(column("follow_up", &follow_up::Column::CalledAt))
        .expr(column("follow_up", &follow_up::Column::NextOn))
        .expr(column("follow_up", &follow_up::Column::Agreed));
    from_sharers(&mut select, communities, only);
    for (table, person_id) in [
        ("record_digest", record_digest::Column::PersonId.to_string()),
        ("follow_up", follow_up::Column::PersonId.to_string()),
    ] {
        let of_person = Expr::col((Alias::new(table), Alias::new(person_id)))
            .equals((Alias::new("person"), Alias::new("id")));
        select.join(JoinType::LeftJoin, Alias::new(table), of_person);
    }
    select
}

/// The word of an outcome as the database names it.
pub(super) fn word(outcome: Outcome) -> String {
    outcome.to_value()
}
