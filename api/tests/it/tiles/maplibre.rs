//! The map in `MapLibre` GL JS, in a real browser: the style is loaded, places are drawn and found.

use std::path::PathBuf;

use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use kangtu::clock::Clock;
use kangtu::config::Settings;
use kangtu::database::Engine;
use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::world::{World, in_world};
use crate::support::{TestApp, say_skipped};

/// A page of somebody else that shows the map.
const PAGE: &str = r#"<!DOCTYPE html>
<html><head><meta charset="utf-8"><script src="/maplibre/maplibre-gl.js"></script></head>
<body style="margin:0"><div id="map" style="width:800px;height:600px"></div><script>
const faults = [];
const query = new URLSearchParams(location.search);
const map = new maplibregl.Map({
  container: 'map', style: query.get('style'), zoom: Number(query.get('zoom')),
  center: query.get('center').split(',').map(Number), fadeDuration: 0,
  canvasContextAttributes: { preserveDrawingBuffer: true },
});
map.on('error', event => faults.push(String(event.error?.message ?? event)));
map.on('idle', () => { document.documentElement.dataset.view = 'idle'; });
function colours() {
  const copy = document.createElement('canvas');
  const drawn = map.getCanvas();
  [copy.width, copy.height] = [drawn.width, drawn.height];
  const context = copy.getContext('2d');
  context.drawImage(drawn, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer);
  return new Set(pixels).size;
}
</script></body></html>"#;

/// The folder with `maplibre-gl.js`, or one line that says there is none.
fn library() -> Option<PathBuf> {
    let folder = std::env::var_os("KANGTU_MAPLIBRE").map(PathBuf::from);
    if folder.is_none() {
        let required = std::env::var_os("KANGTU_REQUIRE_MAPLIBRE").is_some_and(|value| value == "1");
        assert!(!required, "KANGTU_REQUIRE_MAPLIBRE=1, but KANGTU_MAPLIBRE names no folder");
        say_skipped("the map in MapLibre, because KANGTU_MAPLIBRE names no folder with maplibre-gl.js");
    }
    folder
}

/// Serves the page and the library; its address.
fn serve_page(library: PathBuf) -> String {
    let library = Data::new(library);
    let server = HttpServer::new(move || {
        let page = || async { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(PAGE) };
        App::new()
            .service(actix_files::Files::new("/maplibre", library.get_ref()))
            .default_service(web::to(page))
    });
    let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    actix_web::rt::spawn(server.run());
    format!("http://{address}")
}

#[test]
fn maplibre_draws_what_the_style_says() {
    in_world(Engine::Sqlite, async |world| {
        let Some(library) = library() else { return };
        if let Some(browser) = Browser::start_drawing_if_installed().await {
            Box::pin(drawn(world, library, browser)).await;
        }
    });
}

async fn drawn(world: &World, library: PathBuf, mut browser: Browser) {
    let page = serve_page(library);
    let settings = Settings { cors_origins: vec![page.clone()], ..world.settings() };
    let app = TestApp::start(settings, Clock::system()).await;
    let park = app.get("/map/collections/park/items?limit=1").await.ok()["features"][0].clone();
    let id = park["id"].as_u64().unwrap();
    let shown = app.get(&format!("/api/v1/map/features/{id}?datum=wgs84")).await;
    assert_eq!(shown.status, 200);
    let ring = park["geometry"]["coordinates"].to_string();
    let numbers: Vec<f64> =
        ring.split(['[', ']', ',']).filter_map(|part| part.parse().ok()).take(2).collect();
    let centre = format!("{},{}", numbers[0], numbers[1]);

    for (zoom, labels) in [(17, "none"), (17, "local"), (11, "local")] {
        let style = format!("{}/map/style.json?labels={labels}", app.base_url);
        let address = format!("{page}/?style={style}&zoom={zoom}&center={centre}");
        browser.open(&address).await;
        let idle =
            format!("location.href === {address:?} && document.documentElement.dataset.view === 'idle'");
        browser.until(&idle).await;
        assert_eq!(browser.value("faults.join('; ')").await, "", "zoom {zoom}, labels {labels}");
        let seen = browser
            .value("map.queryRenderedFeatures().map(f => ({...f.properties, id: f.id, layer: f.layer.id}))");
        let seen = seen.await;
        let seen = seen.as_array().unwrap();
        assert!(!seen.is_empty(), "nothing at zoom {zoom}");
        let colours = browser.value("colours()").await.as_u64().unwrap();
        assert!(colours > 3, "{colours} colours at zoom {zoom}");
        if zoom == 17 {
            let found = seen.iter().find(|feature| feature["id"] == id && feature["layer"] == "park-area");
            let found = found.unwrap_or_else(|| panic!("park {id} is not among {seen:?}"));
            assert_eq!(found["name"], park["properties"]["name"]);
        } else {
            let counted =
                |feature: &Value| feature["layer"].as_str().is_some_and(|id| id.ends_with("-cluster"));
            assert!(
                seen.iter().any(|feature| counted(feature) && feature["count"].as_u64() > Some(1)),
                "{seen:?}"
            );
        }
    }
    app.stop().await;
}
