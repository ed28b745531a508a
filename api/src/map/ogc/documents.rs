//! What the landing page, the conformance declaration and the layers say.

use std::collections::BTreeMap;

use geodata::Bbox;
use geodata::snapshot::LayerSnapshot;

use super::answer::ResourceRequest;
use super::download;
use super::dto::{
    Collection, CollectionList, ConformanceDeclaration, Extent, LandingPage, Link, SpatialExtent,
};
use super::links::{MapUrl, with_parameters};
use super::negotiation::OPENAPI_30;
use crate::map::published::{LayerInfo, MapState, RegionInfo};

/// WGS-84, longitude before latitude, in degrees.
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// Only classes whose abstract tests are part of this server's tests.
const CONFORMANCE: &[&str] = &[
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
];

/// Name of the map: that of its street where it is of one, else just "health map".
pub(super) fn map_title(map: &MapState) -> String {
    let street = only_street(&map.regions).map_or("", |street| street.name.as_str());
    format!("{street}健康地图")
}

/// The street whose communities are listed. The first nine digits of a 12-digit statistical code
/// name the street, the last three a community in it.
fn only_street(regions: &BTreeMap<String, RegionInfo>) -> Option<&RegionInfo> {
    let mut streets = regions.keys().filter(|code| !code.ends_with("000")).filter_map(|code| code.get(..9));
    let street = streets.next()?;
    streets.all(|other| other == street).then(|| regions.get(&format!("{street}000")))?
}

/// Where everything starts.
pub(super) fn landing_page(asked: &ResourceRequest<'_>, map: &MapState) -> LandingPage {
    let url = asked.url();
    let mut links = asked.own_links(url.landing());
    let mut add = |rel, media_type, href, title: &str| {
        links.push(Link { href, rel, media_type, title: title.into() });
    };
    add("service-desc", OPENAPI_30, url.definition(), "接口定义（OpenAPI 3.0）");
    add("service-doc", "text/html", html(&url.definition()), "接口说明");
    for rel in ["conformance", "http://www.opengis.net/def/rel/ogc/1.0/conformance"] {
        add(rel, "application/json", url.conformance(), "符合的标准");
    }
    for rel in ["data", "http://www.opengis.net/def/rel/ogc/1.0/data"] {
        add(rel, "application/json", url.collections(), "全部图层");
    }
    LandingPage {
        title: map_title(map),
        description: "身边的绿道、步道、公园、运动场、健康小屋和社康机构：在哪里，什么时候开放，有什么设施。"
            .into(),
        links,
    }
}

/// Which standards hold.
pub(super) fn conformance() -> ConformanceDeclaration {
    ConformanceDeclaration { conforms_to: CONFORMANCE }
}

/// All layers, in display order.
pub(super) fn collection_list(asked: &ResourceRequest<'_>, map: &MapState) -> CollectionList {
    let collections = map
        .layers
        .iter()
        .map(|layer| {
            let mut links = vec![Link {
                href: asked.url().collection(&layer.id),
                rel: "self",
                media_type: "application/json",
                title: layer.title.clone(),
            }];
            links.extend(links_to_items(asked.url(), layer));
            links.extend(download::links_to_items(asked.url(), layer));
            collection(map, layer, links)
        })
        .collect();
    CollectionList { links: asked.own_links(&asked.url().collections()), collections }
}

/// One layer.
pub(super) fn one_collection(asked: &ResourceRequest<'_>, map: &MapState, layer: &LayerInfo) -> Collection {
    let mut links = asked.own_links(&asked.url().collection(&layer.id));
    links.extend(links_to_items(asked.url(), layer));
    links.extend(download::links_to_items(asked.url(), layer));
    collection(map, layer, links)
}

fn collection(map: &MapState, layer: &LayerInfo, links: Vec<Link>) -> Collection {
    let extent = map
        .snapshot
        .layer(&layer.id)
        .and_then(LayerSnapshot::extent)
        .map(|extent| Extent { spatial: SpatialExtent { bbox: [around(&extent)], crs: CRS84 } });
    Collection {
        id: layer.id.clone(),
        title: layer.title.clone(),
        title_en: layer.title_en.clone(),
        description: layer.description.clone(),
        links,
        extent,
        item_type: "feature",
        crs: &[CRS84],
    }
}

fn links_to_items(url: &MapUrl, layer: &LayerInfo) -> [Link; 2] {
    let items = url.items(&layer.id);
    let title = format!("{}的全部地点", layer.title);
    let alternate = html(&items);
    let link = |href, media_type, title| Link { href, rel: "items", media_type, title };
    [link(items, "application/geo+json", title.clone()), link(alternate, "text/html", title)]
}

fn html(address: &str) -> String {
    with_parameters(address, [("f", "html")])
}

/// The box, rounded outwards to the seven decimals that positions are written with, so that none
/// lies outside.
fn around(extent: &Bbox) -> [f64; 4] {
    let steps = |degrees: f64| (degrees * 1e7).round();
    let down = |degrees: f64| {
        let rounded = steps(degrees) / 1e7;
        if rounded <= degrees { rounded } else { (steps(degrees) - 1.0) / 1e7 }
    };
    [down(extent.west), down(extent.south), -down(-extent.east), -down(-extent.north)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions(codes: &[&str]) -> BTreeMap<String, RegionInfo> {
        let info =
            |code: &str| RegionInfo { name: format!("区划{code}"), time_zone: "Asia/Shanghai".into() };
        codes.iter().map(|code| ((*code).to_owned(), info(code))).collect()
    }

    #[test]
    fn a_map_of_one_street_is_named_after_it() {
        let one = regions(&["440307000000", "440307009000", "440307009001", "440307009002", "440307010000"]);
        assert_eq!(only_street(&one).unwrap().name, "区划440307009000");
        let two = regions(&["440307009000", "440307009001", "440307010000", "440307010001"]);
        assert!(only_street(&two).is_none());
        assert!(only_street(&regions(&["440300000000", "短"])).is_none());
    }

    #[test]
    fn an_extent_never_shrinks_by_rounding() {
        let extent = Bbox::new(114.350_000_04, 22.599_999_96, 114.520_000_04, 22.680_000_01).unwrap();
        let [west, south, east, north] = around(&extent);
        assert!(west <= extent.west && south <= extent.south && east >= extent.east && north >= extent.north);
        assert!((west - 114.35).abs() < 1e-9 && (east - 114.520_000_1).abs() < 1e-9);
        let tidy = Bbox::new(114.403_241, 22.615_858, 114.513_54, 22.662_006).unwrap();
        assert_eq!(format!("{:?}", around(&tidy)), "[114.403241, 22.615858, 114.51354, 22.662006]");
    }
}
