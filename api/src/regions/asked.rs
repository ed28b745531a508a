//! The parameter `region` of lists.

use super::RegionTree;
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::given;

/// Reads `region`; none where it is missing.
///
/// # Errors
/// 400 where there is no such region.
pub fn asked<'t>(regions: &RegionTree, text: Option<&'t str>) -> ApiResult<Option<&'t str>> {
    match given(text) {
        Some(code) if !regions.contains(code) => {
            let detail = "没有这个区划，请填写 12 位区划代码，例如 440307009001。".to_owned();
            Err(ApiError::bad_parameter("region", detail))
        }
        code => Ok(code),
    }
}
