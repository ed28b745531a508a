//! Floods are turned away, and nobody escapes by lying about their address.

use chrono::TimeDelta;
use kangtu::audit;
use kangtu::clock::Clock;
use kangtu::config::{Settings, Switch};
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::support::world::{World, wednesday_morning};
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(in world:
    a_flood_from_one_address_is_turned_away_until_it_has_waited,
    a_letter_that_is_written_in_hexadecimal_opens_no_second_budget,
    an_invented_forwarding_header_opens_no_second_budget,
    a_named_proxy_gives_each_client_a_budget_of_its_own,
    a_flood_of_log_ins_is_in_the_audit_log_and_does_not_fill_it,
);

const LAYERS: &str = "/api/v1/map/layers";

async fn limited(world: &World, proxies: &[&str]) -> TestApp {
    let trusted_proxies =
        proxies.iter().map(|proxy| kangtu::http::client_address::parse_network(proxy).unwrap());
    let settings =
        Settings { rate_limits: Switch::On, trusted_proxies: trusted_proxies.collect(), ..world.settings() };
    TestApp::start(settings, Clock::fixed(wednesday_morning())).await
}

async fn ask_as(app: &TestApp, client: &str) -> TestResponse {
    app.request(reqwest::Method::GET, LAYERS).header("x-forwarded-for", client).send().await
}

/// Asks until it is refused; the number of answers before that.
async fn ask_until_refused(app: &TestApp, client: impl Fn(u32) -> String) -> u32 {
    for asked in 0..2_000 {
        let answer = ask_as(app, &client(asked)).await;
        if answer.status == 429 {
            return asked;
        }
        answer.ok();
    }
    panic!("2,000 requests were answered within one instant");
}

async fn a_flood_from_one_address_is_turned_away_until_it_has_waited(world: &World) {
    let app = limited(world, &[]).await;
    ask_until_refused(&app, |_| "198.51.100.1".to_owned()).await;
    let refusal = app.get(LAYERS).await;
    let problem = refusal.problem(429, "too_many_requests");
    assert!(problem["detail"].as_str().unwrap().contains('秒'), "{problem}");
    let wait_s: i64 = refusal.header("retry-after").unwrap().parse().unwrap();
    app.clock.advance(TimeDelta::seconds(wait_s));
    app.get(LAYERS).await.ok();
    app.stop().await;
}

async fn a_letter_that_is_written_in_hexadecimal_opens_no_second_budget(world: &World) {
    let app = limited(world, &[]).await;
    // Not by way of `app`, which knows only addresses as they are documented.
    let client = reqwest::Client::new();
    let claim = json!({"code": "ABCD-2345"});
    let mut answered = 0;
    for path in ["readings/claim", "readings/cl%61im", "r%65adings/claim"] {
        for _ in 0..60 {
            let request = client.post(format!("{}/api/v1/{path}", app.base_url)).json(&claim);
            answered += u32::from(request.send().await.unwrap().status() != 429);
        }
    }
    assert_eq!(answered, 60, "what one address may claim at once");
    app.stop().await;
    // Nor does it hide a parameter from the contract.
    let app = TestApp::start(world.settings(), Clock::fixed(wednesday_morning())).await;
    let answer = client.get(format!("{}/api/v1/activ%69ties?wangjianguo=1", app.base_url)).send().await;
    assert_eq!(answer.unwrap().status(), 400);
    app.stop().await;
}

async fn an_invented_forwarding_header_opens_no_second_budget(world: &World) {
    let app = limited(world, &[]).await;
    let answered = ask_until_refused(&app, |asked| format!("203.0.113.{}", asked % 250)).await;
    assert!(answered < 1_000, "{answered}");
    app.stop().await;
}

async fn a_named_proxy_gives_each_client_a_budget_of_its_own(world: &World) {
    let app = limited(world, &["127.0.0.0/8"]).await;
    // What the client itself wrote stands to the left of what the proxy added.
    ask_until_refused(&app, |asked| format!("203.0.113.{}, 198.51.100.1", asked % 250)).await;
    ask_as(&app, "198.51.100.1").await.problem(429, "too_many_requests");
    ask_as(&app, "198.51.100.2").await.ok();
    app.stop().await;
}

async fn a_flood_of_log_ins_is_in_the_audit_log_and_does_not_fill_it(world: &World) {
    let app = limited(world, &["127.0.0.0/8"]).await;
    let code = json!({"code": "nonsense"});
    for asked in 0..300 {
        let request = app.request(reqwest::Method::POST, "/api/v1/auth/wechat");
        // Neighbours in one block count together in the log, each with a budget of their own.
        let from = format!("203.0.113.{}", asked % 2 + 1);
        let answer = request.header("x-forwarded-for", &from).json(&code).send().await;
        assert!(matches!(answer.status, 401 | 429), "{}", answer.text());
    }
    let rows = async || entity::audit_event::Entity::find().all(app.state.database.reader()).await.unwrap();
    assert_eq!(audit::tell_refusals(&app.state, app.clock.now()).await.unwrap(), 0, "they are still counted");
    assert!(rows().await.is_empty());
    app.clock.advance(TimeDelta::minutes(10));
    assert_eq!(audit::tell_refusals(&app.state, app.clock.now()).await.unwrap(), 2);
    let told = rows().await;
    assert!(told.iter().all(|row| row.client_prefix.as_deref() == Some("203.0.113.0/24")));
    assert!(told.iter().all(|row| row.action == "requests.refused" && row.outcome == "refused"));
    let counts: Vec<(String, u64)> = told
        .iter()
        .map(|row| serde_json::from_str::<Value>(&row.detail).unwrap())
        .map(|detail| (detail["what"].as_str().unwrap().to_owned(), detail["count"].as_u64().unwrap()))
        .collect();
    let of = |what: &str| counts.iter().find(|(told, _)| told == what).unwrap().1;
    assert_eq!((of("wx_code_invalid"), of("log_in")), (240, 60), "{counts:?}");
    app.stop().await;
}
