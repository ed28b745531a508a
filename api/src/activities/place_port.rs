//! Tells the map what takes place where.

use chrono::{DateTime, Utc};
use entity::activity::Status;

use super::published::PublishedActivities;
use crate::map::happenings::{Happening, Happenings};

impl Happenings for PublishedActivities {
    fn at_place(&self, feature_id: i32, now: DateTime<Utc>) -> Vec<Happening> {
        let current = self.current();
        current
            .at_place(feature_id)
            .iter()
            .filter(|activity| activity.row.status == Status::Published && *activity.row.ends_at > now)
            .map(|activity| Happening {
                activity_id: activity.row.id,
                title: activity.row.title.clone(),
                starts_at: activity.told(*activity.row.starts_at),
                ends_at: activity.told(*activity.row.ends_at),
            })
            .collect()
    }
}
