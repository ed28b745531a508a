//! Closures and extra links that officers draw. They hold at once, on every replica.

use actix_web::HttpRequest;
use anyhow::Context;
use entity::walking_edit::{self, Kind};
use geo::Geometry;
use geodata::geometry::{faults, from_wkb, read_geometry, to_wkb, write_geometry};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::dto::{NewWalkingEdit, WalkingEdit, WalkingEditList};
use super::load::raise_revision;
use crate::audit::{self, Action, Actor};
use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::{FieldErrors, wrong};
use crate::http::if_match::IfMatch;
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::ReviewMap;
use crate::regions::RegionScope;
use crate::state::AppState;

const LONGEST_REASON: usize = 200;
/// Nobody draws finer by hand.
const MOST_POSITIONS: usize = 2_000;
/// Closures and links of one region; each change puts the network together anew.
const MOST_EDITS: u64 = 500;
const DECIMALS: u8 = 7;

/// The officer who draws.
#[derive(Clone, Debug)]
pub(super) struct Officer {
    staff_id: Uuid,
    scope: RegionScope,
    origin: Origin,
}

impl Officer {
    pub(super) fn new(caller: &Permitted<ReviewMap>, request: &HttpRequest) -> Self {
        Self { staff_id: caller.staff_id, scope: caller.scope().clone(), origin: Origin::of(request) }
    }

    async fn note(
        &self,
        transaction: &DatabaseTransaction,
        state: &AppState,
        row: &walking_edit::Model,
    ) -> ApiResult<()> {
        let event = self
            .origin
            .event(Action::WalkingChanged, Actor::Staff(self.staff_id))
            .on("walking_edit", row.id)
            .in_region(&row.region_code);
        audit::append(transaction, &event, state.clock.now()).await
    }
}

/// Which part of a list.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) region: Option<String>,
    pub(super) after: i32,
    pub(super) limit: usize,
}

/// One page of what is drawn in a scope.
pub(super) async fn list(
    state: &AppState,
    scope: &RegionScope,
    kind: Kind,
    page: Page,
) -> ApiResult<WalkingEditList> {
    let tree = state.regions.current();
    if let Some(region) = &page.region {
        scope.require(region)?;
    }
    let wanted = |code: &&str| page.region.as_ref().is_none_or(|region| tree.is_within(code, region));
    let codes: Vec<&str> = scope.codes().filter(wanted).collect();
    let mut rows = walking_edit::Entity::find()
        .filter(
            Condition::all()
                .add(walking_edit::Column::Kind.eq(kind))
                .add(walking_edit::Column::RegionCode.is_in(codes))
                .add(walking_edit::Column::Id.gt(page.after)),
        )
        .order_by_asc(walking_edit::Column::Id)
        .limit(page.limit as u64 + 1)
        .all(state.database.reader())
        .await?;
    let more = rows.len() > page.limit;
    rows.truncate(page.limit);
    let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
    Ok(WalkingEditList { items: rows.into_iter().map(told).collect::<ApiResult<_>>()?, next })
}

/// Draws one.
pub(super) async fn add(
    state: &AppState,
    officer: Officer,
    kind: Kind,
    new: NewWalkingEdit,
) -> ApiResult<WalkingEdit> {
    let drawn = Drawn::check(state, &officer, kind, new).await?;
    let shared = state.clone();
    let written = state.database.write(move |transaction| {
        let (state, officer, drawn) = (shared.clone(), officer.clone(), drawn.clone());
        Box::pin(async move {
            // Locks the one row of revisions, so that nobody else counts at the same time.
            raise_revision(transaction).await?;
            require_room(transaction, &drawn.region_code).await?;
            let mut row = walking_edit::Model {
                id: 0,
                kind,
                region_code: drawn.region_code,
                geometry: drawn.geometry,
                reason: drawn.reason,
                from_at: drawn.from_at,
                until_at: drawn.until_at,
                version: 1,
                created_by: officer.staff_id,
                created_at: state.clock.now().into(),
            };
            let mut new_row = row.clone().into_active_model();
            new_row.id = ActiveValue::NotSet;
            row.id = walking_edit::Entity::insert(new_row).exec(transaction).await?.last_insert_id;
            officer.note(transaction, &state, &row).await?;
            Ok(row)
        })
    });
    let row = written.await?;
    state.walking.refresh(&state.database, state.clock.now()).await?;
    told(row)
}

