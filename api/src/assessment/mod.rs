//! What a measured value means by the standards that were in force on the day of the measurement.
//!
//! Bands are rows of the database, each of one standard in one edition ([`band`]); the engine (`engine`) is pure
//! and compares without rounding. A [`Finding`] names standard, edition and the age at measurement and is kept
//! with the reading, so that a new edition changes nothing that was told before. What is told (`words`) says what
//! a value means and what to do next, names its source, and is never a diagnosis.
//!
//! ```text
//! let findings = state.assessment.current().assess(&subject, &measured);
//! let told = state.assessment.current().explain(&findings[0]);
//! ```

pub mod band;
mod engine;
mod exact;
mod finding;
mod published;
mod seeds;
mod subject;
mod values;
mod words;

pub use self::band::{Band, Bands, Limits, Purpose, Quantity, Standard};
pub use self::exact::body_mass_index;
pub use self::finding::{About, Explanation, Finding, Level, Pattern};
pub use self::published::{PublishedBands, follow};
pub use self::seeds::plant_missing;
pub use self::subject::{EarlierWeight, Pregnancy, Subject};
pub use self::values::{Meal, Measured, Setting, Specimen, Stature, Values};
