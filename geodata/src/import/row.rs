//! One row of a file, as read.

use std::collections::{BTreeMap, HashMap};

use geo::Geometry;
use serde_json::{Map, Value};

use super::MOST_POSITIONS;
use super::columns::Field;
use super::number::{AngleError, parse_number};
use super::phone::phone_numbers;
use super::text::{cleaned, half_width, normalised_name};
use crate::crs::Wgs84;
use crate::geometry::{GeometryError, anchor};

/// A row, record or feature of a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SourceRow {
    /// Row of the table as a spreadsheet shows it, or number of the feature; 1-based.
    pub number: u32,
    /// The identity that the file itself gives: a feature's `id`, or the id column.
    pub id: Option<String>,
    /// Stable identity within the source: [`SourceRow::id`], else name and address, else name and
    /// position; numbered when several rows share it.
    pub key: String,
    /// Name of the place.
    pub name: Option<String>,
    /// Geometry in WGS-84, seven decimals, rings wound as RFC 7946 asks.
    pub geometry: Option<Geometry<f64>>,
    /// Postal address.
    pub address: Option<String>,
    /// All telephone numbers, cleaned, joined by "；".
    pub phone: Option<String>,
    /// Opening hours as the file words them.
    pub opening_hours: Option<String>,
    /// Stated area in hectares.
    pub area_ha: Option<f64>,
    /// Statistical code of the region.
    pub region_code: Option<String>,
    /// Class of the place.
    pub category: Option<String>,
    /// Who runs the place.
    pub management_unit: Option<String>,
    /// Everything else, by heading.
    pub properties: Map<String, Value>,
    /// What could not be read.
    pub faults: Vec<RowFault>,
}

