use chrono::{DateTime, FixedOffset};
use entity::{activity, activity_question};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Declares an enum of the wire that mirrors one of the database.
macro_rules! mirrored {
    ($(#[$doc:meta])+ $name:ident of $entity:path { $($(#[$each:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$each])* $variant,)+ }

        impl From<$entity> for $name {
            fn from(stored: $entity) -> Self {
                match stored { $(<$entity>::$variant => Self::$variant,)+ }
            }
        }

        impl From<$name> for $entity {
            fn from(told: $name) -> Self {
                match told { $($name::$variant => Self::$variant,)+ }
            }
        }
    };
}
pub(super) use mirrored;

mirrored! {
    /// What kind of activity it is.
    ActivityKind of activity::Kind {
        /// 讲座
        Lecture,
        /// 培训
        Training,
        /// 健身
        Fitness,
        /// 筛查
        Screening,
        /// 主题活动
        Campaign,
    }
}
mirrored! {
    /// Where it goes to people (四进).
    VenueType of activity::VenueType {
        /// 进社区
        Community,
        /// 进企业
        Enterprise,
        /// 进学校
        School,
        /// 进家庭
        Family,
    }
}
mirrored! {
    /// How a question is answered.
    QuestionKind of activity_question::Kind { Text, YesNo, OneOf, SomeOf, Number }
}

/// Which activities to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ActivitiesParameters {
    /// What kind of activity.
    #[param(pattern = "^(lecture|training|fitness|screening|campaign)$")]
    pub(super) kind: Option<String>,
    /// Region of the reader: activities in it, below it, and for those above it.
    #[param(example = "440307009001")]
    pub(super) region: Option<String>,
    /// First day, in the region's own calendar; today where it is missing.
    #[param(example = "2026-11-28")]
    pub(super) from: Option<String>,
    /// Last day.
    #[param(example = "2026-12-31")]
    pub(super) to: Option<String>,
    /// `true`: only those that can be signed up for now, if only to wait.
    #[param(pattern = "^(true|false)$")]
    pub(super) open: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Most activities of one page.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20)]
    pub(super) limit: Option<String>,
}

/// Activities in the order of their start.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityList {
    pub(super) items: Vec<ActivitySummary>,
    /// For `cursor=` of the next page; `null` on the last one.
    pub(super) next: Option<String>,
}

/// Where an activity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ActivityStatus {
    /// It will take place.
    Upcoming,
    /// It is on.
    Running,
    /// It is over.
    Done,
    /// It was called off.
    Cancelled,
}

/// Whether one can sign up now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SignUpState {
    /// One need not: everybody may come.
    NotNeeded,
    /// Not yet.
    NotOpen,
    /// There are seats.
    Open,
    /// There are none; one can wait in line.
    Waiting,
    /// There are none, and one cannot wait.
    Full,
    /// No more.
    Closed,
}

/// What a list shows of an activity.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivitySummary {
    pub(super) id: i32,
    pub(super) kind: ActivityKind,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) region_code: String,
    pub(super) venue_type: Option<VenueType>,
    pub(super) place_name: String,
    /// Number of its place on the map.
    pub(super) feature_id: Option<i32>,
    pub(super) starts_at: DateTime<FixedOffset>,
    pub(super) ends_at: DateTime<FixedOffset>,
    pub(super) status: ActivityStatus,
    pub(super) sign_up: SignUpState,
    pub(super) sign_up_opens_at: DateTime<FixedOffset>,
    pub(super) sign_up_closes_at: DateTime<FixedOffset>,
    pub(super) capacity: i32,
    pub(super) taken: i32,
    /// People in line.
    pub(super) waiting: i32,
    /// Picture that lists show, with `/media/{id}/cover`.
    pub(super) cover_id: Option<Uuid>,
    /// Whether it is demonstration data.
    pub(super) demo: bool,
}

/// Everything about an activity.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityDetail {
    #[serde(flatten)]
    pub(super) summary: ActivitySummary,
    /// Plain text with paragraphs.
    pub(super) description: String,
    pub(super) address: Option<String>,
    /// Who invites.
    pub(super) host: String,
    pub(super) contact_phone: Option<String>,
    pub(super) topic_id: Option<String>,
    pub(super) series: Option<ActivitySeriesName>,
    pub(super) lecturers: Vec<ActivityLecturer>,
    pub(super) eligibility: Eligibility,
    pub(super) questions: Vec<Question>,
    /// Most people that one account may sign up.
    pub(super) family_limit: i32,
    pub(super) waiting_list: WaitingList,
    pub(super) check_in_opens_at: DateTime<FixedOffset>,
    pub(super) check_in_closes_at: DateTime<FixedOffset>,
    /// Whether residents may check themselves in at the venue.
    pub(super) self_check_in: bool,
    /// Whether staying away without a word counts against one.
    pub(super) counts_no_shows: bool,
    pub(super) photos: Vec<Photo>,
    /// Why it was called off.
    pub(super) cancel_reason: Option<String>,
    /// Grows by one with every change of what is said here.
    pub(super) version: i32,
    pub(super) updated_at: DateTime<FixedOffset>,
    /// What people should know, in Chinese.
    pub(super) notice: Option<String>,
}

mirrored! {
    /// What happens when all seats are taken.
    WaitingList of activity::WaitingList {
        /// Nobody can wait.
        Off,
        /// A seat that becomes free is given at once; on the last day it is offered.
        Automatic,
        /// A seat that becomes free is offered, and goes on where the offer is not accepted in time.
        Offer,
    }
}

/// The series an activity belongs to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivitySeriesName {
    pub(super) id: i32,
    pub(super) title: String,
}

/// Who speaks.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActivityLecturer {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) organisation: String,
    pub(super) introduction: String,
}

/// Who may come; everybody where nothing is named.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Eligibility {
    /// Full years on the day it starts.
    pub(super) min_age: Option<i32>,
    pub(super) max_age: Option<i32>,
    /// `female` or `male`.
    #[schema(value_type = Option<String>)]
    pub(super) sex: Option<&'static str>,
    /// Region that one must live in.
    pub(super) region_code: Option<String>,
    /// Members of any of these may come.
    pub(super) key_groups: Vec<KeyGroup>,
}

/// A group of people.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyGroup {
    pub(super) id: String,
    pub(super) title: String,
    /// Whether one must say at sign-up that one belongs to it.
    pub(super) declared: bool,
    /// Whether saying so needs the consent `records`.
    pub(super) about_health: bool,
}

/// What is asked at sign-up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Question {
    pub(super) id: i32,
    pub(super) kind: QuestionKind,
    pub(super) label: String,
    pub(super) options: Vec<String>,
    pub(super) required: bool,
    /// Whether each person answers it, or whoever signs them up once for all.
    pub(super) per_person: bool,
}

/// A picture.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Photo {
    /// Shown with `/media/{id}/750`, or another width as of articles.
    pub(super) id: Uuid,
    pub(super) caption: String,
}
