//! Which column holds what: known headings, and mappings given by hand.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use super::text::{half_width, outside_brackets};

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The identity of the row in its source.
    Id,
    /// Name of the place.
    Name,
    /// Longitude, degrees.
    Lon,
    /// Latitude, degrees.
    Lat,
    /// Longitude and latitude in one cell.
    Position,
    /// Geometry as WKT.
    Wkt,
    /// Postal address.
    Address,
    /// One or several telephone numbers.
    Phone,
    /// Opening hours as text.
    OpeningHours,
    /// Area in hectares.
    AreaHa,
    /// Area in square metres.
    AreaM2,
    /// Area in 亩 (1/15 hectare).
    AreaMu,
    /// Statistical code of the region.
    RegionCode,
    /// Class of the place.
    Category,
    /// Who runs the place.
    ManagementUnit,
}

/// The name in `--column NAME=HEADING`, and the headings by which a field is recognised: half-width,
/// lower case, without white space, hyphens and underscores.
static FIELDS: [(Field, &str, &[&str]); 15] = [
    (
        Field::Id,
        "id",
        &["序号", "编号", "id", "编码", "fid", "objectid", "no", "no.", "设施编号", "公园编号"],
    ),
    (
        Field::Name,
        "name",
        &[
            "名称",
            "name",
            "公园名称",
            "名字",
            "设施名称",
            "场所名称",
            "场地名称",
            "站点名称",
            "点位名称",
            "地点名称",
            "绿道名称",
            "机构名称",
            "小屋名称",
            "单位名称",
            "步道名称",
            "title",
            "namezh",
            "name:zh",
        ],
    ),
    (
        Field::Lon,
        "lon",
        &[
            "经度",
            "lon",
            "lng",
            "long",
            "longitude",
            "x",
            "东经",
            "wgs84经度",
            "经度wgs84",
            "lonwgs84",
            "wgs84lon",
            "lngwgs84",
            "x坐标",
            "坐标x",
            "经度x",
            "x经度",
            "中心点经度",
        ],
    ),
    (
        Field::Lat,
        "lat",
        &[
            "纬度",
            "lat",
            "latitude",
            "y",
            "北纬",
            "wgs84纬度",
            "纬度wgs84",
            "latwgs84",
            "wgs84lat",
            "y坐标",
            "坐标y",
            "纬度y",
            "y纬度",
            "中心点纬度",
        ],
    ),
    (
        Field::Position,
        "position",
        &[
            "经纬度",
            "坐标",
            "位置坐标",
            "地理坐标",
            "经度纬度",
            "经度,纬度",
            "lonlat",
            "lnglat",
            "location",
            "coordinates",
            "coordinate",
        ],
    ),
    (Field::Wkt, "wkt", &["wkt", "geom", "geometry", "thegeom", "几何", "geometrywkt", "wktgeom"]),
    (
        Field::Address,
        "address",
        &[
            "地址",
            "公园地址",
            "详细地址",
            "所在地址",
            "场所地址",
            "具体地址",
            "具体位置",
            "位置",
            "address",
            "addr",
            "addr:full",
        ],
    ),
    (
        Field::Phone,
        "phone",
        &[
            "联系方式",
            "电话",
            "联系电话",
            "手机",
            "咨询电话",
            "服务电话",
            "联系人电话",
            "电话号码",
            "phone",
            "tel",
            "telephone",
            "contact:phone",
        ],
    ),
    (
        Field::OpeningHours,
        "opening_hours",
        &["开放时间", "营业时间", "服务时间", "开放时段", "openinghours", "hours"],
    ),
    (
        Field::AreaHa,
        "area_ha",
        &[
            "面积",
            "面积(公顷)",
            "面积(ha)",
            "面积公顷",
            "area",
            "areaha",
            "占地面积",
            "公园面积",
            "占地面积(公顷)",
            "公园面积(公顷)",
        ],
    ),
    (
        Field::AreaM2,
        "area_m2",
        &[
            "面积(平方米)",
            "面积(㎡)",
            "面积(m2)",
            "面积(m²)",
            "面积平方米",
            "aream2",
            "areasqm",
            "占地面积(平方米)",
            "占地面积(㎡)",
            "占地面积(m2)",
            "公园面积(平方米)",
            "场地面积(平方米)",
        ],
    ),
    (Field::AreaMu, "area_mu", &["面积(亩)", "占地面积(亩)", "面积亩"]),
    (
        Field::RegionCode,
        "region_code",
        &["区划代码", "行政区划代码", "区划编码", "统计用区划代码", "社区代码", "街道代码", "regioncode"],
    ),
    (
        Field::Category,
        "category",
        &[
            "类别",
            "公园大类",
            "公园类别",
            "公园类型",
            "设施类别",
            "设施类型",
            "类型",
            "分类",
            "大类",
            "category",
            "type",
        ],
    ),
    (
        Field::ManagementUnit,
        "management_unit",
        &["管理单位", "管养单位", "运营单位", "管护单位", "managementunit", "operator"],
    ),
];

