//! Leaves out numbers that would tell of a few people, and those from which they could be worked out.
//!
//! Whoever subtracts what is told of the parts from what is told of the whole learns what is left. So what is
//! left, which may be people who belong to no part, is nobody or at least [`FEWEST`] people: where it is not,
//! the smallest part that is told goes too, as where a single part would be left. That holds for the total, for those
//! who are covered and for those who are not, each for itself.
//!
//! Those who are not covered are also told by where they live and by what would help them. Places, those on no path
//! and the others are one division of them, those whom new sites would help are another. Between the two, and between
//! them and communities, kinds and ages, no sum holds that could be closed; so both are told to ten people only, and
//! what is left of a subtraction across them is the rounding.
//!
//! Whoever may ask again with other layers subtracts one answer from another. So everybody is told all numbers of
//! people but the total to ten only, and times in whole minutes where many people have them. What is
//! left within one answer is closed as before, and rounding only takes away from what the rest tells.

use super::result::{Coverage, KindCoverage, PeopleCoverage, Share, Site, UncoveredPlace};

/// Groups of fewer people are not told.
const FEWEST: f64 = 5.0;
/// Sums of fractions miss nothing by a hair.
const NOBODY: f64 = 1e-6;
/// What overlaps with other groups that are told is told to ten people.
const COARSE: f64 = 10.0;
/// Times are told where at least so many people are covered: then a whole minute of the mean is a hundred minutes
/// together, such as ten people with ten minutes each, and a tenth of the people are at least ten.
const MANY: f64 = 100.0;
/// A new site helps at least so many people, and so many or nobody stay without: rounded numbers tell fewer apart.
const FEWEST_HELPED: f64 = 10.0;

impl Coverage {
    /// The result as it may be published: persons are whole numbers; groups of 1 to 4 are left out, with the
    /// rest of their whole, and with others where a subtraction would bring them out.
    #[must_use]
    pub fn published(self) -> Self {
        self.suppressed(|persons| Some(tens(persons)))
    }

    /// The result as everybody may be told, who may ask again and again with other questions: numbers of people
    /// but the total are told to ten people, rounded down, and fewer than ten not at all.
    #[must_use]
    pub fn published_to_ten(self) -> Self {
        self.suppressed(tens_down).told_to_ten(Some)
    }

    /// As [`Coverage::published_to_ten`], where also the total is part of that of a larger region.
    #[must_use]
    pub fn published_to_ten_as_part(self) -> Self {
        self.suppressed(tens_down).told_to_ten(tens_down)
    }

    /// What overlaps is rounded.
    fn suppressed(mut self, round: Round) -> Self {
        let Some(people) = &mut self.people else { return self };
        let all = Exact::of(&people.all);
        let mut communities: Vec<&mut Share> =
            self.communities.iter_mut().filter_map(|community| community.people.as_mut()).collect();
        let with_people = communities.iter().map(|share| Exact::of(share));
        let homeless = with_people.fold(all, Exact::without);
        publish_parts(all, &mut communities, homeless);
        publish_kinds(all, &mut self.kinds);
        publish_people(people, all);
        let whole = told_whole(&people.all, all);
        let not_snapped = people.not_snapped.unwrap_or_default();
        publish_uncovered(&mut people.not_snapped, &mut self.uncovered, whole, round);
        let is_told = people.not_snapped.is_some();
        let near_a_path = whole.map(|whole| if is_told { whole - not_snapped } else { whole });
        publish_sites(&mut self.next_sites, near_a_path, round);
        self
    }

    fn told_to_ten(mut self, whole: Round) -> Self {
        let Some(people) = &mut self.people else { return self };
        let of_kinds = self.kinds.iter_mut().filter_map(|kind| kind.people.as_mut());
        for share in of_kinds.chain([&mut people.all]) {
            *share = share_to_ten(share, whole);
        }
        let of_communities = self.communities.iter_mut().filter_map(|community| community.people.as_mut());
        for share in of_communities.chain(people.by_age.iter_mut().flatten()) {
            *share = share_to_ten(share, tens_down);
        }
        let has_many = people.all.covered.is_some_and(|covered| covered >= MANY);
        let whole_minutes = |minutes: Option<f64>| minutes.filter(|_| has_many).map(f64::round);
        people.mean_minutes = whole_minutes(people.mean_minutes);
        people.p90_minutes = whole_minutes(people.p90_minutes);
        self
    }

    /// The result as it may be published where the numbers of people are part of those of a larger region,
    /// which are told for themselves: a subtraction across both finds no few people, because these are told to
    /// ten people only.
    #[must_use]
    pub fn published_as_part(self) -> Self {
        let mut told = self.published();
        let Some(people) = &mut told.people else { return told };
        let of_kinds = told.kinds.iter_mut().filter_map(|kind| kind.people.as_mut());
        let of_communities = told.communities.iter_mut().filter_map(|community| community.people.as_mut());
        let of_ages = people.by_age.iter_mut().flatten();
        for share in of_kinds.chain(of_communities).chain(of_ages).chain([&mut people.all]) {
            *share = Share {
                covered: share.covered.map(tens),
                uncovered: share.uncovered.map(tens),
                total: share.total.map(tens),
            };
        }
        told
    }
}

