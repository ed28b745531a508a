//! The map as pages for people (class `html`).

use geo::Point;
use serde_json::Value;

use super::{RESOURCES, accepting, features, place, publish, text};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    ats_html_definition,
    ats_html_content,
    demonstration_places_are_marked_and_real_ones_are_not,
    words_of_a_place_never_become_markup,
    a_page_shows_its_places_in_a_picture_and_leads_on,
    the_first_page_draws_some_places_of_every_layer,
    a_page_without_places_says_so,
    an_error_is_a_page_in_a_browser_and_a_problem_elsewhere,
    a_slash_too_much_leads_to_the_page,
);

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

async fn page(app: &TestApp, path: &str) -> String {
    let answer = accepting(app, path, BROWSER).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/html; charset=utf-8")),
        "{path}"
    );
    answer.text().to_owned()
}

async fn ats_html_definition(app: TestApp) {
    for path in RESOURCES {
        let heading =
            |html: &str| html.split("<h1").nth(1).unwrap().split("</h1>").next().unwrap().to_owned();
        let by_parameter = app.get(&format!("{path}?f=html")).await;
        assert_eq!((by_parameter.status, by_parameter.header("content-language")), (200, Some("zh-CN")));
        assert_eq!(heading(by_parameter.text()), heading(&page(&app, path).await), "{path}");
    }
}

async fn ats_html_content(app: TestApp) {
    for path in RESOURCES {
        let html = page(&app, path).await;
        assert_well_formed(&html);
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"zh-CN\">"), "{path}");
        assert!(html.contains("<meta name=\"viewport\""), "readable on a phone");
        assert!(
            !html.contains("<script") && !html.contains("src=\"http") && !html.contains("@import"),
            "{path}"
        );
        if path == "/map/api" {
            continue;
        }
        let data = app.get(path).await.ok();
        for link in data["links"].as_array().into_iter().flatten() {
            if !["self", "alternate"].contains(&text(link, "rel")) {
                assert_links_to(&html, text(link, "href"));
            }
        }
        let fields = data.get("properties").or_else(|| data["features"][0].get("properties"));
        for (name, value) in fields.and_then(Value::as_object).into_iter().flatten() {
            assert!(html.contains(&format!("<code>{name}</code>")), "{name} on {path}");
            if let Some(number) = value.as_f64() {
                assert!(html.contains(&format!("<td>{value}</td>")), "{number} on {path}");
            }
        }
        for class in data["conformsTo"].as_array().into_iter().flatten() {
            assert_links_to(&html, class.as_str().unwrap());
        }
        for collection in data["collections"].as_array().into_iter().flatten() {
            for name in ["id", "title", "title_en", "description"] {
                assert!(html.contains(text(collection, name)), "{name} of {collection}");
            }
            for link in collection["links"].as_array().unwrap() {
                assert_links_to(&html, text(link, "href"));
            }
        }
    }
}

#[track_caller]
fn assert_links_to(html: &str, href: &str) {
    let escaped = href.replace('&', "&amp;");
    assert!(
        html.contains(&format!("<a href=\"{escaped}\""))
            || html.contains(&format!("href=\"{escaped}\" itemprop")),
        "{href} is no link"
    );
}

/// Every element is closed in its order, and ids of nothing are left open.
#[track_caller]
fn assert_well_formed(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap_or_default();
        if tag.starts_with('!') || ["meta", "link", "br"].contains(&name) {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "closed out of order");
        } else {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "left open: {open:?}");
}

async fn demonstration_places_are_marked_and_real_ones_are_not(app: TestApp) {
    let hut = features(&app, "health_hut").await[0].clone();
    assert_eq!(hut["properties"]["demo"], true);
    let marked = page(&app, &format!("/map/collections/health_hut/items/{}", hut["id"])).await;
    assert!(marked.contains("<span class=\"demo\">示例数据</span>") && marked.contains("请不要前往"));
    let list = page(&app, "/map/collections/health_hut/items").await;
    assert_eq!(list.matches("<span class=\"demo\">").count(), features(&app, "health_hut").await.len());
    assert!(!page(&app, "/map/collections/park/items/11").await.contains("<span class=\"demo\">"));
}

async fn words_of_a_place_never_become_markup(app: TestApp) {
    let mut hostile = place("park", "<script>alert('名称')</script>", Point::new(114.42, 22.63));
    hostile.address = Some("\"><img src=x onerror=alert(1)>".to_owned());
    hostile.properties.insert("<b>key</b>".to_owned(), "javascript:alert(1)".into());
    hostile.properties.insert("website".to_owned(), "https://x.example/\"onclick=\"alert(1)".into());
    publish(&app, vec![hostile]).await;
    let id = features(&app, "park").await.last().unwrap()["id"].clone();
    for path in ["/map/collections/park/items".to_owned(), format!("/map/collections/park/items/{id}")] {
        let html = page(&app, &path).await;
        assert_well_formed(&html);
        for markup in ["<script", "<img", "<b>", "\"onclick", "href=\"javascript"] {
            assert!(!html.contains(markup), "{markup} on {path}");
        }
    }
}

