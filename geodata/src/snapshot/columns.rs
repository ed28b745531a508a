//! Properties of neighbouring features side by side, for filters and sorting.
//!
//! A column is made from the serialised properties when it is first asked for, and kept with its chunk
//! as long as the budget of the whole map allows. Snapshots that share a chunk share its columns.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::feature::Feature;
use super::property_value::{PropertyValue, each_property};
use super::spatial_index::Envelope;
use crate::cql2::{Kind, Span};

/// Bytes of all columns of a map together.
const BUDGET_BYTES: usize = 64 << 20;
/// No value.
const NO_TIME: i64 = i64::MIN;

/// An item of a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// A text.
    Text(Box<str>),
    /// A number.
    Number(f64),
    /// True or false.
    Boolean(bool),
}

/// The values of one property of the members of a chunk, in their order.
#[derive(Debug)]
pub(crate) enum Column {
    /// Texts, one after the other.
    Text { text: Box<str>, ends: Box<[u32]>, present: Box<[bool]> },
    /// Numbers; NaN for none.
    Number(Box<[f64]>),
    /// True, false or nothing.
    Boolean(Box<[Option<bool>]>),
    /// Days or moments by their first millisecond.
    Time { starts_ms: Box<[i64]>, are_days: bool },
    /// Lists.
    List(Box<[Option<Box<[Item]>>]>),
}

impl Column {
    pub(crate) fn text(&self, row: usize) -> Option<&str> {
        let Self::Text { text, ends, present } = self else { return None };
        if !*present.get(row)? {
            return None;
        }
        let start = row.checked_sub(1).map_or(Some(0), |before| ends.get(before).copied())?;
        text.get(start as usize..*ends.get(row)? as usize)
    }

    pub(crate) fn number(&self, row: usize) -> Option<f64> {
        let Self::Number(numbers) = self else { return None };
        numbers.get(row).copied().filter(|number| !number.is_nan())
    }

    pub(crate) fn boolean(&self, row: usize) -> Option<bool> {
        let Self::Boolean(values) = self else { return None };
        values.get(row).copied().flatten()
    }

    pub(crate) fn time(&self, row: usize) -> Option<Span> {
        let Self::Time { starts_ms, are_days } = self else { return None };
        let start_ms = starts_ms.get(row).copied().filter(|start| *start != NO_TIME)?;
        Some(if *are_days { Span::day_from(start_ms) } else { Span::moment(start_ms) })
    }

    pub(crate) fn list(&self, row: usize) -> Option<&[Item]> {
        let Self::List(lists) = self else { return None };
        lists.get(row)?.as_deref()
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::Text { text, ends, present } => text.len() + ends.len() * 4 + present.len(),
                Self::Number(numbers) => numbers.len() * 8,
                Self::Boolean(values) => values.len(),
                Self::Time { starts_ms, .. } => starts_ms.len() * 8,
                Self::List(lists) => {
                    let items = lists.iter().flatten().flat_map(|list| list.iter());
                    let texts = items.map(|item| match item {
                        Item::Text(text) => text.len() + 16 + size_of::<Item>(),
                        _ => size_of::<Item>(),
                    });
                    lists.len() * 16 + texts.sum::<usize>()
                }
            }
    }
}

/// Makes a column row by row.
enum Builder {
    Text { text: String, ends: Vec<u32>, present: Vec<bool> },
    Number(Vec<f64>),
    Boolean(Vec<Option<bool>>),
    Time { starts_ms: Vec<i64>, are_days: bool },
    List(Vec<Option<Box<[Item]>>>),
}

