use entity::article_slug;
use kangtu::knowledge::revision::{self, Changed};
use reqwest::Method;
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sea_orm::{ActiveValue, ConnectionTrait, EntityTrait};

use super::{always, draft, each, publish};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    pages_join_to_all_articles_the_newest_first,
    a_topic_holds_the_articles_of_the_topics_below_it,
    an_article_is_for_a_region_and_those_below,
    an_article_is_for_its_audience_and_for_everyone,
    what_is_wrong_in_a_list_is_named,
    an_article_comes_whole_and_is_not_sent_twice,
    a_former_slug_answers_and_names_the_present_one,
    an_unknown_article_is_a_problem,
    a_revision_is_never_changed,
    topics_come_as_a_tree_with_the_number_of_their_articles,
);

async fn pages_join_to_all_articles_the_newest_first(app: TestApp) {
    app.clock.advance(chrono::TimeDelta::hours(1));
    publish(&app, draft("newest", "最新的一篇", "内容"), always(&app)).await;
    let mut slugs = Vec::new();
    let mut path = "/api/v1/articles?limit=7".to_owned();
    loop {
        let page = app.get(&path).await.ok();
        slugs.extend(each(&page, "slug"));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/articles?limit=7&cursor={next}");
    }
    assert_eq!(slugs.len(), 39);
    assert_eq!(slugs[0], "newest");
    let mut unique = slugs.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 39, "{slugs:?}");
}

async fn a_topic_holds_the_articles_of_the_topics_below_it(app: TestApp) {
    let of = async |topic: &str| {
        let list = app.get(&format!("/api/v1/articles?topic={topic}&limit=100")).await.ok();
        each(&list, "slug")
    };
    let (salt, reduce) = (of("salt").await, of("reduce").await);
    assert!(salt.contains(&"daily-salt".to_owned()), "{salt:?}");
    assert!(salt.iter().all(|slug| reduce.contains(slug)) && reduce.len() > salt.len(), "{reduce:?}");
}

async fn an_article_is_for_a_region_and_those_below(app: TestApp) {
    let mut here = draft("here", "只给葵涌社区", "内容");
    here.region_code = Some("440307009001".to_owned());
    let mut street = draft("street", "给整个街道", "内容");
    street.region_code = Some("440307009000".to_owned());
    publish(&app, here, always(&app)).await;
    publish(&app, street, always(&app)).await;
    for (region, expected) in [
        ("440307009001", vec!["street", "here"]),
        ("440307009002", vec!["street"]),
        ("440307009000", vec!["street"]),
        ("440307000000", vec![]),
    ] {
        let list = app.get(&format!("/api/v1/articles?region={region}&limit=2")).await.ok();
        let mut found = each(&list, "slug");
        found.retain(|slug| ["here", "street"].contains(&slug.as_str()));
        assert_eq!(found, expected, "{region}");
    }
}

async fn an_article_is_for_its_audience_and_for_everyone(app: TestApp) {
    let mut elders = draft("elders", "给老年人", "内容");
    elders.audiences = vec!["elders".to_owned()];
    publish(&app, elders, always(&app)).await;
    let of = async |audience: &str| {
        let list = app.get(&format!("/api/v1/articles?audience={audience}&limit=100")).await.ok();
        each(&list, "slug")
    };
    assert!(of("elders").await.contains(&"elders".to_owned()));
    let women = of("women").await;
    assert!(!women.contains(&"elders".to_owned()) && women.contains(&"daily-salt".to_owned()));
}

