//! Articles appear and disappear with the time, and on every replica.

use std::sync::Arc;

use chrono::TimeDelta;
use kangtu::clock::Clock;
use kangtu::database::Engine;
use kangtu::knowledge::load;
use kangtu::knowledge::published::KnowledgeState;

use super::{always, between, draft, each, publish, withdraw};
use crate::support::world::{in_world, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    an_article_is_there_from_its_first_instant_until_its_last,
    a_withdrawn_article_is_gone_at_once,
    nothing_points_to_an_article_that_is_gone,
    only_what_changed_is_read_again_and_nothing_is_missed,
);

const MS: TimeDelta = TimeDelta::milliseconds(1);

/// Where the article with this slug is seen: its page, the list, the first screen, the search.
async fn seen(app: &TestApp, slug: &str, word: &str) -> [bool; 4] {
    let page = app.get(&format!("/api/v1/articles/{slug}")).await.status == 200;
    let holds = |list: &serde_json::Value, member: &str| each(list, member).contains(&slug.to_owned());
    let list = holds(&app.get("/api/v1/articles?limit=100").await.ok(), "slug");
    let home = app.get("/api/v1/home").await.ok();
    let first_screen = home["articles"].as_array().unwrap().iter().any(|article| article["slug"] == slug);
    let found = holds(&app.get(&format!("/api/v1/search?q={word}&kind=article")).await.ok(), "id");
    [page, list, first_screen, found]
}

async fn an_article_is_there_from_its_first_instant_until_its_last(app: TestApp) {
    let term = between(&app, TimeDelta::hours(1), TimeDelta::hours(2));
    publish(&app, draft("on-time", "准时出现的鲸鱼", "内容"), term).await;
    assert_eq!(seen(&app, "on-time", "鲸鱼").await, [false; 4]);
    app.clock.advance(TimeDelta::hours(1) - MS);
    assert_eq!(seen(&app, "on-time", "鲸鱼").await, [false; 4], "a millisecond early");
    app.clock.advance(MS);
    assert_eq!(seen(&app, "on-time", "鲸鱼").await, [true; 4], "at its first instant");
    app.clock.advance(TimeDelta::hours(1) - MS);
    assert_eq!(seen(&app, "on-time", "鲸鱼").await, [true; 4], "a millisecond before it expires");
    app.clock.advance(MS);
    assert_eq!(seen(&app, "on-time", "鲸鱼").await, [false; 4], "when it expires");
}

async fn a_withdrawn_article_is_gone_at_once(app: TestApp) {
    let id = publish(&app, draft("taken-back", "收回的海豚", "内容"), always(&app)).await;
    assert_eq!(seen(&app, "taken-back", "海豚").await, [true; 4]);
    withdraw(&app, id).await;
    assert_eq!(seen(&app, "taken-back", "海豚").await, [false; 4]);
}

async fn nothing_points_to_an_article_that_is_gone(app: TestApp) {
    let related = async || {
        let article = app.get("/api/v1/articles/daily-salt").await.ok();
        article["related"]
            .as_array()
            .unwrap()
            .iter()
            .map(|other| other["slug"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(related().await.contains(&"oil-pot".to_owned()));
    let knowledge = app.state.knowledge.at(app.clock.now());
    let id = knowledge.view.article_by_slug("oil-pot").unwrap().0.id;
    withdraw(&app, id).await;
    assert!(!related().await.contains(&"oil-pot".to_owned()));
}

async fn only_what_changed_is_read_again_and_nothing_is_missed(app: TestApp) {
    let now = app.clock.now();
    let served = || Arc::clone(&app.state.knowledge.at(now).state);
    let told = |state: &KnowledgeState| {
        let articles = state.articles.iter().map(|article| (article.id, article.release_id));
        (state.revision, articles.collect::<Vec<_>>())
    };
    let before = served();
    let untouched = Arc::clone(&before.articles[0]);
    let first = publish(&app, draft("one", "一", "内容"), always(&app)).await;
    publish(&app, draft("later", "以后", "内容"), between(&app, TimeDelta::hours(1), TimeDelta::hours(2)))
        .await;
    withdraw(&app, first).await;
    let after = served();
    assert_eq!(after.revision, before.revision + 3);
    assert_eq!(told(&after), told(&load::state(&app.state.database, now).await.unwrap()));
    assert!(after.articles.iter().any(|article| Arc::ptr_eq(article, &untouched)), "it was not read again");
}

#[test]
fn another_replica_follows() {
    in_world(Engine::Postgres, async |world| {
        let one = TestApp::start(world.settings(), Clock::fixed(wednesday_morning())).await;
        let other = TestApp::start(world.settings(), Clock::fixed(wednesday_morning())).await;
        publish(&one, draft("shared", "两台都看得到", "内容"), always(&one)).await;
        let mut asked = 0;
        while other.get("/api/v1/articles/shared").await.status != 200 {
            asked += 1;
            assert!(asked < 500, "the other replica does not follow");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        one.stop().await;
        other.stop().await;
    });
}
