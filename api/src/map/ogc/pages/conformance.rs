//! Which standards hold.

use maud::{Markup, html};

use super::layout::{self, Step};
use crate::map::ogc::dto::{ConformanceDeclaration, Link};
use crate::map::ogc::links::MapUrl;

/// The page.
pub(in crate::map::ogc) fn page(
    url: &MapUrl,
    conformance: &ConformanceDeclaration,
    links: &[Link],
) -> Markup {
    let content = html! {
        h1 { "符合的标准" }
        p { "这个服务符合 OGC API Features 和 CQL2 的下列部分：" }
        ul.links {
            @for class in conformance.conforms_to { li { a href=(class) { (class) } } }
        }
    };
    layout::page("符合的标准", &[Step::landing(url)], links, &content)
}
