use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A log-in with WeChat.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WechatLogin {
    /// What `wx.login` gave; works once, for five minutes. In development `dev-` and a name, such as
    /// `dev-li`.
    #[schema(min_length = 1, max_length = 256, example = "dev-li")]
    pub(super) code: String,
}

/// A log-in of staff.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StaffLogin {
    /// Log-in name; case does not matter.
    #[schema(example = "li.si")]
    pub(super) username: String,
    #[schema(format = Password)]
    pub(super) password: String,
    /// Six digits of the authenticator, or a recovery code; asked for with `totp_required`.
    #[schema(example = "123456")]
    pub(super) totp: Option<String>,
}

/// A member of staff who has logged in.
#[derive(Serialize, ToSchema)]
pub(super) struct StaffSession {
    #[serde(flatten)]
    pub(super) tokens: SessionTokens,
    /// The member of staff.
    pub(super) staff_id: Uuid,
    /// Whether a role demands a second factor that is not bound yet: nothing but binding one is permitted.
    pub(super) must_bind_totp: bool,
    /// Whether the password is older than the rules allow: nothing but changing it is permitted.
    pub(super) must_change_password: bool,
}

/// The password again, before something that a screen left open must not do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordAgain {
    #[schema(format = Password)]
    pub(super) password: String,
}

/// A secret for an authenticator, shown once.
#[derive(Serialize, ToSchema)]
pub(super) struct TotpEnrolment {
    /// To be shown as a QR code.
    #[schema(example = "otpauth://totp/Kangtu:li.si?secret=JBSWY3DPEHPK3PXP&issuer=Kangtu")]
    pub(super) otpauth_uri: String,
    /// The same, to be typed in.
    pub(super) secret: String,
}

/// A code that the authenticator shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TotpCode {
    #[schema(pattern = "^[0-9]{6}$", example = "123456")]
    pub(super) code: String,
}

/// Codes that stand in for a lost authenticator, each once. They are shown once.
#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryCodes {
    pub(super) recovery_codes: Vec<String>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordChange {
    #[schema(format = Password)]
    pub(super) current_password: String,
    /// At least 8 characters; no common one.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    pub(super) new_password: String,
}

/// The exchange of a refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Refresh {
    /// The last refresh token that was given.
    pub(super) refresh_token: String,
}

/// The tokens of a session.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionTokens {
    /// For the header `Authorization: Bearer …`.
    pub(super) access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub(super) token_type: &'static str,
    /// For how many seconds the access token works.
    #[schema(example = 900)]
    pub(super) expires_in_s: i64,
    /// Gives the next pair of tokens, once. Asked again within 20 seconds it gives the same pair; later it
    /// ends the session.
    pub(super) refresh_token: String,
    /// Until when the refresh token works.
    pub(super) refresh_expires_at: DateTime<Utc>,
    /// The session.
    pub(super) session_id: Uuid,
}

/// A resident who has logged in.
#[derive(Serialize, ToSchema)]
pub(super) struct ResidentLogin {
    #[serde(flatten)]
    pub(super) tokens: SessionTokens,
    /// The resident as a person, for `/people/{id}`.
    pub(super) person_id: Uuid,
    /// Whether this was the first log-in.
    pub(super) is_new: bool,
}

/// The places where one is logged in.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionList {
    /// The last used first.
    pub(super) items: Vec<SessionEntry>,
    /// Always `null`: all sessions come at once.
    pub(super) next: Option<String>,
}

/// One log-in.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionEntry {
    /// Id of the session.
    pub(super) id: Uuid,
    /// Kind of device.
    #[schema(example = "微信（安卓）")]
    pub(super) client: String,
    /// When it began.
    pub(super) created_at: DateTime<Utc>,
    /// When its tokens were last renewed.
    pub(super) last_used_at: DateTime<Utc>,
    /// When it ends however much it is used.
    pub(super) expires_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub(super) is_current: bool,
}

/// Public keys that access tokens are signed with (RFC 7517).
#[derive(Serialize, ToSchema)]
pub(super) struct JwkSet {
    pub(super) keys: Vec<Jwk>,
}

/// One public key (RFC 8037).
#[derive(Serialize, ToSchema)]
pub(super) struct Jwk {
    /// Always `OKP`.
    #[schema(example = "OKP")]
    pub(super) kty: &'static str,
    /// Always `Ed25519`.
    #[schema(example = "Ed25519")]
    pub(super) crv: &'static str,
    /// Always `EdDSA`.
    #[schema(example = "EdDSA")]
    pub(super) alg: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub(super) usage: &'static str,
    /// Id that tokens carry.
    pub(super) kid: String,
    /// The key, 32 bytes in base64url.
    pub(super) x: String,
}
