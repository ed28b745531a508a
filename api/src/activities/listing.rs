//! Makes the answers out of the published activities.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use entity::activity::{self, Kind, Status};
use entity::activity_media::Purpose;
use entity::person::Sex;

use super::dto::{
    ActivityDetail, ActivityLecturer, ActivityList, ActivitySeriesName, ActivityStatus, ActivitySummary,
    Eligibility, KeyGroup, Photo, Question, SignUpState,
};
use super::published::{Activity, ActivityState};
use crate::error::ApiResult;
use crate::http::parameters::{given, wrong};
use crate::regions::RegionTree;

const DEMO_NOTICE: &str = "这是示例活动，不会真的举办，请不要按它前往。";

/// Which activities are wanted.
#[derive(Debug, Default)]
pub(super) struct Filter<'q> {
    pub(super) kind: Option<Kind>,
    pub(super) region: Option<&'q str>,
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
    pub(super) open: Option<bool>,
}

impl Filter<'_> {
    fn wants(&self, activity: &Activity, regions: &RegionTree, now: DateTime<Utc>) -> bool {
        let row = &activity.row;
        self.kind.is_none_or(|kind| row.kind == kind)
            && self.region.is_none_or(|region| {
                regions.is_within(&row.region_code, region) || regions.is_within(region, &row.region_code)
            })
            && self.to.is_none_or(|to| activity.told(*row.starts_at).date_naive() <= to)
            && self.is_late_enough(activity, now)
            && self.open.is_none_or(|open| open == can_sign_up(activity, now))
    }

    /// Without a first day what is over is left out.
    fn is_late_enough(&self, activity: &Activity, now: DateTime<Utc>) -> bool {
        match self.from {
            Some(from) => activity.told(*activity.row.starts_at).date_naive() >= from,
            None => *activity.row.ends_at > now,
        }
    }
}

/// Where a page goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cursor {
    starts_at_ms: i64,
    id: i32,
}

impl Cursor {
    /// Reads `cursor`.
    pub(super) fn read(text: Option<&str>) -> ApiResult<Option<Self>> {
        given(text)
            .map(|text| {
                let parsed = text
                    .split_once('-')
                    .and_then(|(at, id)| Some(Self { starts_at_ms: at.parse().ok()?, id: id.parse().ok()? }));
                parsed.ok_or_else(|| wrong("cursor", "请原样填写上一页回答中的 next。"))
            })
            .transpose()
    }

    fn of(activity: &Activity) -> Self {
        Self { starts_at_ms: activity.row.starts_at.timestamp_millis(), id: activity.row.id }
    }

    fn text(self) -> String {
        format!("{}-{}", self.starts_at_ms, self.id)
    }
}

/// A page of the list.
pub(super) fn page(
    state: &ActivityState,
    regions: &RegionTree,
    filter: &Filter<'_>,
    (after, limit): (Option<Cursor>, usize),
    now: DateTime<Utc>,
) -> ActivityList {
    let begin = begin(state, filter, after, now);
    let mut wanted = state
        .list
        .get(begin..)
        .unwrap_or_default()
        .iter()
        .filter(|activity| after.is_none_or(|after| Cursor::of(activity) > after))
        .filter(|activity| activity.row.status == Status::Published)
        .filter(|activity| filter.wants(activity, regions, now));
    let page: Vec<_> = wanted.by_ref().take(limit).collect();
    let next = wanted.next().and_then(|_| page.last()).map(|last| Cursor::of(last).text());
    ActivityList { items: page.into_iter().map(|activity| summary(activity, now)).collect(), next }
}

/// Where to begin to look: activities lie in the order of their start, and none lasts longer than this.
fn begin(state: &ActivityState, filter: &Filter<'_>, after: Option<Cursor>, now: DateTime<Utc>) -> usize {
    if let Some(after) = after {
        return state.list.partition_point(|activity| Cursor::of(activity) <= after);
    }
    let earliest = match filter.from {
        // A day begins at another instant in each zone.
        Some(from) => midnight(chrono_tz::UTC, from) - chrono::TimeDelta::hours(15),
        None => now - super::draft::LONGEST,
    };
    state.list.partition_point(|activity| *activity.row.starts_at < earliest)
}

fn midnight(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(chrono::NaiveTime::MIN);
    zone.from_local_datetime(&local).earliest().map_or(DateTime::UNIX_EPOCH, |at| at.with_timezone(&Utc))
}

/// Where an activity stands at `now`.
pub(super) fn status(row: &activity::Model, now: DateTime<Utc>) -> ActivityStatus {
    if row.status == Status::Cancelled {
        ActivityStatus::Cancelled
    } else if now < *row.starts_at {
        ActivityStatus::Upcoming
    } else if now < *row.ends_at {
        ActivityStatus::Running
    } else {
        ActivityStatus::Done
    }
}

