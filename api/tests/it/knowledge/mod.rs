//! What residents read.

mod articles;
mod health_days;
mod home;
mod import;
mod readings;
mod seeds;
mod services;
mod visibility;

use chrono::TimeDelta;
use entity::{article, article_release};
use kangtu::knowledge::articles::body;
use kangtu::knowledge::articles::write::{self, ArticleDraft, Term};
use kangtu::knowledge::revision::{self, Changed};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;

use crate::support::TestApp;

pub(crate) fn draft(slug: &str, title: &str, markdown: &str) -> ArticleDraft {
    ArticleDraft {
        slug: slug.to_owned(),
        kind: article::Kind::Article,
        region_code: None,
        title: title.to_owned(),
        elder_summary: String::new(),
        body: body::from_markdown(markdown),
        audiences: vec!["everyone".to_owned()],
        topics: Vec::new(),
        source_name: "测试".to_owned(),
        source_edition: None,
        source_url: None,
        medical_reviewer: None,
        reviewed_on: None,
        review_by: None,
        literacy: None,
        quiz: None,
        demo: false,
    }
}

/// Public from now on.
pub(crate) fn always(app: &TestApp) -> Term {
    Term { published_at: app.clock.now(), expire_at: None }
}

/// From one span after now until another.
pub(crate) fn between(app: &TestApp, begin: TimeDelta, end: TimeDelta) -> Term {
    Term { published_at: app.clock.now() + begin, expire_at: Some(app.clock.now() + end) }
}

/// Publishes an article and returns its number.
pub(crate) async fn publish(app: &TestApp, draft: ArticleDraft, term: Term) -> i32 {
    let now = app.clock.now();
    let written = app.state.database.write(move |transaction| {
        let draft = draft.clone();
        Box::pin(async move {
            let added = write::add(transaction, &draft, term, now).await?;
            write::reindex(transaction, &[added.article_id], now).await?;
            revision::raise(transaction, Changed::Article(added.article_id), now).await?;
            Ok(added.article_id)
        })
    });
    let id = written.await.unwrap();
    app.state.knowledge.refresh(&app.state.database, now).await.unwrap();
    id
}

/// Takes an article back at once.
pub(crate) async fn withdraw(app: &TestApp, article_id: i32) {
    let now = app.clock.now();
    let written = app.state.database.write(move |transaction| {
        Box::pin(async move {
            article_release::Entity::update_many()
                .col_expr(article_release::Column::WithdrawnAt, Expr::val(now.timestamp_millis()))
                .filter(article_release::Column::ArticleId.eq(article_id))
                .exec(transaction)
                .await?;
            write::reindex(transaction, &[article_id], now).await?;
            revision::raise(transaction, Changed::Article(article_id), now).await
        })
    });
    written.await.unwrap();
    app.state.knowledge.refresh(&app.state.database, now).await.unwrap();
}

/// One member of all items.
pub(crate) fn each(list: &Value, member: &str) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
}
