//! What all pages share: head, way back, list of links.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::map::ogc::dto::Link;
use crate::map::ogc::links::MapUrl;

const STYLE: &str = include_str!("style.css");

/// A step of the way from the landing page to where the reader is.
pub(super) struct Step {
    /// Address.
    pub(super) href: String,
    /// What people call it.
    pub(super) title: String,
}

impl Step {
    /// The landing page.
    pub(super) fn landing(url: &MapUrl) -> Self {
        Self { href: url.landing().to_owned(), title: "健康地图".into() }
    }

    /// All layers.
    pub(super) fn collections(url: &MapUrl) -> Self {
        Self { href: url.collections(), title: "全部图层".into() }
    }

    /// One layer.
    pub(super) fn collection(url: &MapUrl, id: &str, title: &str) -> Self {
        Self { href: url.collection(id), title: title.to_owned() }
    }
}

/// A whole page. `way` leads from the landing page to the page above this one.
pub(super) fn page(title: &str, way: &[Step], links: &[Link], content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                @for link in links.iter().filter(|link| matches!(link.rel, "alternate" | "next" | "prev")) {
                    link rel=(link.rel) type=(link.media_type) href=(link.href);
                }
                style { (PreEscaped(STYLE)) }
            }
            body {
                @if !way.is_empty() {
                    nav.way aria-label="当前位置" {
                        @for step in way { a href=(step.href) { (step.title) } " › " }
                        span { (title) }
                    }
                }
                main { (content) }
                footer { (link_list(links)) }
            }
        }
    }
}

/// Every link of the resource.
fn link_list(links: &[Link]) -> Markup {
    html! {
        details {
            summary { "给软件用的链接" }
            ul.links {
                @for link in links {
                    li {
                        a href=(link.href) rel=[plain_relation(link.rel)] type=(link.media_type) { (link.title) }
                        " " small { (link.rel) " · " (link.media_type) }
                    }
                }
            }
        }
    }
}

/// Relations that HTML knows; the others would be read as several words or mean nothing there.
fn plain_relation(rel: &str) -> Option<&str> {
    matches!(rel, "alternate" | "next" | "prev").then_some(rel)
}
