//! The API definition as a list of operations.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::layout::{self, Step};
use crate::map::ogc::dto::Link;
use crate::map::ogc::links::MapUrl;

/// The page, from the definition itself.
pub(in crate::map::ogc) fn page(url: &MapUrl, definition: &Value, links: &[Link]) -> Markup {
    let content = html! {
        h1 { "接口说明" }
        p { "所有网址以 " code { (url.landing()) } " 开头。在网址后加 " code { "f=json" } " 得到数据，加 " code { "f=html" } " 得到网页。" }
        p { a.button href={ (url.definition()) "?f=json" } { "下载 OpenAPI 3.0 定义" } }
        @for (method, path, operation) in operations(definition) {
            h2 { code { (method) " " (path) } }
            @if let Some(summary) = text(operation, "summary") { p lang="en" { (plain(summary)) } }
            (parameters(operation))
            (responses(operation))
        }
    };
    layout::page("接口说明", &[Step::landing(url)], links, &content)
}

/// Methods in the order in which people look for them.
const METHODS: [(&str, &str); 6] = [
    ("GET", "get"),
    ("POST", "post"),
    ("PUT", "put"),
    ("PATCH", "patch"),
    ("DELETE", "delete"),
    ("OPTIONS", "options"),
];

fn operations(definition: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = definition.get("paths").and_then(Value::as_object);
    paths.into_iter().flatten().flat_map(|(path, item)| {
        let of_path =
            METHODS.into_iter().map(move |(title, member)| (title, path.as_str(), item.get(member)));
        of_path.filter_map(|(title, path, operation)| Some((title, path, operation?)))
    })
}

fn parameters(operation: &Value) -> Markup {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    html! {
        @if let Some(parameters) = parameters.filter(|parameters| !parameters.is_empty()) {
            table {
                tbody {
                    @for parameter in parameters {
                        tr {
                            th scope="row" {
                                code { (text(parameter, "name").unwrap_or_default()) }
                                @if let Some(schema) = parameter.get("schema") { small { (allowed(schema)) } }
                            }
                            td lang="en" { (plain(text(parameter, "description").unwrap_or_default())) }
                        }
                    }
                }
            }
        }
    }
}

fn responses(operation: &Value) -> Markup {
    let responses = operation.get("responses").and_then(Value::as_object);
    html! {
        details {
            summary { "会得到的回答" }
            ul.links {
                @for (status, response) in responses.into_iter().flatten() {
                    li {
                        code { (status) } " "
                        span lang="en" { (plain(text(response, "description").unwrap_or_default())) }
                        " " small { (media_types(response)) }
                    }
                }
            }
        }
    }
}

fn media_types(response: &Value) -> String {
    let content = response.get("content").and_then(Value::as_object);
    content.into_iter().flat_map(Map::keys).map(String::as_str).collect::<Vec<_>>().join("、")
}

/// Type, range and default of a parameter in a few words.
fn allowed(schema: &Value) -> String {
    let mut words = vec![text(schema, "type").unwrap_or_default().to_owned()];
    let values = [("minimum", "最小 "), ("maximum", "最大 "), ("default", "默认 ")];
    for (name, label) in values {
        if let Some(value) = schema.get(name).filter(|value| !value.is_null()) {
            words.push(format!("{label}{value}"));
        }
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        words.push(choices.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" 或 "));
    }
    words.join("，")
}

/// Descriptions are Markdown; of it they only use code spans.
fn plain(description: &str) -> String {
    description.replace('`', "")
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str)
}