fn sign_up(activity: &Activity, now: DateTime<Utc>) -> SignUpState {
    let (row, seats) = (&activity.row, activity.seats());
    if row.status == Status::Cancelled || now >= *row.signup_closes_at {
        SignUpState::Closed
    } else if !row.needs_signup {
        SignUpState::NotNeeded
    } else if now < *row.signup_opens_at {
        SignUpState::NotOpen
    } else if seats.waiting == 0 && seats.taken < row.target_capacity {
        SignUpState::Open
    } else if row.waiting_list != activity::WaitingList::Off
        && row.waiting_limit.is_none_or(|limit| seats.waiting < limit)
    {
        SignUpState::Waiting
    } else {
        SignUpState::Full
    }
}

fn can_sign_up(activity: &Activity, now: DateTime<Utc>) -> bool {
    matches!(sign_up(activity, now), SignUpState::Open | SignUpState::Waiting)
}

pub(super) fn summary(activity: &Activity, now: DateTime<Utc>) -> ActivitySummary {
    let (row, seats) = (&activity.row, activity.seats());
    ActivitySummary {
        id: row.id,
        kind: row.kind.into(),
        title: row.title.clone(),
        summary: row.summary.clone(),
        region_code: row.region_code.clone(),
        venue_type: row.venue_type.map(Into::into),
        place_name: row.place_name.clone(),
        feature_id: row.feature_id,
        starts_at: activity.told(*row.starts_at),
        ends_at: activity.told(*row.ends_at),
        status: status(row, now),
        sign_up: sign_up(activity, now),
        sign_up_opens_at: activity.told(*row.signup_opens_at),
        sign_up_closes_at: activity.told(*row.signup_closes_at),
        capacity: seats.capacity,
        taken: seats.taken,
        waiting: seats.waiting,
        cover_id: activity
            .pictures
            .iter()
            .find(|picture| picture.purpose == Purpose::Cover)
            .map(|picture| picture.media_id),
        demo: row.demo,
    }
}

pub(super) fn detail(activity: &Activity, now: DateTime<Utc>) -> ActivityDetail {
    let row = &activity.row;
    ActivityDetail {
        summary: summary(activity, now),
        description: row.description.clone(),
        address: row.address.clone(),
        host: row.host.clone(),
        contact_phone: row.contact_phone.clone(),
        topic_id: row.topic_id.clone(),
        series: row
            .series_id
            .zip(activity.series_title.clone())
            .map(|(id, title)| ActivitySeriesName { id, title }),
        lecturers: activity
            .lecturers
            .iter()
            .map(|lecturer| ActivityLecturer {
                id: lecturer.id,
                name: lecturer.name.clone(),
                title: lecturer.title.clone(),
                organisation: lecturer.organisation.clone(),
                introduction: lecturer.introduction.clone(),
            })
            .collect(),
        eligibility: eligibility(activity),
        questions: activity
            .questions
            .iter()
            .map(|question| Question {
                id: question.id,
                kind: question.kind.into(),
                label: question.label.clone(),
                options: words(&question.options),
                required: question.required,
                per_person: question.per_person,
            })
            .collect(),
        family_limit: row.family_limit,
        waiting_list: row.waiting_list.into(),
        check_in_opens_at: activity.told(*row.check_in_opens_at),
        check_in_closes_at: activity.told(*row.check_in_closes_at),
        self_check_in: row.self_check_in,
        counts_no_shows: row.counts_no_shows,
        photos: activity
            .pictures
            .iter()
            .map(|picture| Photo { id: picture.media_id, caption: picture.caption.clone() })
            .collect(),
        cancel_reason: row.cancel_reason.clone(),
        version: row.version,
        updated_at: activity.told(*row.updated_at),
        notice: row.demo.then(|| DEMO_NOTICE.to_owned()),
    }
}

fn eligibility(activity: &Activity) -> Eligibility {
    let row = &activity.row;
    Eligibility {
        min_age: row.min_age,
        max_age: row.max_age,
        sex: row.sex.and_then(|sex| match sex {
            Sex::Female => Some("female"),
            Sex::Male => Some("male"),
            Sex::Unknown => None,
        }),
        region_code: row.eligible_region_code.clone(),
        key_groups: activity
            .key_groups
            .iter()
            .map(|group| KeyGroup {
                id: group.id.clone(),
                title: group.title.clone(),
                declared: group.declared,
                about_health: group.about_health,
            })
            .collect(),
    }
}

/// A JSON array of words.
pub(super) fn words(value: &serde_json::Value) -> Vec<String> {
    let words = value.as_array().map(Vec::as_slice).unwrap_or_default();
    words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}
