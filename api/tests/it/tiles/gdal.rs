//! What GDAL reads in a tile.

use std::process::Command;

use super::{MIDDLE, layers, tile};
use crate::support::{TestApp, on_both_databases, say_skipped};

on_both_databases!(gdal_reads_every_feature_of_a_tile);

async fn gdal_reads_every_feature_of_a_tile(app: TestApp) {
    if Command::new("ogrinfo").arg("--version").output().is_err() {
        say_skipped("reading a tile with GDAL, because ogrinfo is not installed");
        return;
    }
    let answer = tile(&app, MIDDLE).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tile.mvt");
    std::fs::write(&file, &answer.body).unwrap();
    let mut command = Command::new("ogrinfo");
    command.args(["-ro", "-al", "-so", "-oo", "CLIP=NO"]).arg(&file);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let summary = String::from_utf8(output.stdout).unwrap();
    for layer in layers(&answer) {
        let known =
            summary.split("Layer name: ").find(|part| part.lines().next() == Some(layer.name.as_str()));
        let known = known.unwrap_or_else(|| panic!("no {} in {summary}", layer.name));
        assert!(known.contains(&format!("Feature Count: {}\n", layer.features.len())), "{known}");
    }
}
