//! OGC API Tiles 1.0 (20-057): its requirements under their own names; `TileJSON` and the style.

use geodata::tiles::SINGLE_PLACES_ZOOM;
use serde_json::{Value, json};

use super::{MIDDLE, href, layers, link};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    req_core_tc_op_and_success,
    req_core_tc_error,
    req_tileset_tileset_description,
    req_tilesets_list_tileset_path_and_links,
    req_dataset_tilesets_landing_page,
    req_geodata_tilesets_desc_links,
    req_collections_selection_of_tile_sets,
    req_mvt_content,
    req_oas30_operation_id,
    req_conformance_success,
    the_tile_matrix_set_is_the_registered_one,
    tile_json_counts_columns_before_rows,
    the_style_draws_every_layer_and_asks_no_other_host,
);

const TILE_SETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
const TILING_SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";

/// The address of a tile made from the template of a tile set.
fn filled(template: &str) -> String {
    let [zoom, row, column] = MIDDLE.split('/').collect::<Vec<_>>()[..] else { panic!() };
    template.replace("{tileMatrix}", zoom).replace("{tileRow}", row).replace("{tileCol}", column)
}

/// The addresses of all tile sets: of the map and of its layers.
async fn tile_sets(app: &TestApp) -> Vec<String> {
    let mut lists = vec![app.get("/map").await.ok()];
    let collections = app.get("/map/collections").await.ok();
    lists.extend(collections["collections"].as_array().unwrap().iter().cloned());
    let mut found = Vec::new();
    for list in lists {
        let sets = app.get(href(&list, TILE_SETS)).await.ok();
        found.push(href(&sets["tilesets"][0], "self").to_owned());
    }
    found
}

async fn req_core_tc_op_and_success(app: TestApp) {
    let mut shown = 0;
    for set in tile_sets(&app).await {
        let set = app.get(&set).await.ok();
        let tile = app.get(&filled(href(&set, "item"))).await;
        assert!([200, 204].contains(&tile.status));
        if tile.status == 200 {
            shown += 1;
            for layer in layers(&tile) {
                assert!(
                    set["layers"].as_array().unwrap().iter().any(|known| known["id"] == layer.name.as_str())
                );
            }
        }
    }
    assert!(shown > 5, "{shown} tiles over the middle");
}

async fn req_core_tc_error(app: TestApp) {
    for outside in ["30/0/0", "1/2/0", "1/0/2"] {
        assert_eq!(app.get(&format!("/map/tiles/WebMercatorQuad/{outside}")).await.status, 404);
    }
    assert_eq!(app.get("/map/tiles/WebMercatorQuad/1/0/0").await.status, 204);
}

async fn req_tileset_tileset_description(app: TestApp) {
    for address in tile_sets(&app).await {
        let set = app.get(&address).await.ok();
        assert_eq!(set["dataType"], "vector");
        assert_eq!(set["crs"], "http://www.opengis.net/def/crs/EPSG/0/3857");
        assert_eq!(
            set["tileMatrixSetURI"],
            "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
        );
        assert_eq!(href(&set, "self"), address);
        let item = link(&set, "item");
        assert_eq!(
            (&item["templated"], &item["type"]),
            (&json!(true), &json!("application/vnd.mapbox-vector-tile"))
        );
        let scheme = app.get(href(&set, TILING_SCHEME)).await.ok();
        assert_eq!(scheme["id"], "WebMercatorQuad");
        let (low, high) = (&set["boundingBox"]["lowerLeft"], &set["boundingBox"]["upperRight"]);
        assert!(low[0].as_f64() <= high[0].as_f64() && low[1].as_f64() <= high[1].as_f64(), "{set}");
    }
    let whole = app.get("/map/tiles/WebMercatorQuad").await.ok();
    assert_eq!(whole["layers"].as_array().unwrap().len(), app.state.map.current().layers.len());
}

