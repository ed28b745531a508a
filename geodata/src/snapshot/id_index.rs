//! Features by id, in pages that an edit copies one at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::feature::Feature;
use super::record::FeatureId;

/// Ids that share a page have the same bits above these.
const PAGE_BITS: u32 = 10;

/// Finds a feature by its id. Cloning shares the pages.
#[derive(Clone, Default)]
pub(super) struct IdIndex {
    pages: BTreeMap<u32, Arc<Page>>,
}

#[derive(Clone, Default)]
struct Page {
    ids: Vec<FeatureId>,
    features: Vec<Arc<Feature>>,
}

impl IdIndex {
    /// Indexes features given by ascending id.
    pub(super) fn of_sorted(features: &[Arc<Feature>]) -> Self {
        let pages = features
            .chunk_by(|a, b| page_number(a.id()) == page_number(b.id()))
            .filter_map(|run| {
                let page =
                    Page { ids: run.iter().map(|feature| feature.id()).collect(), features: run.to_vec() };
                Some((page_number(run.first()?.id()), Arc::new(page)))
            })
            .collect();
        Self { pages }
    }

    pub(super) fn get(&self, id: FeatureId) -> Option<&Arc<Feature>> {
        let page = self.pages.get(&page_number(id))?;
        page.features.get(page.ids.binary_search(&id).ok()?)
    }

    /// Puts a feature in and returns the one it replaces.
    pub(super) fn insert(&mut self, feature: Arc<Feature>) -> Option<Arc<Feature>> {
        let id = feature.id();
        let page = Arc::make_mut(self.pages.entry(page_number(id)).or_default());
        match page.ids.binary_search(&id) {
            Ok(place) => page.features.get_mut(place).map(|old| std::mem::replace(old, feature)),
            Err(place) => {
                page.ids.insert(place, id);
                page.features.insert(place, feature);
                None
            }
        }
    }

    pub(super) fn remove(&mut self, id: FeatureId) -> Option<Arc<Feature>> {
        let number = page_number(id);
        let page = self.pages.get_mut(&number)?;
        let place = page.ids.binary_search(&id).ok()?;
        let page = Arc::make_mut(page);
        page.ids.remove(place);
        let removed = page.features.remove(place);
        if page.ids.is_empty() {
            self.pages.remove(&number);
        }
        Some(removed)
    }
}

fn page_number(id: FeatureId) -> u32 {
    id >> PAGE_BITS
}
