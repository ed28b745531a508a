use std::io::Cursor;

use entity::walking_network;
use kangtu::clock::Clock;
use kangtu::map::walking::load::load;
use sea_orm::{EntityTrait, PaginatorTrait};

use super::{MAP, STREET, at, load_river, query, river_file};
use crate::support::command::{complained, kangtu, said};
use crate::support::world::{World, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

mod served {
    use super::{a_damaged_file_changes_nothing, a_new_edition_replaces_the_old, on_both_databases};
    on_both_databases!(a_damaged_file_changes_nothing, a_new_edition_replaces_the_old);
}

mod commanded {
    use super::{an_operator_loads_and_estimates, on_both_databases, replicas_walk_on_what_another_loaded};
    on_both_databases!(in world: an_operator_loads_and_estimates, replicas_walk_on_what_another_loaded);
}

async fn method(app: &TestApp) -> String {
    let answer = app.get(&format!("{MAP}/reach?{}&minutes=1", query(at(1_000.0, 0.0)))).await.ok();
    answer["method"].as_str().unwrap().to_owned()
}

async fn a_damaged_file_changes_nothing(app: TestApp) {
    load_river(&app, STREET).await;
    let bytes = river_file().bytes();
    let now = app.clock.now();
    let cut = Cursor::new(bytes[..bytes.len() - 9].to_vec());
    let refusal = load(&app.state.database, now, STREET, "cut", cut).await.unwrap_err();
    assert!(format!("{refusal:#}").contains("字节处"), "{refusal:#}");
    let elsewhere = load(&app.state.database, now, "440307011000", "far", Cursor::new(bytes.clone())).await;
    assert!(format!("{:#}", elsewhere.unwrap_err()).contains("没有南澳街道范围内可以步行的道路"));
    let unknown = load(&app.state.database, now, "999999", "x", Cursor::new(bytes)).await;
    assert!(format!("{:#}", unknown.unwrap_err()).contains("999999"));
    app.state.walking.refresh(&app.state.database, now).await.unwrap();
    assert_eq!(method(&app).await, "network");
    let count = walking_network::Entity::find().count(app.state.database.reader()).await.unwrap();
    assert_eq!(count, 1);
}

async fn a_new_edition_replaces_the_old(app: TestApp) {
    let first = load_river(&app, STREET).await;
    assert_eq!((first.nodes, first.edges), (62, 61));
    assert_eq!((first.notes.walkable_ways, first.notes.other_ways), (3, 1));
    load_river(&app, STREET).await;
    let rows = walking_network::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert_eq!(rows.len(), 1, "the same streets are the same edition");

    let mut shorter = river_file();
    shorter.ways.truncate(1);
    let file = Cursor::new(shorter.bytes());
    load(&app.state.database, app.clock.now(), STREET, "shorter", file).await.unwrap();
    let rows = walking_network::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| (row.source.as_str(), row.edges)).collect::<Vec<_>>(),
        [("shorter", 30)]
    );
}

async fn an_operator_loads_and_estimates(world: &World) {
    let settings = world.settings();
    let file = world.folder.path().join("river.osm.pbf");
    std::fs::write(&file, river_file().bytes()).unwrap();
    let file = file.to_str().unwrap();
    let told = said(&kangtu(&settings, &["network", "load", file, "--region", "440307009"]).await);
    assert!(told.contains("已载入葵涌街道的步行路网：62 个点、61 段路"), "{told}");

    let bad = world.folder.path().join("bad.osm.pbf");
    std::fs::write(&bad, "<osm/>").unwrap();
    let bad = kangtu(&settings, &["network", "load", bad.to_str().unwrap(), "--region", "440307009"]).await;
    assert!(complained(&bad).contains("不是 .osm.pbf 文件"), "{}", complained(&bad));

    let people = world.folder.path().join("people.csv");
    let (lon, lat) = at(1_000.0, 0.0);
    std::fs::write(&people, format!("lon,lat,persons\n{lon},{lat},120\n114.401,22.7,7\n")).unwrap();
    let people = people.to_str().unwrap();
    let told = said(&kangtu(&settings, &["population", "load", people, "--region", "440307009"]).await);
    assert!(told.contains("1 个点，共 120 人") && told.contains("1 个点不在本区划内"), "{told}");
    let elsewhere = world.folder.path().join("elsewhere.csv");
    std::fs::write(&elsewhere, "lon,lat,persons\n116.4,39.9,120\n").unwrap();
    let elsewhere = elsewhere.to_str().unwrap();
    let refused = kangtu(&settings, &["population", "load", elsewhere, "--region", "440307009"]).await;
    assert!(complained(&refused).contains("没有一个点"), "{}", complained(&refused));

    let wrong = kangtu(&settings, &["coverage", "--region", "440307009", "--preset", "car"]).await;
    assert!(complained(&wrong).contains("gb-network-1000m"), "{}", complained(&wrong));

    let arguments =
        ["coverage", "--region", "440307009", "--preset", "sport-walk-15min", "--next-sites", "1"];
    let told = said(&kangtu(&settings, &arguments).await);
    assert!(told.contains("步行可达范围估算") && told.contains("/ 120 人"), "{told}");
    let id = told.rsplit("--again ").next().unwrap().split(' ').next().unwrap();
    // Another edition of the streets does not change what was kept.
    let mut shorter = river_file();
    shorter.ways.truncate(1);
    std::fs::write(file, shorter.bytes()).unwrap();
    said(&kangtu(&settings, &["network", "load", file, "--region", "440307009"]).await);
    let again = said(&kangtu(&settings, &["coverage", "--again", id]).await);
    assert!(again.contains("完全一致"), "{again}");
}

async fn replicas_walk_on_what_another_loaded(world: &World) {
    let first = TestApp::start(world.settings(), Clock::fixed(wednesday_morning())).await;
    if first.state.database.engine() == kangtu::database::Engine::Sqlite {
        // One process holds the file.
        first.stop().await;
        return;
    }
    let second = TestApp::start(world.settings(), Clock::fixed(wednesday_morning())).await;
    assert_eq!(method(&second).await, "straight");
    load_river(&first, STREET).await;
    let mut looked = 0;
    while method(&second).await != "network" {
        looked += 1;
        assert!(looked < 2_000, "the other replica does not follow");
    }
    second.stop().await;
    first.stop().await;
}