async fn what_is_wrong_in_a_list_is_named(app: TestApp) {
    for (query, parameter) in [
        ("topic=nothing", "topic"),
        ("kind=book", "kind"),
        ("audience=nope", "audience"),
        ("region=44030700900", "region"),
        ("cursor=x", "cursor"),
        ("q=%E7%9B%90&cursor=x", "cursor"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
    ] {
        let problem = app.get(&format!("/api/v1/articles?{query}")).await.problem(400, "bad_parameter");
        assert_eq!(problem["parameter"], parameter, "{query}");
    }
}

async fn an_article_comes_whole_and_is_not_sent_twice(app: TestApp) {
    let answer = app.get("/api/v1/articles/daily-salt").await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=0, must-revalidate"));
    let article = answer.ok();
    assert_eq!(article["title"], "一天的盐有多少");
    assert!(article["body_html"].as_str().unwrap().starts_with("<h2>5克是多少</h2>"));
    assert_eq!(article["body_blocks"][0]["kind"], "heading");
    assert_eq!(article["body_blocks"][0]["text"][0]["text"], "5克是多少");
    assert_eq!(article["topics"][0], serde_json::json!({"id": "salt", "title": "减盐"}));
    assert_eq!(article["source"]["edition"], "2022");
    assert_eq!(article["review"]["reviewer"], serde_json::Value::Null);
    assert_eq!(article["quiz"]["answer"], 0);
    assert_eq!((&article["demo"], &article["moved_to"]), (&true.into(), &serde_json::Value::Null));
    assert!(article["notice"].as_str().unwrap().contains("示例"));
    let related: Vec<&str> =
        article["related"].as_array().unwrap().iter().map(|other| other["slug"].as_str().unwrap()).collect();
    assert_eq!(related, ["home-blood-pressure", "oil-pot", "twelve-foods"]);
    assert_eq!(article["hotlines"][0]["phone"], "120", "hypertension is an emergency's topic");

    let tag = answer.header("etag").unwrap();
    let again =
        app.request(Method::GET, "/api/v1/articles/daily-salt").header("if-none-match", tag).send().await;
    assert_eq!((again.status, again.raw.len()), (304, 0));
}

async fn a_former_slug_answers_and_names_the_present_one(app: TestApp) {
    let id = publish(&app, draft("old-name", "改过地址的文章", "内容"), always(&app)).await;
    let now = app.clock.now();
    let renamed = app.state.database.write(move |transaction| {
        Box::pin(async move {
            let old = article_slug::ActiveModel {
                slug: ActiveValue::Unchanged("old-name".to_owned()),
                retired_at: ActiveValue::Set(Some(ChronoUnixTimestampMillis(now))),
                ..Default::default()
            };
            article_slug::Entity::update(old).exec(transaction).await?;
            let new = article_slug::ActiveModel {
                slug: ActiveValue::Set("new-name".to_owned()),
                article_id: ActiveValue::Set(id),
                retired_at: ActiveValue::Set(None),
            };
            article_slug::Entity::insert(new).exec_without_returning(transaction).await?;
            revision::raise(transaction, Changed::Article(id), now).await
        })
    });
    renamed.await.unwrap();
    app.state.knowledge.refresh(&app.state.database, now).await.unwrap();
    let old = app.get("/api/v1/articles/old-name").await.ok();
    assert_eq!((&old["slug"], &old["moved_to"]), (&"new-name".into(), &"new-name".into()));
    let new = app.get("/api/v1/articles/new-name").await.ok();
    assert_eq!((&new["title"], &new["moved_to"]), (&old["title"], &serde_json::Value::Null));
}

async fn an_unknown_article_is_a_problem(app: TestApp) {
    let problem = app.get("/api/v1/articles/nothing").await.problem(404, "article_not_found");
    assert!(problem["detail"].as_str().unwrap().contains("返回列表"));
    app.get("/api/v1/articles/%E7%9B%90%00").await.problem(404, "article_not_found");
}

async fn a_revision_is_never_changed(app: TestApp) {
    let changed = app.state.database.write(|transaction| {
        Box::pin(async move {
            transaction.execute_unprepared("UPDATE article_revision SET title = 'x'").await?;
            Ok(())
        })
    });
    assert!(changed.await.is_err());
    assert_eq!(app.get("/api/v1/articles/daily-salt").await.ok()["title"], "一天的盐有多少");
}

async fn topics_come_as_a_tree_with_the_number_of_their_articles(app: TestApp) {
    let before = app.get("/api/v1/topics").await.ok();
    let root = &before["items"][0];
    assert_eq!(
        (&root["id"], &root["children"][0]["children"][0]["id"]),
        (&"reduce_add_healthy".into(), &"salt".into())
    );
    let salt = |tree: &serde_json::Value| {
        tree["items"][0]["children"][0]["children"][0]["articles"].as_u64().unwrap()
    };
    let mut about_salt = draft("about-salt", "再说说盐", "内容");
    about_salt.topics = vec!["salt".to_owned()];
    publish(&app, about_salt, always(&app)).await;
    let after = app.get("/api/v1/topics").await.ok();
    assert_eq!(salt(&after), salt(&before) + 1);
    assert_eq!(after["items"][0]["articles"].as_u64().unwrap(), root["articles"].as_u64().unwrap() + 1);
}
