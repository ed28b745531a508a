//! The activities as they are being served: one immutable state in memory, with the seats beside it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};

use arc_swap::ArcSwap;
use chrono::{DateTime, FixedOffset, Utc};
use chrono_tz::Tz;
use entity::{activity, activity_media, activity_question, key_group, lecturer};
use quick_cache::sync::Cache;
use tokio::sync::Mutex;

use super::{load, revision};
use crate::database::Database;
use crate::error::ApiResult;
use crate::http::ready::Ready;

/// Pages of the list kept ready: one for each query that is asked.
const PAGES_KEPT: usize = 256;
/// Seats that changed this long before the last look are read again, for clocks of replicas that differ.
const OVERLAP_MS: i64 = 5_000;

/// Seats of one activity at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatNumbers {
    /// Which activity.
    pub activity_id: i32,
    /// Seats there are.
    pub capacity: i32,
    /// Seats that are taken or offered.
    pub taken: i32,
    /// People in line.
    pub waiting: i32,
    /// When this was so, in UTC milliseconds.
    pub changed_at_ms: i64,
}

impl SeatNumbers {
    /// The numbers of a row.
    pub fn of(row: &activity::Model) -> Self {
        Self {
            activity_id: row.id,
            capacity: row.capacity,
            taken: row.taken,
            waiting: row.waiting,
            changed_at_ms: row.seats_changed_at.timestamp_millis(),
        }
    }
}

/// One activity that is public, or was and was called off.
#[derive(Debug)]
pub struct Activity {
    /// The row; its seats are those of when it was read.
    pub row: activity::Model,
    /// The zone that its times are told in.
    pub zone: Tz,
    /// Who speaks, in display order.
    pub lecturers: Vec<lecturer::Model>,
    /// Whom it is for; empty where for everybody.
    pub key_groups: Vec<key_group::Model>,
    /// What is asked at sign-up, in display order.
    pub questions: Vec<activity_question::Model>,
    /// Pictures that everybody sees, in display order.
    pub pictures: Vec<activity_media::Model>,
    /// Title of its series.
    pub series_title: Option<String>,
    seats: SyncMutex<SeatNumbers>,
}

impl Activity {
    pub(super) fn new(row: activity::Model) -> Self {
        Self {
            zone: row.time_zone.parse().unwrap_or(chrono_tz::Asia::Shanghai),
            seats: SyncMutex::new(SeatNumbers::of(&row)),
            row,
            lecturers: Vec::new(),
            key_groups: Vec::new(),
            questions: Vec::new(),
            pictures: Vec::new(),
            series_title: None,
        }
    }

    /// Its seats as they were known last.
    pub fn seats(&self) -> SeatNumbers {
        *self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over newer numbers; those that came later than newer ones are left.
    fn note(&self, numbers: SeatNumbers) {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if numbers.changed_at_ms >= seats.changed_at_ms {
            *seats = numbers;
        }
    }

    /// An instant as its times are told.
    pub fn told(&self, at: impl Into<DateTime<Utc>>) -> DateTime<FixedOffset> {
        at.into().with_timezone(&self.zone).fixed_offset()
    }
}

/// All activities that were ever published.
#[derive(Debug, Default)]
pub struct ActivityState {
    /// Number of the state.
    pub revision: i64,
    /// In the order of their start.
    pub list: Vec<Arc<Activity>>,
    by_id: HashMap<i32, Arc<Activity>>,
    by_place: HashMap<i32, Vec<Arc<Activity>>>,
}

impl ActivityState {
    fn new(revision: i64, by_id: HashMap<i32, Arc<Activity>>) -> Self {
        let mut list: Vec<Arc<Activity>> = by_id.values().map(Arc::clone).collect();
        list.sort_unstable_by_key(|activity| (*activity.row.starts_at, activity.row.id));
        let mut by_place: HashMap<i32, Vec<Arc<Activity>>> = HashMap::new();
        for activity in &list {
            if let Some(place) = activity.row.feature_id {
                by_place.entry(place).or_default().push(Arc::clone(activity));
            }
        }
        Self { revision, list, by_id, by_place }
    }

