//! The tree of regions in memory, and the part of it that somebody is responsible for.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use entity::region;
use sea_orm::{DbErr, EntityTrait, QuerySelect};

use crate::database::Database;
use crate::error::{ApiError, ApiResult};

/// More steps than any tree of regions has; stops a walk through rows that were wrongly made a circle.
const DEEPEST: usize = 16;

/// All regions with their parents.
#[derive(Clone, Debug, Default)]
pub struct RegionTree {
    parents: BTreeMap<String, Option<String>>,
}

/// The tree in use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Regions(Arc<ArcSwap<RegionTree>>);

/// Regions with all that lies below them.
#[derive(Clone, Debug)]
pub struct RegionScope {
    tree: Arc<RegionTree>,
    granted: Vec<String>,
}

impl RegionTree {
    /// A tree of pairs of a code and the code of its parent.
    pub fn new(regions: impl IntoIterator<Item = (String, Option<String>)>) -> Self {
        Self { parents: regions.into_iter().collect() }
    }

    /// Whether there is such a region.
    pub fn contains(&self, code: &str) -> bool {
        self.parents.contains_key(code)
    }

    /// Every region, by code.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.parents.keys().map(String::as_str)
    }

    /// The region that holds this one, where one does.
    pub fn parent(&self, code: &str) -> Option<&str> {
        self.parents.get(code)?.as_deref()
    }

    /// The region that no other holds; the first by code where there are several.
    pub fn root(&self) -> Option<&str> {
        self.parents.iter().find(|(_, parent)| parent.is_none()).map(|(code, _)| code.as_str())
    }

    /// Whether `code` is `above` or lies below it. A region that does not exist lies nowhere.
    pub fn is_within(&self, code: &str, above: &str) -> bool {
        self.upward(code).any(|region| region == above)
    }

    /// The region and those that hold it, from the inside out.
    pub fn upward<'t>(&'t self, code: &str) -> impl Iterator<Item = &'t str> {
        let start = self.parents.get_key_value(code).map(|(code, _)| code.as_str());
        std::iter::successors(start, |code| self.parents.get(*code)?.as_deref()).take(DEEPEST)
    }
}

impl Regions {
    /// Reads the tree.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(database: &Database) -> Result<Self, DbErr> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(read(database).await?))))
    }

    /// The tree of this moment.
    pub fn current(&self) -> Arc<RegionTree> {
        self.0.load_full()
    }

    /// Takes up what changed in the database.
    ///
    /// # Errors
    /// When the database fails; the tree in use stays in use.
    pub async fn reload(&self, database: &Database) -> Result<(), DbErr> {
        self.0.store(Arc::new(read(database).await?));
        Ok(())
    }
}

async fn read(database: &Database) -> Result<RegionTree, DbErr> {
    let rows: Vec<(String, Option<String>)> = region::Entity::find()
        .select_only()
        .column(region::Column::Code)
        .column(region::Column::ParentCode)
        .into_tuple()
        .all(database.reader())
        .await?;
    Ok(RegionTree::new(rows))
}

impl RegionScope {
    /// The regions `granted` with all below them.
    pub fn new(tree: Arc<RegionTree>, granted: impl IntoIterator<Item = String>) -> Self {
        let mut granted: Vec<String> = granted.into_iter().collect();
        granted.sort();
        granted.dedup();
        Self { tree, granted }
    }

    /// Whether the region is one of these or lies below one.
    pub fn covers(&self, region_code: &str) -> bool {
        self.tree.upward(region_code).any(|region| self.granted.iter().any(|granted| granted == region))
    }

    /// Every region covered, by code.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.tree.parents.keys().map(String::as_str).filter(|code| self.covers(code))
    }

    /// The regions that were granted, without those below them.
    pub fn granted(&self) -> &[String] {
        &self.granted
    }

    /// Whether everything is covered.
    pub fn is_everywhere(&self) -> bool {
        self.tree.root().is_some_and(|root| self.covers(root))
    }

    /// Refuses what lies outside, as if it did not exist.
    ///
    /// # Errors
    /// 404 where the region is not covered.
    pub fn require(&self, region_code: &str) -> ApiResult<()> {
        if self.covers(region_code) {
            return Ok(());
        }
        Err(ApiError::NotFound {
            code: "not_found", detail: "没有找到，或者不在您负责的区域内。".into()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Arc<RegionTree> {
        let region = |code: &str, parent: Option<&str>| (code.to_owned(), parent.map(str::to_owned));
        Arc::new(RegionTree::new([
            region("44", None),
            region("4403", Some("44")),
            region("440307", Some("4403")),
            region("440308", Some("4403")),
            region("circle-a", Some("circle-b")),
            region("circle-b", Some("circle-a")),
        ]))
    }

    #[test]
    fn a_scope_covers_its_regions_and_all_below_and_nothing_else() {
        let scope = RegionScope::new(tree(), ["440307".to_owned()]);
        assert!(scope.covers("440307"));
        assert!(!scope.covers("4403") && !scope.covers("440308") && !scope.covers("nowhere"));
        let city = RegionScope::new(tree(), ["4403".to_owned()]);
        assert_eq!(city.codes().collect::<Vec<_>>(), ["4403", "440307", "440308"]);
        assert!(!city.is_everywhere() && RegionScope::new(tree(), ["44".to_owned()]).is_everywhere());
    }

    #[test]
    fn a_code_that_merely_begins_alike_is_not_below() {
        let tree = RegionTree::new([("44".to_owned(), None), ("4403".to_owned(), None)]);
        assert!(!tree.is_within("4403", "44"));
    }

    #[test]
    fn rows_in_a_circle_end_and_cover_nothing_more() {
        let scope = RegionScope::new(tree(), ["44".to_owned()]);
        assert!(!scope.covers("circle-a"));
    }

    #[test]
    fn what_is_not_covered_does_not_exist() {
        let scope = RegionScope::new(tree(), ["440307".to_owned()]);
        assert!(scope.require("440307").is_ok());
        assert!(matches!(scope.require("440308"), Err(ApiError::NotFound { .. })));
    }
}
