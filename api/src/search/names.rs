//! What the numbers of the index stand for. A number stands for one thing for ever and is never given again, so
//! what was read once holds; asking for the names of five hundred numbers takes longer than finding them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use entity::search_doc;
use geodata::snapshot::FeatureId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::doc::DocKind;
use crate::database::Database;
use crate::error::ApiResult;
use crate::knowledge::articles::write::article_of;

/// Names in memory: a few dozen bytes each.
const MOST_KEPT: usize = 200_000;
/// Names that one statement reads.
const AT_ONCE: usize = 1_000;

/// One thing that can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// An article, whichever of its revisions is public.
    Article(i32),
    /// A service, by its id.
    Service(Arc<str>),
    /// A health officer, by the id of the post.
    Officer(Arc<str>),
    /// A place on the map.
    Place(FeatureId),
    /// An activity.
    Activity(i32),
}

impl Thing {
    /// Reads what the index calls it.
    fn of(kind: &str, reference: &str) -> Option<Self> {
        Some(match DocKind::of(kind)? {
            DocKind::Article => Self::Article(article_of(reference)?),
            DocKind::Service => Self::Service(reference.into()),
            DocKind::Officer => Self::Officer(reference.into()),
            DocKind::Place => Self::Place(reference.parse().ok()?),
            DocKind::Activity => Self::Activity(reference.parse().ok()?),
        })
    }

    /// What it is.
    pub fn kind(&self) -> DocKind {
        match self {
            Self::Article(_) => DocKind::Article,
            Self::Service(_) => DocKind::Service,
            Self::Officer(_) => DocKind::Officer,
            Self::Place(_) => DocKind::Place,
            Self::Activity(_) => DocKind::Activity,
        }
    }
}

/// The names that were asked for.
#[derive(Debug, Default)]
pub struct DocNames(RwLock<HashMap<i32, Thing>>);

impl DocNames {
    /// The names of these numbers, in their order; `None` for those that went a moment ago.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(&self, database: &Database, ids: &[i32]) -> ApiResult<Vec<Option<Thing>>> {
        let mut names = self.known(ids);
        let unknown: Vec<i32> =
            ids.iter().zip(&names).filter(|(_, name)| name.is_none()).map(|(id, _)| *id).collect();
        if unknown.is_empty() {
            return Ok(names);
        }
        let mut read = HashMap::with_capacity(unknown.len());
        for ids in unknown.chunks(AT_ONCE) {
            let rows: Vec<(i32, String, String)> = search_doc::Entity::find()
                .select_only()
                .column(search_doc::Column::Id)
                .column(search_doc::Column::Kind)
                .column(search_doc::Column::Reference)
                .filter(search_doc::Column::Id.is_in(ids.iter().copied()))
                .into_tuple()
                .all(database.reader())
                .await?;
            let named =
                |(id, kind, reference): (i32, String, String)| Some((id, Thing::of(&kind, &reference)?));
            read.extend(rows.into_iter().filter_map(named));
        }
        for (id, name) in ids.iter().zip(&mut names).filter(|(_, name)| name.is_none()) {
            *name = read.get(id).cloned();
        }
        self.keep(read);
        Ok(names)
    }

    fn known(&self, ids: &[i32]) -> Vec<Option<Thing>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        ids.iter().map(|id| known.get(id).cloned()).collect()
    }

    fn keep(&self, read: HashMap<i32, Thing>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Who asks next reads again what is still asked for.
        if known.len() + read.len() > MOST_KEPT {
            known.clear();
        }
        known.extend(read);
    }
}
