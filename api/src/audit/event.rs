//! What an audit row tells.

use std::net::IpAddr;

use actix_web::{HttpMessage, HttpRequest};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::client_address::ClientAddress;
use crate::http::observation::RequestId;

/// Declares what can be told, each with the word that is stored and never changes.
macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $action:ident = $word:literal,)+) => {
        /// What happened. The words are stored and hashed: they are added to, never changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[doc = $doc])+ $action,)+ }

        impl Action {
            /// Every action.
            pub const ALL: &[Self] = &[$(Self::$action,)+];

            /// The word that is stored.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$action => $word,)+ }
            }
        }
    };
}

actions! {
    /// Somebody logged in.
    LoginSucceeded = "login.succeeded",
    /// A log-in was refused.
    LoginFailed = "login.failed",
    /// Log-ins were suspended after too many failures.
    LoginLocked = "login.locked",
    /// A refresh token was used again, so its session ended.
    SessionTokenReused = "session.token_reused",
    /// A session ended before its time.
    SessionEnded = "session.ended",
    /// A caller asked for what they may not have.
    AccessRefused = "access.refused",
    /// A staff account was made.
    StaffCreated = "staff.created",
    /// A staff account was changed, disabled or enabled.
    StaffChanged = "staff.changed",
    /// The password or the second factor of a staff account was changed.
    CredentialsChanged = "staff.credentials_changed",
    /// Roles were given or taken.
    RolesChanged = "roles.changed",
    /// A person agreed to a purpose.
    ConsentGranted = "consent.granted",
    /// A person withdrew an agreement.
    ConsentWithdrawn = "consent.withdrawn",
    /// Somebody was invited to act for a person.
    ProxyInvited = "proxy.invited",
    /// A proxy accepted.
    ProxyAccepted = "proxy.accepted",
    /// A proxy was revoked.
    ProxyRevoked = "proxy.revoked",
    /// A member was added to a family.
    FamilyAdded = "family.added",
    /// A member left a family.
    FamilyEnded = "family.ended",
    /// What is known of a person was changed.
    PersonChanged = "person.changed",
    /// A person's data were packed for them.
    ExportCreated = "export.created",
    /// The package was fetched.
    ExportDownloaded = "export.downloaded",
    /// A resident asked to be erased.
    ErasureRequested = "erasure.requested",
    /// The resident changed their mind.
    ErasureCancelled = "erasure.cancelled",
    /// A person was erased.
    ErasureDone = "erasure.done",
    /// A restored database was older than erasures, which were carried out again.
    ErasuresRepeated = "erasure.repeated",
    /// A backup was restored; what happened after it was made is lost.
    BackupRestored = "backup.restored",
    /// Log-ins or other requests were refused before anybody was known, counted by neighbourhood.
    RequestsRefused = "requests.refused",
    /// A resident's text or picture was judged.
    ModerationDecided = "moderation.decided",
    /// A picture, video or spoken text was uploaded.
    MediaUploaded = "media.uploaded",
    /// Its description, transcript or poster was changed.
    MediaChanged = "media.changed",
    /// It was deleted.
    MediaDeleted = "media.deleted",
    /// An article was read from a file or a page.
    ArticleImported = "article.imported",
    /// Message templates or quotas were changed.
    MessagesChanged = "messages.changed",
    /// An article was begun or copied.
    ArticleCreated = "article.created",
    /// Somebody began to write on an article.
    ArticleEdited = "article.edited",
    /// An article was handed in for review, or taken back.
    ArticleSubmitted = "article.submitted",
    /// A reviewer agreed to an article or returned it.
    ArticleReviewed = "article.reviewed",
    /// An article became public, at once or by its schedule.
    ArticlePublished = "article.published",
    /// The publication of an article was scheduled or called off.
    ArticleScheduled = "article.scheduled",
    /// An article was withdrawn.
    ArticleWithdrawn = "article.withdrawn",
    /// The term of an article ended.
    ArticleExpired = "article.expired",
    /// An article went into the recycle bin, or came back.
    ArticleBinned = "article.binned",
    /// An article that nobody ever saw was deleted from the recycle bin.
    ArticlePurged = "article.purged",
    /// A link was made that shows an article before it is public.
    PreviewLinked = "article.preview_linked",
    /// The address of an article was changed.
    ArticleMoved = "article.moved",
    /// The rules or the checklist of review were changed.
    ReviewRulesChanged = "review_rules.changed",
    /// Services, health officers, health days or words for topics were changed.
    DirectoryChanged = "directory.changed",
    /// Staff changed the map: a place was added, changed or taken off, or many at once.
    MapChanged = "map.changed",
    /// A change of the map that waits was begun, handed in, reviewed, published or given up.
    MapDraftMoved = "map.draft_moved",
    /// An activity, a series or a lecturer was made, changed, reviewed, published or called off.
    ActivityChanged = "activity.changed",
    /// A worker signed people up, or took a registration back.
    RegistrationByStaff = "registration.by_staff",
    /// The seats of an activity were counted anew.
    SeatsRecounted = "activity.seats_recounted",
    /// Somebody's staying away was excused, or a strike forgiven.
    NoShowForgiven = "no_show.forgiven",
    /// People were checked in at an activity.
    CheckedIn = "check_in.noted",
    /// Check-ins were taken back.
    CheckInUndone = "check_in.undone",
    /// A scan without a network that did not fit was settled.
    ConflictSettled = "check_in.conflict_settled",
    /// What a phone at the door needs without a network was fetched.
    GateBundleFetched = "gate_bundle.fetched",
    /// The list of an activity was taken along as a file.
    RegistrationsExported = "registrations.exported",
    /// Ledger or statistics of activities were taken along as a file.
    ActivityReportExported = "activity_report.exported",
    /// A screen, a group, a playlist or a slot was made, edited, retired or deleted.
    ScreensChanged = "screens.changed",
    /// A player was paired with a screen.
    ScreenPaired = "screens.paired",
    /// The token of a screen was revoked.
    ScreenTokenRevoked = "screens.token_revoked",
    /// An emergency message was sent to screens.
    ScreenEmergencySent = "screens.emergency_sent",
    /// An emergency message was withdrawn.
    ScreenEmergencyWithdrawn = "screens.emergency_withdrawn",
    /// A hut, a device or a first-aid box was registered, edited or given up.
    HutsChanged = "huts.changed",
    /// A closure or link of a walking network was drawn, edited or removed.
    WalkingChanged = "walking.changed",
    /// A gateway was made, or got another key.
    GatewayKeyIssued = "gateway.key_issued",
    /// The keys of a gateway were revoked.
    GatewayRevoked = "gateway.revoked",
    /// A member of staff told a hut whose reading comes next.
    HutSessionByStaff = "hut_session.by_staff",
    /// An officer noted what came of a call.
    FollowUpNoted = "follow_up.noted",
    /// The slip of a referral came back.
    ReferralReturned = "referral.returned",
    /// A resident took a reading from a hut with the code on the slip.
    ReadingClaimed = "reading.claimed",
    /// New keys are in use, or data were sealed anew with them.
    KeysRotated = "keys.rotated",
    /// The audit log was read.
    AuditRead = "audit.read",
    /// Rows older than the retention time were deleted.
    AuditPurged = "audit.purged",
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody the server knows.
    Anonymous,
    /// A resident, by account.
    Resident(Uuid),
    /// Staff.
    Staff(Uuid),
    /// Whoever ran the program's commands on the machine.
    Operator,
    /// The server itself, by a rule or a job.
    Server,
}

