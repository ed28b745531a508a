//! Under which terms the places of a map may be used.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::snapshot::{LayerSnapshot, Members, text};

/// The licences that the places of some layers came under, each once, in alphabetical order. It looks at every
/// place.
pub fn licences(layers: &[&LayerSnapshot]) -> Vec<String> {
    let features = layers.iter().flat_map(|layer| layer.placed());
    let named = features.filter_map(|feature| {
        Members::of(feature.properties()).find(|&(name, _)| name == "source_licence").map(|(_, value)| value)
    });
    let distinct: BTreeSet<&str> = named.collect();
    distinct.into_iter().filter_map(text).map(Cow::into_owned).collect()
}