    /// The activity with this number.
    pub fn get(&self, id: i32) -> Option<&Arc<Activity>> {
        self.by_id.get(&id)
    }

    /// The activities at a place on the map, in the order of their start.
    pub fn at_place(&self, feature_id: i32) -> &[Arc<Activity>] {
        self.by_place.get(&feature_id).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What is being served.
#[derive(Debug)]
pub struct PublishedActivities {
    current: ArcSwap<ActivityState>,
    publishing: Mutex<()>,
    /// Grows with everything that a list shows.
    generation: AtomicU64,
    seats_seen_ms: AtomicI64,
    pages: Cache<String, (u64, i64, Ready)>,
}

impl PublishedActivities {
    /// Reads everything from the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(database: &Database) -> ApiResult<Self> {
        let published = Self {
            current: ArcSwap::from_pointee(ActivityState { revision: -1, ..ActivityState::default() }),
            publishing: Mutex::new(()),
            generation: AtomicU64::new(0),
            seats_seen_ms: AtomicI64::new(0),
            pages: Cache::new(PAGES_KEPT),
        };
        published.refresh(database).await?;
        Ok(published)
    }

    /// The state of this moment.
    pub fn current(&self) -> Arc<ActivityState> {
        self.current.load_full()
    }

    /// Brings what reads see up to what the database holds; reads only what changed.
    ///
    /// # Errors
    /// When the database fails; reads then go on with the state they have.
    pub async fn refresh(&self, database: &Database) -> ApiResult<()> {
        let _turn = self.publishing.lock().await;
        let old = self.current.load_full();
        let revision = revision::current(database).await?;
        if revision == old.revision {
            return Ok(());
        }
        let mut by_id = old.by_id.clone();
        for activity in load::changed_since(database.reader(), old.revision).await? {
            by_id.insert(activity.row.id, Arc::new(activity));
        }
        self.current.store(Arc::new(ActivityState::new(revision, by_id)));
        self.generation.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    /// Takes over seats that this replica changed.
    pub fn note_seats(&self, numbers: impl IntoIterator<Item = SeatNumbers>) {
        let current = self.current.load();
        for numbers in numbers {
            if let Some(activity) = current.get(numbers.activity_id) {
                activity.note(numbers);
            }
        }
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Takes over seats that other replicas changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refresh_seats(&self, database: &Database) -> ApiResult<()> {
        let since = self.seats_seen_ms.load(Ordering::Acquire) - OVERLAP_MS;
        let changed = load::seats_since(database.reader(), since).await?;
        let newest = changed.iter().map(|numbers| numbers.changed_at_ms).max();
        let current = self.current.load_full();
        let news: BTreeMap<i32, SeatNumbers> =
            changed.into_iter().map(|numbers| (numbers.activity_id, numbers)).collect();
        let differs = |numbers: &SeatNumbers| {
            current.get(numbers.activity_id).is_some_and(|activity| activity.seats() != *numbers)
        };
        if news.values().any(differs) {
            self.note_seats(news.into_values());
        }
        if let Some(newest) = newest {
            self.seats_seen_ms.fetch_max(newest, Ordering::AcqRel);
        }
        Ok(())
    }

    /// A page of the list, made at most once a second while nothing changes.
    ///
    /// # Errors
    /// What `make` returned.
    pub(super) fn page(
        &self,
        query: &str,
        now: DateTime<Utc>,
        make: impl FnOnce(&ActivityState) -> ApiResult<Ready>,
    ) -> ApiResult<Ready> {
        let generation = self.generation.load(Ordering::Acquire);
        let second = now.timestamp();
        if let Some((of, at, page)) = self.pages.get(query)
            && (of, at) == (generation, second)
        {
            return Ok(page);
        }
        let page = make(&self.current.load())?;
        self.pages.insert(query.to_owned(), (generation, second, page.clone()));
        Ok(page)
    }
}
