//! One place.

use geodata::snapshot::Feature;
use maud::{Markup, html};

use super::fields::{Fields, demonstration_mark};
use super::layout::{self, Step};
use super::picture::picture;
use crate::map::ogc::dto::Link;
use crate::map::ogc::features::Layer;
use crate::map::ogc::links::MapUrl;
use crate::map::photos::PlacePhoto;

/// Decimals of a degree that positions are stored with.
const DECIMALS: u8 = 7;

/// Size in which photos are shown, in pixels of width.
const PHOTO_SIZE: &str = "320";

/// The page of a place with its photos.
pub(in crate::map::ogc) fn page(
    url: &MapUrl,
    layer: Layer<'_>,
    (feature, photos): (&Feature, &[PlacePhoto]),
    links: &[Link],
) -> Markup {
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
            @for shown in photos { (photo(shown, name)) }
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

fn photo(photo: &PlacePhoto, name: &str) -> Markup {
    let small = photo.sizes.iter().find(|(size, ..)| size == PHOTO_SIZE);
    let file = small.map_or("original", |(size, ..)| size.as_str());
    let said = [Some(photo.caption.as_str()), photo.alt.as_deref()].into_iter().flatten();
    let said = said.map(str::trim).find(|said| !said.is_empty()).unwrap_or(name);
    html! {
        figure.photo {
            img src={ "/media/" (photo.media_id) "/" (file) } alt=(said) loading="lazy"
                width=[small.map(|(_, width, _)| width)] height=[small.map(|(.., height)| height)];
            @if !photo.caption.is_empty() || !photo.credit.is_empty() {
                figcaption {
                    (photo.caption)
                    @if !photo.credit.is_empty() { small { " 摄影：" (photo.credit) } }
                }
            }
        }
    }
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
        let shown = page(&MapUrl::at("http://a"), layer, (map.feature(7).unwrap(), &[]), &[]).into_string();
        assert!(shown.contains("位置待补充") && !shown.contains("<svg"), "{shown}");
    }

    #[test]
    fn a_photo_is_shown_small_with_what_it_shows() {
        let mut gate = PlacePhoto {
            media_id: uuid::Uuid::nil(),
            caption: "正门 \"东\"".into(),
            credit: String::new(),
            alt: None,
            width: Some(1_600),
            height: Some(1_200),
            sizes: vec![("320".into(), 320, 240), ("750".into(), 750, 563)],
        };
        let shown = photo(&gate, "葵涌公园").into_string();
        let file = format!("src=\"/media/{}/320\" alt=\"正门 &quot;东&quot;\"", uuid::Uuid::nil());
        assert!(shown.contains(&file) && shown.contains("width=\"320\" height=\"240\""), "{shown}");
        (gate.caption, gate.sizes) = (String::new(), Vec::new());
        let shown = photo(&gate, "葵涌公园").into_string();
        assert!(shown.contains("/original\" alt=\"葵涌公园\"") && !shown.contains("figcaption"), "{shown}");
    }
}