/// Draws one anew.
pub(super) async fn change(
    state: &AppState,
    officer: Officer,
    kind: Kind,
    id: i32,
    version: IfMatch,
    new: NewWalkingEdit,
) -> ApiResult<WalkingEdit> {
    let drawn = Drawn::check(state, &officer, kind, new).await?;
    let shared = state.clone();
    let written = state.database.write(move |transaction| {
        let (state, officer, drawn) = (shared.clone(), officer.clone(), drawn.clone());
        Box::pin(async move {
            raise_revision(transaction).await?;
            let mut row = own(transaction, &officer, kind, id).await?;
            version.require(row.version)?;
            row.region_code = drawn.region_code;
            row.geometry = drawn.geometry;
            row.reason = drawn.reason;
            row.from_at = drawn.from_at;
            row.until_at = drawn.until_at;
            row.version = row.version.saturating_add(1);
            let mut edited = row.clone().into_active_model().reset_all();
            edited.id = ActiveValue::Unchanged(id);
            walking_edit::Entity::update(edited).exec(transaction).await?;
            officer.note(transaction, &state, &row).await?;
            Ok(row)
        })
    });
    let row = written.await?;
    state.walking.refresh(&state.database, state.clock.now()).await?;
    told(row)
}

/// Takes one away.
pub(super) async fn remove(
    state: &AppState,
    officer: Officer,
    kind: Kind,
    id: i32,
    version: IfMatch,
) -> ApiResult<()> {
    let shared = state.clone();
    let removed = state.database.write(move |transaction| {
        let (state, officer) = (shared.clone(), officer.clone());
        Box::pin(async move {
            raise_revision(transaction).await?;
            let row = own(transaction, &officer, kind, id).await?;
            version.require(row.version)?;
            walking_edit::Entity::delete_by_id(id).exec(transaction).await?;
            officer.note(transaction, &state, &row).await
        })
    });
    removed.await?;
    state.walking.refresh(&state.database, state.clock.now()).await
}

async fn require_room(transaction: &DatabaseTransaction, region_code: &str) -> ApiResult<()> {
    let of_region = walking_edit::Entity::find().filter(walking_edit::Column::RegionCode.eq(region_code));
    if of_region.count(transaction).await? < MOST_EDITS {
        return Ok(());
    }
    Err(ApiError::Conflict {
        code: "too_many_edits",
        detail: "这个区划的封闭和连接已达 500 处，请先删除不再需要的。".into(),
    })
}

async fn own(
    transaction: &DatabaseTransaction,
    officer: &Officer,
    kind: Kind,
    id: i32,
) -> ApiResult<walking_edit::Model> {
    let row = walking_edit::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
    let row = row.filter(|row| row.kind == kind && officer.scope.covers(&row.region_code));
    row.ok_or_else(|| ApiError::NotFound {
        code: "not_found",
        detail: "没有找到，或者不在您负责的区域内。".into(),
    })
}

/// What an officer drew, checked.
#[derive(Clone, Debug)]
struct Drawn {
    region_code: String,
    geometry: Vec<u8>,
    reason: String,
    from_at: Option<sea_orm::prelude::ChronoUnixTimestampMillis>,
    until_at: Option<sea_orm::prelude::ChronoUnixTimestampMillis>,
}

