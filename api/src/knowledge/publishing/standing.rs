//! How far an article is: what is being done with its working copy, and what the public sees of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{article, article_draft, article_event, article_release, article_review};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::dto::{LiveItem, PublicState, ReviewItem, ReviewStep, ScheduleItem, WorkState};
use super::history::step_title;
use super::local_time::{beijing, said};
use super::worker::names;
use crate::error::ApiResult;
use crate::knowledge::articles::terms::{self, ArticleTerm, Phase};

/// What is known of an article beside what it says.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// The newest review.
    pub(super) review: Option<article_review::Model>,
    /// Its terms, the first first.
    pub(super) terms: Vec<ArticleTerm>,
}

impl Standing {
    /// How far these articles are.
    pub(super) async fn of_all(
        connection: &impl ConnectionTrait,
        ids: &[i32],
    ) -> ApiResult<HashMap<i32, Self>> {
        let mut all: HashMap<i32, Self> = HashMap::new();
        // The newest of each article stands last and stays.
        for review in article_review::Entity::find()
            .filter(article_review::Column::ArticleId.is_in(ids.iter().copied()))
            .order_by_asc(article_review::Column::Id)
            .all(connection)
            .await?
        {
            let article_id = review.article_id;
            all.entry(article_id).or_default().review = Some(review);
        }
        let mut releases: HashMap<i32, Vec<article_release::Model>> = HashMap::new();
        for release in article_release::Entity::find()
            .filter(article_release::Column::ArticleId.is_in(ids.iter().copied()))
            .all(connection)
            .await?
        {
            releases.entry(release.article_id).or_default().push(release);
        }
        for (article_id, releases) in releases {
            all.entry(article_id).or_default().terms = terms::of(releases);
        }
        Ok(all)
    }

    /// How far one article is.
    pub(super) async fn of(connection: &impl ConnectionTrait, id: i32) -> ApiResult<Self> {
        Ok(Self::of_all(connection, &[id]).await?.remove(&id).unwrap_or_default())
    }

    /// The review that waits for somebody.
    pub(super) fn open_review(&self) -> Option<&article_review::Model> {
        self.review.as_ref().filter(|review| review.state == article_review::State::Open)
    }

    /// The term that holds.
    pub(super) fn live(&self, now: DateTime<Utc>) -> Option<&ArticleTerm> {
        terms::deciding(&self.terms, now).filter(|term| !term.is_over(now))
    }

    /// The terms that have not begun.
    pub(super) fn waiting(&self, now: DateTime<Utc>) -> impl Iterator<Item = &ArticleTerm> {
        self.terms.iter().filter(move |term| term.phase(now) == Phase::Waiting)
    }

    /// What is being done with the working copy.
    pub(super) fn work(&self, draft: &article_draft::Model) -> WorkState {
        use article_review::State;
        let Some(review) = &self.review else {
            return if self.has_release_of(draft.frozen_as) { WorkState::Settled } else { WorkState::Draft };
        };
        match (review.state, draft.frozen_as) {
            (State::Open, _) => WorkState::InReview,
            (State::Returned, _) => WorkState::Returned,
            (_, frozen) if self.has_release_of(frozen) => WorkState::Settled,
            (State::Approved, Some(number)) if number == review.number => WorkState::Approved,
            _ => WorkState::Draft,
        }
    }

    fn has_release_of(&self, number: Option<i32>) -> bool {
        number.is_some_and(|number| self.terms.iter().any(|term| term.release.number == number))
    }

    /// What the public sees.
    pub(super) fn public(&self, article: &article::Model, now: DateTime<Utc>) -> PublicState {
        if article.binned_at.is_some() {
            return PublicState::Binned;
        }
        let waits = self.waiting(now).next().is_some();
        match terms::deciding(&self.terms, now).map(|term| term.phase(now)) {
            Some(Phase::Holds) => PublicState::Live,
            _ if waits => PublicState::Scheduled,
            Some(Phase::Expired) => PublicState::Expired,
            Some(_) => PublicState::Withdrawn,
            None => PublicState::Never,
        }
    }

    /// What is live, as it is told.
    pub(super) fn live_item(&self, now: DateTime<Utc>) -> Option<LiveItem> {
        let term = self.live(now)?;
        Some(LiveItem {
            revision: term.release.number,
            published_at: beijing(term.release.published_at.0),
            expire_at: term.release.expire_at.map(|at| beijing(at.0)),
        })
    }

    /// What waits for its time, as it is told.
    pub(super) fn schedule_item(&self, now: DateTime<Utc>) -> Option<ScheduleItem> {
        let term = self.waiting(now).next()?;
        Some(ScheduleItem {
            revision: term.release.number,
            publish_at: beijing(term.release.published_at.0),
            expire_at: term.release.expire_at.map(|at| beijing(at.0)),
            text: said(term.release.published_at.0),
        })
    }
}

/// A review with its steps, as it is told.
pub(super) async fn review_item(
    connection: &impl ConnectionTrait,
    review: &article_review::Model,
) -> ApiResult<ReviewItem> {
    let decided = decisions(connection, review.id).await?;
    let people = decided.iter().filter_map(|event| event.staff_id).chain([review.submitted_by]);
    let names = names(connection, people).await?;
    let name = |id: Option<uuid::Uuid>| id.and_then(|id| names.get(&id)).cloned();
    let steps = (1..=review.steps).map(|step| {
        let event = decided.iter().find(|event| event.step == Some(step));
        ReviewStep {
            step,
            title: step_title(step).to_owned(),
            decision: event.map(|event| event.action.clone()),
            by: event.and_then(|event| name(event.staff_id)),
            at: event.map(|event| beijing(event.at.0)),
            remark: event.and_then(|event| event.reason.clone()),
        }
    });
    Ok(ReviewItem {
        revision: review.number,
        state: match review.state {
            article_review::State::Open => "open",
            article_review::State::Approved => "approved",
            article_review::State::Returned => "returned",
            article_review::State::Recalled => "recalled",
        }
        .to_owned(),
        submitted_by: name(Some(review.submitted_by)),
        submitted_at: beijing(review.submitted_at.0),
        steps: steps.collect(),
    })
}

/// What was decided in a review, the first step first.
pub(super) async fn decisions(
    connection: &impl ConnectionTrait,
    review_id: i32,
) -> ApiResult<Vec<article_event::Model>> {
    Ok(article_event::Entity::find()
        .filter(article_event::Column::ReviewId.eq(review_id))
        .order_by_asc(article_event::Column::Step)
        .all(connection)
        .await?)
}

/// Numbers of the revisions that went through review.
pub(super) async fn approved_numbers(
    connection: &impl ConnectionTrait,
    article_id: i32,
) -> ApiResult<Vec<i32>> {
    Ok(article_review::Entity::find()
        .select_only()
        .column(article_review::Column::Number)
        .filter(article_review::Column::ArticleId.eq(article_id))
        .filter(article_review::Column::State.eq(article_review::State::Approved))
        .order_by_asc(article_review::Column::Number)
        .into_tuple()
        .all(connection)
        .await?)
}