/// How persons are rounded; `None` where they are not told.
type Round = fn(f64) -> Option<f64>;

/// People before any are left out.
#[derive(Debug, Clone, Copy, Default)]
struct Exact {
    covered: f64,
    uncovered: f64,
    total: f64,
}

impl Exact {
    fn of(share: &Share) -> Self {
        let [covered, uncovered, total] =
            [share.covered, share.uncovered, share.total].map(Option::unwrap_or_default);
        Self { covered, uncovered, total }
    }

    /// A group that is not divided any further.
    fn undivided(persons: f64) -> Self {
        Self { total: persons, ..Self::default() }
    }

    fn without(self, part: Self) -> Self {
        Self {
            covered: self.covered - part.covered,
            uncovered: self.uncovered - part.uncovered,
            total: self.total - part.total,
        }
    }
}

/// How much of a share is told; less is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Nothing,
    Total,
    All,
}

impl Told {
    fn of(published: &Share) -> Self {
        match published {
            Share { total: None, .. } => Self::Nothing,
            Share { covered: None, .. } => Self::Total,
            _ => Self::All,
        }
    }

    fn cut(self, share: &mut Share) {
        if self < Self::All {
            (share.covered, share.uncovered) = (None, None);
        }
        if self < Self::Total {
            share.total = None;
        }
    }
}

struct Part {
    exact: Exact,
    told: Told,
}

type Quantity = fn(&Exact) -> f64;

const TOTAL: [Quantity; 1] = [|part| part.total];
const BOTH_SIDES: [Quantity; 2] = [|part| part.covered, |part| part.uncovered];

/// Parts of a whole that is told, with those who belong to none of them.
struct Parts {
    parts: Vec<Part>,
    others: Exact,
}

impl Parts {
    fn new(parts: impl IntoIterator<Item = Part>, others: Exact) -> Self {
        // Less than half a person is what sums of fractions leave over.
        let others = if others.total.round() > 0.0 { others } else { Exact::default() };
        Self { parts: parts.into_iter().collect(), others }
    }

    /// Tells less of further parts until nothing small is left of these quantities of the whole.
    fn close(&mut self, less: Told, quantities: &[Quantity]) {
        while self.is_open(less, quantities) {
            let next = self.parts.iter_mut().filter(|part| part.told > less && part.exact.total > 0.0);
            // The smallest goes next, so that the most is told.
            let Some(next) = next.min_by(|a, b| a.exact.total.total_cmp(&b.exact.total)) else {
                self.hide_total_of_the_last();
                return;
            };
            next.told = less;
        }
    }

    /// Where no other part can go, the one whose side is told by the rest keeps its total to itself.
    fn hide_total_of_the_last(&mut self) {
        for part in self.parts.iter_mut().filter(|part| part.told == Told::Total && part.exact.total > 0.0) {
            part.told = Told::Nothing;
        }
    }

    fn is_open(&self, less: Told, quantities: &[Quantity]) -> bool {
        let parts = self.parts.iter().filter(|part| part.told <= less && part.exact.total > 0.0);
        let hidden: Vec<&Part> = parts.collect();
        quantities.iter().any(|of| {
            let others = of(&self.others);
            // What a part has of one side, be it many, tells with its total what it has of the other.
            let is_told_by_the_rest =
                others <= NOBODY && matches!(hidden[..], [Part { told: Told::Total, .. }]);
            is_told_by_the_rest || is_few(hidden.iter().map(|part| of(&part.exact)).sum::<f64>() + others)
        })
    }
}

/// Parts of a whole, which is told elsewhere as far as it may be.
fn publish_parts(all: Exact, shares: &mut [&mut Share], others: Exact) {
    let whole = Told::of(&published(all));
    let part = |share: &&mut Share| {
        let exact = Exact::of(share);
        Part { exact, told: Told::of(&published(exact)) }
    };
    let mut parts = Parts::new(shares.iter().map(part), others);
    if whole >= Told::Total {
        parts.close(Told::Nothing, &TOTAL);
    }
    if whole == Told::All {
        parts.close(Told::Total, &BOTH_SIDES);
        parts.close(Told::Nothing, &TOTAL);
    }
    for (share, part) in shares.iter_mut().zip(&parts.parts) {
        **share = published(part.exact);
        part.told.cut(share);
    }
}

