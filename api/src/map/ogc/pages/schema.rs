//! What the places of a layer have, can be asked by and sorted by, as a table.

use maud::{Markup, html};
use serde_json::Value;

use super::layout::{self, Step};
use crate::map::ogc::dto::Link;
use crate::map::ogc::features::Layer;
use crate::map::ogc::links::{MapUrl, with_parameters};
use crate::map::ogc::schema::SchemaKind;

/// The page, from the schema itself.
pub(in crate::map::ogc) fn page(
    url: &MapUrl,
    kind: SchemaKind,
    layer: Layer<'_>,
    schema: &Value,
    links: &[Link],
) -> Markup {
    let title = &layer.info.title;
    let properties = schema.get("properties").and_then(Value::as_object);
    let content = html! {
        h1 { (title) "：" (kind.title()) }
        (hint(url, kind, layer))
        table {
            tbody {
                @for (name, property) in properties.into_iter().flatten() {
                    tr {
                        th scope="row" { (text(property, "title")) code { (name) } }
                        td { (values(property)) }
                    }
                }
            }
        }
    };
    let way = [Step::landing(url), Step::collections(url), Step::collection(url, &layer.info.id, title)];
    layout::page(&format!("{title}：{}", kind.title()), &way, links, &content)
}

fn hint(url: &MapUrl, kind: SchemaKind, layer: Layer<'_>) -> Markup {
    let items = url.items(&layer.info.id);
    let example = |name: &str, value: &str| {
        html! { li { a href=(with_parameters(&items, [(name, value)])) { code { (name) "=" (value) } } } }
    };
    html! {
        @match kind {
            SchemaKind::Features => p { "每个地点都带有下列属性，值可以为空。" },
            SchemaKind::Queryables => {
                p { "在地点列表的网址后写上条件，就只列出符合条件的地点，例如：" }
                ul {
                    (example("demo", "false"))
                    (example("q", "公园"))
                    (example("filter", "name LIKE '%公园' AND demo = FALSE"))
                    (example("filter", "distance_m(geometry, POINT(114.41 22.63)) < 1000"))
                }
                p { "条件用 CQL2 语言书写，其中可用的" a href=(url.functions()) { "函数" } "另有说明。" }
            }
            SchemaKind::Sortables => {
                p { "在地点列表的网址后写上属性，就按它排序；前面加减号，从大到小，例如：" }
                ul { (example("sortby", "name")) (example("sortby", "-updated_at,name")) }
            }
        }
    }
}

/// Kind of the values in words, with the format as the schema has it.
fn values(property: &Value) -> Markup {
    let format = text(property, "format");
    let words = match (text(property, "type"), format) {
        ("string", "date") => "日期",
        ("string", "date-time") => "时间",
        ("string", _) => "文字",
        ("integer", _) => "整数",
        ("number", _) => "数字",
        ("boolean", _) => "是或否",
        ("array", _) => "列表",
        (_, format) if format.starts_with("geometry") => "几何",
        _ => "其他",
    };
    html! { (words) @if !format.is_empty() { " " small { code { (format) } } } }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
