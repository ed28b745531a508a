//! What residents read, as it is being served: one immutable state in memory, and the view of it that
//! holds at this instant.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use chrono::{DateTime, Utc};
use entity::{article, service};
use quick_cache::sync::Cache;
use serde_json::value::RawValue;
use tokio::sync::Mutex;

use super::health_days::HealthDay;
use super::{load, revision};
use crate::database::Database;
use crate::error::ApiResult;
use crate::http::ready::Ready;
use crate::search::topic_words::TopicWords;

/// First screens kept: one for each region that somebody asks for.
const HOMES_KEPT: usize = 2_000;

/// Everything residents read, also what is not public yet or any more.
#[derive(Clone, Debug)]
pub struct KnowledgeState {
    /// Number of the state.
    pub revision: i64,
    /// The topics.
    pub topics: Arc<Topics>,
    /// Every revision that is public or will be, the newest article first.
    pub articles: Vec<Arc<Article>>,
    /// Hotlines, clinics and doors to other apps, the most urgent first.
    pub services: Arc<[Service]>,
    /// Posts of health officers in display order.
    pub officers: Arc<[Officer]>,
    /// Health days in display order.
    pub health_days: Arc<[HealthDay]>,
}

/// The tree of topics.
#[derive(Debug, Default)]
pub struct Topics {
    /// In display order.
    pub list: Vec<Topic>,
    /// Which words mean which topics.
    pub words: TopicWords,
    positions: HashMap<String, usize>,
}

/// One topic.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Stable English id.
    pub id: String,
    /// The topic above.
    pub parent_id: Option<String>,
    /// What it is called.
    pub title: String,
    /// One plain sentence.
    pub description: String,
}

impl Topics {
    /// Topics with the words that mean them, as pairs of topic and word.
    pub fn new(list: Vec<Topic>, synonyms: &[(String, String)]) -> Self {
        let positions = list.iter().enumerate().map(|(index, topic)| (topic.id.clone(), index)).collect();
        let mut topics = Self { list, words: TopicWords::default(), positions };
        let mut words = TopicWords::default();
        for topic in &topics.list {
            let meant = topics.within(&topic.id).into_iter().map(str::to_owned).collect();
            let of_topic = synonyms.iter().filter(|(id, _)| *id == topic.id);
            words.add(&topic.title, of_topic.map(|(_, word)| word.as_str()), meant);
        }
        topics.words = words;
        topics
    }

    /// The topic with this id.
    pub fn get(&self, id: &str) -> Option<&Topic> {
        self.list.get(*self.positions.get(id)?)
    }

    /// The topic and all below it.
    pub fn within(&self, id: &str) -> BTreeSet<&str> {
        self.list
            .iter()
            .filter(|topic| self.upward(&topic.id).any(|above| above == id))
            .map(|topic| topic.id.as_str())
            .collect()
    }

    /// The topic and those above it, from the inside out.
    pub fn upward<'t>(&'t self, id: &str) -> impl Iterator<Item = &'t str> {
        let start = self.get(id).map(|topic| topic.id.as_str());
        // As many steps as there are topics end a walk through rows that were wrongly made a circle.
        std::iter::successors(start, |id| self.get(id)?.parent_id.as_deref()).take(self.list.len())
    }
}

/// A published revision of an article.
#[derive(Debug)]
pub struct Article {
    /// Number of the article.
    pub id: i32,
    /// Its address.
    pub slug: String,
    /// Addresses it had before.
    pub former_slugs: Vec<String>,
    /// What it is.
    pub kind: article::Kind,
    /// Where it is for, with all below; `None` is everywhere.
    pub region_code: Option<String>,
    /// Number of the revision.
    pub number: i32,
    /// Title.
    pub title: String,
    /// To be read aloud; at most 80 characters.
    pub elder_summary: String,
    /// Sanitised HTML.
    pub body_html: String,
    /// The same as a JSON array of blocks.
    pub body_blocks: Box<RawValue>,
    /// The same as plain text, a line for each block.
    pub body_text: String,
    /// Address of the cover picture.
    pub cover_url: Option<String>,
    /// Address of the spoken text.
    pub audio_url: Option<String>,
    /// Address of the video.
    pub video_url: Option<String>,
    /// What is said in the video, or stands on its slides.
    pub video_transcript: Option<String>,
    /// Whom it is for.
    pub audiences: Vec<String>,
    /// What it is about, the most important first.
    pub topics: Vec<String>,
    /// Standard or guideline it follows.
    pub source_name: String,
    /// Edition of the source.
    pub source_edition: Option<String>,
    /// Where the source can be read.
    pub source_url: Option<String>,
    /// Who reviewed it.
    pub medical_reviewer: Option<String>,
    /// When it was reviewed.
    pub reviewed_on: Option<chrono::NaiveDate>,
    /// By when it must be reviewed again.
    pub review_by: Option<chrono::NaiveDate>,
    /// Edition of the items of health literacy.
    pub literacy_edition: Option<i32>,
    /// Numbers of the items in that edition.
    pub literacy_items: Vec<i32>,
    /// A question about it.
    pub quiz: Option<Box<RawValue>>,
    /// Numbers of other articles to read.
    pub related: Vec<i32>,
    /// Not reviewed, for demonstration.
    pub demo: bool,
    /// The term for which the revision is public.
    pub release_id: i32,
    /// From when the revision is public.
    pub published_at: DateTime<Utc>,
    /// Since when the article is public without a break: a revision that takes the place of another makes it no
    /// newer.
    pub first_published_at: DateTime<Utc>,
    /// From when the revision is not public any more: it expired, was withdrawn, or another takes its place.
    pub ends_at: Option<DateTime<Utc>>,
}

