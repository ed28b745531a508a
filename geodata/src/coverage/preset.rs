//! What near enough means, by the standard that says so.

use crate::network::Pace;

/// How people get to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As the crow flies.
    Straight,
    /// On foot along streets and paths.
    Walk,
    /// By bicycle along the same streets and paths.
    Bike,
}

impl Mode {
    /// The stable English name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Straight => "straight",
            Self::Walk => "walk",
            Self::Bike => "bike",
        }
    }
}

/// A distance with its mode and speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Stable English id.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// The standard that it follows, in words.
    pub standard: &'static str,
    /// How people move.
    pub mode: Mode,
    /// How fast.
    pub pace: Pace,
    /// How far, metres.
    pub distance_m: u32,
}

const ADULT: Pace = Pace { speed_mm_s: 1_200, steps_percent: 150 };
const ELDER: Pace = Pace { speed_mm_s: 800, steps_percent: 200 };
/// 1000 m in 15 minutes.
const GB: Pace = Pace { speed_mm_s: 1_111, steps_percent: 150 };
/// 12 km/h; on steps the bicycle is carried.
const BIKE: Pace = Pace { speed_mm_s: 3_333, steps_percent: 500 };

/// The presets that may be asked for.
pub const PRESETS: [Preset; 5] = [
    Preset {
        id: "db37-straight-1000m",
        title: "直线 1000 米",
        standard: "山东省地方标准 DB37/T 4438-2021 附录 A：以 1000 米为服务半径",
        mode: Mode::Straight,
        pace: GB,
        distance_m: 1_000,
    },
    Preset {
        id: "gb-network-1000m",
        title: "步行路程 1000 米",
        standard: "GB 50180-2018 十五分钟生活圈：步行 15 分钟，路程 1000 米",
        mode: Mode::Walk,
        pace: GB,
        distance_m: 1_000,
    },
    Preset {
        id: "sport-walk-15min",
        title: "成人步行 15 分钟",
        standard: "体育总局对身边健身设施的描述：从居住地步行 15 分钟；成人 1.2 米/秒，即 1080 米",
        mode: Mode::Walk,
        pace: ADULT,
        distance_m: 1_080,
    },
    Preset {
        id: "sport-walk-15min-elder",
        title: "老人步行 15 分钟",
        standard: "同上，按老人 0.8 米/秒计，即 720 米",
        mode: Mode::Walk,
        pace: ELDER,
        distance_m: 720,
    },
    Preset {
        id: "sport-bike-15min",
        title: "骑行 15 分钟",
        standard: "体育总局对身边健身设施的描述：从居住地骑行 15 分钟；12 公里/小时，即 3000 米",
        mode: Mode::Bike,
        pace: BIKE,
        distance_m: 3_000,
    },
];

impl Preset {
    /// The preset of this id.
    pub fn named(id: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.id == id)
    }

    /// The distance in decimetres of flat path.
    pub fn budget_dm(&self) -> u32 {
        self.distance_m.saturating_mul(10)
    }
}