impl Field {
    /// The name in `--column NAME=HEADING`.
    pub fn as_str(self) -> &'static str {
        FIELDS.iter().find(|(field, ..)| *field == self).map_or("", |(_, name, _)| name)
    }

    /// The field that a heading names, if it is a known one.
    ///
    /// ```
    /// use geodata::import::Field;
    /// assert_eq!(Field::recognise("面积（公顷）"), Some(Field::AreaHa));
    /// assert_eq!(Field::recognise("Lon_WGS84"), Some(Field::Lon));
    /// assert_eq!(Field::recognise("管理部门"), None);
    /// ```
    pub fn recognise(heading: &str) -> Option<Self> {
        Self::of_plain(&plain_heading(heading))
    }
}

impl Field {
    fn of_plain(heading: &str) -> Option<Self> {
        // Formats without a common head name their columns in each record, so this is asked very often.
        static KNOWN: LazyLock<HashMap<&str, Field>> = LazyLock::new(|| {
            let named = |(field, _, headings): &'static (Field, &str, &[&str])| {
                headings.iter().map(|heading| (*heading, *field)).collect::<Vec<_>>()
            };
            FIELDS.iter().flat_map(named).collect()
        });
        let known = KNOWN.get(heading).copied();
        known.or_else(|| match outside_brackets(heading) {
            Cow::Borrowed(_) => None,
            Cow::Owned(rest) => KNOWN.get(rest.as_str()).copied(),
        })
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn plain_heading(heading: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b':' | b'.');
    if heading.bytes().all(is_plain) {
        return Cow::Borrowed(heading);
    }
    half_width(heading)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '*' | '\u{FEFF}'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Why a column mapping was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnMappingError {
    /// Not of the form `field=heading`.
    #[error("“{0}”应写成“字段=列名”，例如 lon=经度X")]
    NotAPair(String),
    /// No such field.
    #[error("没有名为“{found}”的字段，可用：{}", FIELDS.each_ref().map(|(_, name, _)| *name).join("、"))]
    UnknownField {
        /// The name as given.
        found: String,
    },
    /// The file has no such heading.
    #[error("文件里没有名为“{heading}”的列，现有：{available}")]
    UnknownHeading {
        /// The heading as given.
        heading: String,
        /// The headings there are, separated by "、".
        available: String,
    },
}

/// Columns named by hand, which win over recognised headings.
///
/// ```
/// use geodata::import::ColumnMapping;
/// let mapping: ColumnMapping = "lon=经度X".parse()?;
/// # Ok::<(), geodata::import::ColumnMappingError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnMapping {
    headings: BTreeMap<Field, String>,
}

impl ColumnMapping {
    /// Adds or replaces one column.
    pub fn set(&mut self, field: Field, heading: impl Into<String>) {
        self.headings.insert(field, heading.into());
    }

    /// Takes over the columns of another mapping.
    pub fn extend(&mut self, other: Self) {
        self.headings.extend(other.headings);
    }

    /// The field a heading is mapped to by hand, else the one it is recognised as, unless that field
    /// is mapped to another column.
    pub(super) fn field_of(&self, heading: &str) -> Option<Field> {
        let plain = plain_heading(heading);
        let by_hand = self.headings.iter().find(|(_, mapped)| plain_heading(mapped) == plain);
        match by_hand {
            Some((field, _)) => Some(*field),
            None => Field::of_plain(&plain).filter(|field| !self.headings.contains_key(field)),
        }
    }

