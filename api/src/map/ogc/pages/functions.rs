//! The functions that filters may call.

use geodata::cql2::FUNCTIONS;
use maud::{Markup, html};

use super::layout::{self, Step};
use crate::map::ogc::dto::Link;
use crate::map::ogc::links::MapUrl;

/// The page.
pub(in crate::map::ogc) fn page(url: &MapUrl, links: &[Link]) -> Markup {
    let content = html! {
        h1 { "条件中可用的函数" }
        p { "写在地点列表的参数 " code { "filter" } " 里，例如 " code { "area_m2(geometry) > 10000" } "。" }
        table {
            tbody {
                @for function in FUNCTIONS {
                    tr {
                        th scope="row" { code { (function.name) } }
                        td {
                            (function.description)
                            br;
                            small {
                                "参数："
                                @for (place, argument) in function.arguments.iter().enumerate() {
                                    @if place > 0 { "、" }
                                    (argument.title)
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    layout::page("条件中可用的函数", &[Step::landing(url)], links, &content)
}
