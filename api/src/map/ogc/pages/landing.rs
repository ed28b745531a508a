//! The landing page: what this is, for a resident and for a GIS officer.

use std::cmp::Reverse;

use geo::HasDimensions;
use geodata::snapshot::{Feature, LayerSnapshot, PageQuery};
use maud::{Markup, html};

use super::layout;
use super::picture;
use crate::map::ogc::dto::LandingPage;
use crate::map::ogc::links::MapUrl;
use crate::map::published::MapState;

/// Places that the picture shows at most.
const MOST_DRAWN: usize = 240;

/// The page.
pub(in crate::map::ogc) fn page(url: &MapUrl, map: &MapState, landing: &LandingPage) -> Markup {
    let content = html! {
        div itemscope itemtype="https://schema.org/DataCatalog" {
            h1 itemprop="name" { (landing.title) }
            p itemprop="description" { (landing.description) }
            @if let Some(overview) = overview(url, map) {
                (overview)
                (legend(url, map))
                p.quiet { "图上是各图层的部分地点，点一下看详情；全部地点在下面的图层里。" }
            }
            (layers(url, map))
        }
        (for_gis(url))
        h2 { "更多" }
        ul {
            li { a href=(url.collections()) { "全部图层的说明" } }
            li { a href=(url.definition()) { "接口说明" } "，写程序读取数据时用" }
            li { a href=(url.conformance()) { "符合的标准" } }
        }
    };
    layout::page(&landing.title, &[], &landing.links, &content)
}

/// Some places of every layer in one picture.
fn overview(url: &MapUrl, map: &MapState) -> Option<Markup> {
    let share = PageQuery { limit: (MOST_DRAWN / map.layers.len().max(1)).max(1), ..PageQuery::default() };
    let layers = map.layers.iter().filter_map(|layer| map.snapshot.layer(&layer.id));
    let mut places: Vec<&Feature> =
        layers.flat_map(|layer| map.snapshot.page(layer, &share).features).collect();
    // Spots stay visible above the areas they lie in.
    places.sort_by_key(|place| Reverse(place.geometry().map(HasDimensions::dimensions)));
    let address = |place: &Feature| Some(url.item(place.layer(), place.id()));
    let colour = |place: &Feature| {
        let layer = map.layers.iter().position(|layer| layer.id == **place.layer());
        layer.map(picture::layer_class)
    };
    picture::overview(&places, "健康地图上的地点", address, colour)
}

/// Which colour the places of each layer have in the picture.
fn legend(url: &MapUrl, map: &MapState) -> Markup {
    let is_empty = |id: &str| map.snapshot.layer(id).is_none_or(|layer| layer.count() == 0);
    let layers = map.layers.iter().enumerate().filter(|(_, layer)| !is_empty(&layer.id));
    html! {
        ul.legend aria-label="图例" {
            @for (place, layer) in layers {
                li {
                    span class={ "dot " (picture::layer_class(place)) } {}
                    a href=(url.items(&layer.id)) { (layer.title) }
                }
            }
            li { span class="dot hollow" {} "空心的是示例数据，并不存在" }
        }
    }
}

fn layers(url: &MapUrl, map: &MapState) -> Markup {
    html! {
        h2 { "看什么" }
        p.quiet { "标有“示例数据”的地方只用于演示，并不存在，请不要前往。" }
        ul.cards {
            @for layer in &map.layers {
                @let count = map.snapshot.layer(&layer.id).map_or(0, LayerSnapshot::count);
                li itemprop="dataset" itemscope itemtype="https://schema.org/Dataset" {
                    span.count { (count) " 处" }
                    a.name href=(url.items(&layer.id)) itemprop="url" { span itemprop="name" { (layer.title) } }
                    p.quiet itemprop="description" { (layer.description) }
                }
            }
        }
    }
}

fn for_gis(url: &MapUrl) -> Markup {
    let address = url.landing();
    html! {
        h2 { "用 GIS 软件打开" }
        p { "这张地图是标准的 OGC API Features 服务，坐标为 WGS-84 经纬度。在软件里填这个网址：" }
        pre { (address) }
        h3 { "QGIS" }
        p { "图层 → 添加图层 → 添加 WFS / OGC API - Features 图层 → 新建，网址填上面一行，版本选 OGC API - Features，然后连接。" }
        h3 { "ArcGIS Pro" }
        p { "插入 → 连接 → 服务器 → 新建 OGC API 服务器，服务器 URL 填上面一行。" }
        h3 { "矢量瓦片" }
        p { "网页地图（MapLibre）直接用这个样式，里面有全部图层：" }
        pre { (address) "/style.json" }
        p { "QGIS：图层 → 添加图层 → 添加矢量瓦片图层 → 新建常规连接，网址填下面一行，最大缩放级别填 16。" }
        pre { (address) "/tiles/WebMercatorQuad/{z}/{y}/{x}" }
        h3 { "GDAL" }
        pre { "ogrinfo OAPIF:" (address) "\nogr2ogr park.gpkg OAPIF:" (address) " park" }
    }
}
