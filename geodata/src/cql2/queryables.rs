//! What of a layer can be named in a filter, and of which kind it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::Cql2Error;

/// The kind of values that a property has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Texts. Values of different scalar kinds are texts, too.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// True or false.
    Boolean,
    /// Days.
    Date,
    /// Moments.
    Timestamp,
    /// Lists of texts, numbers or booleans.
    List,
    /// The shape of the feature.
    Geometry,
}

impl Kind {
    /// What people call a value of this kind.
    pub(super) fn shown(self) -> &'static str {
        match self {
            Self::Text => "文字",
            Self::Integer | Self::Number => "数字",
            Self::Boolean => "是或否",
            Self::Date | Self::Timestamp => "时间",
            Self::List => "列表",
            Self::Geometry => "几何",
        }
    }

    /// Whether values of this kind have an order.
    pub fn is_sortable(self) -> bool {
        !matches!(self, Self::List | Self::Geometry)
    }
}

/// A property that filters may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queryable {
    /// The name in filters and in the properties of features.
    pub name: Arc<str>,
    /// The kind of its values.
    pub kind: Kind,
}

/// The properties of a layer that filters may name, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queryables {
    list: Vec<Queryable>,
}

/// The number of the feature.
pub(crate) const ID: &str = "id";
/// The shape of the feature.
pub(crate) const GEOMETRY: &str = "geometry";
/// More names of one layer are not offered: they come from a file that is no table.
const MOST_NAMES: usize = 250;

impl Queryables {
    /// The number, the shape, the `standard` properties, and what else occurs.
    pub(crate) fn new(standard: &[(&str, Kind)], found: &BTreeMap<Arc<str>, Option<Kind>>) -> Self {
        let own = [(ID, Kind::Integer), (GEOMETRY, Kind::Geometry)];
        let mut list: Vec<Queryable> = own
            .iter()
            .chain(standard)
            .map(|&(name, kind)| Queryable { name: name.into(), kind })
            .collect();
        for (name, kind) in found {
            if let Some(kind) = *kind
                && list.len() < MOST_NAMES
                && list.iter().all(|known| known.name != *name)
            {
                list.push(Queryable { name: Arc::clone(name), kind });
            }
        }
        Self { list }
    }

    /// In the order of documents: number and shape, standard properties, others by name.
    pub fn iter(&self) -> impl Iterator<Item = &Queryable> {
        self.list.iter()
    }

    /// The property with this name.
    pub fn get(&self, name: &str) -> Option<&Queryable> {
        self.list.iter().find(|queryable| &*queryable.name == name)
    }

    /// The property with this name, or an error that lists those there are.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(&self, name: &str) -> Result<&Queryable, Cql2Error> {
        self.get(name).ok_or_else(|| Cql2Error::UnknownProperty {
            name: super::error::shown(name),
            known: self.list.iter().map(|known| &*known.name).collect::<Vec<_>>().join("、"),
        })
    }
}
