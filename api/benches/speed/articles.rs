//! Ten thousand articles that read like those of the product.
//!
//! Their sentences are those of the seeded articles, shuffled: what people look for stands in as large a
//! part of them as it would in a real library.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use entity::article;
use geodata::synthetic::Draw;
use kangtu::clock::Clock;
use kangtu::config::{Settings, Switch};
use kangtu::database::Database;
use kangtu::knowledge::articles::body;
use kangtu::knowledge::articles::write::{self, ArticleDraft, Term};
use kangtu::knowledge::load;
use kangtu::knowledge::published::{Article, KnowledgeState};
use kangtu::knowledge::revision::{self, Changed};
use kangtu::seed;
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

/// Articles of the library, beside the few of the seeds.
pub(crate) const COUNT: usize = 10_000;
/// Articles per transaction.
const BATCH: usize = 500;
const PARAGRAPHS: usize = 3;
const SENTENCES: usize = 5;

/// A prepared library in a folder or on a server of its own.
#[derive(Debug)]
pub(crate) struct Library {
    folder: TempDir,
    database_url: Option<String>,
}

impl Library {
    /// Writes the articles into a fresh database as the product writes them.
    pub(crate) async fn prepare(database_url: Option<String>) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("kangtu-bench-").tempdir()?;
        let library = Self { folder, database_url };
        let clock = Clock::system();
        let database = Database::open(&library.settings()?).await?;
        seed::if_empty(&database, &clock).await?;
        let mut author = Author::of(&load::state(&database, clock.now()).await?)?;
        let now = clock.now();
        for first in (0..COUNT).step_by(BATCH) {
            let drafts: Vec<ArticleDraft> = (first..first + BATCH).map(|n| author.write(n)).collect();
            publish(&database, drafts, now).await.context("the articles were refused")?;
        }
        database.close().await;
        if let Some(url) = &library.database_url {
            // The throwaway server looks at nothing by itself.
            let connection = sea_orm::Database::connect(url).await?;
            connection.execute_unprepared("VACUUM ANALYZE").await?;
            connection.close().await?;
        }
        Ok(library)
    }

    /// Settings of a server on this library with one worker.
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        Ok(Settings {
            listen: "127.0.0.1:0".parse()?,
            metrics_listen: "127.0.0.1:0".parse()?,
            data: self.folder.path().to_owned(),
            database_url: self.database_url.clone(),
            database_wait_ms: 10_000,
            workers: Some(1),
            drain_limit_s: 5,
            log: "off".to_owned(),
            rate_limits: Switch::Off,
            jobs: Switch::Off,
            ..Settings::from_defaults()?
        })
    }
}

async fn publish(database: &Database, drafts: Vec<ArticleDraft>, now: DateTime<Utc>) -> anyhow::Result<()> {
    let written = database.write(move |transaction| {
        let drafts = drafts.clone();
        Box::pin(async move {
            let mut ids = Vec::with_capacity(drafts.len());
            for draft in &drafts {
                let term = Term { published_at: now - TimeDelta::days(1), expire_at: None };
                ids.push(write::add(transaction, draft, term, now).await?.article_id);
            }
            write::reindex(transaction, &ids, now).await?;
            revision::raise(transaction, Changed::Whole, now).await
        })
    });
    Ok(written.await?)
}

/// Writes one article after another; the same ones in every run.
#[derive(Debug)]
pub(crate) struct Author {
    draw: Draw,
    sentences: Vec<String>,
    /// Titles with the topics they are about.
    subjects: Vec<(String, Vec<String>)>,
}

impl Author {
    /// An author who has read the articles of this state.
    pub(crate) fn of(state: &KnowledgeState) -> anyhow::Result<Self> {
        let articles = || state.articles.iter().filter(|article| article.number == 1);
        let mut sentences: Vec<String> = articles().flat_map(|article| sentences_of(article)).collect();
        sentences.sort();
        sentences.dedup();
        let subjects: Vec<_> =
            articles().map(|article| (article.title.clone(), article.topics.clone())).collect();
        anyhow::ensure!(sentences.len() > 100 && !subjects.is_empty(), "there is nothing to write from");
        Ok(Self { draw: Draw::new(1), sentences, subjects })
    }

    /// The sentences that articles are made of.
    pub(crate) fn sentences(&self) -> impl Iterator<Item = &str> {
        self.sentences.iter().map(String::as_str)
    }

    /// Article `n`.
    pub(crate) fn write(&mut self, n: usize) -> ArticleDraft {
        let paragraphs: Vec<String> =
            (0..PARAGRAPHS).map(|_| (0..SENTENCES).map(|_| self.sentence()).collect()).collect();
        let (title, topics) = drawn(&mut self.draw, &self.subjects);
        ArticleDraft {
            slug: format!("bench-{n}"),
            kind: article::Kind::Article,
            region_code: None,
            title: format!("{title}（{n}）"),
            elder_summary: self.sentence().chars().take(80).collect(),
            body: body::from_markdown(&paragraphs.join("\n\n")),
            audiences: vec!["everyone".to_owned()],
            topics,
            source_name: "测速".to_owned(),
            source_edition: None,
            source_url: None,
            medical_reviewer: None,
            reviewed_on: None,
            review_by: None,
            literacy: None,
            quiz: None,
            demo: true,
        }
    }

    fn sentence(&mut self) -> String {
        drawn(&mut self.draw, &self.sentences)
    }
}

fn drawn<T: Clone + Default>(draw: &mut Draw, from: &[T]) -> T {
    let place = draw.below(u32::try_from(from.len()).unwrap_or(u32::MAX));
    from.get(place as usize).cloned().unwrap_or_default()
}

fn sentences_of(article: &Article) -> impl Iterator<Item = String> {
    let sentences = article.body_text.split_inclusive(['。', '！', '？', '\n']);
    sentences.map(|sentence| sentence.trim().to_owned()).filter(|sentence| sentence.chars().count() >= 8)
}
