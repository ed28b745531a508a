//! What the numbers of the index stand for. A number stands for one thing for ever and is never given again, so
//! what was read once holds; asking for the names of five hundred numbers takes longer than finding them.

use std::collections::HashMap;
use std::sync::Arc;

use entity::search_doc;
use quick_cache::sync::Cache;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::index::DocKind;
use crate::database::Database;
use crate::error::ApiResult;

/// Names in memory: a few dozen bytes each.
const KEPT: usize = 200_000;
/// Names that one statement reads.
const AT_ONCE: usize = 1_000;

/// One thing that can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocName {
    /// What it is.
    pub kind: DocKind,
    /// Which of its kind.
    pub reference: Arc<str>,
}

/// The names that were asked for lately.
#[derive(Debug)]
pub struct DocNames(Cache<i32, DocName>);

impl Default for DocNames {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

impl DocNames {
    /// The names of these numbers; those that went a moment ago are missing.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(
        &self,
        database: &Database,
        ids: impl Iterator<Item = i32>,
    ) -> ApiResult<HashMap<i32, DocName>> {
        let mut names = HashMap::new();
        let mut unknown = Vec::new();
        for id in ids {
            match self.0.get(&id) {
                Some(name) => drop(names.insert(id, name)),
                None => unknown.push(id),
            }
        }
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
            for (id, kind, reference) in rows {
                let Some(kind) = DocKind::of(&kind) else { continue };
                let name = DocName { kind, reference: reference.into() };
                self.0.insert(id, name.clone());
                names.insert(id, name);
            }
        }
        Ok(names)
    }
}
