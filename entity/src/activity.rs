//! Activities that residents sign up for.

#![expect(clippy::struct_excessive_bools, reason = "columns of a table, each an answer of its own")]

use sea_orm::entity::prelude::*;

/// What kind of activity it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Kind {
    Lecture,
    Training,
    Fitness,
    Screening,
    Campaign,
}

/// Where it goes to people (四进: 进社区, 进企业, 进学校, 进家庭).
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum VenueType {
    Community,
    Enterprise,
    School,
    Family,
}

/// What happens when all seats are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum WaitingList {
    /// Nobody can wait.
    Off,
    /// A seat that becomes free is given at once; on the last day it is offered.
    Automatic,
    /// A seat that becomes free is offered, and goes to the next where the offer is not accepted in time.
    Offer,
}

/// Who is next in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum WaitingOrder {
    /// The first; where the first are more than the free seats, the seats stay free.
    Strict,
    /// The first that fits.
    FirstFit,
}

/// Where it stands on its way to the public. Whether it runs or is over is told by its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Status {
    /// Being written.
    Draft,
    /// Waits for somebody else to look at it.
    Submitted,
    /// Somebody else looked at it and found it good.
    Reviewed,
    /// Everybody sees it.
    Published,
    /// It does not take place.
    Cancelled,
}

/// One activity.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub kind: Kind,
    pub series_id: Option<i32>,
    pub topic_id: Option<String>,
    pub title: String,
    /// What it is in a sentence or two.
    pub summary: String,
    /// Plain text with paragraphs.
    pub description: String,
    /// Where it is for, with all below; decides whose staff run it.
    pub region_code: String,
    pub venue_type: Option<VenueType>,
    /// Place on the map.
    pub feature_id: Option<i32>,
    /// What people call the place, with the room.
    pub place_name: String,
    pub address: Option<String>,
    /// Who invites (主办单位).
    pub host: String,
    /// Of the office, not of a person.
    pub contact_phone: Option<String>,
    /// Who holds it for the office (政府购买服务), with the contract.
    pub provider: Option<String>,
    pub contract_reference: Option<String>,
    /// IANA name; its times are told in it.
    pub time_zone: String,
    pub starts_at: ChronoUnixTimestampMillis,
    pub ends_at: ChronoUnixTimestampMillis,
    /// False where everybody may just come.
    pub needs_signup: bool,
    pub signup_opens_at: ChronoUnixTimestampMillis,
    /// At the latest when it starts.
    pub signup_closes_at: ChronoUnixTimestampMillis,
    pub check_in_opens_at: ChronoUnixTimestampMillis,
    pub check_in_closes_at: ChronoUnixTimestampMillis,
    /// Whether residents may check themselves in at the venue.
    pub self_check_in: bool,
    /// How near they must be to the place on the map, in metres; absent where it is not checked.
    pub self_check_in_radius_m: Option<i32>,
    /// Seats there are at this moment: `target_capacity`, or what is taken where that is more.
    pub capacity: i32,
    /// Seats there shall be.
    pub target_capacity: i32,
    /// Seats of confirmed registrations and of offers that are open.
    pub taken: i32,
    /// People in line.
    pub waiting: i32,
    /// Registrations in line; each is one or several people.
    pub waiting_entries: i32,
    /// The last place in line that was given.
    pub wait_sequence: i64,
    /// When `capacity`, `taken` or `waiting` changed last.
    pub seats_changed_at: ChronoUnixTimestampMillis,
    pub waiting_list: WaitingList,
    pub waiting_order: WaitingOrder,
    /// Most people in line; absent where any number may wait.
    pub waiting_limit: Option<i32>,
    /// Most people that one account may sign up.
    pub family_limit: i32,
    /// Full years on the day it starts.
    pub min_age: Option<i32>,
    pub max_age: Option<i32>,
    /// `female` or `male`, where only they may come.
    pub sex: Option<super::person::Sex>,
    /// Region that somebody must live in, or below it.
    pub eligible_region_code: Option<String>,
    /// Whether those who do not come get a strike, and those with strikes cannot sign up.
    pub counts_no_shows: bool,
    pub status: Status,
    pub drafted_by: Option<Uuid>,
    pub edited_by: Option<Uuid>,
    /// Never who edited it last.
    pub reviewed_by: Option<Uuid>,
    pub reviewed_at: Option<ChronoUnixTimestampMillis>,
    pub published_at: Option<ChronoUnixTimestampMillis>,
    pub cancelled_at: Option<ChronoUnixTimestampMillis>,
    /// What everybody is told.
    pub cancel_reason: Option<String>,
    pub copied_from: Option<i32>,
    pub demo: bool,
    /// Grows by one with every edit; signing up is none.
    pub version: i32,
    /// `activity_revision` of the last edit.
    pub changed_revision: i64,
    pub created_at: ChronoUnixTimestampMillis,
    pub updated_at: ChronoUnixTimestampMillis,
}

impl ActiveModelBehavior for ActiveModel {}
