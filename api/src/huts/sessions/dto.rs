use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::huts::gateways::Envelope;

/// The code that a hut shows now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HutCode {
    pub(super) hut_id: Uuid,
    pub(super) code: String,
    /// What stands in the QR code: a link that opens the mini-program at this hut.
    #[schema(example = "https://health.example.cn/hut/019a…?code=aSqA…")]
    pub(super) text: String,
    /// The QR code as a picture.
    pub(super) svg: String,
    pub(super) expires_at: DateTime<Utc>,
    /// When to show the next one.
    pub(super) refresh_after_s: i64,
}

/// Asks for the code to show.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HutCodeRequest {
    gateway_id: Uuid,
    /// Larger than any before.
    #[schema(minimum = 1)]
    seq: i64,
    /// By the clock of the gateway.
    sent_at: DateTime<Utc>,
}

/// What a resident who stands in front of a hut says.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewHutSession {
    /// The code that the hut shows.
    #[schema(max_length = 64)]
    pub(super) code: String,
    /// Who measures; oneself where it is missing.
    pub(super) person_id: Option<Uuid>,
}

/// Somebody measures in a hut. Values are never told here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HutSession {
    pub(super) id: Uuid,
    pub(super) hut_id: Uuid,
    pub(super) person_id: Uuid,
    pub(super) state: HutSessionState,
    /// In plain Chinese, what to do now.
    pub(super) text: String,
    /// What to do at once, where a pressure of this session calls for it; it goes before `text`.
    pub(super) advice: Option<&'static str>,
    pub(super) opened_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum HutSessionState {
    /// The devices are waiting for the person.
    Waiting,
    /// The values came and are in the record.
    Measured,
    /// Values came that no body has: they are not in the record, and one should measure again.
    Impossible,
    /// The weight is far from the last one: is it this person's?
    Asked,
    /// The person said that the values are not theirs, or did not answer.
    Disowned,
    /// Nobody measured in time.
    Expired,
    /// The person left, or the hut was closed.
    Ended,
}

/// Whether a reading is this person's.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HutReadingAnswer {
    pub(super) mine: bool,
}

/// A code that a hut reads, good once.
#[derive(Serialize, ToSchema)]
pub(super) struct PersonCode {
    pub(super) code: String,
    /// The QR code as a picture.
    pub(super) svg: String,
    pub(super) expires_at: DateTime<Utc>,
}

/// A hut read the code of a resident.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonCodeScan {
    gateway_id: Uuid,
    /// Larger than any before.
    #[schema(minimum = 1)]
    seq: i64,
    /// By the clock of the gateway.
    sent_at: DateTime<Utc>,
    #[schema(max_length = 64)]
    pub(super) code: String,
}

/// The session that a code began, without a word about whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GatewaySession {
    pub(super) session_id: Uuid,
    pub(super) expires_at: DateTime<Utc>,
}

/// The end of a phone number, by which somebody at the hut is found.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HutPhoneEnding {
    /// The last four digits.
    #[schema(min_length = 4, max_length = 4, example = "5678")]
    pub(super) last_four: String,
}

/// Who was found, at most 10.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundHutPeople {
    pub(super) items: Vec<FoundHutPerson>,
    /// Always `null`: whoever is not among the first ten is asked for the code on the phone.
    pub(super) next: Option<String>,
}

/// Somebody who may be picked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundHutPerson {
    pub(super) id: Uuid,
    /// As it may stand on a screen that others see.
    #[schema(example = "李*英")]
    pub(super) name: String,
    /// In full years, where it is known.
    pub(super) age: Option<i32>,
}

/// Whom a member of staff helps to measure.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct HutPersonPick {
    pub(super) person_id: Uuid,
}

/// What stands in the code of a hut. The page does not look at it: only the mini-program opens a session.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct HutPageParameters {
    /// Code of the moment
    code: Option<String>,
}

macro_rules! envelope {
    ($($message:ident),+) => {
        $(impl Envelope for $message {
            type Described = Self;

            fn gateway_id(&self) -> Uuid {
                self.gateway_id
            }

            fn seq(&self) -> i64 {
                self.seq
            }

            fn sent_at(&self) -> DateTime<Utc> {
                self.sent_at
            }
        })+
    };
}

envelope!(HutCodeRequest, PersonCodeScan);
