use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TicketParameters {
    /// `json`, or `svg` for the picture alone; without it the header `Accept` decides.
    #[param(pattern = "^(json|svg)$", default = "json")]
    pub(super) format: Option<String>,
}

/// What a family shows at the door.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ticket {
    pub(super) registration_id: Uuid,
    /// The text of the QR code. It tells nothing about anybody.
    #[schema(example = "KT1:3F2%C4…")]
    pub(super) ticket: String,
    /// The QR code as an SVG picture.
    pub(super) svg: String,
    pub(super) issued_at: DateTime<Utc>,
    /// Not good afterwards: a screenshot ages.
    pub(super) expires_at: DateTime<Utc>,
    /// When the phone should ask for the next one.
    pub(super) refresh_after_s: i64,
    pub(super) activity_id: i32,
    #[schema(example = "高血压防治讲座")]
    pub(super) title: String,
    #[schema(example = "葵涌社区党群服务中心三楼")]
    pub(super) place: String,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) check_in_opens_at: DateTime<Utc>,
    pub(super) check_in_closes_at: DateTime<Utc>,
    /// Everybody for whom this one code counts.
    pub(super) people: Vec<TicketPerson>,
}

/// Somebody for whom a ticket counts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TicketPerson {
    /// For `people` of a check-in.
    pub(super) id: Uuid,
    /// Masked, since others look over the shoulder.
    #[schema(example = "李*英")]
    pub(super) name: String,
    pub(super) checked_in: bool,
}

/// A scan, or a tap on the list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCheckIn {
    /// What the QR code says. Either this or `registration_id`.
    pub(super) ticket: Option<String>,
    /// A registration from the list.
    pub(super) registration_id: Option<Uuid>,
    /// Who of the registration is here; everybody where it is missing.
    #[schema(max_items = 20)]
    pub(super) people: Option<Vec<Uuid>>,
    /// Made by the device for this scan; a scan that is sent again is one.
    #[schema(min_length = 8, max_length = 64, example = "5b0f6f7e-3c1c-4b6e-8a52-1f6f0f4f7a10")]
    pub(super) nonce: String,
    /// What the device calls itself.
    #[schema(max_length = 64, example = "门口手机 1")]
    pub(super) device: Option<String>,
}

/// What a scan brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CheckInStatus {
    /// Somebody is in by this scan.
    CheckedIn,
    /// Everybody was in before.
    Already,
    /// This very scan was undone since.
    Undone,
}

/// What somebody is, seen from one scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PersonPresence {
    /// In, by this scan.
    CheckedIn,
    /// In, by another one.
    Already,
    /// This scan was undone.
    Undone,
    /// Not here yet.
    Absent,
    /// Gave the seat back.
    Cancelled,
}

/// A registration after a scan.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckInAnswer {
    pub(super) status: CheckInStatus,
    /// The same in a sentence for the worker at the door.
    #[schema(example = "签到成功：李*英 等 2 人。")]
    pub(super) text: String,
    /// The first, where a family signed up in several calls.
    pub(super) registration_id: Uuid,
    /// When the first of these people came in.
    pub(super) first_at: Option<DateTime<Utc>>,
    /// Who let that person in; absent where the person did it alone.
    pub(super) first_by: Option<String>,
    pub(super) people: Vec<CheckedPerson>,
}

/// Somebody of a registration after a scan.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckedPerson {
    pub(super) id: Uuid,
    /// Masked.
    #[schema(example = "李*英")]
    pub(super) name: String,
    pub(super) presence: PersonPresence,
    pub(super) checked_in_at: Option<DateTime<Utc>>,
    /// Who let them in; absent where they did it alone.
    pub(super) by: Option<String>,
    /// `scan`, `list`, `own`, `offline` or `walk_in`.
    pub(super) source: Option<String>,
}

/// Whose check-ins are to be taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckInUndo {
    /// People of registrations.
    #[schema(min_items = 1, max_items = 20)]
    pub(super) people: Vec<Uuid>,
}

/// How many check-ins were taken back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckInUndone {
    pub(super) undone: u64,
}

/// Whom to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PhoneEnding {
    /// The last four digits of a phone number.
    #[schema(pattern = "^[0-9]{4}$", example = "5678")]
    pub(super) last_four: String,
}

/// Registrations that fit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundRegistrationList {
    pub(super) items: Vec<FoundRegistration>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// A registration that was looked for at the door.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundRegistration {
    pub(super) registration_id: Uuid,
    /// `confirmed`, `waiting` or `offered`.
    pub(super) status: String,
    pub(super) people: Vec<FoundPerson>,
}

/// Somebody who was looked for at the door.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundPerson {
    pub(super) id: Uuid,
    /// Whole, since the worker asks for it. Being looked at is noted for the person.
    pub(super) name: String,
    pub(super) checked_in_at: Option<DateTime<Utc>>,
}

/// What a phone at the door needs when there is no network.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GateBundle {
    pub(super) activity_id: i32,
    pub(super) title: String,
    /// When it was made, by the server's clock; the phone learns its own error from it.
    pub(super) made_at: DateTime<Utc>,
    pub(super) check_in_opens_at: DateTime<Utc>,
    pub(super) check_in_closes_at: DateTime<Utc>,
    /// How old a ticket may be when it is scanned.
    pub(super) ticket_lives_s: i64,
    /// How a ticket leads to an entry.
    #[schema(
        example = "Base45 (RFC 9285) after KT1:; bytes 0–15 → SHA-256 → first 16 bytes as hex = hash; bytes 16–19 = seconds since 1970, big-endian"
    )]
    pub(super) reading: &'static str,
    pub(super) entries: Vec<GateEntry>,
}

