use super::MAP;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(every_wrong_parameter_is_named_and_explained, hostile_parameters_never_break_the_server);

const VIEW: &str = "view?bbox=114.3,22.5,114.6,22.7&zoom=14";
const NEAREST: &str = "nearest?lon=114.4&lat=22.6";
const CHANGES: &str = "changes?since=1";

async fn every_wrong_parameter_is_named_and_explained(app: TestApp) {
    let table = [
        ("view?zoom=14", "bbox", "西,南,东,北"),
        ("view?bbox=&zoom=14", "bbox", "西,南,东,北"),
        ("view?bbox=1,2,3&zoom=14", "bbox", "4 个数字"),
        ("view?bbox=1,2,3,4,5&zoom=14", "bbox", "4 个数字"),
        ("view?bbox=1,2,x,4&zoom=14", "bbox", "第 3 个值"),
        ("view?bbox=1,2,NaN,4&zoom=14", "bbox", "第 3 个值"),
        ("view?bbox=114,22,181,23&zoom=14", "bbox", "-180 到 180"),
        ("view?bbox=114,22,115,91&zoom=14", "bbox", "-90 到 90"),
        ("view?bbox=114,23,115,22&zoom=14", "bbox", "南边"),
        ("view?bbox=114,22,115,23", "zoom", "0 到 20"),
        ("view?bbox=114,22,115,23&zoom=x", "zoom", "0 到 20"),
        ("view?bbox=114,22,115,23&zoom=-1", "zoom", "0 到 20"),
        ("view?bbox=114,22,115,23&zoom=21", "zoom", "0 到 20"),
        ("view?bbox=114,22,115,23&zoom=NaN", "zoom", "0 到 20"),
        (&format!("{VIEW}&limit=0"), "limit", "1 到 200"),
        (&format!("{VIEW}&limit=-1"), "limit", "1 到 200"),
        (&format!("{VIEW}&limit=many"), "limit", "1 到 200"),
        (&format!("{VIEW}&limit=1.5"), "limit", "1 到 200"),
        (&format!("{VIEW}&datum=GCJ02"), "datum", "wgs84、gcj02 或 bd09"),
        (&format!("{VIEW}&layers=park,nothing"), "layers", "greenway、trail、park"),
        (&format!("{VIEW}&layers=park,"), "layers", "greenway、trail、park"),
        (&format!("{VIEW}&unknown=1"), "", "bbox、zoom、layers、datum、limit"),
        ("layers?datum=wgs-84", "datum", "wgs84、gcj02 或 bd09"),
        ("layers?limit=1", "", "datum"),
        ("features/1?datum=mars", "datum", "wgs84、gcj02 或 bd09"),
        ("nearest?lat=22.6", "lon", "-180 到 180"),
        ("nearest?lon=114.4", "lat", "-90 到 90"),
        ("nearest?lon=east&lat=22.6", "lon", "-180 到 180"),
        ("nearest?lon=inf&lat=22.6", "lon", "-180 到 180"),
        ("nearest?lon=181&lat=22.6", "lon", "-180 到 180"),
        ("nearest?lon=22.6&lat=114.4", "lat", "写反"),
        (&format!("{NEAREST}&limit=0"), "limit", "1 到 100"),
        (&format!("{NEAREST}&limit=101"), "limit", "1 到 100"),
        (&format!("{NEAREST}&radius_m=0"), "radius_m", "1 到 50000"),
        (&format!("{NEAREST}&radius_m=-5"), "radius_m", "1 到 50000"),
        (&format!("{NEAREST}&radius_m=50001"), "radius_m", "1 到 50000"),
        (&format!("{NEAREST}&radius_m=1km"), "radius_m", "1 到 50000"),
        (&format!("{NEAREST}&layers=hut"), "layers", "health_hut"),
        (&format!("{NEAREST}&datum=mars"), "datum", "wgs84、gcj02 或 bd09"),
        ("changes", "since", "revision"),
        ("changes?since=-1", "since", "revision"),
        ("changes?since=yesterday", "since", "revision"),
        (&format!("{CHANGES}&cursor=5"), "cursor", "next"),
        (&format!("{CHANGES}&cursor=a-b"), "cursor", "next"),
        (&format!("{CHANGES}&limit=101"), "limit", "1 到 100"),
        (&format!("{CHANGES}&datum=mars"), "datum", "wgs84、gcj02 或 bd09"),
    ];
    for (path, parameter, explained) in table {
        let problem = app.get(&format!("{MAP}/{path}")).await.problem(400, "bad_parameter");
        assert_eq!(problem["parameter"].as_str().unwrap_or_default(), parameter, "{path}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(explained), "{path}: {detail}");
    }
}

async fn hostile_parameters_never_break_the_server(app: TestApp) {
    let long = "9".repeat(10_000);
    let wide = "%E5%85%AC".repeat(1_000);
    let values = [
        "%00",
        "%ff",
        "%ED%A0%80",
        "'%20OR%201=1;--",
        "1;DROP%20TABLE%20feature",
        "%3Cscript%3E",
        "../../etc/passwd",
        "1e400",
        "-0",
        "0x10",
        "NaN",
        "%2B1",
        "1,1,1,1",
        "%F0%9F%92%A9",
        "{}",
        "[]",
        "%",
        "%zz",
        &long,
        &wide,
    ];
    let places = [
        "view?zoom=14&bbox=",
        "view?bbox=114,22,115,23&zoom=",
        "view?bbox=114,22,115,23&zoom=14&layers=",
        "view?bbox=114,22,115,23&zoom=14&datum=",
        "view?bbox=114,22,115,23&zoom=14&limit=",
        "layers?datum=",
        "features/1?datum=",
        "features/",
        "nearest?lat=22.6&lon=",
        "nearest?lon=114.4&lat=",
        "nearest?lon=114.4&lat=22.6&layers=",
        "nearest?lon=114.4&lat=22.6&limit=",
        "nearest?lon=114.4&lat=22.6&radius_m=",
        "nearest?lon=114.4&lat=22.6&datum=",
        "changes?since=",
        "changes?since=1&cursor=",
        "changes?since=1&limit=",
        "changes?since=1&datum=",
    ];
    for place in places {
        for value in values {
            let answer = app.get(&format!("{MAP}/{place}{value}")).await;
            assert!(answer.status < 500, "{place}{value}: {}", answer.text());
            if answer.status == 400 {
                let detail = answer.json()["detail"].as_str().unwrap().chars().count();
                assert!(detail < 400, "{place}{value} is answered with {detail} characters");
            }
        }
    }
    app.get("/readyz").await.ok();
}
