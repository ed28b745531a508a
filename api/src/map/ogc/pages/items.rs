//! A page of places.

use geodata::snapshot::{Feature, Page};
use maud::{Markup, html};

use super::fields::{Fields, demonstration_mark};
use super::layout::{self, Step};
use super::picture::{is_numbered, picture};
use crate::map::ogc::dto::Link;
use crate::map::ogc::features::Layer;
use crate::map::ogc::links::MapUrl;

/// The page; `seen` places come before it.
pub(in crate::map::ogc) fn page(
    url: &MapUrl,
    layer: Layer<'_>,
    page: &Page<'_>,
    seen: usize,
    links: &[Link],
) -> Markup {
    let title = &layer.info.title;
    let address = |feature: &Feature| url.item(&layer.info.id, feature.id());
    let content = html! {
        h1 { (title) }
        p { (layer.info.description) }
        p.quiet { (position(page, seen)) }
        @if let Some(picture) = picture(&page.features, &format!("{title}的位置"), |feature| Some(address(feature))) {
            (picture)
        }
        ul.cards {
            @for (place, feature) in page.features.iter().enumerate() {
                (item(feature, &address(feature), is_numbered(&page.features).then_some(place + 1)))
            }
        }
        (turn(links))
    };
    let way = [Step::landing(url), Step::collections(url), Step::collection(url, &layer.info.id, title)];
    layout::page(&format!("{title}的地点"), &way, links, &content)
}

fn position(page: &Page<'_>, seen: usize) -> String {
    let (matched, returned) = (page.matched, page.features.len());
    if returned == 0 {
        return format!("共 {matched} 处，这一页没有。");
    }
    let (first, last) = (seen.saturating_add(1), seen.saturating_add(returned));
    if first == 1 && returned == matched {
        format!("共 {matched} 处。")
    } else {
        format!("共 {matched} 处，这里是第 {first} 到 {last} 处。")
    }
}

fn item(feature: &Feature, address: &str, number: Option<usize>) -> Markup {
    let fields = Fields::of(feature);
    html! {
        li itemscope itemtype="https://schema.org/Place" {
            @if let Some(number) = number { span.number { (number) } " " }
            a.name href=(address) itemprop="url" { span itemprop="name" { (feature.name()) } }
            @if fields.is_demonstration() { (demonstration_mark()) }
            (fields.summary())
            @if feature.geometry().is_none() { p.quiet { "位置待补充" } }
            details { summary { "全部信息" } (fields.table()) }
        }
    }
}

fn turn(links: &[Link]) -> Markup {
    let to = |rel: &str| links.iter().find(|link| link.rel == rel);
    html! {
        nav.pages aria-label="翻页" {
            @if let Some(link) = to("prev") { a href=(link.href) rel="prev" { "← 上一页" } } @else { span {} }
            @if let Some(link) = to("next") { a href=(link.href) rel="next" { "下一页 →" } }
        }
    }
}
