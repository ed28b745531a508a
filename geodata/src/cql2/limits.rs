//! How large a filter may be.

use super::error::Cql2Error;

/// Bytes of a filter.
const MOST_BYTES: usize = 32 * 1024;
/// Brackets, functions and negations inside one another.
const MOST_DEPTH: usize = 32;
/// Items of a list, operands of a chain.
pub(super) const MOST_ITEMS: usize = 1_000;
/// Operands of a calculation; these nest.
pub(super) const MOST_OPERANDS: usize = 50;
/// Positions of all spatial literals together.
const MOST_VERTICES: usize = 5_000;
/// Values, operators and functions together.
const MOST_PARTS: usize = 10_000;

/// What a reader has used up of the limits.
#[derive(Debug, Default)]
pub(super) struct Budget {
    depth: usize,
    vertices: usize,
    parts: usize,
}

impl Budget {
    /// Checks the length of a filter.
    pub(super) fn length(text: &str) -> Result<(), Cql2Error> {
        at_most("条件的字节数", text.len(), MOST_BYTES)
    }

    /// Goes a level deeper; every call needs its [`Budget::leave`].
    pub(super) fn enter(&mut self) -> Result<(), Cql2Error> {
        self.depth += 1;
        self.parts += 1;
        at_most("条件的层数", self.depth, MOST_DEPTH)?;
        at_most("条件的组成部分", self.parts, MOST_PARTS)
    }

    /// What is said of a filter that nests so deep that it is not even read.
    pub(super) fn too_deep() -> Cql2Error {
        Cql2Error::TooLarge { what: "条件的层数", most: MOST_DEPTH }
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// One more position of a spatial literal.
    pub(super) fn vertex(&mut self) -> Result<(), Cql2Error> {
        self.vertices += 1;
        at_most("几何的坐标点数", self.vertices, MOST_VERTICES)
    }
}

/// Checks a number of items.
pub(super) fn at_most(what: &'static str, found: usize, most: usize) -> Result<(), Cql2Error> {
    if found > most { Err(Cql2Error::TooLarge { what, most }) } else { Ok(()) }
}