impl Builder {
    fn new(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Text | Kind::Geometry => Self::Text {
                text: String::new(),
                ends: Vec::with_capacity(rows),
                present: Vec::with_capacity(rows),
            },
            Kind::Integer | Kind::Number => Self::Number(Vec::with_capacity(rows)),
            Kind::Boolean => Self::Boolean(Vec::with_capacity(rows)),
            Kind::Date | Kind::Timestamp => {
                Self::Time { starts_ms: Vec::with_capacity(rows), are_days: kind == Kind::Date }
            }
            Kind::List => Self::List(Vec::with_capacity(rows)),
        }
    }

    /// Adds the value of the next row; what is of another kind counts as nothing.
    fn push(&mut self, value: &PropertyValue<'_>) {
        match self {
            Self::Text { text, ends, present } => {
                let scalar = value.text();
                present.push(scalar.is_some());
                text.push_str(scalar.as_deref().unwrap_or_default());
                // A chunk holds some thousand features of at most some kilobytes each.
                ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
            }
            Self::Number(numbers) => numbers.push(value.number().unwrap_or(f64::NAN)),
            Self::Boolean(values) => values.push(value.boolean()),
            Self::Time { starts_ms, .. } => {
                let span = value.text().and_then(|text| Span::instant(&text));
                starts_ms.push(span.map_or(NO_TIME, |span| span.start_ms));
            }
            Self::List(lists) => lists.push(value.items()),
        }
    }

    fn finish(self) -> Column {
        match self {
            Self::Text { text, ends, present } => Column::Text {
                text: text.into_boxed_str(),
                ends: ends.into_boxed_slice(),
                present: present.into_boxed_slice(),
            },
            Self::Number(numbers) => Column::Number(numbers.into_boxed_slice()),
            Self::Boolean(values) => Column::Boolean(values.into_boxed_slice()),
            Self::Time { starts_ms, are_days } => {
                Column::Time { starts_ms: starts_ms.into_boxed_slice(), are_days }
            }
            Self::List(lists) => Column::List(lists.into_boxed_slice()),
        }
    }
}

/// Memory that the columns of a map take, shared by all its snapshots.
#[derive(Debug, Default)]
pub(super) struct ColumnBudget {
    used_bytes: AtomicUsize,
}

/// A part of the budget, given back when it is dropped.
struct Lease {
    budget: Arc<ColumnBudget>,
    bytes: usize,
}

impl ColumnBudget {
    fn lease(self: &Arc<Self>, bytes: usize) -> Option<Lease> {
        let taken = |used: usize| used.checked_add(bytes).filter(|used| *used <= BUDGET_BYTES);
        self.used_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).ok()?;
        Some(Lease { budget: Arc::clone(self), bytes })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.budget.used_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// The columns of a chunk that are ready.
#[derive(Default)]
pub(super) struct ColumnCache {
    ready: RwLock<Vec<Ready>>,
    envelopes: OnceLock<Box<[Envelope]>>,
    kinds: OnceLock<BTreeMap<Arc<str>, FoundKinds>>,
}

struct Ready {
    name: Arc<str>,
    kind: Kind,
    column: Arc<Column>,
    _lease: Lease,
}

impl ColumnCache {
    /// The columns of these properties, in their order.
    pub(super) fn columns(
        &self,
        members: &[Arc<Feature>],
        needed: &[(Arc<str>, Kind)],
        budget: &Arc<ColumnBudget>,
    ) -> Vec<Arc<Column>> {
        let mut columns = self.find(needed);
        let missing: Vec<usize> = columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.is_none())
            .map(|(place, _)| place)
            .collect();
        if !missing.is_empty() {
            let wanted: Vec<&(Arc<str>, Kind)> =
                missing.iter().filter_map(|place| needed.get(*place)).collect();
            let made = make(members, &wanted);
            for ((place, (name, kind)), column) in missing.iter().zip(wanted).zip(made) {
                self.keep(name, *kind, &column, budget);
                if let Some(slot) = columns.get_mut(*place) {
                    *slot = Some(column);
                }
            }
        }
        columns.into_iter().flatten().collect()
    }

    /// The envelopes of the members; empty where not all have a position.
    pub(super) fn envelopes(&self, members: &[Arc<Feature>]) -> &[Envelope] {
        self.envelopes.get_or_init(|| {
            let envelopes = members.iter().map(|member| member.envelope().copied());
            envelopes.collect::<Option<_>>().unwrap_or_default()
        })
    }

    fn find(&self, needed: &[(Arc<str>, Kind)]) -> Vec<Option<Arc<Column>>> {
        let ready = self.ready.read().unwrap_or_else(PoisonError::into_inner);
        let find = |(name, kind): &(Arc<str>, Kind)| {
            ready.iter().find(|ready| ready.kind == *kind && ready.name == *name).map(|ready| &ready.column)
        };
        needed.iter().map(|needed| find(needed).cloned()).collect()
    }

