//! Walking through a layer page by page (`fc-next`, `fc-prev`, `fc-numberMatched`).

use geo::Point;
use serde_json::Value;

use super::{href, ids, links, place, publish};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    ats_core_fc_number_matched,
    a_walk_may_change_its_limit_as_the_official_suite_does,
    a_walk_sees_the_layer_as_it_was_when_it_began,
    a_sorted_walk_sees_each_place_once_in_order,
    a_walk_whose_revision_is_gone_goes_on_by_id,
    the_way_back_leads_to_the_first_page,
    an_offset_past_the_end_is_an_empty_page_with_a_way_back,
);

const ITEMS: &str = "/map/collections/park/items";

async fn with_parks(app: &TestApp, series: &str, count: usize) {
    let parks = (0..count).zip(0_u32..).map(|(number, step)| {
        let spot = Point::new(114.4 + f64::from(step) * 1e-4, 22.63);
        place("park", &format!("{series}{number}"), spot)
    });
    publish(app, parks.collect()).await;
}

fn next(body: &Value) -> Option<String> {
    (!links(body, "next").is_empty()).then(|| href(body, "next", "application/geo+json").to_owned())
}

async fn walk(app: &TestApp, start: &str) -> (Vec<u64>, usize) {
    let (mut seen, mut pages, mut address) = (Vec::new(), 0, Some(start.to_owned()));
    while let Some(here) = address {
        let body = app.get(&here).await.ok();
        seen.extend(ids(&body));
        pages += 1;
        assert!(pages < 1_000, "the walk does not end");
        address = next(&body);
    }
    (seen, pages)
}

async fn ats_core_fc_number_matched(app: TestApp) {
    with_parks(&app, "公园", 60).await;
    for query in
        ["limit=1", "limit=7", "limit=10", "limit=69", "limit=70", "limit=10&bbox=114.401,22.6,114.403,22.7"]
    {
        let first = app.get(&format!("{ITEMS}?{query}")).await.ok();
        let (seen, _) = walk(&app, &format!("{ITEMS}?{query}")).await;
        assert_eq!(first["numberMatched"], seen.len(), "{query}");
        assert!(seen.is_sorted() && seen.windows(2).all(|pair| pair[0] != pair[1]), "{query}");
    }
    let (_, pages) = walk(&app, &format!("{ITEMS}?limit=69")).await;
    assert_eq!(pages, 1, "a full last page has no next one");
}

async fn a_walk_may_change_its_limit_as_the_official_suite_does(app: TestApp) {
    with_parks(&app, "公园", 200).await;
    let first = app.get(&format!("{ITEMS}?limit=10")).await.ok();
    let second = app.get(&next(&first).unwrap().replace("limit=10", "limit=10000")).await.ok();
    assert_eq!(ids(&first).len() + ids(&second).len(), 209);
    assert_eq!(second["numberMatched"], 209);
    assert!(next(&second).is_none());
}

async fn a_walk_sees_the_layer_as_it_was_when_it_began(app: TestApp) {
    with_parks(&app, "公园", 30).await;
    let first = app.get(&format!("{ITEMS}?limit=20")).await.ok();
    with_parks(&app, "后来的公园", 5).await;
    let (rest, _) = walk(&app, &next(&first).unwrap()).await;
    let mut seen = ids(&first);
    seen.extend(rest);
    assert_eq!(seen.len(), 39);
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(app.get(ITEMS).await.ok()["numberMatched"], 44);
}

async fn a_sorted_walk_sees_each_place_once_in_order(app: TestApp) {
    with_parks(&app, "公园", 30).await;
    let start = format!("{ITEMS}?limit=8&sortby=-name");
    let first = app.get(&start).await.ok();
    let (expected, _) = walk(&app, &start).await;
    with_parks(&app, "新公园", 5).await;
    let (rest, pages) = walk(&app, &next(&first).unwrap()).await;
    assert_eq!(([ids(&first), rest].concat(), pages), (expected.clone(), 4));
    let all = super::listed(&app.get(&format!("{ITEMS}?limit=1000")).await.ok());
    let name = |id: &u64| {
        all.iter().find(|place| place["id"] == *id).unwrap()["properties"]["name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(expected.iter().map(name).collect::<Vec<_>>().windows(2).all(|pair| pair[0] >= pair[1]));
}

async fn a_walk_whose_revision_is_gone_goes_on_by_id(app: TestApp) {
    with_parks(&app, "公园", 30).await;
    let by_id = app.get(&format!("{ITEMS}?limit=20")).await.ok();
    let sorted = app.get(&format!("{ITEMS}?limit=20&sortby=name")).await.ok();
    for number in 0..17 {
        with_parks(&app, &format!("第{number}次的公园"), 1).await;
    }
    let (rest, _) = walk(&app, &next(&by_id).unwrap()).await;
    let seen = [ids(&by_id), rest].concat();
    assert_eq!(seen.len(), 56);
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
    let gone = app.get(&next(&sorted).unwrap()).await.problem(410, "cursor_expired");
    assert!(super::text(&gone, "detail").contains("从第一页重新载入"));
}

async fn the_way_back_leads_to_the_first_page(app: TestApp) {
    with_parks(&app, "公园", 26).await;
    let first = app.get(&format!("{ITEMS}?limit=10&f=json")).await.ok();
    assert!(links(&first, "prev").is_empty());
    let second = app.get(&next(&first).unwrap()).await.ok();
    let third = app.get(&next(&second).unwrap()).await.ok();
    let back = app.get(href(&third, "prev", "application/geo+json")).await.ok();
    assert_eq!(ids(&back), ids(&second));
    let start = href(&back, "prev", "application/geo+json");
    assert!(start.ends_with("/items?limit=10&f=json"), "{start}");
    assert_eq!(ids(&app.get(start).await.ok()), ids(&first));
    assert_eq!(ids(&app.get(&next(&back).unwrap()).await.ok()), ids(&third));
}

async fn an_offset_past_the_end_is_an_empty_page_with_a_way_back(app: TestApp) {
    let beyond = app.get(&format!("{ITEMS}?limit=4&offset=99999999999999999999")).await.ok();
    assert_eq!((beyond["numberReturned"].as_u64(), beyond["numberMatched"].as_u64()), (Some(0), Some(9)));
    assert!(next(&beyond).is_none());
    let last = app.get(href(&beyond, "prev", "application/geo+json")).await.ok();
    assert_eq!(ids(&last).len(), 4);
}
