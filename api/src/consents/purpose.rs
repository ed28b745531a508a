//! What residents can agree to.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A purpose that needs consent of its own (个人信息保护法, articles 23 and 29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Keeping health records.
    Records,
    /// Reading the steps that WeChat counts.
    Steps,
    /// Finding what is near.
    Location,
    /// Keeping the phone number.
    Phone,
    /// Letting health officers of the community see health records.
    Sharing,
    /// Messages in WeChat.
    Messages,
}

impl Purpose {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 6] =
        [Self::Records, Self::Sharing, Self::Steps, Self::Location, Self::Phone, Self::Messages];

    /// As the database names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Steps => "steps",
            Self::Location => "location",
            Self::Phone => "phone",
            Self::Sharing => "sharing",
            Self::Messages => "messages",
        }
    }

    /// Whether it is about sensitive data (个人信息保护法, article 28: health and whereabouts). From 14 on only
    /// the person can agree to these.
    pub fn is_sensitive(self) -> bool {
        matches!(self, Self::Records | Self::Steps | Self::Location | Self::Sharing)
    }

    /// Whether it is about the phone in somebody's hand, so that nobody can agree to it for a family member.
    pub fn is_of_account(self) -> bool {
        matches!(self, Self::Steps | Self::Location | Self::Phone | Self::Messages)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