/// Kinds overlap: what two of them have apart or in common comes out of their numbers and that of all.
fn publish_kinds(all: Exact, kinds: &mut [KindCoverage]) {
    let is_all_told = Told::of(&published(all)) == Told::All;
    let together: f64 = kinds.iter().filter_map(|kind| kind.people?.covered).sum();
    let overlap = together - all.covered;
    let mut tells_overlap =
        is_all_told && kinds.len() == 2 && (is_few(overlap) || is_few(all.total - overlap));
    for share in kinds.iter_mut().filter_map(|kind| kind.people.as_mut()) {
        let exact = Exact::of(share);
        *share = published(exact);
        let is_near_all = is_all_told && is_few((all.covered - exact.covered).abs());
        if is_near_all || tells_overlap {
            Told::Total.cut(share);
            tells_overlap = false;
        }
    }
}

fn publish_people(people: &mut PeopleCoverage, all: Exact) {
    if let Some(bands) = &mut people.by_age {
        let mut bands: Vec<&mut Share> = bands.iter_mut().collect();
        // Ages are estimates; what they lack to the whole is nobody.
        publish_parts(all, &mut bands, Exact::default());
    }
    people.all = published(all);
    if people.all.total.is_none() {
        (people.mean_minutes, people.p90_minutes) = (None, None);
    }
}

/// The smallest group that is told and holds everybody who is not covered: these alone, or all people.
fn told_whole(published: &Share, all: Exact) -> Option<f64> {
    published.uncovered.map(|_told| all.uncovered).or_else(|| published.total.map(|_told| all.total))
}

/// Those on no path, those who live in uncovered places, and the others are apart, so they are told as one division
/// of the whole.
fn publish_uncovered(
    not_snapped: &mut Option<f64>,
    places: &mut [UncoveredPlace],
    whole: Option<f64>,
    round: Round,
) {
    let mut groups: Vec<&mut Option<f64>> = places.iter_mut().map(|place| &mut place.persons).collect();
    groups.push(not_snapped);
    let persons: Vec<f64> = groups.iter().map(|group| group.unwrap_or_default()).collect();
    let part = |persons: &f64| {
        let told = if is_few(*persons) { Told::Nothing } else { Told::All };
        Part { exact: Exact::undivided(*persons), told }
    };
    let others = whole.unwrap_or_default() - persons.iter().sum::<f64>();
    let mut parts = Parts::new(persons.iter().map(part), Exact::undivided(others));
    if whole.is_some() {
        parts.close(Told::Nothing, &TOTAL);
    }
    for (group, part) in groups.into_iter().zip(&parts.parts) {
        *group = group.and_then(told).and_then(round).filter(|_| part.told > Told::Nothing);
    }
}

/// A site for a few people stands where they live, so it is left out; so is the last one that leaves a few without.
fn publish_sites(sites: &mut Vec<Site>, whole: Option<f64>, round: Round) {
    let is_fewer = |persons: f64| persons.round() > 0.0 && persons.round() < FEWEST_HELPED;
    sites.retain(|site| site.gains.is_some_and(|gains| gains.round() >= FEWEST_HELPED));
    // Each gains no more than the one before it, so the last is the smallest.
    while whole.is_some_and(|whole| is_fewer(whole - helped_by(sites))) && !sites.is_empty() {
        sites.pop();
    }
    for site in sites {
        site.gains = site.gains.and_then(round);
    }
}

fn helped_by(sites: &[Site]) -> f64 {
    sites.iter().filter_map(|site| site.gains).sum()
}

/// A share for itself.
fn published(exact: Exact) -> Share {
    let [covered, uncovered, total] = [exact.covered, exact.uncovered, exact.total].map(told);
    // The whole is the sum of what is told, also where fractions were rounded.
    let rest = total.zip(covered).map(|(total, covered)| (total - covered).max(0.0));
    let rest = rest.filter(|_| uncovered.is_some()).and_then(told);
    let mut share = Share { covered: covered.filter(|_| rest.is_some()), uncovered: rest, total };
    Told::of(&share).cut(&mut share);
    share
}

fn is_few(persons: f64) -> bool {
    persons > NOBODY && persons.round() < FEWEST
}

/// Whole persons; `None` for a few.
fn told(persons: f64) -> Option<f64> {
    // A negative zero is one.
    (!is_few(persons)).then(|| persons.round().max(0.0) + 0.0)
}

fn tens(persons: f64) -> f64 {
    (persons.round() / COARSE).round() * COARSE
}

/// Rounded down, so that parts never have more people than their whole; `None` for fewer than ten.
fn tens_down(persons: f64) -> Option<f64> {
    let persons = persons.round();
    (persons <= 0.0 || persons >= COARSE).then(|| (persons / COARSE).floor() * COARSE)
}

/// What is covered is told to ten people, and what is not is the rest of the whole. Nobody stays nobody.
fn share_to_ten(share: &Share, whole: Round) -> Share {
    let total = share.total.filter(|total| tens_down(*total).is_some()).and_then(whole);
    let covered = share.covered.and_then(tens_down).zip(share.uncovered).and_then(|(covered, uncovered)| {
        let rest = tens_down(uncovered)?;
        if rest > 0.0 { Some(covered) } else { total }
    });
    let covered = covered.filter(|_| total.is_some());
    Share { covered, uncovered: total.zip(covered).map(|(total, covered)| total - covered), total }
}
