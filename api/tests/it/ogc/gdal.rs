//! What GDAL sees.

use std::process::Command;

use super::{collections, features, text};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(gdal_lists_every_layer);

async fn gdal_lists_every_layer(app: TestApp) {
    if Command::new("ogrinfo").arg("--version").output().is_err() {
        crate::support::say_skipped("reading the map with GDAL, because ogrinfo is not installed");
        return;
    }
    let source = format!("OAPIF:{}/map", app.base_url);
    let summary = ogrinfo(&["-ro", "-so", "-al", &source]).await;
    for collection in collections(&app).await {
        let id = text(&collection, "id");
        let layer = summary.split("Layer name: ").find(|part| part.lines().next() == Some(id)).unwrap();
        let count = features(&app, id).await.len();
        assert!(layer.contains(&format!("Feature Count: {count}\n")), "{id}: {layer}");
    }

    let park = features(&app, "park").await.swap_remove(0);
    let one = ogrinfo(&["-ro", "-fid", &park["id"].to_string(), &source, "park"]).await;
    assert!(one.contains("POLYGON (("), "{one}");
    for (name, value) in park["properties"].as_object().unwrap() {
        let Some(value) = value.as_str() else { continue };
        let known = one
            .lines()
            .any(|line| line.trim_start().starts_with(&format!("{name} (")) && line.contains(value));
        assert!(known || name == "updated_at", "{name} is {value} in {one}");
    }

    let near = ogrinfo(&["-ro", "-q", "-spat", "114.42", "22.62", "114.43", "22.64", &source, "park"]).await;
    let found = app.get("/map/collections/park/items?bbox=114.42,22.62,114.43,22.64").await.ok();
    let listed = near.lines().filter(|line| line.starts_with("OGRFeature(park):")).count();
    assert_eq!(found["numberMatched"], listed, "{near}");
    assert!(listed > 0 && listed < 9);

    // GDAL asks by those properties that the queryables name.
    let name = text(&park["properties"], "name");
    let named = ogrinfo(&["-ro", "-q", "-where", &format!("name = '{name}'"), &source, "park"]).await;
    let found = named.lines().filter(|line| line.starts_with("OGRFeature(park):")).count();
    assert!(found == 1 && named.contains(name), "{named}");
}

async fn ogrinfo(arguments: &[&str]) -> String {
    let mut command = Command::new("ogrinfo");
    command.args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
