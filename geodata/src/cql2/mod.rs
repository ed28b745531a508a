//! CQL2 (OGC 21-065r2): conditions on features, as text and as JSON.
//!
//! Both encodings are read into one [`Expression`]. [`Filter::compile`] checks it against what a layer
//! has and turns it into closures over typed columns, which answer true, false or unknown.
//!
//! Depth, length, lists and vertices are limited, so that no filter takes more time or memory than the
//! map does.
//!
//! ```
//! use geodata::crs::ReferenceSystem;
//! use geodata::cql2::parse_text;
//!
//! let filter = parse_text("demo = FALSE AND name LIKE '%公园'", ReferenceSystem::Crs84)?;
//! assert_eq!(filter.properties().into_iter().collect::<Vec<_>>(), ["demo", "name"]);
//!
//! let error = parse_text("name LIKE", ReferenceSystem::Crs84).unwrap_err();
//! assert_eq!(error.to_string(), "第 10 个字符处应为一个值，实际是结尾");
//! # Ok::<(), geodata::cql2::Cql2Error>(())
//! ```

mod compile;
mod error;
mod expression;
mod fold;
mod functions;
mod json;
mod lexer;
mod like;
mod limits;
mod literals;
mod prepared;
mod queryables;
mod text;
mod time;

pub use compile::Filter;
pub use error::Cql2Error;
pub use expression::{
    ArithmeticOperator, ArrayOperator, ComparisonOperator, Expression, SpatialOperator, TemporalOperator,
};
pub use functions::{Argument, FUNCTIONS, Function};
pub use json::parse_json;
pub use queryables::{Kind, Queryable, Queryables};
pub use text::parse_text;
pub use time::Span;

pub(crate) use compile::Rows;
pub(crate) use prepared::{Prepared, envelope_of};
pub(crate) use queryables::ID;