impl Actor {
    /// The word that is stored.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Resident(_) => "resident",
            Self::Staff(_) => "staff",
            Self::Operator => "operator",
            Self::Server => "server",
        }
    }

    /// Account or staff.
    pub fn id(self) -> Option<Uuid> {
        match self {
            Self::Resident(id) | Self::Staff(id) => Some(id),
            Self::Anonymous | Self::Operator | Self::Server => None,
        }
    }
}

/// What it was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Kind of thing, the name of its table.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// A rule forbade it.
    Refused,
    /// It was allowed and did not succeed.
    Failed,
}

impl Outcome {
    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// One thing that happened. Nothing in it may tell more of a person than an id.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEvent {
    /// What happened.
    pub action: Action,
    /// Who did it.
    pub actor: Actor,
    /// What it was done to.
    pub object: Option<Object>,
    /// Region it concerns. Only auditors of the whole installation see rows without one.
    pub region_code: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// More about it: a JSON object without names, numbers, tokens or free text of people.
    pub detail: Value,
    /// Name of the request in the server's log.
    pub request_id: Option<String>,
    /// Neighbourhood the request came from, never the whole address.
    pub client_prefix: Option<String>,
}

impl AuditEvent {
    /// Something that was done.
    pub fn new(action: Action, actor: Actor) -> Self {
        Self {
            action,
            actor,
            object: None,
            region_code: None,
            outcome: Outcome::Done,
            detail: json!({}),
            request_id: None,
            client_prefix: None,
        }
    }

    /// Names what it was done to by the table and the id of its row.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids are small and mostly copied")]
    pub fn on(mut self, kind: &'static str, id: impl ToString) -> Self {
        self.object = Some(Object { kind, id: id.to_string() });
        self
    }

    /// Names the region it concerns.
    #[must_use]
    pub fn in_region(mut self, code: impl Into<String>) -> Self {
        self.region_code = Some(code.into());
        self
    }

    /// Says that it was not done.
    #[must_use]
    pub fn ended(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Adds more about it, without anything personal.
    #[must_use]
    pub fn with(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// Tells from which neighbourhood it was done.
    #[must_use]
    pub fn from_address(mut self, address: IpAddr) -> Self {
        self.client_prefix = Some(ClientAddress(address).neighbourhood());
        self
    }

    /// Names the request that did it, and the neighbourhood it came from.
    #[must_use]
    pub fn by_request(mut self, request: &HttpRequest) -> Self {
        self.request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
        self.from_address(ClientAddress::of(request).0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_action_has_a_word_of_its_own() {
        let words: BTreeSet<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
        assert_eq!(words.len(), Action::ALL.len());
    }
}
