use crate::crs::CoordinateError;

/// Why a geometry could not be read.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GeometryError {
    /// A part of a `GeoJSON` geometry is of another kind than RFC 7946 demands there.
    #[error("{at}应为{expected}，实际是{found}，请修改后再提交")]
    Unexpected {
        /// Where, as `geometry.coordinates[0][3]`.
        at: String,
        /// What RFC 7946 wants there.
        expected: &'static str,
        /// What was found, cut to a readable length.
        found: String,
    },
    /// A list holds fewer positions than its geometry needs (RFC 7946 §3.1.4, §3.1.6).
    #[error("{at}至少需要 {needed} 个坐标点，实际只有 {found} 个，请补全")]
    TooFewPositions {
        /// Where.
        at: String,
        /// The smallest lawful number.
        needed: usize,
        /// The number found.
        found: usize,
    },
    /// The first and last position of a polygon ring differ (RFC 7946 §3.1.6).
    #[error("{at}没有闭合：面的最后一个坐标点必须与第一个相同，请补上")]
    RingNotClosed {
        /// Where.
        at: String,
    },
    /// A position is not on Earth.
    #[error("{at}：{error}")]
    NotOnEarth {
        /// Where.
        at: String,
        /// What is wrong with it.
        error: CoordinateError,
    },
    /// Geometry collections nested deeper than 16 levels.
    #[error("{at}：几何集合嵌套过深，请拆开后再提交")]
    TooDeep {
        /// Where.
        at: String,
    },
    /// Bytes that are not two-dimensional ISO WKB.
    #[error("几何的二进制内容（WKB）不完整或格式不符：{0}")]
    Wkb(&'static str),
    /// Text that is not two-dimensional WKT.
    #[error("几何文本（WKT）在第 {column} 个字符处应为{expected}")]
    Wkt {
        /// 1-based character.
        column: usize,
        /// What the grammar wants there.
        expected: &'static str,
    },
}

/// Geometry collections may nest this deep; nobody draws such maps by hand.
pub(super) const DEEPEST_COLLECTION: usize = 16;
