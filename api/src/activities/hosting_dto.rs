use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use entity::activity;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::dto::{ActivityKind, QuestionKind, VenueType, WaitingList, mirrored};
use crate::people::Sex;

mirrored! {
    /// Who is next in line.
    WaitingOrder of activity::WaitingOrder {
        /// The first; where they are more than the free seats, the seats stay free.
        Strict,
        /// The first that fits.
        FirstFit,
    }
}
mirrored! {
    /// Where an activity stands on its way to the public.
    HostingStatus of activity::Status {
        /// Being written.
        Draft,
        /// Waits for somebody else to look at it.
        Submitted,
        /// Somebody else found it good.
        Reviewed,
        /// Everybody sees it.
        Published,
        /// It does not take place.
        Cancelled,
    }
}

fn yes() -> bool {
    true
}

fn one() -> i32 {
    1
}

/// What an activity shall be. An edit gives all of it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ActivityContent {
    pub(super) kind: ActivityKind,
    #[schema(min_length = 1, max_length = 60, example = "高血压自我管理")]
    pub(super) title: String,
    /// A sentence or two.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub(super) summary: String,
    /// Plain text with paragraphs.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub(super) description: String,
    /// Where it is for, with all below.
    #[schema(example = "440307009001")]
    pub(super) region_code: String,
    pub(super) series_id: Option<i32>,
    pub(super) topic_id: Option<String>,
    pub(super) venue_type: Option<VenueType>,
    /// Number of a place on the map.
    pub(super) feature_id: Option<i32>,
    /// What people call the place, with the room.
    #[schema(min_length = 1, max_length = 100)]
    pub(super) place_name: String,
    /// Needed where no place on the map is named.
    pub(super) address: Option<String>,
    /// Who invites.
    #[schema(max_length = 60)]
    pub(super) host: String,
    /// Number of the office that residents can call.
    pub(super) contact_phone: Option<String>,
    /// Who holds it for the office, with the contract; only staff see it.
    pub(super) provider: Option<String>,
    pub(super) contract_reference: Option<String>,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    /// Whether one must sign up; else everybody may just come.
    #[serde(default = "yes")]
    pub(super) needs_sign_up: bool,
    /// At once where it is missing.
    pub(super) sign_up_opens_at: Option<DateTime<Utc>>,
    /// When it starts, where it is missing; never later.
    pub(super) sign_up_closes_at: Option<DateTime<Utc>>,
    /// An hour before it starts, where it is missing.
    pub(super) check_in_opens_at: Option<DateTime<Utc>>,
    /// When it ends, where it is missing.
    pub(super) check_in_closes_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(super) self_check_in: bool,
    /// How near one must be to the place on the map to check in oneself.
    pub(super) self_check_in_radius_m: Option<i32>,
    #[schema(minimum = 1, maximum = 100_000)]
    pub(super) capacity: i32,
    pub(super) waiting_list: WaitingList,
    pub(super) waiting_order: WaitingOrder,
    /// Most people in line.
    pub(super) waiting_limit: Option<i32>,
    /// Most people that one account may sign up.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 20)]
    pub(super) family_limit: i32,
    /// Full years on the day it starts.
    pub(super) min_age: Option<i32>,
    pub(super) max_age: Option<i32>,
    pub(super) sex: Option<Sex>,
    pub(super) eligible_region_code: Option<String>,
    /// Members of any of these may come.
    #[serde(default)]
    pub(super) key_groups: Vec<String>,
    #[serde(default)]
    pub(super) counts_no_shows: bool,
    #[serde(default)]
    pub(super) lecturer_ids: Vec<i32>,
    #[serde(default)]
    pub(super) team: Vec<TeamMember>,
    #[serde(default)]
    pub(super) questions: Vec<QuestionContent>,
    #[serde(default)]
    pub(super) media: Vec<MediaUse>,
}

mirrored! {
    /// What somebody does in the team.
    Duty of entity::activity_team::Duty { Lead, Member }
}
mirrored! {
    /// What a picture or paper is for.
    MediaPurpose of entity::activity_media::Purpose {
        /// Shown in lists.
        Cover,
        /// Shown with the activity.
        Photo,
        /// For the office's own records.
        Evidence,
    }
}

/// Somebody of the staff who runs it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TeamMember {
    pub(super) staff_id: Uuid,
    pub(super) duty: Duty,
}

/// What is asked at sign-up.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionContent {
    /// Number of a question that stands there already and stays; left out for a new one.
    pub(super) id: Option<i32>,
    pub(super) kind: QuestionKind,
    #[schema(min_length = 1, max_length = 100)]
    pub(super) label: String,
    /// What can be chosen.
    #[serde(default)]
    pub(super) options: Vec<String>,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) per_person: bool,
}

/// A picture or paper.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MediaUse {
    pub(super) media_id: Uuid,
    pub(super) purpose: MediaPurpose,
    #[serde(default)]
    #[schema(max_length = 100)]
    pub(super) caption: String,
}

/// An activity as staff see it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HostedActivity {
    pub(super) id: i32,
    pub(super) status: HostingStatus,
    /// As it is written with PUT.
    pub(super) content: ActivityContent,
    /// Seats there are now; more than `capacity` while it is lowered below what is taken.
    pub(super) seats: i32,
    pub(super) taken: i32,
    pub(super) waiting: i32,
    pub(super) drafted_by: Option<Uuid>,
    pub(super) edited_by: Option<Uuid>,
    pub(super) reviewed_by: Option<Uuid>,
    pub(super) reviewed_at: Option<DateTime<FixedOffset>>,
    pub(super) published_at: Option<DateTime<FixedOffset>>,
    pub(super) cancelled_at: Option<DateTime<FixedOffset>>,
    pub(super) cancel_reason: Option<String>,
    pub(super) copied_from: Option<i32>,
    pub(super) demo: bool,
    /// What `If-Match` names.
    pub(super) version: i32,
    pub(super) updated_at: DateTime<FixedOffset>,
}

/// Activities of the caller's regions, the last changed first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HostedActivityList {
    pub(super) items: Vec<HostedActivity>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// Which activities to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HostedParameters {
    /// Where it stands.
    #[param(pattern = "^(draft|submitted|reviewed|published|cancelled)$")]
    pub(super) status: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most activities of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

/// Why an activity is called off.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancellation {
    /// What everybody is told.
    #[schema(min_length = 1, max_length = 100, example = "台风预警，改期另行通知")]
    pub(super) reason: String,
}

/// When the copy takes place.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CopyTo {
    /// The other times move along.
    pub(super) starts_at: DateTime<Utc>,
}

/// How often it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Every {
    Week,
    TwoWeeks,
    /// The same weekday of the month, such as the second Saturday.
    Month,
}

/// A row of activities like this one.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Repetition {
    pub(super) every: Every,
    /// How many more.
    #[schema(minimum = 1, maximum = 52)]
    pub(super) times: i32,
    /// Days that are left out, such as public holidays.
    #[serde(default)]
    pub(super) except: Vec<NaiveDate>,
}

/// Drafts that were made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DraftsMade {
    pub(super) items: Vec<HostedActivity>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}
