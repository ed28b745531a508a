//! The syntax tree that both encodings of CQL2 (OGC 21-065r2) are read into.

use geo::Geometry;

use super::time::Span;

/// An expression of any kind; what fits where is checked when it is compiled.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A character literal.
    Text(String),
    /// A numeric literal.
    Number(f64),
    /// `TRUE` or `FALSE`.
    Boolean(bool),
    /// `DATE(…)`, `TIMESTAMP(…)` and intervals between two of these.
    Time(Span),
    /// An interval of which an end is a property or a function; `None` is an open end.
    Interval(Option<Box<Expression>>, Option<Box<Expression>>),
    /// A spatial literal in WGS-84 longitude and latitude.
    Geometry(Geometry<f64>),
    /// A list of values.
    List(Vec<Expression>),
    /// A property of the feature.
    Property(String),
    /// `CASEI(…)`: the text without regard to case.
    Casei(Box<Expression>),
    /// `ACCENTI(…)`: the text without regard to accents.
    Accenti(Box<Expression>),
    /// A calculation.
    Arithmetic(ArithmeticOperator, Box<Expression>, Box<Expression>),
    /// A function by its name as written.
    Function(String, Vec<Expression>),
    /// All hold.
    And(Vec<Expression>),
    /// At least one holds.
    Or(Vec<Expression>),
    /// The opposite holds.
    Not(Box<Expression>),
    /// Two values compared.
    Comparison(ComparisonOperator, Box<Expression>, Box<Expression>),
    /// A text against a pattern with `%` and `_`.
    Like(Box<Expression>, Box<Expression>),
    /// A number between two others, ends included.
    Between(Box<Expression>, Box<Expression>, Box<Expression>),
    /// One of several values.
    In(Box<Expression>, Vec<Expression>),
    /// Nothing is known.
    IsNull(Box<Expression>),
    /// How two shapes lie to each other.
    Spatial(SpatialOperator, Box<Expression>, Box<Expression>),
    /// How two times lie to each other.
    Temporal(TemporalOperator, Box<Expression>, Box<Expression>),
    /// Words of which some must all occur in the name, the address or the facilities: alternatives,
    /// each of several words. No encoding of CQL2 has this; it is the parameter `q`.
    Words(Vec<Vec<String>>),
    /// How two lists lie to each other.
    Array(ArrayOperator, Box<Expression>, Box<Expression>),
}

macro_rules! operators {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every operator, in the order of the standard.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word of CQL2 JSON; CQL2 text writes it in either case.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// The operator with this word, in either case.
            pub(super) fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|operator| operator.word().eq_ignore_ascii_case(word))
            }
        }
    };
}

operators! {
    /// Comparison of two scalar values.
    ComparisonOperator {
        /// Equal.
        Equal = "=",
        /// Not equal.
        NotEqual = "<>",
        /// Less.
        Less = "<",
        /// Greater.
        Greater = ">",
        /// Less or equal.
        LessOrEqual = "<=",
        /// Greater or equal.
        GreaterOrEqual = ">=",
    }
}

operators! {
    /// Arithmetic with 64-bit floating-point numbers.
    ArithmeticOperator {
        /// Sum.
        Add = "+",
        /// Difference.
        Subtract = "-",
        /// Product.
        Multiply = "*",
        /// Quotient; null when the divisor is 0.
        Divide = "/",
        /// Remainder; null when the divisor is 0.
        Modulo = "%",
        /// Whole quotient, rounded towards zero; null when the divisor is 0.
        IntegerDivide = "div",
        /// Power.
        Power = "^",
    }
}

operators! {
    /// Predicates of the DE-9IM (OGC 06-103r4, section 6.1.15).
    SpatialOperator {
        /// At least one position is common.
        Intersects = "s_intersects",
        /// The same set of positions.
        Equals = "s_equals",
        /// No position is common.
        Disjoint = "s_disjoint",
        /// Only boundaries meet.
        Touches = "s_touches",
        /// The first lies in the second.
        Within = "s_within",
        /// The same dimension, partly common.
        Overlaps = "s_overlaps",
        /// Interiors meet in a lower dimension.
        Crosses = "s_crosses",
        /// The second lies in the first.
        Contains = "s_contains",
    }
}

operators! {
    /// Allen's relations of intervals, and those of moments.
    TemporalOperator {
        /// Starts after the other has ended.
        After = "t_after",
        /// Ends before the other starts.
        Before = "t_before",
        /// Starts before and ends after the other.
        Contains = "t_contains",
        /// Nothing common.
        Disjoint = "t_disjoint",
        /// Starts after and ends before the other.
        During = "t_during",
        /// The same start and end.
        Equals = "t_equals",
        /// Starts before, ends with the other.
        FinishedBy = "t_finishedBy",
        /// Starts after, ends with the other.
        Finishes = "t_finishes",
        /// Something common.
        Intersects = "t_intersects",
        /// Ends when the other starts.
        Meets = "t_meets",
        /// Starts when the other ends.
        MetBy = "t_metBy",
        /// Starts within the other, ends after it.
        OverlappedBy = "t_overlappedBy",
        /// Starts before the other, ends within it.
        Overlaps = "t_overlaps",
        /// Starts with the other, ends after it.
        StartedBy = "t_startedBy",
        /// Starts with the other, ends before it.
        Starts = "t_starts",
    }
}

operators! {
    /// Relations of two lists, as sets.
    ArrayOperator {
        /// The same values.
        Equals = "a_equals",
        /// All values of the second are in the first.
        Contains = "a_contains",
        /// All values of the first are in the second.
        ContainedBy = "a_containedBy",
        /// At least one value is common.
        Overlaps = "a_overlaps",
    }
}

impl Expression {
    /// Calls `visit` with every expression of the tree, this one first.
    pub(super) fn visit(&self, visit: &mut impl FnMut(&Self)) {
        visit(self);
        match self {
            Self::Text(_)
            | Self::Number(_)
            | Self::Boolean(_)
            | Self::Time(_)
            | Self::Geometry(_)
            | Self::Words(_)
            | Self::Property(_) => {}
            Self::Interval(start, end) => {
                for bound in start.iter().chain(end) {
                    bound.visit(visit);
                }
            }
            Self::List(items) | Self::Function(_, items) | Self::And(items) | Self::Or(items) => {
                for item in items {
                    item.visit(visit);
                }
            }
            Self::Casei(inner) | Self::Accenti(inner) | Self::Not(inner) | Self::IsNull(inner) => {
                inner.visit(visit);
            }
            Self::Arithmetic(_, a, b)
            | Self::Comparison(_, a, b)
            | Self::Like(a, b)
            | Self::Spatial(_, a, b)
            | Self::Temporal(_, a, b)
            | Self::Array(_, a, b) => {
                a.visit(visit);
                b.visit(visit);
            }
            Self::Between(value, low, high) => {
                for part in [value, low, high] {
                    part.visit(visit);
                }
            }
            Self::In(value, items) => {
                value.visit(visit);
                for item in items {
                    item.visit(visit);
                }
            }
        }
    }

    /// Names of the properties that the expression reads, each once.
    pub fn properties(&self) -> std::collections::BTreeSet<String> {
        let mut names = std::collections::BTreeSet::new();
        self.visit(&mut |part| {
            if let Self::Property(name) = part {
                names.insert(name.clone());
            }
        });
        names
    }
}
