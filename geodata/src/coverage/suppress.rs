//! Leaves out numbers that would tell of a few people, and those from which they could be worked out.

use super::result::{Coverage, PeopleCoverage, Share};

/// Groups of fewer people are not told.
const FEWEST: f64 = 5.0;

impl Coverage {
    /// The result as it may be published: persons are whole numbers; groups of 1 to 4 are left out, with the
    /// rest of their whole, and with a second one where a single gap could be filled from the sum.
    #[must_use]
    pub fn published(mut self) -> Self {
        if let Some(people) = &mut self.people {
            publish_people(people);
        }
        let mut of_communities: Vec<&mut Share> =
            self.communities.iter_mut().filter_map(|community| community.people.as_mut()).collect();
        publish_parts(&mut of_communities);
        for kind in &mut self.kinds {
            if let Some(share) = &mut kind.people {
                publish(share);
            }
        }
        for place in &mut self.uncovered {
            place.persons = told(place.persons);
        }
        if self.people.is_some() {
            // A site for a few people stands where they live.
            self.next_sites.retain_mut(|site| {
                site.gains = told(site.gains);
                site.gains.is_some()
            });
        }
        self
    }
}

fn publish_people(people: &mut PeopleCoverage) {
    publish(&mut people.all);
    if let Some(bands) = &mut people.by_age {
        let mut bands: Vec<&mut Share> = bands.iter_mut().collect();
        publish_parts(&mut bands);
    }
    people.not_snapped = told(people.not_snapped);
    if people.all.total.is_none() {
        (people.mean_minutes, people.p90_minutes) = (None, None);
    }
}

/// Parts whose sum is told elsewhere.
fn publish_parts(parts: &mut [&mut Share]) {
    for part in parts.iter_mut() {
        publish(part);
    }
    let is_hidden = |part: &Share| part.covered.is_none();
    if parts.iter().filter(|part| is_hidden(part)).count() != 1 {
        return;
    }
    // One gap is the difference of the whole and the rest; a second one closes that door.
    let hides_total = parts.iter().any(|part| part.total.is_none());
    let smallest = parts
        .iter_mut()
        .filter(|part| !is_hidden(part) && part.total.is_some_and(|total| total > 0.0))
        .min_by(|a, b| a.total.unwrap_or(0.0).total_cmp(&b.total.unwrap_or(0.0)));
    if let Some(part) = smallest {
        (part.covered, part.uncovered) = (None, None);
        if hides_total {
            part.total = None;
        }
    }
}

fn publish(share: &mut Share) {
    let [covered, uncovered, total] = [share.covered, share.uncovered, share.total].map(told);
    // The whole is the sum of what is told, also where fractions were rounded.
    let rest = total.zip(covered).map(|(total, covered)| (total - covered).max(0.0));
    let rest = told(rest.filter(|_| uncovered.is_some()));
    *share = Share { covered: covered.filter(|_| rest.is_some()), uncovered: rest, total };
    if total.is_none() {
        (share.covered, share.uncovered) = (None, None);
    }
}

/// Whole persons; `None` for a few.
fn told(persons: Option<f64>) -> Option<f64> {
    let persons = persons?;
    (persons <= 0.0 || persons.round() >= FEWEST).then(|| persons.round())
}