/// One confirmed registration, without anything that names it or lets anybody in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GateEntry {
    /// Of the registration.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015")]
    pub(super) hash: String,
    pub(super) people: Vec<TicketPerson>,
}

/// Scans that were made without a network.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfflineScans {
    /// What the device calls itself.
    #[schema(max_length = 64)]
    pub(super) device: Option<String>,
    /// What the clock of the device says at this moment; its error is taken out of every scan.
    pub(super) device_now: DateTime<Utc>,
    #[schema(min_items = 1, max_items = 200)]
    pub(super) scans: Vec<OfflineScan>,
}

/// One scan that was made without a network.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfflineScan {
    /// What the QR code said. Either this or `hash`.
    pub(super) ticket: Option<String>,
    /// An entry of the bundle that was tapped.
    pub(super) hash: Option<String>,
    /// Who of the registration was there; everybody where it is missing.
    #[schema(max_items = 20)]
    pub(super) people: Option<Vec<Uuid>>,
    #[schema(min_length = 8, max_length = 64)]
    pub(super) nonce: String,
    /// By the clock of the device.
    pub(super) scanned_at: DateTime<Utc>,
}

/// What became of the scans, in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OfflineResults {
    pub(super) checked_in: usize,
    pub(super) conflicts: usize,
    pub(super) items: Vec<OfflineResult>,
}

/// What became of one scan.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OfflineResult {
    pub(super) nonce: String,
    /// `checked_in` or `conflict`.
    pub(super) status: &'static str,
    /// Why it is a conflict: a word of the list of conflicts.
    pub(super) reason: Option<String>,
    /// The same in a sentence.
    pub(super) text: String,
}

/// Which conflicts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ConflictParameters {
    /// `true` also tells those that were settled.
    #[param(value_type = Option<bool>, default = false)]
    pub(super) settled: Option<String>,
}

/// Scans that did not fit, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckInConflictList {
    pub(super) items: Vec<CheckInConflict>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// A scan that did not fit.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckInConflict {
    pub(super) id: Uuid,
    /// `forged`, `stale`, `unknown_ticket`, `wrong_activity`, `activity_cancelled`, `cancelled`, `waiting`,
    /// `already` or `out_of_time`.
    pub(super) reason: String,
    /// The same in a sentence.
    pub(super) text: String,
    pub(super) scanned_at: DateTime<Utc>,
    pub(super) uploaded_at: DateTime<Utc>,
    /// Who scanned.
    pub(super) by: String,
    pub(super) device: Option<String>,
    pub(super) registration_id: Option<Uuid>,
    /// The people that were meant, masked.
    pub(super) people: Vec<TicketPerson>,
    pub(super) settled_at: Option<DateTime<Utc>>,
    /// `admitted` or `dismissed`.
    pub(super) decision: Option<String>,
}

/// How a conflict is settled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConflictSettlement {
    pub(super) decision: ConflictDecision,
}

/// What staff decide about a scan that did not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ConflictDecision {
    /// They were there: check them in, at the time of the scan.
    Admitted,
    /// Nothing follows from it.
    Dismissed,
}

/// Which code for the venue.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct VenueCodeParameters {
    /// `screen` changes all the time; `sheet` is for printing and good during the hours of check-in.
    #[param(pattern = "^(screen|sheet)$", default = "screen")]
    pub(super) kind: Option<String>,
    /// `json`, or `svg` for the picture alone; without it the header `Accept` decides.
    #[param(pattern = "^(json|svg)$", default = "json")]
    pub(super) format: Option<String>,
}

/// The code that residents scan at the venue to check themselves in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VenueCode {
    #[schema(example = "KV1:6BF4X…")]
    pub(super) code: String,
    pub(super) svg: String,
    /// Not good afterwards; absent for a printed sheet, which is bound by the hours of check-in.
    pub(super) expires_at: Option<DateTime<Utc>>,
    /// When the screen should show the next one.
    pub(super) refresh_after_s: Option<i64>,
    pub(super) check_in_opens_at: DateTime<Utc>,
    pub(super) check_in_closes_at: DateTime<Utc>,
}

/// A resident who scanned the code of the venue.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SelfCheckIn {
    /// What the code says.
    pub(super) code: String,
    /// Who of the family is here; everybody who is signed up where it is missing.
    #[schema(max_items = 20)]
    pub(super) people: Option<Vec<Uuid>>,
    #[schema(min_length = 8, max_length = 60)]
    pub(super) nonce: String,
    /// Where the phone is, where the activity asks for it. It is compared and not kept.
    pub(super) position: Option<PhonePosition>,
}

/// Where a phone is.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PhonePosition {
    #[schema(minimum = -180, maximum = 180)]
    pub(super) lon: f64,
    #[schema(minimum = -90, maximum = 90)]
    pub(super) lat: f64,
    /// `wgs84`, `gcj02` (微信) or `bd09`.
    #[schema(pattern = "^(wgs84|gcj02|bd09)$", example = "gcj02")]
    pub(super) datum: String,
}

/// How many came and how many stayed away.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AttendanceCount {
    pub(super) activity_id: i32,
    /// People with a seat.
    pub(super) confirmed: u32,
    pub(super) checked_in: u32,
    /// People with a seat who were excused and did not come.
    pub(super) excused: u32,
    /// `confirmed - checked_in - excused`, once check-in is over; `null` before.
    pub(super) no_shows: Option<u32>,
    /// Scans without a network that wait for a decision.
    pub(super) open_conflicts: u32,
}
