//! What of a layer can be named in a filter, and of which kind it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::Cql2Error;
use super::expression::{ArrayOperator, ComparisonOperator, Expression};
use super::time::Span;

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
    /// Properties that filters cannot name: objects, and those that never have a value.
    others: Vec<Arc<str>>,
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
        let mut list: Vec<Queryable> =
            own.iter().chain(standard).map(|&(name, kind)| Queryable { name: name.into(), kind }).collect();
        let mut others = Vec::new();
        for (name, kind) in found {
            if list.iter().any(|known| known.name == *name) {
                continue;
            }
            match *kind {
                Some(kind) if list.len() < MOST_NAMES => {
                    list.push(Queryable { name: Arc::clone(name), kind });
                }
                _ => others.push(Arc::clone(name)),
            }
        }
        Self { list, others }
    }

    /// Names of properties that features have and filters cannot name.
    pub fn others(&self) -> impl Iterator<Item = &Arc<str>> {
        self.others.iter()
    }

    /// In the order of documents: number and shape, standard properties, others by name.
    pub fn all(&self) -> impl Iterator<Item = &Queryable> {
        self.list.iter()
    }

    /// The property with this name.
    pub fn get(&self, name: &str) -> Option<&Queryable> {
        self.list.iter().find(|queryable| &*queryable.name == name)
    }

    /// The condition that a property has a value written as in an address: a list has it among its
    /// items.
    ///
    /// # Errors
    /// When there is no such property, or the value is not of its kind.
    pub fn equal_to(&self, name: &str, value: &str) -> Result<Expression, Cql2Error> {
        let queryable = self.named(name)?;
        let wrong = || Cql2Error::WrongKind {
            place: format!("属性 {name} 的值"),
            expected: queryable.kind.shown(),
            found: format!("“{}”", super::error::shown(value)),
        };
        let literal = match queryable.kind {
            Kind::Text | Kind::List => Expression::Text(value.to_owned()),
            Kind::Integer | Kind::Number => {
                let number = value.parse().ok().filter(|number: &f64| number.is_finite());
                Expression::Number(number.ok_or_else(wrong)?)
            }
            Kind::Boolean => Expression::Boolean(value.parse().map_err(|_not_a_boolean| wrong())?),
            Kind::Date | Kind::Timestamp => Expression::Time(
                Span::instant(value).ok_or_else(|| Cql2Error::Time(super::error::shown(value)))?,
            ),
            Kind::Geometry => {
                return Err(Cql2Error::WrongKind {
                    place: format!("属性 {name}"),
                    expected: "文字、数字、时间或是否（几何请用 bbox 或 filter）",
                    found: "几何".to_owned(),
                });
            }
        };
        let property = Box::new(Expression::Property(name.to_owned()));
        Ok(match queryable.kind {
            Kind::List => {
                let number =
                    value.parse().ok().filter(|number: &f64| number.is_finite()).map(Expression::Number);
                let has = |item| {
                    Expression::Array(
                        ArrayOperator::Contains,
                        property.clone(),
                        Box::new(Expression::List(vec![item])),
                    )
                };
                Expression::Or([literal].into_iter().chain(number).map(has).collect())
            }
            _ => Expression::Comparison(ComparisonOperator::Equal, property, Box::new(literal)),
        })
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
