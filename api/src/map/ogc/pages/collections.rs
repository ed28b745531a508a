//! The list of all layers.

use geodata::snapshot::LayerSnapshot;
use maud::{Markup, html};

use super::collection;
use super::layout::{self, Step};
use crate::map::ogc::dto::CollectionList;
use crate::map::ogc::links::MapUrl;
use crate::map::published::MapState;

/// The page.
pub(in crate::map::ogc) fn page(url: &MapUrl, map: &MapState, list: &CollectionList) -> Markup {
    let content = html! {
        h1 { "全部图层" }
        ul.cards {
            @for layer in &list.collections {
                @let count = map.snapshot.layer(&layer.id).map_or(0, LayerSnapshot::count);
                li itemscope itemtype="https://schema.org/Dataset" {
                    span.count { (count) " 处" }
                    a.name href=(url.collection(&layer.id)) itemprop="url" { span itemprop="name" { (layer.title) } }
                    p.quiet itemprop="description" { (layer.description) }
                    details { summary { "详细" } (collection::facts(layer)) (collection::links(layer)) }
                }
            }
        }
    };
    layout::page("全部图层", &[Step::landing(url)], &list.links, &content)
}