impl Article {
    /// Whether the public sees it.
    pub fn is_public(&self, now: DateTime<Utc>) -> bool {
        self.published_at <= now && self.ends_at.is_none_or(|ends_at| now < ends_at)
    }
}

/// A hotline, a clinic or a door to another app.
#[derive(Clone, Debug)]
pub struct Service {
    /// The row.
    pub row: service::Model,
    /// Whom it is for.
    pub audiences: Vec<String>,
    /// What it helps with.
    pub topics: Vec<String>,
    /// Number of its place on the map.
    pub place_id: Option<i32>,
}

/// A post of a health officer.
#[derive(Clone, Debug)]
pub struct Officer {
    /// The row.
    pub row: entity::officer::Model,
    /// What the officer does.
    pub duties: Vec<String>,
}

/// What the public sees from one instant until another, with the answers that were already written.
#[derive(Debug)]
pub struct View {
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    /// The public articles, the newest first.
    pub articles: Vec<Arc<Article>>,
    by_id: HashMap<i32, usize>,
    by_slug: HashMap<String, usize>,
    ready_articles: Vec<OnceLock<Ready>>,
    /// The answer that lists the topics.
    pub ready_topics: OnceLock<Ready>,
    /// First screens by region, each until the instant beside it.
    pub ready_homes: Cache<String, (DateTime<Utc>, Ready)>,
}

impl View {
    fn new(state: &KnowledgeState, now: DateTime<Utc>) -> Self {
        let articles: Vec<Arc<Article>> =
            state.articles.iter().filter(|article| article.is_public(now)).map(Arc::clone).collect();
        let changes = state.articles.iter().flat_map(|article| [Some(article.published_at), article.ends_at]);
        let mut by_slug = HashMap::new();
        for (index, article) in articles.iter().enumerate() {
            let slugs = std::iter::once(&article.slug).chain(&article.former_slugs);
            by_slug.extend(slugs.map(|slug| (slug.clone(), index)));
        }
        Self {
            from: now,
            until: changes.flatten().filter(|change| *change > now).min(),
            by_id: articles.iter().enumerate().map(|(index, article)| (article.id, index)).collect(),
            by_slug,
            ready_articles: articles.iter().map(|_| OnceLock::new()).collect(),
            articles,
            ready_topics: OnceLock::new(),
            ready_homes: Cache::new(HOMES_KEPT),
        }
    }

    fn covers(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }

    /// Until when this is what the public sees.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        self.until
    }

    /// The public article with this number.
    pub fn article(&self, id: i32) -> Option<&Arc<Article>> {
        self.articles.get(*self.by_id.get(&id)?)
    }

    /// The public article that has or had this slug, and the place of its answer.
    pub fn article_by_slug(&self, slug: &str) -> Option<(&Arc<Article>, &OnceLock<Ready>)> {
        let index = *self.by_slug.get(slug)?;
        Some((self.articles.get(index)?, self.ready_articles.get(index)?))
    }
}

/// A state with the view of it.
#[derive(Debug)]
pub struct Knowledge {
    /// Everything.
    pub state: Arc<KnowledgeState>,
    /// What the public sees now.
    pub view: View,
}

/// What is being served.
#[derive(Debug)]
pub struct PublishedKnowledge {
    current: ArcSwap<Knowledge>,
    publishing: Mutex<()>,
}

impl PublishedKnowledge {
    /// Reads everything from the database.
    ///
    /// # Errors
    /// When the database fails or holds a record that cannot be read.
    pub async fn load(database: &Database, now: DateTime<Utc>) -> ApiResult<Self> {
        let state = Arc::new(load::state(database, now).await?);
        let knowledge = Knowledge { view: View::new(&state, now), state };
        Ok(Self { current: ArcSwap::from_pointee(knowledge), publishing: Mutex::new(()) })
    }

    /// What the public sees at `now`.
    pub fn at(&self, now: DateTime<Utc>) -> Arc<Knowledge> {
        let current = self.current.load_full();
        if current.view.covers(now) {
            return current;
        }
        let state = Arc::clone(&current.state);
        let fresh = Arc::new(Knowledge { view: View::new(&state, now), state });
        // Where somebody published meanwhile, theirs stays.
        self.current.compare_and_swap(&current, Arc::clone(&fresh));
        fresh
    }

    /// Brings what reads see up to what the database holds.
    ///
    /// # Errors
    /// When the database fails; reads then go on with the state they have.
    pub async fn refresh(&self, database: &Database, now: DateTime<Utc>) -> ApiResult<()> {
        let _turn = self.publishing.lock().await;
        let known = Arc::clone(&self.current.load().state);
        if revision::current(database.reader()).await?.revision == known.revision {
            return Ok(());
        }
        let state = Arc::new(load::next(database, &known, now).await?);
        self.current.store(Arc::new(Knowledge { view: View::new(&state, now), state }));
        Ok(())
    }
}