async fn req_tilesets_list_tileset_path_and_links(app: TestApp) {
    for path in ["/map/tiles", "/map/collections/park/tiles"] {
        let list = app.get(path).await.ok();
        assert_eq!(href(&list, "self"), format!("{}{path}", app.base_url));
        let [set] = list["tilesets"].as_array().unwrap().as_slice() else { panic!("{list}") };
        assert_eq!(href(set, "self"), format!("{}{path}/WebMercatorQuad", app.base_url));
        assert_eq!(set["dataType"], "vector");
        assert!(set["crs"].is_string() && set["tileMatrixSetURI"].is_string());
        app.get(href(set, TILING_SCHEME)).await.ok();
    }
}

async fn req_dataset_tilesets_landing_page(app: TestApp) {
    let landing = app.get("/map").await.ok();
    assert_eq!(href(&landing, TILE_SETS), format!("{}/map/tiles", app.base_url));
    let schemes = app.get(href(&landing, "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes")).await.ok();
    let definition = app.get(href(&schemes["tileMatrixSets"][0], "self")).await.ok();
    assert_eq!(definition["uri"], schemes["tileMatrixSets"][0]["uri"]);
}

async fn req_geodata_tilesets_desc_links(app: TestApp) {
    let collections = app.get("/map/collections").await.ok();
    for listed in collections["collections"].as_array().unwrap() {
        let id = listed["id"].as_str().unwrap();
        let one = app.get(&format!("/map/collections/{id}")).await.ok();
        for collection in [listed, &one] {
            assert_eq!(href(collection, TILE_SETS), format!("{}/map/collections/{id}/tiles", app.base_url));
        }
    }
}

async fn req_collections_selection_of_tile_sets(app: TestApp) {
    let list = app.get("/map/tiles?collections=trail,park").await.ok();
    let set = app.get(href(&list["tilesets"][0], "self")).await.ok();
    let ids: Vec<&Value> = set["layers"].as_array().unwrap().iter().map(|layer| &layer["id"]).collect();
    assert_eq!(ids, ["trail", "park"]);
    let template = href(&set, "item");
    assert!(template.ends_with("?collections=trail,park"), "{template}");
    let found = layers(&app.get(&filled(template)).await);
    assert!(found.iter().all(|layer| ["trail", "park"].contains(&layer.name.as_str())));
    app.get("/map/tiles?collections=x").await.problem(400, "bad_parameter");
    app.get("/map/tiles/WebMercatorQuad?collections=x").await.problem(400, "bad_parameter");
}

async fn req_mvt_content(app: TestApp) {
    let found = layers(&super::tile(&app, MIDDLE).await);
    assert!(found.iter().all(|layer| layer.version == 2 && layer.extent == 4096));
}

async fn req_oas30_operation_id(app: TestApp) {
    let definition = app.get("/map/api").await.ok();
    for (path, id) in [
        ("/tiles", ".dataset.vector.getTileSetsList"),
        ("/tiles/{tileMatrixSetId}", ".dataset.vector.getTileSet"),
        ("/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}", ".dataset.vector.getTile"),
        ("/collections/{collectionId}/tiles", ".collection.vector.getTileSetsList"),
        ("/collections/{collectionId}/tiles/{tileMatrixSetId}", ".collection.vector.getTileSet"),
        (
            "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
            ".collection.vector.getTile",
        ),
        ("/tileMatrixSets", "getTileMatrixSetsList"),
        ("/tileMatrixSets/{tileMatrixSetId}", "getTileMatrixSet"),
    ] {
        let operation = &definition["paths"][path]["get"];
        assert!(operation["operationId"].as_str().unwrap().ends_with(id), "{path}: {operation}");
        assert!(operation["responses"]["404"].is_object() || !path.contains('{'), "{path}");
    }
}

async fn req_conformance_success(app: TestApp) {
    let declared = app.get("/map/conformance").await.ok();
    let classes = declared["conformsTo"].as_array().unwrap();
    for class in [
        "core",
        "tileset",
        "tilesets-list",
        "dataset-tilesets",
        "geodata-tilesets",
        "collections-selection",
        "mvt",
        "oas30",
    ] {
        let class = format!("http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/{class}");
        assert!(classes.contains(&json!(class)), "{class}");
    }
}

