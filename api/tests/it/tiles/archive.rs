//! `kangtu tiles write`: all tiles in one file.

use std::fs;
use std::path::Path;

use kangtu::clock::Clock;
use kangtu::commands::control;

use crate::support::command::{complained, kangtu, said};
use crate::support::world::World;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(in world:
    an_archive_is_the_same_from_the_command_and_from_the_running_server,
    a_folder_that_is_not_there_leaves_nothing_behind,
);

async fn written(world: &World, path: &Path) -> (String, Vec<u8>) {
    let output =
        kangtu(&world.settings(), &["tiles", "write", path.to_str().unwrap(), "--max-zoom", "14"]).await;
    (said(&output), fs::read(path).unwrap())
}

async fn an_archive_is_the_same_from_the_command_and_from_the_running_server(world: &World) {
    let path = world.folder.path().join("map.pmtiles");
    let (told, archive) = written(world, &path).await;
    assert!(told.contains("第 14 级完成") && told.contains("已写入"), "{told}");
    assert_eq!(&archive[..8], b"PMTiles\x03");
    assert_eq!(&archive[96..102], [1, 2, 2, 1, 9, 14], "clustered, gzip, gzip, MVT, zooms 9 to 14");
    assert!(!path.with_extension("pmtiles.part").exists());

    let app = TestApp::start(world.settings(), Clock::system()).await;
    let listening = control::listen(&app.state);
    let (told, again) = written(world, &path).await;
    assert!(told.contains("已写入"), "{told}");
    assert!(again == archive, "the same map makes the same archive");
    drop(listening);
    app.stop().await;
}

async fn a_folder_that_is_not_there_leaves_nothing_behind(world: &World) {
    let path = world.folder.path().join("nowhere/map.pmtiles");
    let output = kangtu(&world.settings(), &["tiles", "write", path.to_str().unwrap()]).await;
    assert!(complained(&output).contains("瓦片写不到"));
    assert!(!path.exists());
    let output = kangtu(&world.settings(), &["tiles", "write", "x.pmtiles", "--max-zoom", "21"]).await;
    assert!(complained(&output).contains("--max-zoom"));
}
