//! What is wrong or doubtful about a place before it goes on the map: the same rules as for imports.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::region;
use geo::Geometry;
use geodata::Datum;
use geodata::geometry::anchor;
use geodata::import::quality::{self, Known as KnownRows, KnownFeature, Region, ReviewReason};
use geodata::import::{SourceRow, phone_numbers};
use geodata::snapshot::NearestQuery;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::content::{Place, stored_geometry};
use crate::error::{ApiError, ApiResult, FieldError};
use crate::map::published::MapState;
use crate::opening::{CivilTime, OpeningState, opening};
use crate::state::AppState;

/// How far known places are compared with, metres: the shift between datums is up to about a kilometre.
const COMPARED_M: f64 = 1_500.0;
const MOST_COMPARED: usize = 200;

/// A boundary with the name of what it bounds.
type Boundary = Option<Arc<(String, Geometry<f64>)>>;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Judgement {
    /// Keeps it off the map.
    pub(super) errors: Vec<FieldError>,
    /// Objects with `code` and `message`: whoever decides should look at it.
    pub(super) warnings: Vec<Value>,
}

impl Judgement {
    /// # Errors
    /// 422 with what keeps it off the map.
    pub(super) fn into_warnings(self) -> ApiResult<Vec<Value>> {
        if self.errors.is_empty() {
            Ok(self.warnings)
        } else {
            Err(ApiError::Invalid { errors: self.errors })
        }
    }

    fn wrong(&mut self, pointer: &str, code: &str, message: impl Into<String>) {
        self.errors.push(FieldError {
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            message: message.into(),
        });
    }

    fn doubt(&mut self, code: &str, message: impl Into<String>) {
        self.warnings.push(json!({"code": code, "message": message.into()}));
    }
}

/// Judges places; boundaries are read once for each region.
pub(super) struct Judge<'s> {
    state: &'s AppState,
    now: DateTime<Utc>,
    boundaries: HashMap<String, Boundary>,
}

impl<'s> Judge<'s> {
    pub(super) fn new(state: &'s AppState) -> Self {
        Self { state, now: state.clock.now(), boundaries: HashMap::new() }
    }

    /// Judges what a place is to become. What it is already is not held against it.
    pub(super) async fn judge(
        &mut self,
        map: &MapState,
        id: Option<i32>,
        place: &Place,
        base: Option<&Place>,
    ) -> ApiResult<Judgement> {
        let mut found = Judgement::default();
        if !self.state.regions.current().contains(&place.content.region_code) {
            let message = format!("没有代码为“{}”的区划，请填 12 位区划代码。", place.content.region_code);
            found.wrong("/properties/region_code", "unknown_region", message);
        }
        self.judge_hours(place, base, &mut found);
        judge_phone(place, base, &mut found);
        let Some(geometry) = &place.geometry else {
            found.wrong("/geometry", "no_position", "没有位置，请在地图上标出来。");
            return Ok(found);
        };
        let stays = base.is_some_and(|base| {
            base.geometry.as_ref() == Some(geometry) && base.content.region_code == place.content.region_code
        });
        if stays {
            return Ok(found);
        }
        if let Some(layer) = map.layer(&place.content.layer) {
            let kind = kind_of(geometry);
            if !layer.geometry_kinds.iter().any(|allowed| allowed == kind.0) {
                let allowed: Vec<&str> = layer.geometry_kinds.iter().map(|kind| said(kind)).collect();
                let message =
                    format!("“{}”图层的地点应画成{}，这里是{}。", layer.title, allowed.join("或"), kind.1);
                found.wrong("/geometry", "wrong_kind", message);
            }
        }
        for reason in self.reasons(map, id, place, geometry).await? {
            let message = reason.to_string();
            match reason {
                ReviewReason::OutsideRegion { .. }
                | ReviewReason::AxesSwapped { .. }
                | ReviewReason::InvalidGeometry { .. }
                | ReviewReason::NoPosition => found.wrong("/geometry", reason.code(), message),
                ReviewReason::SharedCoordinate { .. }
                | ReviewReason::WrongDatumLikely { .. }
                | ReviewReason::AreaMismatch { .. }
                | ReviewReason::LikelyDuplicate { .. }
                | ReviewReason::LikelyRepeat { .. } => found.doubt(reason.code(), message),
            }
        }
        Ok(found)
    }

