use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Asia::Shanghai;
use entity::measurement::{self, Clock, EnteredAs, Source, Validity};
use entity::{account, person};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::dto::{StepDay, StepStatus, WechatSteps};
use crate::consents::{ConsentGiven, Purpose};
use crate::error::{ApiError, ApiResult};
use crate::identity::caller::Resident;
use crate::identity::columns::{OPENID, SESSION_KEY};
use crate::people::age::civil_day;
use crate::people::no_such_person;
use crate::records::readings::intake::{Entry, Given, NewReading};
use crate::records::readings::{Content, Context, Part, Reason, keep_rejected, open, sealed};
use crate::records::span::start_of;
use crate::secret::Secret;
use crate::state::AppState;
use crate::vault::{CellAddress, Column, KeyOwner};
use crate::wechat::crypto::session_key::SessionKey;
use crate::wechat::crypto::user_data::{self, Expected};

const METRIC: &str = "steps";
/// WeChat tells 31 days; more is not looked at.
const MOST_DAYS: usize = 62;

#[derive(Deserialize)]
struct RunData {
    #[serde(rename = "stepInfoList")]
    days: Vec<RunDay>,
}

#[derive(Deserialize)]
struct RunDay {
    /// Seconds; the beginning of the day.
    timestamp: i64,
    step: i64,
}

/// Steps by day.
pub(super) type Days = BTreeMap<NaiveDate, i64>;

/// Opens what the phone handed over with the key of its session.
pub(super) async fn decrypted(
    state: &AppState,
    resident: &Resident,
    body: &WechatSteps,
    now: DateTime<Utc>,
) -> ApiResult<Days> {
    let reader = state.database.reader();
    let account = account::Entity::find_by_id(resident.account_id).one(reader).await?;
    let account = account.ok_or_else(no_such_person)?;
    let session_key = opened(state, account.id, SESSION_KEY, account.session_key_cell.as_deref()).await?;
    let openid = opened(state, account.id, OPENID, account.openid_cell.as_deref()).await?;
    let (Some(session_key), Some(openid)) = (session_key, openid) else {
        return Err(unreadable());
    };
    let key = SessionKey::from_base64(Secret::new(session_key)).map_err(|_no_key| unreadable())?;
    let expected = Expected { appid: state.wechat.client.appid(), openid: &openid, now };
    let data: RunData = user_data::open(&key, &body.encrypted_data, &body.iv, expected)
        .map_err(|_unreadable| unreadable())?;
    let today = civil_day(now);
    let mut days = Days::new();
    for day in data.days.iter().take(MOST_DAYS) {
        let Some(at) = DateTime::from_timestamp_secs(day.timestamp) else { continue };
        let date = civil_day(at);
        // A day that has not begun has no steps yet.
        if date <= today {
            days.insert(date, day.step);
        }
    }
    Ok(days)
}

async fn opened(
    state: &AppState,
    account_id: Uuid,
    column: Column,
    cell: Option<&[u8]>,
) -> ApiResult<Option<String>> {
    let Some(cell) = cell else {
        return Ok(None);
    };
    let address = CellAddress { column, row: account_id.as_bytes() };
    state.vault.open_text(state.database.reader(), address, cell).await.map(Some)
}

fn unreadable() -> ApiError {
    ApiError::Conflict {
        code: "wechat_data_unreadable",
        detail: "微信步数读取失败，请退出登录后重新登录，再打开一次。".into(),
    }
}

/// Keeps a reading for each day.
pub(super) async fn keep(
    state: &AppState,
    transaction: &DatabaseTransaction,
    (consent, account_id): (ConsentGiven, Uuid),
    days: &Days,
    now: DateTime<Utc>,
) -> ApiResult<Vec<StepDay>> {
    if consent.purpose() != Purpose::Steps {
        return Err(ApiError::Internal(anyhow::anyhow!("steps need the consent to steps")));
    }
    let person_id = consent.person_id();
    person::Entity::find_by_id(person_id).lock(LockType::NoKeyUpdate).one(transaction).await?;
    let uids: Vec<Uuid> = days.keys().map(|day| uid_of(*day)).collect();
    let known: BTreeMap<Uuid, measurement::Model> = measurement::Entity::find()
        .filter(measurement::Column::PersonId.eq(person_id))
        .filter(measurement::Column::Uid.is_in(uids))
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| (row.uid, row))
        .collect();
    let mut told = Vec::with_capacity(days.len());
    for (day, steps) in days {
        let row = known.get(&uid_of(*day)).cloned();
        let write = Write { state, transaction, person_id, account_id, now };
        told.push(StepDay { day: *day, steps: *steps, status: write.keep(*day, *steps, row).await? });
    }
    Ok(told)
}