impl Drawn {
    async fn check(state: &AppState, officer: &Officer, kind: Kind, new: NewWalkingEdit) -> ApiResult<Self> {
        officer.scope.require(&new.region_code)?;
        let mut errors = FieldErrors::default();
        let reason = new.reason.trim().to_owned();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            errors.add("/reason", "bad_reason", "请用 1 到 200 个字说明原因。");
        }
        if new.from_at.zip(new.until_at).is_some_and(|(from, until)| until <= from) {
            errors.add("/until_at", "bad_period", "结束时间必须晚于开始时间。");
        } else if new.until_at.is_some_and(|until| until <= state.clock.now()) {
            errors.add("/until_at", "bad_period", "结束时间已经过去，请改成以后的时间，或留空表示一直有效。");
        }
        errors.finish()?;
        let geometry = shape(kind, &Value::Object(new.geometry))?;
        fits(state, kind, &new.region_code, &geometry).await?;
        Ok(Self {
            region_code: new.region_code,
            geometry: to_wkb(&geometry),
            reason,
            from_at: new.from_at.map(Into::into),
            until_at: new.until_at.map(Into::into),
        })
    }
}

fn shape(kind: Kind, value: &Value) -> ApiResult<Geometry<f64>> {
    let bad = |message: String| wrong("/geometry", "bad_geometry", message);
    let geometry = read_geometry(value).map_err(|error| bad(format!("{error}。")))?;
    if geo::CoordsIter::coords_count(&geometry) > MOST_POSITIONS {
        return Err(bad(format!("坐标点超过 {MOST_POSITIONS} 个，请简化后再提交。")));
    }
    let is_right = match kind {
        Kind::Link => matches!(&geometry, Geometry::LineString(line) if line.0.len() >= 2),
        Kind::Closure => matches!(
            &geometry,
            Geometry::Point(_)
                | Geometry::LineString(_)
                | Geometry::MultiLineString(_)
                | Geometry::Polygon(_)
                | Geometry::MultiPolygon(_)
        ),
    };
    if !is_right {
        let wanted = match kind {
            Kind::Link => "连接请画成一条线（LineString）。",
            Kind::Closure => "封闭请画成点、线或面。",
        };
        return Err(bad(wanted.to_owned()));
    }
    match faults(&geometry).first() {
        Some(fault) => Err(bad(format!("{fault}。"))),
        None => Ok(geometry),
    }
}

/// Whether the drawing meets the network it is drawn on.
async fn fits(state: &AppState, kind: Kind, region_code: &str, geometry: &Geometry<f64>) -> ApiResult<()> {
    let walking = state.walking.at(&state.database, state.clock.now()).await?;
    let Some(network) = walking.of_region([region_code].into_iter()) else {
        return Err(wrong(
            "/region_code",
            "no_network",
            "这个区划还没有步行路网，请先用 kangtu network load 载入，并填写载入时的区划代码。",
        ));
    };
    let network = &network.network;
    match (kind, geometry) {
        (Kind::Link, Geometry::LineString(line)) if !network.takes_link(line) => Err(wrong(
            "/geometry",
            "not_joined",
            "连接的两端都必须在现有道路 30 米以内，请把端点移到道路上。",
        )),
        (Kind::Closure, shape) if !network.takes_closure(shape) => Err(wrong(
            "/geometry",
            "closes_nothing",
            "这样画没有封住任何道路。请让线横穿要封的路，让面盖住它，或把点放在离它 30 米以内的地方。",
        )),
        _ => Ok(()),
    }
}

fn told(row: walking_edit::Model) -> ApiResult<WalkingEdit> {
    let geometry = from_wkb(&row.geometry).context("a stored shape cannot be read")?;
    let mut text = Vec::new();
    write_geometry(&geometry, DECIMALS, &mut text);
    let text = String::from_utf8(text).context("a geometry is no text")?;
    Ok(WalkingEdit {
        id: row.id,
        region_code: row.region_code,
        geometry: RawValue::from_string(text).context("a geometry is no JSON")?,
        reason: row.reason,
        from_at: row.from_at.map(|at| at.0),
        until_at: row.until_at.map(|at| at.0),
        version: row.version,
        created_at: row.created_at.0,
    })
}
