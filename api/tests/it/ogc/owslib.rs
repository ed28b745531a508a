//! What `OWSLib`, the OGC client of the Python world, sees. `.ci/run` installs it.

use std::process::Command;

use super::features;
use crate::support::{TestApp, on_both_databases, say_skipped};

on_both_databases!(owslib_walks_through_the_map);

const CLIENT: &str = include_str!("owslib_client.py");

async fn owslib_walks_through_the_map(app: TestApp) {
    let Some(python) = std::env::var_os("KANGTU_OWSLIB_PYTHON") else {
        let required = std::env::var_os("KANGTU_REQUIRE_OWSLIB").is_some_and(|value| value == "1");
        assert!(!required, "KANGTU_OWSLIB_PYTHON names no Python with OWSLib");
        say_skipped("reading the map with OWSLib, because KANGTU_OWSLIB_PYTHON is not set");
        return;
    };
    let parks = features(&app, "park").await.len();
    let mut command = Command::new(python);
    command.args(["-c", CLIENT, &format!("{}/map", app.base_url), &parks.to_string()]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains(&format!("{parks} parks in 12 layers")), "{told}");
}
