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
use super::negotiation::{JSON_SCHEMA, OPENAPI_30};
use super::reference_systems::{CRS84, uris};
use crate::map::published::{LayerInfo, MapState, RegionInfo};
use crate::map::tiles;

/// Only classes whose abstract tests are part of this server's tests.
const CONFORMANCE: &[&str] = &[
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/core-roles-features",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/array-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/property-property",
    "http://www.opengis.net/spec/cql2/1.0/conf/functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/arithmetic",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/collections-selection",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/create-replace-delete",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/update",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/optimistic-locking-etags",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/features",
];

/// Name of the map: that of its street where it is of one, else just "health map".
pub(in crate::map) fn map_title(map: &MapState) -> String {
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
    add(
        "http://www.opengis.net/def/rel/ogc/1.0/functions",
        "application/json",
        url.functions(),
        "条件中可用的函数",
    );
    for (rel, href, title) in tiles::links_of_landing_page(url) {
        add(rel, "application/json", href, title);
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
            links.extend(links_of(asked.url(), layer));
            links.extend(download::links_to_items(asked.url(), layer));
            links.push(tiles::link_of_collection(asked.url(), layer));
            collection(map, layer, links)
        })
        .collect();
    CollectionList { links: asked.own_links(&asked.url().collections()), collections, crs: uris(map) }
}

/// One layer.
pub(super) fn one_collection(asked: &ResourceRequest<'_>, map: &MapState, layer: &LayerInfo) -> Collection {
    let mut links = asked.own_links(&asked.url().collection(&layer.id));
    links.extend(links_of(asked.url(), layer));
    links.extend(download::links_to_items(asked.url(), layer));
    links.push(tiles::link_of_collection(asked.url(), layer));
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
        crs: uris(map),
        storage_crs: CRS84.to_owned(),
    }
}

/// To the places of a layer, and to what they have.
fn links_of(url: &MapUrl, layer: &LayerInfo) -> Vec<Link> {
    let (items, id) = (url.items(&layer.id), &layer.id);
    let title = format!("{}的全部地点", layer.title);
    let alternate = html(&items);
    let link = |rel, href, media_type, title: &str| Link { href, rel, media_type, title: title.to_owned() };
    vec![
        link("items", items, "application/geo+json", &title),
        link("items", alternate, "text/html", &title),
        link("describedby", url.schema(id), JSON_SCHEMA, "地点有哪些属性"),
        link("http://www.opengis.net/def/rel/ogc/1.0/schema", url.schema(id), JSON_SCHEMA, "地点有哪些属性"),
        link(
            "http://www.opengis.net/def/rel/ogc/1.0/queryables",
            url.queryables(id),
            JSON_SCHEMA,
            "可以按什么查询",
        ),
        link(
            "http://www.opengis.net/def/rel/ogc/1.0/sortables",
            url.sortables(id),
            JSON_SCHEMA,
            "可以按什么排序",
        ),
    ]
}

fn html(address: &str) -> String {
    with_parameters(address, [("f", "html")])
}

/// The box, rounded outwards to the seven decimals that positions are written with, so that none
/// lies outside.
pub(in crate::map) fn around(extent: &Bbox) -> [f64; 4] {
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
