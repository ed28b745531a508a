//! How workers bring articles to the public.

mod bin;
mod directory;
mod drafts;
mod failures;
mod numbers;
mod preview;
mod releases;
mod review;
mod revisions;
mod workers_day;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::callers::Caller;

/// Community in which everything happens.
pub(crate) const HERE: &str = "440307009001";
/// The community next door.
pub(crate) const ELSEWHERE: &str = "440307009002";
/// The street above both.
pub(crate) const STREET: &str = "440307009000";
/// Everything on the checklist.
pub(crate) const CHECKS: [&str; 5] = ["typos", "sensitive_words", "sources", "portrait_rights", "up_to_date"];

/// What an article says that lacks nothing.
pub(crate) fn complete(title: &str, markdown: &str) -> Value {
    json!({
        "title": title,
        "elder_summary": "每天少放一勺盐，血压稳一点。",
        "body": {"format": "markdown", "text": markdown},
        "audiences": ["everyone"],
        "topics": ["salt"],
        "source_name": "《中国居民膳食指南（2022）》",
        "source_edition": "2022",
        "health_claims": true,
        "medical_reviewer": "葵涌社康中心 全科医生",
        "reviewed_on": "2026-11-20",
        "review_by": "2028-11-01",
    })
}

/// People of one office, and the article they work on.
#[derive(Debug)]
pub(crate) struct Office {
    pub(crate) app: TestApp,
    pub(crate) author: Caller,
    pub(crate) reviewer: Caller,
    pub(crate) id: i64,
    /// When its people logged in; they do so again when their tokens are over.
    pub(crate) since: DateTime<Utc>,
}

impl Office {
    /// An office whose author has begun an article.
    pub(crate) async fn with_draft(app: &TestApp, content: &Value) -> Self {
        let author = app.staff("editor", HERE).await;
        let new = json!({"kind": "article", "region_code": HERE, "content": content});
        Box::pin(Self::with_new(app, author, &new)).await
    }

    /// An office in which this author begins this article.
    pub(crate) async fn with_new(app: &TestApp, author: Caller, new: &Value) -> Self {
        let reviewer = app.staff("reviewer", HERE).await;
        let created = author.post("/api/v1/articles", new).await;
        assert_eq!(created.status, 201, "{}", created.text());
        let id = created.json()["id"].as_i64().unwrap();
        Self { app: app.clone(), author, reviewer, id, since: app.clock.now() }
    }

    /// An office whose article was reviewed.
    pub(crate) async fn with_approved(app: &TestApp, content: &Value) -> Self {
        let office = Box::pin(Self::with_draft(app, content)).await;
        office.submit().await;
        office.approve().await;
        office
    }

    /// An office whose article is live.
    pub(crate) async fn with_live(app: &TestApp, content: &Value) -> Self {
        let office = Box::pin(Self::with_approved(app, content)).await;
        office.publish().await;
        office
    }

    /// Somebody of the office who may write.
    pub(crate) async fn writing(&self) -> Caller {
        if self.app.clock.now() < self.since + TimeDelta::minutes(10) {
            return self.author.clone();
        }
        self.app.staff("editor", HERE).await
    }

    /// Somebody of the office who may review and publish.
    pub(crate) async fn reviewing(&self) -> Caller {
        if self.app.clock.now() < self.since + TimeDelta::minutes(10) {
            return self.reviewer.clone();
        }
        self.app.staff("reviewer", HERE).await
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/api/v1/articles/{}{rest}", self.id)
    }

    /// The article as its author sees it.
    pub(crate) async fn now(&self) -> Value {
        self.writing().await.get(&self.path("/draft")).await.ok()
    }

    pub(crate) async fn version(&self) -> i64 {
        self.now().await["version"].as_i64().unwrap()
    }

    pub(crate) async fn state_version(&self) -> i64 {
        self.now().await["state_version"].as_i64().unwrap()
    }

    pub(crate) async fn save(&self, content: &Value) -> Value {
        self.writing().await.put_version(&self.path(""), self.version().await, content).await.ok()
    }

    pub(crate) async fn submit(&self) -> Value {
        self.writing().await.post_version(&self.path("/submit"), self.version().await, &json!({})).await.ok()
    }

    pub(crate) async fn approve(&self) -> Value {
        self.approve_as(&self.reviewing().await).await.ok()
    }

    pub(crate) async fn approve_as(&self, who: &Caller) -> crate::support::TestResponse {
        let now = self.now().await;
        let revision = now["review"]["revision"].as_i64().unwrap_or(1);
        let body = json!({"revision": revision, "checks": CHECKS});
        who.post_version(&self.path("/approve"), now["state_version"].as_i64().unwrap(), &body).await
    }

    pub(crate) async fn publish(&self) -> Value {
        self.act("/publish", &json!({})).await.ok()
    }

    pub(crate) async fn withdraw(&self) -> Value {
        self.act("/withdraw", &json!({"reason": "有一处写错"})).await.ok()
    }

    pub(crate) async fn schedule(&self, publish_at: &str) -> Value {
        self.act("/schedule", &json!({"publish_at": publish_at})).await.ok()
    }

    /// What the reviewer does to the version of this moment.
    pub(crate) async fn act(&self, what: &str, body: &Value) -> crate::support::TestResponse {
        self.reviewing().await.post_version(&self.path(what), self.state_version().await, body).await
    }

    /// What residents read under the address of the article; nothing where there is none.
    pub(crate) async fn read(&self) -> Option<Value> {
        let slug = self.now().await["slug"].as_str()?.to_owned();
        let answer = self.app.get(&format!("/api/v1/articles/{slug}")).await;
        (answer.status == 200).then(|| answer.json())
    }

    /// The title that residents read.
    pub(crate) async fn title(&self) -> Option<String> {
        Some(self.read().await?["title"].as_str().unwrap().to_owned())
    }

    /// The history in words, the first first.
    pub(crate) async fn history(&self) -> Vec<String> {
        let list = self.writing().await.get(&self.path("/history")).await.ok();
        let items = list["items"].as_array().unwrap();
        items.iter().rev().map(|item| item["act"].as_str().unwrap().to_owned()).collect()
    }
}
