//! One place.

use geodata::snapshot::Feature;
use maud::{Markup, html};

use super::fields::{Fields, demonstration_mark};
use super::layout::{self, Step};
use super::picture::picture;
use crate::map::ogc::dto::Link;
use crate::map::ogc::features::Layer;
use crate::map::ogc::links::MapUrl;

/// Decimals of a degree that positions are stored with.
const DECIMALS: u8 = 7;

/// The page.
pub(in crate::map::ogc) fn page(url: &MapUrl, layer: Layer<'_>, feature: &Feature, links: &[Link]) -> Markup {
    let fields = Fields::of(feature);
    let name = feature.name();
    let content = html! {
        article itemscope itemtype="https://schema.org/Place" {
            h1 {
                span itemprop="name" { (name) }
                @if fields.is_demonstration() { (demonstration_mark()) }
            }
            @if fields.is_demonstration() { p { "这是演示用的数据，不是真实的地点，请不要前往。" } }
            (fields.summary())
            @if let Some(picture) = picture(&[feature], &format!("{name}的位置"), |_| None) {
                (picture)
            } @else {
                p.quiet { "位置待补充。" }
            }
            h2 { "全部信息" }
            (fields.table())
            (entrances(feature))
            (geometry(feature))
        }
    };
    let info = layer.info;
    let way = [
        Step::landing(url),
        Step::collections(url),
        Step { href: url.items(&info.id), title: info.title.clone() },
    ];
    layout::page(name, &way, links, &content)
}

fn entrances(feature: &Feature) -> Markup {
    html! {
        @if !feature.entrances().is_empty() {
            h2 { "入口" }
            ul {
                @for entrance in feature.entrances() {
                    li {
                        (entrance.name.as_deref().unwrap_or("入口"))
                        " " small { (entrance.kind) "，东经 " (entrance.at.lon) "°，北纬 " (entrance.at.lat) "°" }
                    }
                }
            }
        }
    }
}

fn geometry(feature: &Feature) -> Markup {
    let Some(geometry) = feature.geometry() else {
        return html! {};
    };
    let mut text = Vec::new();
    geodata::geometry::write_geometry(geometry, DECIMALS, &mut text);
    html! {
        details {
            summary { "坐标（GeoJSON，WGS-84 经纬度）" }
            table {
                tbody {
                    tr { th scope="row" { "编号" code { "id" } } td { (feature.id()) } }
                    tr { th scope="row" { "形状" code { "geometry" } } td { code { (String::from_utf8_lossy(&text)) } } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use geodata::snapshot::{FeatureRecord, LayerRecord, Snapshot};

    use super::*;
    use crate::map::published::LayerInfo;

    #[test]
    fn a_place_whose_position_is_unknown_has_a_page() {
        let record = LayerRecord { id: "park".into(), icon: "park".into(), min_zoom: 0, max_zoom: 20 };
        let park = FeatureRecord {
            id: 7,
            layer: "park".into(),
            version: 1,
            name: "葵涌公园".into(),
            geometry: None,
            properties: r#"{"name":"葵涌公园","demo":false}"#.into(),
            entrances: Vec::new(),
        };
        let map = Snapshot::build(vec![record], vec![park], 1, 0, Vec::new()).unwrap();
        let info = LayerInfo {
            id: "park".into(),
            title: "公园".into(),
            title_en: "Parks".into(),
            description: "绿地。".into(),
            icon: "park".into(),
            min_zoom: 0,
            max_zoom: 20,
            geometry_kinds: vec!["polygon".into()],
        };
        let layer = Layer { info: &info, places: map.layer("park").unwrap() };
        let shown = page(&MapUrl::at("http://a"), layer, map.feature(7).unwrap(), &[]).into_string();
        assert!(shown.contains("位置待补充") && !shown.contains("<svg"), "{shown}");
    }
}