async fn a_page_shows_its_places_in_a_picture_and_leads_on(app: TestApp) {
    let first = page(&app, "/map/collections/park/items?limit=4").await;
    let parks = features(&app, "park").await;
    assert!(first.contains("<svg viewBox=\"0 0 720 ") && first.contains("共 9 处，这里是第 1 到 4 处。"));
    for (place, park) in parks.iter().enumerate() {
        let drawn = first.matches(&format!("/items/{}\"", park["id"])).count();
        assert_eq!(drawn, if place < 4 { 2 } else { 0 }, "in the picture and in the list");
    }
    assert!(first.contains("下一页") && !first.contains("上一页"));
    let next =
        first.split("<a href=\"").find(|rest| rest.contains("下一页")).unwrap().split('"').next().unwrap();
    let second = page(&app, &next.replace("&amp;", "&")).await;
    assert!(second.contains("这里是第 5 到 8 处。") && second.contains("上一页"));
}

async fn the_first_page_draws_some_places_of_every_layer(app: TestApp) {
    let html = page(&app, "/map").await;
    let picture = html.split("<svg").nth(1).unwrap().split("</svg>").next().unwrap();
    for layer in ["park", "greenway", "fitness_site"] {
        let drawn = features(&app, layer).await.into_iter().find(|place| !place["geometry"].is_null());
        let Some(drawn) = drawn else { continue };
        assert!(picture.contains(&format!("/map/collections/{layer}/items/{}\"", drawn["id"])), "{layer}");
    }
    assert!(picture.contains("class=\"layer-0") && picture.contains(" hollow\""), "{picture}");
    let legend = html.split("class=\"legend\"").nth(1).unwrap().split("</ul>").next().unwrap();
    assert!(legend.contains("健身绿道") && legend.contains("空心的是示例数据"), "{legend}");
    assert!(!picture.contains("class=\"number\""), "there is no list that numbers would belong to");
    assert!(picture.matches("<a ").count() <= 240 && html.len() < 1_000_000, "{}", html.len());
}

async fn a_page_without_places_says_so(app: TestApp) {
    let nowhere = page(&app, "/map/collections/park/items?bbox=0,0,1,1").await;
    assert!(nowhere.contains("共 0 处") && !nowhere.contains("<svg"));
    let empty = page(&app, "/map/collections/park/items?offset=9").await;
    assert!(empty.contains("共 9 处，这一页没有。") && empty.contains("上一页"));
}

async fn an_error_is_a_page_in_a_browser_and_a_problem_elsewhere(app: TestApp) {
    for (path, status, code) in [
        ("/map/collections/nothing", 404, "collection_not_found"),
        ("/map/collections?unknown=1", 400, "bad_parameter"),
        ("/map/collections/park/items?limit=0", 400, "bad_parameter"),
        ("/map/nowhere", 404, "not_found"),
        ("/nowhere%3Cscript%3E", 404, "not_found"),
    ] {
        let page = accepting(&app, path, BROWSER).await;
        assert_eq!((page.status, page.media_type()), (status, "text/html"), "{path}");
        assert_well_formed(page.text());
        assert!(page.text().contains(code) && !page.text().contains("<script"), "{path}");
        assert!(page.text().contains(page.header("x-request-id").unwrap()), "{path}");
        let problem = app.get(path).await.problem(status, code);
        assert!(page.text().contains(&escaped(text(&problem, "detail"))), "{path}");
    }
    // What only programs use stays the same in a browser.
    accepting(&app, "/api/v1/articles/nothing", BROWSER).await.problem(404, "article_not_found");
    let head = app.request(reqwest::Method::POST, "/map").header("accept", BROWSER).send().await;
    assert_eq!(
        (head.status, head.media_type(), head.header("allow")),
        (405, "text/html", Some("GET, HEAD, OPTIONS"))
    );
}

/// As a page writes text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

async fn a_slash_too_much_leads_to_the_page(app: TestApp) {
    for (path, location) in [
        ("/map/", "/map"),
        ("/map/?f=json", "/map?f=json"),
        ("/map/collections/", "/map/collections"),
        ("/map/collections/park/items/?limit=1", "/map/collections/park/items?limit=1"),
    ] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (308, Some(location)), "{path}");
        assert_eq!(app.get(location).await.status, 200);
    }
    for path in ["//example.org/", "/api/v1/map/", "/mapped/"] {
        app.get(path).await.problem(404, "not_found");
    }
}
