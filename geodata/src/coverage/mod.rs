//! Who can reach what: the share of people and of land from which enough kinds of places are near enough, by
//! a preset that says what near enough means.
//!
//! [`compute()`] is a function of its [`Inputs`] alone: the same inputs give the same result on every machine.
//! [`Coverage::published`] leaves out numbers that would tell of a few people;
//! [`Coverage::published_to_ten`] is for everybody, who may compare answers.

mod compute;
mod grid;
mod next_sites;
mod preset;
mod residents;
mod result;
mod straight;
mod suppress;

#[cfg(test)]
mod tests;

pub use compute::{Area, Inputs, Kind, Place, compute};
pub use preset::{Mode, PRESETS, Preset};
pub use residents::{AGE_BANDS, Resident, Residents, ResidentsError};
pub use result::{
    AreaCoverage, Coverage, CoverageMethod, CoverageOfArea, KindCoverage, PeopleCoverage, Share, Site,
    UncoveredPlace,
};
