//! Parameters that several addresses have in common, and what is said about wrong ones.

use super::published::{Knowledge, Topic};
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{given, shown};
use crate::opening::CivilTime;
use crate::state::AppState;

/// Reads `topic`.
pub(super) fn topic<'k>(knowledge: &'k Knowledge, text: Option<&str>) -> ApiResult<Option<&'k Topic>> {
    given(text)
        .map(|id| {
            knowledge.state.topics.get(id).ok_or_else(|| {
                let detail = format!("没有专题“{}”，请从专题列表中选择。", shown(id));
                ApiError::bad_parameter("topic", detail)
            })
        })
        .transpose()
}

/// Reads `region`.
pub(crate) fn region<'t>(state: &AppState, text: Option<&'t str>) -> ApiResult<Option<&'t str>> {
    let Some(code) = given(text) else {
        return Ok(None);
    };
    if state.regions.current().contains(code) {
        return Ok(Some(code));
    }
    let detail = format!("没有区划“{}”，请填写 12 位区划代码，例如 440307009001。", shown(code));
    Err(ApiError::bad_parameter("region", detail))
}

/// Now, in the civil time of a region.
pub(super) fn civil_time(state: &AppState, region: Option<&str>) -> CivilTime {
    let map = state.map.current();
    let zone = region.and_then(|code| map.regions.get(code)).map(|region| region.time_zone.as_str());
    CivilTime::new(state.clock.now(), zone)
}
