//! What the columns of tables for offices are called, and back.

/// Published properties and their Chinese headings. Those that an import knows how to read are called
/// as it recognises them.
const HEADINGS: [(&str, &str); 18] = [
    ("id", "编号"),
    ("name", "名称"),
    ("layer", "图层"),
    ("region_code", "区划代码"),
    ("region", "区划"),
    ("address", "地址"),
    ("phone", "电话"),
    ("opening_hours", "开放时间"),
    ("facilities", "设施"),
    ("demo", "示例数据"),
    ("source", "来源"),
    ("source_licence", "来源授权"),
    ("version", "版本"),
    ("updated_at", "更新时间"),
    ("area_ha", "面积（公顷）"),
    ("category", "类别"),
    ("management_unit", "管理单位"),
    ("entrances", "出入口"),
];

/// Heading of the longitude of the marker, degrees.
pub const LON: &str = "经度";
/// Heading of the latitude of the marker, degrees.
pub const LAT: &str = "纬度";
/// Heading of the whole shape; GDAL and the import read it.
pub const WKT: &str = "WKT";

/// The heading of a property; its own name where it has no Chinese one.
pub fn heading_of(property: &str) -> &str {
    HEADINGS.iter().find(|(name, _)| *name == property).map_or(property, |(_, heading)| heading)
}

/// The property that a heading of an exported table stands for.
pub fn property_of(heading: &str) -> Option<&'static str> {
    HEADINGS.iter().find(|(_, known)| *known == heading).map(|(name, _)| *name)
}
