//! The names of members that our own contract knows. An error may repeat these and no others: a member that
//! somebody made up can be a person's name in Latin letters.

use std::collections::HashSet;

use utoipa::ToSchema;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Schema};
use utoipa::openapi::{OpenApi, RefOr};

/// Names of members, of whatever object.
#[derive(Debug, Default)]
pub struct KnownNames(HashSet<String>);

impl KnownNames {
    /// Those of every body in a document.
    pub fn of_document(document: &OpenApi) -> Self {
        let mut names = Self::default();
        for schema in document.components.iter().flat_map(|components| components.schemas.values()) {
            names.add(schema);
        }
        names
    }

    /// Those of one kind of body and of all that stands in it.
    pub fn of<B: ToSchema>() -> Self {
        let mut schemas = Vec::new();
        B::schemas(&mut schemas);
        let mut names = Self::default();
        names.add(&B::schema());
        for (_, schema) in &schemas {
            names.add(schema);
        }
        names
    }

    /// With further ones.
    #[must_use]
    pub fn and(mut self, more: impl IntoIterator<Item = String>) -> Self {
        self.0.extend(more);
        self
    }

    /// Whether it is one of ours.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    fn add(&mut self, schema: &RefOr<Schema>) {
        // What a reference names is a schema of its own.
        let RefOr::T(schema) = schema else {
            return;
        };
        match schema {
            Schema::Object(object) => {
                self.0.extend(object.properties.keys().cloned());
                object.properties.values().for_each(|property| self.add(property));
                if let Some(AdditionalProperties::RefOr(values)) = object.additional_properties.as_deref() {
                    self.add(values);
                }
            }
            Schema::Array(array) => {
                if let ArrayItems::RefOrSchema(items) = &array.items {
                    self.add(items);
                }
            }
            Schema::OneOf(one) => one.items.iter().for_each(|item| self.add(item)),
            Schema::AllOf(all) => all.items.iter().for_each(|item| self.add(item)),
            Schema::AnyOf(any) => any.items.iter().for_each(|item| self.add(item)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(ToSchema)]
    #[expect(dead_code, reason = "only its description is used")]
    struct Body {
        items: Vec<Item>,
    }

    #[derive(ToSchema)]
    #[expect(dead_code, reason = "only its description is used")]
    struct Item {
        uid: String,
        place: Option<Place>,
    }

    #[derive(ToSchema)]
    #[expect(dead_code, reason = "only its description is used")]
    struct Place {
        hut_id: i32,
    }

    #[test]
    fn names_are_found_however_deep_they_stand_and_made_up_ones_are_not() {
        let names = KnownNames::of::<Body>().and(["systolic".to_owned()]);
        for name in ["items", "uid", "place", "hut_id", "systolic"] {
            assert!(names.contains(name), "{name}");
        }
        for name in ["zhangsan", "Item", ""] {
            assert!(!names.contains(name), "{name}");
        }
    }
}
