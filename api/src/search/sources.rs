//! What results are made from.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::names::DocNames;
use crate::activities::published::ActivityState;
use crate::knowledge::published::Knowledge;
use crate::map::published::MapState;
use crate::regions::RegionTree;
use crate::state::AppState;

/// Everything that can be found, as it is being served at one instant.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Articles, services and health officers.
    pub knowledge: Arc<Knowledge>,
    /// Places.
    pub map: Arc<MapState>,
    /// Activities.
    pub activities: Arc<ActivityState>,
    /// The tree of regions.
    pub regions: Arc<RegionTree>,
    /// What the numbers of the index stand for.
    pub names: Arc<DocNames>,
}

impl Sources {
    /// What is being served at `now`.
    pub fn at(state: &AppState, now: DateTime<Utc>) -> Self {
        Self {
            knowledge: state.knowledge.at(now),
            map: Arc::clone(&state.map.current()),
            activities: state.activities.current(),
            regions: state.regions.current(),
            names: Arc::clone(&state.search_names),
        }
    }
}
