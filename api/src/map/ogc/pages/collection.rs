//! One layer.

use maud::{Markup, html};

use super::layout::{self, Step};
use crate::map::ogc::dto::Collection;
use crate::map::ogc::features::Layer;
use crate::map::ogc::links::MapUrl;

/// The page.
pub(in crate::map::ogc) fn page(url: &MapUrl, layer: Layer<'_>, collection: &Collection) -> Markup {
    let content = html! {
        div itemscope itemtype="https://schema.org/Dataset" {
            h1 itemprop="name" { (collection.title) }
            p itemprop="description" { (collection.description) }
            p { a.button href=(url.items(&collection.id)) itemprop="url" { "查看 " (layer.places.count()) " 处地点" } }
            (facts(collection))
            h2 { "下载" }
            ul.links {
                @for link in collection.links.iter().filter(|link| link.rel == "items" && link.media_type != "text/html") {
                    li { a href=(link.href) itemprop="distribution" { (link.title) } }
                }
            }
        }
    };
    let way = [Step::landing(url), Step::collections(url)];
    layout::page(&collection.title, &way, &collection.links, &content)
}

/// What is known of a layer.
pub(super) fn facts(collection: &Collection) -> Markup {
    html! {
        table {
            tbody {
                tr { th scope="row" { "编号" code { "id" } } td { code { (collection.id) } } }
                tr { th scope="row" { "名称" code { "title" } } td { (collection.title) } }
                tr { th scope="row" { "英文名" code { "title_en" } } td lang="en" { (collection.title_en) } }
                tr { th scope="row" { "说明" code { "description" } } td { (collection.description) } }
                tr { th scope="row" { "范围" code { "extent" } } td { (extent(collection)) } }
                tr { th scope="row" { "内容" code { "itemType" } } td { "地点（" (collection.item_type) "）" } }
                tr {
                    th scope="row" { "坐标系" code { "crs" } }
                    td { @for (place, crs) in collection.crs.iter().enumerate() { @if place > 0 { br; } a href=(crs) { (crs) } } }
                }
                tr {
                    th scope="row" { "存储坐标系" code { "storageCrs" } }
                    td { a href=(collection.storage_crs) { (collection.storage_crs) } }
                }
            }
        }
    }
}

/// The links of a layer in a list of layers.
pub(super) fn links(collection: &Collection) -> Markup {
    html! {
        ul.links {
            @for link in &collection.links {
                li { a href=(link.href) { (link.title) } " " small { (link.rel) " · " (link.media_type) } }
            }
        }
    }
}

fn extent(collection: &Collection) -> Markup {
    let Some(extent) = &collection.extent else {
        return html! { span.quiet { "还没有带位置的地点" } };
    };
    let [[west, south, east, north]] = extent.spatial.bbox;
    html! {
        span itemprop="spatialCoverage" { "西 " (west) "，南 " (south) "，东 " (east) "，北 " (north) }
        " " small { "（度，" a href=(extent.spatial.crs) { "CRS84" } "）" }
    }
}
