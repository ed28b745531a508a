//! The map as plain pages: readable on a phone, without scripts, with every link as a link.
//!
//! What a page says of a place is marked up with the words of schema.org as microdata, since the
//! content security policy allows no script elements, not even those that only hold data.

pub(super) mod collection;
pub(super) mod collections;
pub(super) mod conformance;
pub(super) mod definition;
pub(super) mod feature;
pub(super) mod fields;
mod frame;
pub(super) mod functions;
pub(super) mod items;
pub(super) mod landing;
mod layout;
mod opening_hours;
mod picture;
pub(super) mod schema;
