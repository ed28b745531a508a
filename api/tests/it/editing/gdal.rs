//! GDAL reads what plain HTTP wrote.

use std::process::Command;

use serde_json::json;

use super::{delete, patch, place, published, publisher, tag_of};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(gdal_sees_what_was_drawn_moved_and_deleted);

async fn gdal_sees_what_was_drawn_moved_and_deleted(app: TestApp) {
    if Command::new("ogrinfo").arg("--version").output().is_err() {
        crate::support::say_skipped("reading edits of the map with GDAL, because ogrinfo is not installed");
        return;
    }
    let caller = publisher(&app).await;
    let count = async || {
        let summary = ogrinfo(&app, &["-so", "fitness_site"]).await;
        let line = summary.lines().find_map(|line| line.strip_prefix("Feature Count: ")).unwrap().to_owned();
        line.trim().parse::<u32>().unwrap()
    };
    let before = count().await;
    let (path, id) = published(&caller, &place("GDAL健身点", 114.4203, 22.6335)).await;
    assert_eq!(count().await, before + 1);
    let one = async || ogrinfo(&app, &["-fid", &id.to_string(), "fitness_site"]).await;
    let seen = one().await;
    assert!(seen.contains("GDAL健身点") && seen.contains("POINT (114.4203 22.6335)"), "{seen}");

    let moved = json!({"geometry": {"type": "Point", "coordinates": [114.421, 22.634]}, "properties": {"surface": "草地"}});
    patch(&caller, &path, &tag_of(&app, &path).await, &moved).await.ok();
    let seen = one().await;
    assert!(seen.contains("POINT (114.421 22.634)") && seen.contains("草地"), "{seen}");

    assert_eq!(delete(&caller, &path, &tag_of(&app, &path).await).await.status, 204);
    assert_eq!(count().await, before);
}

async fn ogrinfo(app: &TestApp, arguments: &[&str]) -> String {
    let mut command = Command::new("ogrinfo");
    // A layer is named behind the source, options before it.
    let (layer, options) = arguments.split_last().unwrap();
    command.arg("-ro").args(options).arg(format!("OAPIF:{}/map", app.base_url)).arg(layer);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
