//! Parameters that several addresses have in common, and what is said about wrong ones.

use super::published::{Knowledge, Topic};
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::given;
use crate::opening::CivilTime;
use crate::state::AppState;

/// Reads `topic`.
pub(super) fn topic<'k>(knowledge: &'k Knowledge, text: Option<&str>) -> ApiResult<Option<&'k Topic>> {
    given(text)
        .map(|id| {
            knowledge.state.topics.get(id).ok_or_else(|| {
                ApiError::bad_parameter("topic", "没有这个专题，请从专题列表中选择。".to_owned())
            })
        })
        .transpose()
}

/// Now, in the civil time of a region.
pub(super) fn civil_time(state: &AppState, region: Option<&str>) -> CivilTime {
    let map = state.map.current();
    let zone = region.and_then(|code| map.regions.get(code)).map(|region| region.time_zone.as_str());
    CivilTime::new(state.clock.now(), zone)
}
