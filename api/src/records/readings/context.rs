//! How something was measured.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the body was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Posture {
    /// Upright on a chair.
    Sitting,
    /// On the feet.
    Standing,
    /// Flat.
    Lying,
    /// Half upright.
    Reclining,
}

/// Where the cuff was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// Left upper arm.
    Left,
    /// Right upper arm.
    Right,
    /// Left wrist.
    LeftWrist,
    /// Right wrist.
    RightWrist,
}

/// When one last ate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Meal {
    /// Nothing for at least eight hours.
    Fasting,
    /// Just before a meal.
    BeforeMeal,
    /// About two hours after a meal began.
    AfterMeal,
    /// Before going to bed.
    Bedtime,
}

/// What belongs to a value and is kept sealed with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// How the body was held.
    #[serde(rename = "p", skip_serializing_if = "Option::is_none", default)]
    pub posture: Option<Posture>,
    /// Where the cuff was.
    #[serde(rename = "a", skip_serializing_if = "Option::is_none", default)]
    pub arm: Option<Arm>,
    /// When one last ate.
    #[serde(rename = "m", skip_serializing_if = "Option::is_none", default)]
    pub meal: Option<Meal>,
    /// In the words of whoever measured.
    #[serde(rename = "n", skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

impl Context {
    /// Whether nothing was told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether another telling of the same reading says nothing else. What it leaves out does not count: other
    /// systems know less about how something was measured.
    pub fn agrees_with(&self, other: &Self) -> bool {
        fn agrees<T: PartialEq>(known: Option<&T>, told: Option<&T>) -> bool {
            told.is_none() || known == told
        }
        agrees(self.posture.as_ref(), other.posture.as_ref())
            && agrees(self.arm.as_ref(), other.arm.as_ref())
            && agrees(self.meal.as_ref(), other.meal.as_ref())
            && agrees(self.note.as_ref(), other.note.as_ref())
    }
}