/// The name of a day's steps: the same day is the same reading.
fn uid_of(day: NaiveDate) -> Uuid {
    let hash = Sha256::digest(format!("wechat steps {day}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

struct Write<'w> {
    state: &'w AppState,
    transaction: &'w DatabaseTransaction,
    person_id: Uuid,
    account_id: Uuid,
    now: DateTime<Utc>,
}

impl Write<'_> {
    async fn keep(
        &self,
        day: NaiveDate,
        steps: i64,
        known: Option<measurement::Model>,
    ) -> ApiResult<StepStatus> {
        let metric = self.state.catalogue.metric(METRIC);
        let component = metric.and_then(|metric| metric.component("value"));
        if !component.is_some_and(|component| component.is_possible(steps)) {
            self.reject(day, steps).await?;
            return Ok(StepStatus::Quarantined);
        }
        let Some(row) = known else {
            self.insert(day, steps).await?;
            return Ok(StepStatus::Recorded);
        };
        if row.validity != Validity::Valid {
            return Ok(StepStatus::Unchanged);
        }
        let id = row.id;
        let before = open(self.state, self.transaction, row).await?;
        let before = before.content.as_ref().and_then(|content| content.steps("value"));
        if before.is_some_and(|before| before >= steps) {
            return Ok(StepStatus::Unchanged);
        }
        measurement::Entity::update_many()
            .col_expr(measurement::Column::ValueCell, Expr::value(Some(self.cell(id, steps).await?)))
            .col_expr(measurement::Column::ReceivedAt, Expr::value(self.now.timestamp_millis()))
            .filter(measurement::Column::Id.eq(id))
            .filter(measurement::Column::PersonId.eq(self.person_id))
            .exec(self.transaction)
            .await?;
        Ok(StepStatus::Grown)
    }

    async fn insert(&self, day: NaiveDate, steps: i64) -> ApiResult<()> {
        let id = self.state.random.id(self.now);
        let Some(start) = start_of(day) else {
            return Ok(());
        };
        let row = measurement::Model {
            person_id: self.person_id,
            metric: METRIC.to_owned(),
            measured_at: start.timestamp_millis(),
            id,
            offset_min: 480,
            received_at: self.now.into(),
            clock: Clock::Synced,
            source: Source::Wechat,
            hut_id: None,
            device_id: None,
            entered_as: EnteredAs::Own,
            entered_by: Some(self.account_id),
            uid: uid_of(day),
            validity: Validity::Valid,
            replaced_by: None,
            ended_at: None,
            value_cell: Some(self.cell(id, steps).await?),
        };
        measurement::Entity::insert(row.into_active_model()).exec_without_returning(self.transaction).await?;
        Ok(())
    }

    async fn cell(&self, id: Uuid, steps: i64) -> ApiResult<Vec<u8>> {
        let owner = KeyOwner::Person(self.person_id);
        let sealer = self.state.vault.sealer(self.transaction, owner).await?;
        let part = Part("value".to_owned(), steps, steps.to_string(), "{steps}".to_owned());
        let content =
            Content { parts: vec![part], context: Context::default(), doubt: None, findings: Vec::new() };
        sealed(&sealer, id, &content)
    }

    async fn reject(&self, day: NaiveDate, steps: i64) -> ApiResult<()> {
        let Some(start) = start_of(day) else {
            return Ok(());
        };
        let owner = KeyOwner::Person(self.person_id);
        let sealer = self.state.vault.sealer(self.transaction, owner).await?;
        let entry = Entry {
            source: Source::Wechat,
            hut_id: None,
            entered_as: EnteredAs::Own,
            entered_by: Some(self.account_id),
        };
        let given = Given { value: steps.to_string(), unit: Some("{steps}".to_owned()) };
        let reading = NewReading {
            uid: uid_of(day),
            metric: METRIC.to_owned(),
            values: BTreeMap::from([("value".to_owned(), given)]),
            measured_at: start.with_timezone(&Shanghai).fixed_offset(),
            clock: Clock::Synced,
            context: Context::default(),
            device_id: None,
            confirmed: false,
            replaces: None,
        };
        let whose = (self.state, self.transaction, &sealer);
        keep_rejected(whose, self.person_id, &entry, &reading, Reason::OutOfRange, self.now).await
    }
}
