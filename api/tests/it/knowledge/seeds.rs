//! The articles that come with the program keep the rules of articles.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate};
use entity::{article, feature, search_doc, topic};
use kangtu::clock::Clock;
use kangtu::database::Database;
use kangtu::knowledge::articles::rich_text::TRUSTED_TAGS;
use kangtu::search::rebuild;
use kangtu::seed;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use serde_json::Value;

use crate::support::world::{World, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(every_article_keeps_the_rules);

const AUDIENCES: [&str; 8] =
    ["everyone", "women", "children", "elders", "chronic", "adolescents", "pregnant", "workers"];

fn characters(value: &Value) -> usize {
    value.as_str().unwrap().chars().count()
}

async fn every_article_keeps_the_rules(app: TestApp) {
    let knowledge = app.state.knowledge.at(app.clock.now());
    let latest: NaiveDate = "2026-11-22".parse::<NaiveDate>().unwrap() + Months::new(24);
    let videos =
        knowledge.view.articles.iter().filter(|article| article.kind == article::Kind::Video).count();
    assert_eq!((knowledge.view.articles.len(), videos), (38, 3));
    for known in &knowledge.view.articles {
        let article = app.get(&format!("/api/v1/articles/{}", known.slug)).await.ok();
        let slug = &known.slug;
        assert!((1..=30).contains(&characters(&article["title"])), "{slug}");
        assert!((10..=80).contains(&characters(&article["elder_summary"])), "{slug}");
        let length = known.body_text.chars().filter(|character| !character.is_whitespace()).count();
        let is_video = known.kind == article::Kind::Video;
        let expected = if is_video { 50..=200 } else { 200..=600 };
        assert!(expected.contains(&length), "{slug} has {length} characters");
        assert!(characters(&article["source"]["name"]) > 0, "{slug}");
        assert!(known.review_by.is_some_and(|day| day <= latest), "{slug}");
        assert_eq!(
            article["demo"],
            known.medical_reviewer.is_none(),
            "{slug} is a demonstration until it is reviewed"
        );
        assert!(article["source"]["edition"].is_string(), "{slug}");
        assert!(!known.topics.is_empty() && !known.audiences.is_empty(), "{slug}");
        assert!(known.audiences.iter().all(|audience| AUDIENCES.contains(&audience.as_str())), "{slug}");
        if is_video {
            assert!(article["video_url"].is_string() && article["cover_url"].is_string(), "{slug}");
            assert!(characters(&article["video_transcript"]) > 20, "{slug} can be read without sound");
            continue;
        }
        let choices = article["quiz"]["choices"].as_array().unwrap().len();
        let answer = usize::try_from(article["quiz"]["answer"].as_u64().unwrap()).unwrap();
        assert!(choices >= 2 && answer < choices, "{slug}");
        assert_eq!(article["related"].as_array().unwrap().len(), known.related.len(), "{slug}");
        let tags: BTreeSet<&str> = known
            .body_html
            .split('<')
            .skip(1)
            .filter_map(|rest| rest.trim_start_matches('/').split(['>', ' ', '/']).next())
            .collect();
        assert!(tags.iter().all(|tag| TRUSTED_TAGS.contains(tag)), "{slug}: {tags:?}");
    }
}

async fn an_installation_that_had_only_the_map_gets_what_residents_read(world: &World) {
    let database = Database::open(&world.settings()).await.unwrap();
    let emptied = database.write(|transaction| {
        Box::pin(async move {
            for table in [
                "search_index",
                "search_doc",
                "activity_lecturer",
                "activity_team",
                "activity_key_group",
                "activity_question",
                "activity_media",
                "activity",
                "activity_series",
                "lecturer",
                "playlist_item",
                "article_media",
                "article_revision_related",
                "article_revision_topic",
                "article_release",
                "article_event",
                "article_review",
                "article_draft",
                "article_revision",
                "article_slug",
                "article",
                "service_topic",
                "service",
                "officer",
                "health_day_topic",
                "health_day",
                "topic_synonym",
            ] {
                transaction.execute_unprepared(&format!("DELETE FROM {table}")).await?;
            }
            transaction.execute_unprepared("UPDATE topic SET parent_id = NULL").await?;
            transaction.execute_unprepared("DELETE FROM topic").await?;
            Ok(())
        })
    });
    emptied.await.unwrap();
    let report = seed::if_empty(&database, &Clock::fixed(wednesday_morning())).await.unwrap();
    assert!(report.seeded && report.articles == 35);
    assert_eq!(topic::Entity::find().count(database.reader()).await.unwrap(), 49);
    assert!(search_doc::Entity::find().count(database.reader()).await.unwrap() > 100);
    assert_eq!(rebuild::check(&database, wednesday_morning()).await.unwrap().faults, Vec::<String>::new());
    let places = feature::Entity::find().count(database.reader()).await.unwrap();
    assert!(!seed::if_empty(&database, &Clock::fixed(wednesday_morning())).await.unwrap().seeded);
    assert_eq!(feature::Entity::find().count(database.reader()).await.unwrap(), places);
    database.close().await;
}

mod worlds {
    use super::an_installation_that_had_only_the_map_gets_what_residents_read;
    use crate::support::on_both_databases;

    on_both_databases!(in world: an_installation_that_had_only_the_map_gets_what_residents_read);
}