    fn judge_hours(&self, place: &Place, base: Option<&Place>, found: &mut Judgement) {
        let hours = place.content.opening_hours.as_deref();
        let stays = base.is_some_and(|base| base.content.opening_hours.as_deref() == hours);
        let unread = |hours: &str| {
            let told = opening(Some(hours), CivilTime::new(self.now, None), false);
            told.state == OpeningState::Unknown
        };
        if !stays && hours.is_some_and(unread) {
            let message = "看不出现在是否开放，请按 OpenStreetMap 的写法填写，例如 Mo-Su 06:00-22:00";
            found.doubt("opening_hours_unread", message);
        }
    }

    async fn reasons(
        &mut self,
        map: &MapState,
        id: Option<i32>,
        place: &Place,
        geometry: &Geometry<f64>,
    ) -> ApiResult<Vec<ReviewReason>> {
        let row = SourceRow {
            number: 1,
            name: Some(place.content.name.clone()),
            geometry: Some(geometry.clone()),
            area_ha: place.content.properties.get("area_ha").and_then(Value::as_f64),
            ..SourceRow::default()
        };
        let known = neighbours(map, id, place, geometry);
        let boundary = self.boundary(&place.content.region_code).await?;
        // A shape of many vertices takes up to a second to look through.
        let assessed = tokio::task::spawn_blocking(move || {
            let region = boundary.as_deref().map(|(name, boundary)| Region { name, boundary });
            let known = KnownRows { datum: Datum::Wgs84, region, features: &known };
            quality::assess(&[row], &known)
        });
        let assessed = assessed.await.context("judging a place was interrupted")?;
        Ok(assessed.into_iter().flat_map(|assessment| assessment.reasons).collect())
    }

    /// The boundary of the region, or of the nearest above it that has one.
    async fn boundary(&mut self, region_code: &str) -> ApiResult<Boundary> {
        if let Some(known) = self.boundaries.get(region_code) {
            return Ok(known.clone());
        }
        let tree = self.state.regions.current();
        let upward: Vec<&str> = tree.upward(region_code).collect();
        let rows = region::Entity::find()
            .filter(region::Column::Code.is_in(upward.iter().copied()))
            .filter(region::Column::Boundary.is_not_null())
            .all(self.state.database.reader())
            .await?;
        let nearest = upward.iter().find_map(|code| rows.iter().find(|row| row.code == *code));
        let boundary = match nearest {
            Some(row) => {
                let shape = stored_geometry(row.boundary.as_deref())?;
                shape.map(|shape| Arc::new((row.name.clone(), shape)))
            }
            None => None,
        };
        self.boundaries.insert(region_code.to_owned(), boundary.clone());
        Ok(boundary)
    }
}

fn judge_phone(place: &Place, base: Option<&Place>, found: &mut Judgement) {
    let phone = place.content.phone.as_deref().filter(|phone| !phone.trim().is_empty());
    let stays = base.is_some_and(|base| base.content.phone == place.content.phone);
    if !stays && phone.is_some_and(|phone| phone_numbers(phone).is_empty()) {
        let message = "电话里没有可以拨打的号码，请填写如 0755-84206000；几个号码用分号隔开";
        found.doubt("phone_unread", message);
    }
}

/// Other places of the layer nearby.
fn neighbours(map: &MapState, id: Option<i32>, place: &Place, geometry: &Geometry<f64>) -> Vec<KnownFeature> {
    let (Some(from), Ok(layers)) = (anchor(geometry), map.snapshot.layer_set(&[&place.content.layer])) else {
        return Vec::new();
    };
    let query = NearestQuery { from, layers: &layers, limit: MOST_COMPARED, radius_m: COMPARED_M };
    let near = map.snapshot.nearest(&query);
    let others =
        near.iter().filter(|near| id.and_then(|id| u32::try_from(id).ok()) != Some(near.feature.id()));
    others
        .map(|near| KnownFeature {
            id: near.feature.id(),
            source_key: None,
            name: near.feature.name().to_owned(),
            geometry: near.feature.geometry().cloned(),
            area_ha: None,
        })
        .collect()
}

/// What layers call the kind, and what people do.
fn kind_of(geometry: &Geometry<f64>) -> (&'static str, &'static str) {
    match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => ("point", said("point")),
        Geometry::Line(_) | Geometry::LineString(_) | Geometry::MultiLineString(_) => ("line", said("line")),
        Geometry::Polygon(_) | Geometry::MultiPolygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => {
            ("polygon", said("polygon"))
        }
        Geometry::GeometryCollection(_) => ("collection", "几种图形的集合"),
    }
}

fn said(kind: &str) -> &'static str {
    match kind {
        "point" => "点",
        "line" => "线",
        _ => "面",
    }
}
