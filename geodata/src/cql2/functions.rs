//! The functions that filters may call (OGC API Features Part 3, 19-079r2, section 6.5).

use super::queryables::Kind;

/// A function, for the list of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function {
    /// The name; filters may write it in either case.
    pub name: &'static str,
    /// What it gives, with its unit.
    pub description: &'static str,
    /// What it takes.
    pub arguments: &'static [Argument],
    /// The kind of its result.
    pub returns: Kind,
    pub(super) call: Call,
}

/// What a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// What people call it.
    pub title: &'static str,
    /// The kind of value it must be.
    pub kind: Kind,
}

/// Which function it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Distance,
    Length,
    Area,
    GeometryType,
    Vertices,
    CharacterCount,
    ItemCount,
    Absolute,
    Round,
    Year,
    Month,
}

const SHAPE: Argument = Argument { title: "几何", kind: Kind::Geometry };
const NUMBER: Argument = Argument { title: "数字", kind: Kind::Number };
const TIME: Argument = Argument { title: "时间", kind: Kind::Timestamp };

/// Every function, in the order of the list.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "distance_m",
        description: "从一个点到几何的最短距离，单位米；点在面内为 0",
        arguments: &[SHAPE, Argument { title: "点", kind: Kind::Geometry }],
        returns: Kind::Number,
        call: Call::Distance,
    },
    Function {
        name: "length_m",
        description: "线在椭球面上的长度，单位米；点和面为 0",
        arguments: &[SHAPE],
        returns: Kind::Number,
        call: Call::Length,
    },
    Function {
        name: "area_m2",
        description: "面在椭球面上的面积，单位平方米；点和线为 0",
        arguments: &[SHAPE],
        returns: Kind::Number,
        call: Call::Area,
    },
    Function {
        name: "geometry_type",
        description: "几何类型，如 Point、LineString、Polygon",
        arguments: &[SHAPE],
        returns: Kind::Text,
        call: Call::GeometryType,
    },
    Function {
        name: "vertex_count",
        description: "几何的坐标点数",
        arguments: &[SHAPE],
        returns: Kind::Integer,
        call: Call::Vertices,
    },
    Function {
        name: "char_length",
        description: "文字的字数",
        arguments: &[Argument { title: "文字", kind: Kind::Text }],
        returns: Kind::Integer,
        call: Call::CharacterCount,
    },
    Function {
        name: "item_count",
        description: "列表的项数",
        arguments: &[Argument { title: "列表", kind: Kind::List }],
        returns: Kind::Integer,
        call: Call::ItemCount,
    },
    Function {
        name: "abs",
        description: "绝对值",
        arguments: &[NUMBER],
        returns: Kind::Number,
        call: Call::Absolute,
    },
    Function {
        name: "round",
        description: "四舍五入到整数",
        arguments: &[NUMBER],
        returns: Kind::Number,
        call: Call::Round,
    },
    Function {
        name: "year",
        description: "时间的年份（UTC）",
        arguments: &[TIME],
        returns: Kind::Integer,
        call: Call::Year,
    },
    Function {
        name: "month",
        description: "时间的月份，1 到 12（UTC）",
        arguments: &[TIME],
        returns: Kind::Integer,
        call: Call::Month,
    },
];