    fn keep(&self, name: &Arc<str>, kind: Kind, column: &Arc<Column>, budget: &Arc<ColumnBudget>) {
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        let bytes = column.bytes();
        let mut lease = budget.lease(bytes);
        if lease.is_none() {
            // What was asked for now is likelier to be asked for again than what was before.
            ready.clear();
            lease = budget.lease(bytes);
        }
        if let Some(lease) = lease {
            ready.retain(|ready| ready.name != *name);
            ready.push(Ready { name: Arc::clone(name), kind, column: Arc::clone(column), _lease: lease });
        }
    }

    /// The names of the properties of the members, and what kinds of values they have.
    pub(super) fn kinds(&self, members: &[Arc<Feature>]) -> &BTreeMap<Arc<str>, FoundKinds> {
        self.kinds.get_or_init(|| {
            let mut found = BTreeMap::<Arc<str>, FoundKinds>::new();
            for member in members {
                each_property(member.properties(), |name, value| {
                    let kinds = FoundKinds::of(&value);
                    match found.get_mut(name) {
                        Some(before) => *before = before.and(kinds),
                        None => drop(found.insert(name.into(), kinds)),
                    }
                });
            }
            found
        })
    }
}

fn make(members: &[Arc<Feature>], wanted: &[&(Arc<str>, Kind)]) -> Vec<Arc<Column>> {
    let mut builders: Vec<Builder> =
        wanted.iter().map(|(_, kind)| Builder::new(*kind, members.len())).collect();
    let mut row: Vec<Option<PropertyValue<'_>>> = Vec::new();
    for member in members {
        row.clear();
        row.resize_with(wanted.len(), || None);
        each_property(member.properties(), |name, value| {
            if let Some(place) = wanted.iter().position(|(wanted, _)| &**wanted == name)
                && let Some(slot) = row.get_mut(place)
            {
                // As in the standard properties, which stand first, the first of a name counts.
                slot.get_or_insert(value);
            }
        });
        for (builder, value) in builders.iter_mut().zip(&row) {
            builder.push(value.as_ref().unwrap_or(&PropertyValue::Null));
        }
    }
    builders.into_iter().map(|builder| Arc::new(builder.finish())).collect()
}

/// Which kinds of values a property has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct FoundKinds(u8);

impl FoundKinds {
    const BOOLEAN: u8 = 1;
    const INTEGER: u8 = 2;
    const NUMBER: u8 = 4;
    const TEXT: u8 = 8;
    const DATE: u8 = 16;
    const TIMESTAMP: u8 = 32;
    const LIST: u8 = 64;
    const OBJECT: u8 = 128;

    fn of(value: &PropertyValue<'_>) -> Self {
        Self(match value {
            PropertyValue::Null => 0,
            PropertyValue::Boolean(_) => Self::BOOLEAN,
            PropertyValue::Integer(_) => Self::INTEGER,
            PropertyValue::Number(_) => Self::NUMBER,
            PropertyValue::Text(text) if Span::date(text).is_some() => Self::DATE,
            PropertyValue::Text(text) if Span::timestamp(text).is_some() => Self::TIMESTAMP,
            PropertyValue::Text(_) => Self::TEXT,
            PropertyValue::List(_) => Self::LIST,
            PropertyValue::Object => Self::OBJECT,
        })
    }

    /// Those of both.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The kind that all values fit; none for objects and where there are no values.
    pub(super) fn kind(self) -> Option<Kind> {
        match self.0 {
            0 => None,
            Self::BOOLEAN => Some(Kind::Boolean),
            Self::INTEGER => Some(Kind::Integer),
            found if found & !(Self::INTEGER | Self::NUMBER) == 0 => Some(Kind::Number),
            Self::DATE => Some(Kind::Date),
            Self::TIMESTAMP => Some(Kind::Timestamp),
            found if found & Self::OBJECT != 0 => None,
            found if found & Self::LIST != 0 => Some(Kind::List),
            _ => Some(Kind::Text),
        }
    }
}
