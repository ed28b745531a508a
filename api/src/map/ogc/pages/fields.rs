//! The fields of a place: what people call them, and their values in words.

use geodata::snapshot::Feature;
use maud::{Markup, html};
use serde_json::{Map, Value};

use super::opening_hours;

/// Known fields in the order in which a reader wants them.
const LABELS: [(&str, &str); 33] = [
    ("name", "名称"),
    ("name_en", "英文名"),
    ("other_names", "别名"),
    ("category", "类别"),
    ("address", "地址"),
    ("phone", "电话"),
    ("opening_hours", "开放时间"),
    ("notice", "提示"),
    ("fee", "收费"),
    ("facilities", "设施"),
    ("indoor", "室内"),
    ("lighting", "夜间照明"),
    ("capacity", "可容纳人数"),
    ("sport", "运动项目"),
    ("surface", "地面"),
    ("difficulty", "难度"),
    ("length_m", "长度（米）"),
    ("area_ha", "面积（公顷）"),
    ("official_area_ha", "公布面积（公顷）"),
    ("elevation_m", "海拔（米）"),
    ("peak", "山峰"),
    ("peak_elevation_m", "山峰海拔（米）"),
    ("management_unit", "管理单位"),
    ("note", "说明"),
    ("layer", "图层"),
    ("region", "所属区划"),
    ("region_code", "区划代码"),
    ("demo", "示例数据"),
    ("source", "数据来源"),
    ("source_licence", "使用许可"),
    ("updated_at", "更新时间"),
    ("version", "版本"),
    ("review_hint", "核对提示"),
];

/// The fields of a place.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads the public properties.
    pub(super) fn of(feature: &Feature) -> Self {
        Self(serde_json::from_str(feature.properties()).unwrap_or_default())
    }

    /// The words of a field, if it has any.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty())
    }

    /// Whether the place is not a real one.
    pub(super) fn is_demonstration(&self) -> bool {
        self.0.get("demo") == Some(&Value::Bool(true))
    }

    /// The few words that a list shows under the name.
    pub(super) fn summary(&self) -> Markup {
        html! {
            @if let Some(address) = self.text("address") { p itemprop="address" { (address) } }
            @if let Some(hours) = self.text("opening_hours") { p { "开放：" (opening_hours::in_words(hours)) } }
            @if let Some(phone) = self.text("phone") { p { "电话：" (telephone(phone)) } }
        }
    }

    /// All fields.
    pub(super) fn table(&self) -> Markup {
        html! {
            table {
                tbody {
                    @for (name, value) in self.in_order() {
                        tr {
                            th scope="row" { (label(name)) code { (name) } }
                            td { (words(name, value)) }
                        }
                    }
                }
            }
        }
    }

    fn in_order(&self) -> impl Iterator<Item = (&str, &Value)> {
        let known = LABELS.iter().filter_map(|(name, _)| Some((*name, self.0.get(*name)?)));
        let others = self.0.iter().filter(|(name, _)| LABELS.iter().all(|(known, _)| known != name));
        known.chain(others.map(|(name, value)| (name.as_str(), value)))
    }
}

/// Shown wherever a place is not a real one.
pub(super) fn demonstration_mark() -> Markup {
    html! { span.demo { "示例数据" } }
}

/// What people call a field; its name where nobody said.
pub(in crate::map::ogc) fn label(name: &str) -> &str {
    LABELS.iter().find(|(known, _)| *known == name).map_or(name, |(_, label)| label)
}

fn words(name: &str, value: &Value) -> Markup {
    match (name, value) {
        (_, Value::Null) => html! { span.quiet { "暂无" } },
        (_, Value::Bool(true)) => html! { "是" },
        (_, Value::Bool(false)) => html! { "否" },
        ("phone", Value::String(phone)) => telephone(phone),
        ("opening_hours", Value::String(hours)) => html! {
            (opening_hours::in_words(hours)) br; small itemprop="openingHours" { (hours) }
        },
        (_, Value::String(text)) if text.starts_with("https://") || text.starts_with("http://") => html! {
            a href=(text) rel="noopener" { (text) }
        },
        (_, Value::String(text)) => html! { (text) },
        (_, Value::Array(values)) if values.is_empty() => html! { span.quiet { "暂无" } },
        (_, Value::Array(values)) => html! {
            @for (place, value) in values.iter().enumerate() {
                @if place > 0 { "、" }
                (words("", value))
            }
        },
        (_, other) => html! { (other) },
    }
}

/// Numbers as links that a phone dials.
fn telephone(text: &str) -> Markup {
    let numbers = text.split_inclusive(['、', '，', ',', ';', '；', '/', ' ']);
    html! {
        @for part in numbers {
            @let digits: String = part.chars().filter(char::is_ascii_digit).collect();
            @if digits.len() >= 5 { a href={ "tel:" (digits) } itemprop="telephone" { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_in_one_cell_can_both_be_dialled() {
        let shown = telephone("0755-84206000、13800000000").into_string();
        assert!(shown.contains("tel:075584206000") && shown.contains("tel:13800000000"), "{shown}");
    }

    #[test]
    fn words_of_a_place_never_become_markup() {
        let shown = words("note", &Value::from("<script>alert(1)</script>")).into_string();
        assert!(!shown.contains('<'), "{shown}");
        let shown = words("website", &Value::from("https://a.example/\"><b>")).into_string();
        assert!(!shown.contains("<b>"), "{shown}");
    }
}
