//! Figures as they are read.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use entity::follow_up_figure;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::dto::{Figure, FigureParameters, FollowUpFigures, RegionFigures};
use super::indicators::Indicator;
use crate::error::ApiResult;
use crate::http::parameters::{given, wrong};
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::permission::ManageFollowUps;
use crate::openapi::ProblemResponses;
use crate::state::AppState;

/// Tells the figures of a month: how many share, are under care, missed a visit, are lost, and how many last
/// pressures are at target. They are counted once a month from what is shared with health officers; a count of
/// fewer than ten persons is never told, nor a share of fewer than thirty.
#[utoipa::path(
    tag = "follow-ups",
    params(FigureParameters),
    security(("access_token" = [])),
    responses((status = 200, body = FollowUpFigures), ProblemResponses)
)]
#[get("/follow-ups/figures")]
pub(super) async fn get_follow_up_figures(
    caller: Permitted<ManageFollowUps>,
    state: Data<AppState>,
    asked: Query<FigureParameters>,
) -> ApiResult<HttpResponse> {
    let reader = state.database.reader();
    let month = match given(asked.month.as_deref()) {
        Some(month) if is_month(month) => Some(month.to_owned()),
        Some(_) => return Err(wrong("month", "请填写年月，例如 2026-11。")),
        None => {
            follow_up_figure::Entity::find()
                .select_only()
                .column(follow_up_figure::Column::Month)
                .order_by_desc(follow_up_figure::Column::Month)
                .limit(1)
                .into_tuple::<String>()
                .one(reader)
                .await?
        }
    };
    let rows = match &month {
        Some(month) => {
            follow_up_figure::Entity::find()
                .filter(follow_up_figure::Column::Month.eq(month.as_str()))
                .filter(follow_up_figure::Column::RegionCode.is_in(caller.scope().codes()))
                .order_by_asc(follow_up_figure::Column::RegionCode)
                .all(reader)
                .await?
        }
        None => Vec::new(),
    };
    Ok(personal::json(StatusCode::OK, &told(month, rows)))
}

fn is_month(text: &str) -> bool {
    chrono::NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").is_ok() && text.len() == 7
}

/// How many are counted for each of the others, in hundredths that are rounded half up. What is told has ten of either
/// kind at least.
fn ratio((counted, of): (i64, i64)) -> Option<f64> {
    let others = of - counted;
    let hundredths = (others > 0).then(|| (counted * 200 + others) / (others * 2))?;
    i32::try_from(hundredths).ok().map(|hundredths| f64::from(hundredths) / 100.0)
}

fn told(month: Option<String>, rows: Vec<follow_up_figure::Model>) -> FollowUpFigures {
    let counted_at = rows.first().map(|row| *row.counted_at);
    let mut regions: BTreeMap<String, Vec<Figure>> = BTreeMap::new();
    for row in rows {
        let Some(indicator) = Indicator::read(&row.indicator) else { continue };
        let share = row.counted.zip(row.of).filter(|(_, of)| *of > 0 && indicator != Indicator::Sharing);
        // Tenths of a percent, rounded half up.
        let tenths = share.map(|(counted, of)| (counted * 2_000 + of) / (of * 2));
        let ratio = row.counted.zip(row.of).filter(|_| indicator.is_ratio()).and_then(ratio);
        regions.entry(row.region_code).or_default().push(Figure {
            indicator,
            counted: row.counted,
            of: row.of,
            percent: tenths
                .and_then(|tenths| i32::try_from(tenths).ok())
                .map(|tenths| f64::from(tenths) / 10.0),
            ratio,
        });
    }
    let regions = regions.into_iter().map(|(region_code, mut figures)| {
        figures.sort_by_key(|figure| figure.indicator);
        RegionFigures { region_code, figures }
    });
    FollowUpFigures { month, counted_at, regions: regions.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_of_those_below_to_those_above() {
        assert_eq!(ratio((20, 40)), Some(1.0));
        assert_eq!(ratio((50, 70)), Some(2.5));
        assert_eq!(ratio((20, 50)), Some(0.67));
        assert_eq!(ratio((40, 40)), None);
    }
}