    /// The first heading given by hand that is not among `headings`.
    pub(super) fn missing_in(&self, headings: &[String]) -> Option<&str> {
        let present: Vec<Cow<'_, str>> = headings.iter().map(|heading| plain_heading(heading)).collect();
        self.headings.values().find(|mapped| !present.contains(&plain_heading(mapped))).map(String::as_str)
    }
}

impl FromStr for ColumnMapping {
    type Err = ColumnMappingError;

    /// Reads one `field=heading`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, heading) = text
            .split_once('=')
            .filter(|(name, heading)| !name.trim().is_empty() && !heading.trim().is_empty())
            .ok_or_else(|| ColumnMappingError::NotAPair(text.to_owned()))?;
        let (field, ..) = FIELDS
            .iter()
            .find(|(_, known, _)| *known == name.trim())
            .ok_or_else(|| ColumnMappingError::UnknownField { found: name.to_owned() })?;
        let mut mapping = Self::default();
        mapping.set(*field, heading.trim());
        Ok(mapping)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn headings_are_unambiguous() {
        let all: Vec<&str> = FIELDS.iter().flat_map(|(.., headings)| headings.iter().copied()).collect();
        for heading in &all {
            assert_eq!(all.iter().filter(|other| *other == heading).count(), 1, "{heading}");
            assert_eq!(plain_heading(heading), **heading, "{heading} is not in its plain form");
        }
    }

    #[test]
    fn common_headings_are_recognised() {
        for (heading, field) in [
            ("公园名称", Field::Name),
            ("Name", Field::Name),
            (" 名　称 ", Field::Name),
            ("经度（WGS84）", Field::Lon),
            ("LAT", Field::Lat),
            ("opening_hours", Field::OpeningHours),
            ("面积（平方米）", Field::AreaM2),
            ("占地面积（约）", Field::AreaHa),
            ("联系方式", Field::Phone),
            ("序号", Field::Id),
            ("公园大类", Field::Category),
            ("行政区划代码", Field::RegionCode),
        ] {
            assert_eq!(Field::recognise(heading), Some(field), "{heading}");
        }
        // Positions in another datum are read only when somebody says so.
        assert_eq!(Field::recognise("高德经度"), None);
    }

    #[test]
    fn mapping_by_hand_wins() {
        let mut mapping: ColumnMapping = "lon=高德经度".parse().unwrap();
        mapping.extend("lat=高德纬度".parse().unwrap());
        assert_eq!(mapping.field_of("高德经度"), Some(Field::Lon));
        assert_eq!(mapping.field_of("经度"), None);
        assert_eq!(mapping.field_of("名称"), Some(Field::Name));
        assert_eq!(mapping.missing_in(&["高德经度".to_owned()]), Some("高德纬度"));
    }

    #[test]
    fn malformed_mappings_are_refused() {
        assert!(matches!("lon".parse::<ColumnMapping>(), Err(ColumnMappingError::NotAPair(_))));
        assert!(matches!("=x".parse::<ColumnMapping>(), Err(ColumnMappingError::NotAPair(_))));
        let error = "height=高".parse::<ColumnMapping>().unwrap_err();
        assert!(error.to_string().contains("opening_hours"), "{error}");
    }
    /// A heading without dress, character by character.
    fn undressed(heading: &str) -> String {
        half_width(heading)
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '*' | '\u{FEFF}'))
            .flat_map(char::to_lowercase)
            .collect()
    }

    fn by_list(heading: &str) -> Option<Field> {
        let known = |text: &str| FIELDS.iter().find(|(.., headings)| headings.contains(&text));
        let whole = undressed(heading);
        known(&whole).or_else(|| known(&outside_brackets(&whole))).map(|(field, ..)| *field)
    }

    proptest! {
        #[test]
        fn any_heading_is_the_field_that_the_list_says(any in "\\PC{0,12}", plain in "[a-z0-9:._ -]{0,8}") {
            let headings = FIELDS.iter().flat_map(|(.., headings)| headings.iter());
            let dressed = headings.flat_map(|known| {
                [(*known).to_owned(), known.to_uppercase(), format!("{known}（{plain}）"), format!(" {known}{any}")]
            });
            for heading in dressed.chain([any.clone(), plain.clone()]) {
                prop_assert_eq!(plain_heading(&heading), undressed(&heading));
                prop_assert_eq!(Field::recognise(&heading), by_list(&heading), "{}", heading);
            }
        }
    }
}
