//! How fast people walk.

/// Seconds of a minute.
const MINUTE_S: u32 = 60;
/// Decimetres of a metre.
const DM_PER_M: u32 = 10;
/// Deciseconds per second times millimetres per decimetre.
const MM_PER_DM: u32 = 100;

/// Whose walk it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Walker {
    /// 1.2 m/s: 1080 m in 15 minutes.
    Adult,
    /// An older person, 0.8 m/s: 720 m in 15 minutes.
    Elder,
    /// A child, or somebody with a stroller, 0.9 m/s: 810 m in 15 minutes.
    Child,
}

/// A speed on the flat, and how much more steps take.
///
/// Costs are whole decimetres of flat path, so that sums are exact and the same everywhere: a metre of steps
/// counts as `steps_percent` / 100 metres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pace {
    /// Millimetres per second on the flat.
    pub speed_mm_s: u32,
    /// Effort of steps, measured along the map, in percent of the flat; 100 or more.
    pub steps_percent: u32,
}

impl Walker {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Adult, Self::Elder, Self::Child];

    /// The stable English name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Adult => "adult",
            Self::Elder => "elder",
            Self::Child => "child",
        }
    }

    /// The walker of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|walker| walker.as_str() == name)
    }

    /// The speeds are those of the literature on the 15-minute circle; that steps take half as long again,
    /// for the old and with a stroller twice as long, is an assumption of this program.
    pub fn pace(self) -> Pace {
        match self {
            Self::Adult => Pace { speed_mm_s: 1_200, steps_percent: 150 },
            Self::Elder => Pace { speed_mm_s: 800, steps_percent: 200 },
            Self::Child => Pace { speed_mm_s: 900, steps_percent: 200 },
        }
    }
}

impl Pace {
    /// The pace of those whom steps slow down most.
    pub(super) fn slowest_on_steps() -> Self {
        Walker::Elder.pace()
    }

    /// How far one comes on the flat, decimetres.
    pub fn budget_dm(self, minutes: u32) -> u32 {
        minutes.saturating_mul(MINUTE_S).saturating_mul(self.speed_mm_s) / MM_PER_DM
    }

    /// Minutes that a cost takes, begun ones counted whole: nobody comes late for having believed it.
    pub fn minutes(self, cost_dm: u32) -> u32 {
        cost_dm.saturating_mul(MM_PER_DM).div_ceil(self.speed_mm_s.max(1)).div_ceil(MINUTE_S)
    }

    /// Minutes with a fraction.
    pub fn exact_minutes(self, cost_dm: u32) -> f64 {
        f64::from(cost_dm) * f64::from(MM_PER_DM) / f64::from(self.speed_mm_s.max(1)) / f64::from(MINUTE_S)
    }

    /// What a stretch costs, decimetres, rounded up.
    pub(super) fn cost_dm(self, length_dm: u32, steps: bool) -> u32 {
        if steps { scaled_up(length_dm, self.steps_percent.max(100), 100) } else { length_dm }
    }

    /// How long a stretch a budget pays for, decimetres, rounded down.
    pub(super) fn length_dm(self, budget_dm: u32, steps: bool) -> u32 {
        if !steps {
            return budget_dm;
        }
        let length = u64::from(budget_dm) * 100 / u64::from(self.steps_percent.max(100));
        u32::try_from(length).unwrap_or(u32::MAX)
    }
}

fn scaled_up(number: u32, by: u32, of: u32) -> u32 {
    u32::try_from((u64::from(number) * u64::from(by)).div_ceil(u64::from(of))).unwrap_or(u32::MAX)
}

/// Metres, rounded up.
pub(super) fn metres(length_dm: u32) -> u32 {
    length_dm.div_ceil(DM_PER_M)
}
