use crate::crs::{Datum, Wgs84};

/// Why somebody should look at a row before it is published.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReviewReason {
    /// Not in the region it is said to belong to.
    #[error("位置在{region}之外 {distance_m:.0} 米，请核对坐标或区划")]
    OutsideRegion {
        /// Name of the region.
        region: String,
        /// Distance to its boundary in metres.
        distance_m: f64,
    },
    /// On the same spot, to about a metre, as other rows: a placeholder.
    #[error("与文件中另外 {} 行的坐标相同，可能是占位值，请补上真实坐标", count.saturating_sub(1))]
    SharedCoordinate {
        /// Rows on the spot, this one included.
        count: usize,
    },
    /// Longitude and latitude are in each other's place.
    #[error("经度和纬度可能写反了，建议改为经度 {:.6}、纬度 {:.6}", suggested.lon, suggested.lat)]
    AxesSwapped {
        /// The position with its axes swapped.
        suggested: Wgs84,
    },
    /// Shifted against known features as another datum would shift it.
    #[error("坐标可能是 {datum} 坐标系，与已有地点偏差 {shift_m:.0} 米，请用 --datum {datum} 重新导入")]
    WrongDatumLikely {
        /// The datum that would put it right.
        datum: Datum,
        /// How far that moves it, metres.
        shift_m: f64,
    },
    /// A shape that breaks the rules of simple features or of its format.
    #[error("{detail}")]
    InvalidGeometry {
        /// What is wrong and what to do.
        detail: String,
    },
    /// Stated and drawn area are far apart.
    #[error("填写的面积是 {stated_ha:.2} 公顷，按图形计算是 {drawn_ha:.2} 公顷，请核对面积或边界")]
    AreaMismatch {
        /// Area in the file, hectares.
        stated_ha: f64,
        /// Area of the geometry, hectares.
        drawn_ha: f64,
    },
    /// Close to a known feature of the same or a similar name.
    #[error("可能与已有地点 {of_id} 重复（名称相近，相距 {distance_m:.0} 米），请确认是否同一处")]
    LikelyDuplicate {
        /// Id of the known feature.
        of_id: u32,
        /// Distance to it in metres.
        distance_m: f64,
    },
    /// Close to an earlier row of the file with the same or a similar name.
    #[error("可能与文件第 {of_row} 行重复（名称相近，相距 {distance_m:.0} 米），请确认是否同一处")]
    LikelyRepeat {
        /// Number of the earlier row.
        of_row: u32,
        /// Distance to it in metres.
        distance_m: f64,
    },
    /// The row says nothing about where it is.
    #[error("没有坐标，请在地图上标出位置")]
    NoPosition,
}

impl ReviewReason {
    /// A stable English name: `outside_region`, `shared_coordinate`, `axes_swapped`,
    /// `wrong_datum_likely`, `invalid_geometry`, `area_mismatch`, `likely_duplicate`, `likely_repeat`, `no_position`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutsideRegion { .. } => "outside_region",
            Self::SharedCoordinate { .. } => "shared_coordinate",
            Self::AxesSwapped { .. } => "axes_swapped",
            Self::WrongDatumLikely { .. } => "wrong_datum_likely",
            Self::InvalidGeometry { .. } => "invalid_geometry",
            Self::AreaMismatch { .. } => "area_mismatch",
            Self::LikelyDuplicate { .. } => "likely_duplicate",
            Self::LikelyRepeat { .. } => "likely_repeat",
            Self::NoPosition => "no_position",
        }
    }
}
