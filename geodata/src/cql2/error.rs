//! Why a filter was refused, in words for the person who wrote it.

/// A filter that cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Cql2Error {
    /// The text breaks the grammar.
    #[error("第 {column} 个字符处应为{expected}，实际是{found}")]
    Syntax {
        /// 1-based character.
        column: usize,
        /// What the grammar wants there.
        expected: &'static str,
        /// What stands there, cut to a readable length.
        found: String,
    },
    /// The JSON breaks the grammar.
    #[error("{at} 处应为{expected}")]
    Json {
        /// Path to the value, as `filter.args[0].op`.
        at: String,
        /// What the grammar wants there.
        expected: &'static str,
    },
    /// Not JSON at all.
    #[error("不是有效的 JSON（第 {line} 行第 {column} 列）")]
    NotJson {
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
    },
    /// Larger than what is worked on.
    #[error("{what}超过上限 {most}，请简化条件")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The largest number allowed.
        most: usize,
    },
    /// A property that the layer does not have.
    #[error("没有属性“{name}”。可用的属性：{known}")]
    UnknownProperty {
        /// The name as written.
        name: String,
        /// The names that the layer has.
        known: String,
    },
    /// A function that is not offered.
    #[error("没有函数“{name}”。可用的函数：{known}")]
    UnknownFunction {
        /// The name as written.
        name: String,
        /// The functions there are.
        known: String,
    },
    /// A value of one kind where another is needed.
    #[error("{place}应为{expected}，实际是{found}")]
    WrongKind {
        /// Where: an operator or a function.
        place: String,
        /// The kind that it works on.
        expected: &'static str,
        /// The kind that was given.
        found: String,
    },
    /// A function with too few or too many arguments.
    #[error("函数 {name} 需要 {needed} 个参数，实际有 {found} 个")]
    WrongCount {
        /// The function.
        name: String,
        /// How many it takes.
        needed: usize,
        /// How many were given.
        found: usize,
    },
    /// A date or a time that does not exist or is written in another way.
    #[error("“{0}”不是有效的时间，请写成 2026-05-01 或 2026-05-01T08:00:00Z")]
    Time(String),
    /// An interval that ends before it starts.
    #[error("时间段的开始晚于结束，请对调后重试")]
    ReversedInterval,
    /// A geometry that is none.
    #[error("几何有误：{0}")]
    Geometry(String),
}

/// Cuts what is echoed to a readable length.
pub(super) fn shown(text: &str) -> String {
    const ECHOED_CHARS: usize = 40;
    text.chars().take(ECHOED_CHARS).collect()
}