impl SourceRow {
    /// Whether a fault keeps the row from being imported at all.
    pub fn is_bad(&self) -> bool {
        self.faults.iter().any(RowFault::is_bad)
    }
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RowFault {
    /// A feature that is not a `GeoJSON` feature object.
    #[error("{place}应为{expected}，实际是{found}，请修正该要素")]
    NotAFeature {
        /// Which member.
        place: &'static str,
        /// What RFC 7946 wants there.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// The id occurs earlier in the file.
    #[error("编号“{id}”与第 {first} 行重复，请改成唯一的编号")]
    DuplicateId {
        /// The repeated id.
        id: String,
        /// Number of the first row that has it.
        first: u32,
    },
    /// Text where a number belongs.
    #[error("“{heading}”一栏的“{text}”不是数字，请改成数字或留空")]
    NotANumber {
        /// Heading of the column.
        heading: String,
        /// The text, cut to a readable length.
        text: String,
    },
    /// A longitude or latitude that cannot be read.
    #[error("“{heading}”一栏的“{text}”{error}")]
    NotAnAngle {
        /// Heading of the column.
        heading: String,
        /// The text, cut to a readable length.
        text: String,
        /// Why.
        error: AngleError,
    },
    /// Longitude without latitude or the other way round.
    #[error("经度和纬度只填了一个，请补上另一个或都留空")]
    HalfAPosition,
    /// A longitude in the latitude's column, or the other way round, in one of the two.
    #[error("经度和纬度的标注互相矛盾，请检查是否都写成了经度或都写成了纬度")]
    AxesContradict,
    /// A position that is only on Earth once its axes are swapped.
    #[error("经度和纬度写反了，建议改为经度 {}、纬度 {}", suggested.lon, suggested.lat)]
    AxesSwapped {
        /// The position with its axes swapped, in WGS-84.
        suggested: Wgs84,
    },
    /// Longitude 0, latitude 0: what software writes when it knows no position.
    #[error("坐标是 0,0，属于占位值，请补上真实坐标")]
    ZeroPosition,
    /// Metres of a projected system in place of degrees.
    #[error("坐标 {x},{y} 是平面坐标（米）而不是经纬度，请先转换成 WGS-84 经纬度")]
    Projected {
        /// First number.
        x: f64,
        /// Second number.
        y: f64,
    },
    /// A geometry that breaks its format.
    #[error("{0}")]
    Geometry(GeometryError),
    /// More positions than any place on Earth needs.
    #[error("图形有 {found} 个坐标点，超过 {MOST_POSITIONS} 个的上限，请先简化")]
    TooManyPositions {
        /// How many there are; at least so many where reading stopped.
        found: usize,
    },
    /// Text that its encoding cannot hold.
    #[error("“{heading}”一栏的文字不是 {encoding} 编码，请检查 .cpg 文件或重新导出")]
    Undecodable {
        /// Heading of the column.
        heading: String,
        /// Name of the encoding.
        encoding: &'static str,
    },
    /// A shape of a kind that is not read.
    #[error("图形的类型“{0}”无法读取，只支持点、线、面")]
    UnknownShape(String),
    /// A record that does not follow the rules of its format.
    #[error("记录不完整：{0}")]
    Malformed(&'static str),
    /// More cells than headings.
    #[error("这一行有 {found} 格，表头只有 {expected} 列，请检查是否多了分隔符")]
    TooManyCells {
        /// Headings.
        expected: usize,
        /// Cells.
        found: usize,
    },
}

impl RowFault {
    /// A stable English name in `snake_case`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAFeature { .. } => "not_a_feature",
            Self::DuplicateId { .. } => "duplicate_id",
            Self::NotANumber { .. } => "not_a_number",
            Self::NotAnAngle { .. } => "not_an_angle",
            Self::HalfAPosition => "half_a_position",
            Self::AxesContradict => "axes_contradict",
            Self::AxesSwapped { .. } => "axes_swapped",
            Self::ZeroPosition => "zero_position",
            Self::Projected { .. } => "projected",
            Self::Geometry(_) => "geometry",
            Self::TooManyPositions { .. } => "too_many_positions",
            Self::Undecodable { .. } => "undecodable",
            Self::UnknownShape(_) => "unknown_shape",
            Self::Malformed(_) => "malformed",
            Self::TooManyCells { .. } => "too_many_cells",
        }
    }

    /// Whether the row means too little to be kept. The others are kept for review, without the part
    /// that could not be read.
    pub fn is_bad(&self) -> bool {
        match self {
            Self::AxesSwapped { .. } | Self::ZeroPosition => false,
            Self::Geometry(error) => {
                !matches!(error, GeometryError::RingNotClosed { .. } | GeometryError::TooFewPositions { .. })
            }
            Self::NotAFeature { .. }
            | Self::DuplicateId { .. }
            | Self::NotANumber { .. }
            | Self::NotAnAngle { .. }
            | Self::HalfAPosition
            | Self::AxesContradict
            | Self::Projected { .. }
            | Self::TooManyPositions { .. }
            | Self::Undecodable { .. }
            | Self::UnknownShape(_)
            | Self::Malformed(_)
            | Self::TooManyCells { .. } => true,
        }
    }
}

/// Echoed text is cut to this many characters.
pub(super) const ECHOED_CHARS: usize = 40;

pub(super) fn echoed(text: &str) -> String {
    text.chars().take(ECHOED_CHARS).collect()
}

/// The cells of a row that have a known meaning: heading and text.
pub(super) type KnownCells = BTreeMap<Field, (String, String)>;

impl SourceRow {
    /// Fills everything but geometry and properties.
    pub(super) fn from_cells(number: u32, cells: &KnownCells) -> Self {
        let text =
            |field: Field| cells.get(&field).map(|(_, text)| cleaned(text)).filter(|text| !text.is_empty());
        let numbers = text(Field::Phone).map(|cell| phone_numbers(&cell)).unwrap_or_default();
        let mut row = Self {
            number,
            id: text(Field::Id).map(|id| half_width(&id).into_owned()),
            name: text(Field::Name),
            address: text(Field::Address),
            phone: (!numbers.is_empty()).then(|| numbers.join("；")),
            opening_hours: text(Field::OpeningHours),
            region_code: text(Field::RegionCode).map(|code| half_width(&code).into_owned()),
            category: text(Field::Category),
            management_unit: text(Field::ManagementUnit),
            ..Self::default()
        };
        match area_ha(cells) {
            Ok(area_ha) => row.area_ha = area_ha,
            Err(fault) => row.faults.push(fault),
        }
        row
    }
}

/// Hectares per unit, by the field of the column.
const AREA_FIELDS: [(Field, f64); 3] =
    [(Field::AreaHa, 1.0), (Field::AreaM2, 1e-4), (Field::AreaMu, 1.0 / 15.0)];
/// Hectares per unit, by the unit written behind the number.
const AREA_UNITS: [(&str, f64); 8] = [
    ("公顷", 1.0),
    ("ha", 1.0),
    ("平方米", 1e-4),
    ("平米", 1e-4),
    ("㎡", 1e-4),
    ("m2", 1e-4),
    ("m²", 1e-4),
    ("亩", 1.0 / 15.0),
];
/// Areas are kept to a hundredth of a square metre; what spreadsheets add behind that is noise which
/// differs between a workbook and the text saved from it.
const KEPT_SCALE: f64 = 1e6;
/// What people write for "not known".
const NOT_KNOWN: [&str; 8] = ["", "-", "--", "/", "无", "未知", "暂无", "—"];

fn area_ha(cells: &KnownCells) -> Result<Option<f64>, RowFault> {
    for (field, ha_per_unit) in AREA_FIELDS {
        let Some((heading, text)) = cells.get(&field) else {
            continue;
        };
        let plain = half_width(text).trim().to_lowercase();
        if NOT_KNOWN.contains(&plain.as_str()) {
            continue;
        }
        let (digits, factor) = AREA_UNITS
            .iter()
            .find_map(|(unit, factor)| plain.strip_suffix(unit).map(|digits| (digits, *factor)))
            .unwrap_or((&plain, ha_per_unit));
        let digits = digits.trim_start_matches('约').trim();
        return match parse_number(digits).filter(|number| *number >= 0.0) {
            Some(number) => Ok(Some((number * factor * KEPT_SCALE).round() / KEPT_SCALE)),
            None => Err(RowFault::NotANumber { heading: heading.clone(), text: echoed(text) }),
        };
    }
    Ok(None)
}

/// Gives every row its key and reports repeated ids.
pub(super) fn settle_keys(rows: &mut [SourceRow]) {
    let mut first_with_id: HashMap<String, u32> = HashMap::new();
    let mut times_used: HashMap<String, u32> = HashMap::new();
    for row in rows {
        if let Some(id) = row.id.clone() {
            match first_with_id.get(&id) {
                Some(first) => {
                    row.faults.push(RowFault::DuplicateId { id: id.clone(), first: *first });
                }
                None => _ = first_with_id.insert(id.clone(), row.number),
            }
            row.key = id;
        } else {
            let described = description(row);
            let times = times_used.entry(described.clone()).or_insert(0);
            *times += 1;
            row.key = if *times == 1 { described } else { format!("{described}#{times}") };
        }
    }
}

fn description(row: &SourceRow) -> String {
    let name = normalised_name(row.name.as_deref().unwrap_or_default());
    match (&row.address, row.geometry.as_ref().and_then(anchor)) {
        (Some(address), _) => format!("{name}|{}", normalised_name(address)),
        (None, Some(at)) => format!("{name}|{:.5},{:.5}", at.lon, at.lat),
        (None, None) => format!("{name}|"),
    }
}