async fn the_tile_matrix_set_is_the_registered_one(app: TestApp) {
    let set = app.get("/map/tileMatrixSets/WebMercatorQuad").await.ok();
    let matrices = set["tileMatrices"].as_array().unwrap();
    assert_eq!(matrices.len(), 21);
    // As printed in 17-083r4, annex D.1.
    for (zoom, scale) in [(0, 559_082_264.028_717), (1, 279_541_132.014_358), (18, 2_132.729_583_849_784)] {
        let matrix = &matrices[zoom];
        assert_eq!(matrix["id"], zoom.to_string());
        assert!((matrix["scaleDenominator"].as_f64().unwrap() / scale - 1.0).abs() < 1e-11, "{matrix}");
        assert_eq!((&matrix["matrixWidth"], &matrix["tileHeight"]), (&json!(1_u64 << zoom), &json!(256)));
        assert!((matrix["pointOfOrigin"][0].as_f64().unwrap() + 20_037_508.342_789).abs() < 1e-3, "{matrix}");
    }
}

async fn tile_json_counts_columns_before_rows(app: TestApp) {
    let described = app.get("/map/tiles.json").await.ok();
    assert_eq!((&described["tilejson"], &described["scheme"]), (&json!("3.0.0"), &json!("xyz")));
    let template = described["tiles"][0].as_str().unwrap();
    assert_eq!(template, format!("{}/map/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}", app.base_url));
    assert!(described["maxzoom"].as_u64().unwrap() >= SINGLE_PLACES_ZOOM.into());
    let ids: Vec<&str> = described["vector_layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["id"].as_str().unwrap())
        .collect();
    let map = app.state.map.current();
    assert_eq!(ids, map.layers.iter().map(|layer| layer.id.as_str()).collect::<Vec<_>>());
    let bounds: Vec<f64> = described["bounds"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    let (lon, lat) = (described["center"][0].as_f64().unwrap(), described["center"][1].as_f64().unwrap());
    assert!(bounds[0] <= lon && lon <= bounds[2] && bounds[1] <= lat && lat <= bounds[3]);
    assert_eq!(described["attribution"], "ODbL-1.0, © OpenStreetMap contributors");
    // Every attribute that a tile has is described.
    let found = layers(&super::tile(&app, MIDDLE).await);
    for key in found.iter().flat_map(|layer| &layer.features).flat_map(|feature| feature.tags.keys()) {
        assert!(described["vector_layers"][0]["fields"][key].is_string(), "{key}");
    }
}

async fn the_style_draws_every_layer_and_asks_no_other_host(app: TestApp) {
    for path in ["/map/style.json", "/map/style.json?labels=local", "/map/style.json?labels=none"] {
        let style = app.get(path).await.ok();
        assert_eq!(style["version"], 8);
        assert_eq!(style["sources"]["kangtu"]["url"], format!("{}/map/tiles.json", app.base_url));
        assert!(style.get("glyphs").is_none() && style.get("sprite").is_none());
        let text = style.to_string();
        let addresses: Vec<&str> = text.match_indices("http").map(|(at, _)| &text[at..]).collect();
        assert!(addresses.iter().all(|address| address.starts_with(&app.base_url)), "{text}");
        let drawn = style["layers"].as_array().unwrap();
        for layer in &app.state.map.current().layers {
            for kind in ["fill", "line", "circle"] {
                let of_kind =
                    |drawn: &&Value| drawn["source-layer"] == layer.id.as_str() && drawn["type"] == kind;
                assert!(drawn.iter().any(|drawn| of_kind(&drawn)), "{kind} of {}", layer.id);
            }
        }
        let ids: std::collections::BTreeSet<&str> =
            drawn.iter().map(|drawn| drawn["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), drawn.len(), "ids are unique");
        assert_eq!(text.contains("\"symbol\""), path.ends_with("local"));
    }
}
