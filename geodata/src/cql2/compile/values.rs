//! Where values come from: they are written in the filter, stand in a column, or are calculated.

use std::borrow::Cow;
use std::sync::Arc;

use geo::Geometry;

use super::{Predicate, Rows};
use crate::cql2::prepared::Prepared;
use crate::cql2::time::Span;
use crate::snapshot::Item;

type Calculation<T> = Box<dyn Fn(&Rows<'_>, usize) -> Option<T> + Send + Sync>;

/// A value of any kind.
pub(super) enum Value {
    Text(TextSource),
    Number(NumberSource),
    Truth(Predicate),
    Time(TimeSource),
    List(ListSource),
    Shape(ShapeSource),
}

pub(super) enum TextSource {
    Constant(Box<str>),
    Column(usize),
    Folded(Box<Self>, fn(&str) -> Cow<'_, str>),
    Calculated(Calculation<&'static str>),
}

pub(super) enum NumberSource {
    Constant(f64),
    Column(usize),
    Id,
    Calculated(Calculation<f64>),
}

pub(super) enum TimeSource {
    Constant(Span),
    Column(usize),
    Calculated(Calculation<Span>),
}

pub(super) enum ListSource {
    Constant(Box<[Item]>),
    Column(usize),
}

pub(super) enum ShapeSource {
    Constant(Arc<Prepared>),
    Feature,
}

impl Value {
    /// What people call a value of this kind.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(_) => "文字",
            Self::Number(_) => "数字",
            Self::Truth(_) => "是或否",
            Self::Time(_) => "时间",
            Self::List(_) => "列表",
            Self::Shape(_) => "几何",
        }
        .to_owned()
    }
}

impl TextSource {
    pub(super) fn get<'r>(&'r self, rows: &'r Rows<'_>, row: usize) -> Option<Cow<'r, str>> {
        match self {
            Self::Constant(text) => Some(Cow::Borrowed(text)),
            Self::Column(slot) => rows.column(*slot)?.text(row).map(Cow::Borrowed),
            Self::Folded(inner, fold) => Some(match inner.get(rows, row)? {
                Cow::Borrowed(text) => fold(text),
                Cow::Owned(text) => Cow::Owned(fold(&text).into_owned()),
            }),
            Self::Calculated(calculate) => calculate(rows, row).map(Cow::Borrowed),
        }
    }

    /// The text with distinctions gone; what is written in the filter is changed once.
    pub(super) fn folded(self, fold: fn(&str) -> Cow<'_, str>) -> Self {
        match self {
            Self::Constant(text) => Self::Constant(fold(&text).into()),
            other => Self::Folded(Box::new(other), fold),
        }
    }
}

impl NumberSource {
    pub(super) fn get(&self, rows: &Rows<'_>, row: usize) -> Option<f64> {
        match self {
            Self::Constant(number) => Some(*number),
            Self::Column(slot) => rows.column(*slot)?.number(row),
            Self::Id => rows.member(row).map(|member| f64::from(member.id())),
            Self::Calculated(calculate) => calculate(rows, row),
        }
    }
}

impl TimeSource {
    pub(super) fn get(&self, rows: &Rows<'_>, row: usize) -> Option<Span> {
        match self {
            Self::Constant(span) => Some(*span),
            Self::Column(slot) => rows.column(*slot)?.time(row),
            Self::Calculated(calculate) => calculate(rows, row),
        }
    }
}

impl ListSource {
    pub(super) fn get<'r>(&'r self, rows: &'r Rows<'_>, row: usize) -> Option<&'r [Item]> {
        match self {
            Self::Constant(items) => Some(items),
            Self::Column(slot) => rows.column(*slot)?.list(row),
        }
    }
}

impl ShapeSource {
    pub(super) fn get<'r>(&'r self, rows: &'r Rows<'_>, row: usize) -> Option<&'r Geometry<f64>> {
        match self {
            Self::Constant(prepared) => Some(prepared.shape()),
            Self::Feature => rows.member(row)?.geometry(),
        }
    }
}
