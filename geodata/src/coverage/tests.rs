mod to_ten;

use std::collections::{BTreeMap, BTreeSet};

use geo::{Geometry, LineString, MultiPolygon, Point, Polygon};
use proptest::prelude::*;

use super::*;
use crate::crs::Wgs84;
use crate::network::{Edge, Network, Node, Snap, Streets, SyntheticStreets};

const CORNER: Wgs84 = Wgs84 { lon: 114.40, lat: 22.62 };

fn at(east_m: f64, north_m: f64) -> Wgs84 {
    Wgs84 { lon: CORNER.lon + east_m / 102_840.0, lat: CORNER.lat + north_m / 110_740.0 }
}

fn point(at: Wgs84) -> Geometry<f64> {
    Point::new(at.lon, at.lat).into()
}

fn rectangle(west: f64, south: f64, east: f64, north: f64) -> Geometry<f64> {
    let corners = [(west, south), (east, south), (east, north), (west, north), (west, south)];
    let ring = corners.into_iter().map(|(x, y)| at(x, y).into()).collect();
    Polygon::new(LineString(ring), Vec::new()).into()
}

fn home(at: Wgs84, persons: f64) -> Resident {
    Resident { at, persons, by_age: None, community: None }
}

/// Two banks of a river, each with a street of 4 km; a bridge at the eastern end.
fn banks() -> Network {
    let nodes: Vec<Node> = (0..=1)
        .flat_map(|bank| {
            (0..=40).map(move |step| Node::at(at(f64::from(step) * 100.0, f64::from(bank) * 100.0)))
        })
        .collect();
    let edge = |from, to| Edge { from, to, steps: false, one_way: false };
    let banks = (0..40).flat_map(|step| [edge(step, step + 1), edge(step + 41, step + 42)]);
    Network::new(&Streets::new(&nodes, banks.chain([edge(40, 81)])))
}

/// A town with its inputs.
struct Town {
    network: Network,
    residents: Residents,
    /// Kinds with their places.
    kinds: Vec<(String, Vec<Geometry<f64>>)>,
    outline: Geometry<f64>,
    communities: Vec<(String, Geometry<f64>)>,
}

impl Town {
    fn compute(&self, preset: &str, change: impl Fn(&mut Inputs<'_>)) -> Coverage {
        let accesses: Vec<Vec<Vec<Snap>>> = self
            .kinds
            .iter()
            .map(|(_, shapes)| shapes.iter().map(|shape| self.network.accesses(shape, &[])).collect())
            .collect();
        let kinds: Vec<Kind<'_>> = self
            .kinds
            .iter()
            .zip(&accesses)
            .map(|((id, shapes), accesses)| Kind {
                id,
                places: (1..)
                    .zip(shapes.iter().zip(accesses))
                    .map(|(id, (shape, accesses))| Place { id, shape, accesses })
                    .collect(),
            })
            .collect();
        let communities: Vec<Area<'_>> = self
            .communities
            .iter()
            .map(|(name, shape)| Area { code: name, name, shape: Some(shape) })
            .collect();
        let mut inputs = Inputs {
            preset: Preset::named(preset).unwrap(),
            network: Some(&self.network),
            kinds: &kinds,
            kinds_at_least: 1,
            residents: Some(&self.residents),
            outline: Some(&self.outline),
            communities: &communities,
            next_sites: 0,
        };
        change(&mut inputs);
        compute(&inputs)
    }
}

fn river_town() -> Town {
    let park = point(at(500.0, 10.0));
    let homes = vec![home(at(400.0, 0.0), 100.0), home(at(500.0, 100.0), 60.0), home(at(500.0, 900.0), 7.0)];
    Town {
        network: banks(),
        residents: Residents { points: homes },
        kinds: vec![("park".to_owned(), vec![park])],
        outline: rectangle(0.0, -50.0, 4_000.0, 1_000.0),
        communities: vec![
            ("south".to_owned(), rectangle(0.0, -50.0, 4_000.0, 50.0)),
            ("north".to_owned(), rectangle(0.0, 50.0, 4_000.0, 1_000.0)),
        ],
    }
}

#[test]
fn a_river_parts_who_is_near_on_foot_and_the_circle_does_not_see_it() {
    let town = river_town();
    let walk = town.compute("gb-network-1000m", |_| {});
    assert_eq!(walk.method, CoverageMethod::Network);
    let people = walk.people.unwrap();
    assert_eq!(people.all, Share { covered: Some(100.0), uncovered: Some(67.0), total: Some(167.0) });
    assert_eq!(people.not_snapped, Some(7.0));
    let shares: Vec<_> = walk.communities.iter().map(|area| area.people.unwrap().covered).collect();
    assert_eq!(shares, [Some(100.0), Some(0.0)]);

    let circle = town.compute("db37-straight-1000m", |_| {});
    assert_eq!(circle.method, CoverageMethod::Straight);
    assert_eq!(circle.people.unwrap().all.covered, Some(167.0));
}

#[test]
fn without_streets_the_straight_line_stands_in_and_says_so() {
    let coverage = river_town().compute("sport-walk-15min", |inputs| inputs.network = None);
    assert_eq!(coverage.method, CoverageMethod::StraightInstead);
    // 890 m to the northern home are 1157 m with the detour.
    assert_eq!(coverage.people.unwrap().all.covered, Some(160.0));
}

#[test]
fn land_is_counted_by_cells_and_uncovered_land_has_an_outline() {
    let coverage = river_town().compute("gb-network-1000m", |_| {});
    let area = coverage.area.unwrap();
    let total = area.land_km2.total.unwrap();
    assert!((total - 4.2).abs() < 0.15, "{total}");
    assert!(area.not_snapped_km2 > 2.0, "most of the north is far from every path");
    let uncovered: f64 = coverage.uncovered.iter().map(|place| place.km2).sum();
    let expected = area.land_km2.uncovered.unwrap() - area.not_snapped_km2;
    assert!((uncovered - expected).abs() < 0.2 * expected, "{uncovered} {expected}");
    assert!(coverage.uncovered.iter().any(|place| place.persons == Some(60.0)));
}

#[test]
fn enough_kinds_must_be_near() {
    let mut town = river_town();
    town.kinds.push(("court".to_owned(), vec![point(at(3_900.0, 0.0))]));
    let any = town.compute("gb-network-1000m", |_| {});
    let both = town.compute("gb-network-1000m", |inputs| inputs.kinds_at_least = 2);
    assert_eq!(any.people.unwrap().all.covered, Some(100.0));
    assert_eq!(both.people.unwrap().all.covered, Some(0.0));
    let alone: Vec<_> = both.kinds.iter().map(|kind| kind.people.unwrap().covered).collect();
    assert_eq!(alone, [Some(100.0), Some(0.0)]);
}

#[test]
fn the_next_site_goes_where_most_people_lack_one() {
    let coverage = river_town().compute("gb-network-1000m", |inputs| inputs.next_sites = 3);
    let [first] = coverage.next_sites[..] else { panic!("{:?}", coverage.next_sites) };
    assert_eq!(first.gains, Some(60.0), "who is on no path cannot be helped");
    assert!((first.at.lat - at(0.0, 100.0).lat).abs() < 1e-4);
}

#[test]
fn times_are_those_of_the_walk() {
    let mut town = river_town();
    town.residents.points = vec![home(at(572.0, 0.0), 9.0), home(at(1_220.0, 0.0), 1.0)];
    let people = town.compute("sport-walk-15min", |_| {}).people.unwrap();
    // 82 m with the step off the path are 1.1 minutes; 730 m are 10.1.
    assert_eq!((people.p90_minutes, people.mean_minutes), (Some(1.1), Some(2.0)));
}

#[test]
fn ages_are_told_where_all_are_known() {
    let mut town = river_town();
    for point in &mut town.residents.points {
        point.by_age = Some([point.persons * 0.2, point.persons * 0.5, point.persons * 0.3]);
    }
    let bands = town.compute("gb-network-1000m", |_| {}).people.unwrap().by_age.unwrap();
    assert_eq!(bands.map(|band| band.covered.map(f64::round)), [Some(20.0), Some(50.0), Some(30.0)]);
    town.residents.points[1].by_age = None;
    assert_eq!(town.compute("gb-network-1000m", |_| {}).people.unwrap().by_age, None);
}

#[test]
fn nobody_can_work_out_a_few_people() {
    let mut town = river_town();
    town.residents.points =
        vec![home(at(400.0, 0.0), 100.0), home(at(500.0, 100.0), 60.0), home(at(2_500.0, 0.0), 3.0)];
    let told = town.compute("gb-network-1000m", |_| {}).published();
    let south = told.communities[0].people.unwrap();
    assert_eq!(south, Share { covered: None, uncovered: None, total: Some(103.0) });
    let north = told.communities[1].people.unwrap();
    assert_eq!(north.covered, None, "it would tell the rest of the whole");
    assert_eq!(told.people.unwrap().all.covered, Some(100.0));
    assert!(told.uncovered.iter().all(|place| place.persons != Some(3.0)));
}

#[test]
fn a_community_of_a_few_people_does_not_come_out_of_the_sum() {
    let mut town = river_town();
    town.communities.insert(1, ("islet".to_owned(), rectangle(0.0, 2_000.0, 100.0, 2_100.0)));
    town.residents.points = vec![
        home(at(400.0, 0.0), 100.0),
        home(at(2_500.0, 0.0), 3.0),
        Resident { community: Some("islet".to_owned()), ..home(at(50.0, 2_050.0), 3.0) },
        home(at(500.0, 100.0), 50.0),
    ];
    let told = town.compute("gb-network-1000m", |_| {}).published();
    assert_eq!(told.people.unwrap().all.total, Some(156.0));
    let totals: Vec<_> = told.communities.iter().map(|area| area.people.unwrap().total).collect();
    // 156 - 103 is 53: three of the one and fifty of the other, or any others.
    assert_eq!(totals, [Some(103.0), None, None]);
}

#[test]
fn who_belongs_to_no_community_does_not_come_out_of_the_sum() {
    let mut town = river_town();
    town.residents.points =
        vec![home(at(400.0, 0.0), 100.0), home(at(500.0, 100.0), 60.0), home(at(500.0, -500.0), 3.0)];
    let told = town.compute("db37-straight-1000m", |_| {}).published();
    assert_eq!(told.people.unwrap().all.total, Some(163.0));
    let totals: Vec<_> = told.communities.iter().map(|area| area.people.unwrap().total).collect();
    assert_eq!(totals, [Some(100.0), None]);
}

#[test]
fn a_part_of_what_was_told_elsewhere_is_told_to_ten_people() {
    let mut town = river_town();
    town.residents.points = vec![home(at(400.0, 0.0), 103.0), home(at(500.0, 100.0), 56.0)];
    let told = town.compute("gb-network-1000m", |_| {}).published_as_part();
    let all = told.people.unwrap().all;
    assert_eq!(all, Share { covered: Some(100.0), uncovered: Some(60.0), total: Some(160.0) });
    assert_eq!(told.communities[0].people.unwrap().total, Some(100.0));
}

/// Communities of the town whose boundaries are not known.
const WITHOUT_BOUNDARIES: &[Area<'static>] =
    &[Area { code: "south", name: "south", shape: None }, Area { code: "north", name: "north", shape: None }];

#[test]
fn where_people_may_live_in_a_community_their_number_is_not_said_to_be_nobody() {
    let mut town = river_town();
    let totals = |town: &Town| {
        let found = town.compute("gb-network-1000m", |inputs| inputs.communities = WITHOUT_BOUNDARIES);
        let of = |area: &CoverageOfArea| area.people.map(|share| share.total.unwrap());
        found.communities.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(totals(&town), [None, None], "nobody says who lives where");
    town.residents.points[0].community = Some("south".to_owned());
    assert_eq!(totals(&town), [Some(100.0), None], "the others may live in the north");
    for home in &mut town.residents.points {
        home.community = Some("south".to_owned());
    }
    assert_eq!(totals(&town), [Some(167.0), Some(0.0)]);
}

/// What is found where so many people are covered, and the others live in places, on no path, or elsewhere.
fn found(covered: u32, places: &[u32], not_snapped: u32, elsewhere: u32, gains: &[u32]) -> Coverage {
    let uncovered = places.iter().sum::<u32>() + not_snapped + elsewhere;
    let told = |persons: u32| Some(f64::from(persons));
    let place = |persons: &u32| UncoveredPlace {
        area: MultiPolygon::new(Vec::new()),
        km2: 1.0,
        persons: told(*persons),
    };
    Coverage {
        method: CoverageMethod::Network,
        people: Some(PeopleCoverage {
            all: Share {
                covered: told(covered),
                uncovered: told(uncovered),
                total: told(covered + uncovered),
            },
            by_age: None,
            not_snapped: told(not_snapped),
            mean_minutes: None,
            p90_minutes: None,
        }),
        area: None,
        communities: Vec::new(),
        kinds: Vec::new(),
        uncovered: places.iter().map(place).collect(),
        next_sites: gains.iter().map(|gains| Site { at: CORNER, gains: told(*gains) }).collect(),
    }
}

fn persons_told(told: &Coverage) -> Vec<Option<f64>> {
    told.uncovered.iter().map(|place| place.persons).collect()
}

#[test]
fn a_few_people_of_a_place_do_not_come_out_of_the_other_places_and_those_on_no_path() {
    let told = found(0, &[100, 3], 9, 0, &[100]).published();
    assert_eq!(told.people.as_ref().unwrap().all.uncovered, Some(112.0));
    assert_eq!(persons_told(&told), [Some(100.0), None]);
    assert_eq!(told.people.unwrap().not_snapped, None, "112 - 100 - 9 would be the three");
    let sites: Vec<_> = told.next_sites.iter().map(|site| site.gains).collect();
    assert_eq!(sites, [Some(100.0)]);
}

#[test]
fn a_few_people_whom_no_new_site_helps_do_not_come_out_of_those_whom_it_helps() {
    let told = found(0, &[103], 9, 0, &[100]).published();
    assert_eq!((persons_told(&told), told.people.unwrap().not_snapped), (vec![Some(100.0)], Some(10.0)));
    assert!(told.next_sites.is_empty(), "103 - 100 would be three");
}

#[test]
fn a_few_covered_people_do_not_come_out_of_those_who_are_not() {
    let told = found(3, &[100], 12, 0, &[]).published();
    let people = told.people.as_ref().unwrap();
    assert_eq!(people.all, Share { covered: None, uncovered: None, total: Some(115.0) });
    // 115 - 100 is 15: three of them covered and twelve on no path, or others.
    assert_eq!((persons_told(&told), people.not_snapped), (vec![Some(100.0)], None));
}

#[test]
fn whoever_knows_all_numbers_and_sums_and_rules_finds_no_few_people() {
    tells_no_few_people(Coverage::published, 500);
}

#[test]
fn neither_does_whoever_knows_what_everybody_is_told() {
    tells_no_few_people(Coverage::published_to_ten, 20);
}

fn tells_no_few_people(published: fn(Coverage) -> Coverage, least_ways: usize) {
    const MOST: u32 = 16;
    // All ways in which up to so many people could be spread, by what is told of them.
    let mut ways: BTreeMap<String, Vec<[u32; 5]>> = BTreeMap::new();
    let spreads = (0..(MOST + 1).pow(5))
        .map(|way| [0, 1, 2, 3, 4].map(|group| way / (MOST + 1).pow(group) % (MOST + 1)));
    for spread in spreads.filter(|spread| spread.iter().sum::<u32>() <= MOST) {
        let [covered, one, other, not_snapped, elsewhere] = spread;
        let told = published(found(covered, &[one, other], not_snapped, elsewhere, &[]));
        let people = told.people.as_ref().unwrap();
        let key = format!("{:?} {:?} {:?}", people.all, persons_told(&told), people.not_snapped);
        ways.entry(key).or_default().push(spread);
    }
    assert!(ways.len() > least_ways, "{}", ways.len());
    for (told, spreads) in ways {
        for group in 0..5 {
            let possible: BTreeSet<u32> = spreads.iter().map(|spread| spread[group]).collect();
            let is_found = possible.len() == 1 && possible.iter().all(|persons| (1..5).contains(persons));
            assert!(!is_found, "{told} tells that group {group} has {possible:?}");
        }
    }
}

/// Whether of a whole, where it is told, nobody is left besides the groups that are told, or at least five people.
/// Groups come as they are told and as they are.
fn leaves_no_few(whole: Option<f64>, groups: &[(Option<f64>, Option<f64>)]) -> bool {
    let known = groups.iter().filter(|(told, _)| told.is_some()).filter_map(|(_, exact)| *exact);
    let left = whole.map(|whole| (whole - known.sum::<f64>()).round());
    left.is_none_or(|left| left <= 0.0 || left >= 5.0)
}

/// What is told of a part, what it is, how many people the part has, and whether that is told.
type PartTold = (Option<f64>, Option<f64>, Option<f64>, bool);

/// Whether what is left of a whole is nobody, or at least five people, and where a part is among them whose total is
/// told, not that part alone.
fn gives_nobody_away(told: Option<f64>, whole: Option<f64>, parts: &[PartTold]) -> bool {
    let (Some(told), Some(whole)) = (told, whole) else { return true };
    let left = told - parts.iter().filter_map(|(told, ..)| *told).sum::<f64>();
    let belonging: f64 = parts.iter().filter_map(|(_, exact, ..)| *exact).sum();
    let hidden: Vec<&PartTold> =
        parts.iter().filter(|(told, _, total, _)| told.is_none() && *total > Some(0.0)).collect();
    let is_alone = whole <= belonging && matches!(hidden[..], [(.., true)]);
    left == 0.0 || (left >= 5.0 && !is_alone)
}

proptest! {
    #[test]
    fn no_published_number_of_people_is_small_and_none_comes_out_of_a_subtraction(
        persons in prop::collection::vec((0.0..4_000.0_f64, -60.0..320.0_f64, 0.0..12.0_f64), 1..12),
        ages in prop::collection::vec((0_u32..8, 0_u32..8), 12),
        has_ages: bool,
        courts in prop::collection::vec(0.0..4_000.0_f64, 0..2),
    ) {
        let mut town = river_town();
        town.kinds.extend(courts.iter().map(|x| ("court".to_owned(), vec![point(at(*x, 0.0))])));
        town.residents.points = persons.iter().map(|(x, y, persons)| home(at(*x, *y), persons.floor())).collect();
        for (home, (young, old)) in town.residents.points.iter_mut().zip(ages).filter(|_| has_ages) {
            let [young, old] = [young, old].map(f64::from);
            home.by_age = Some([young, home.persons, old]);
            home.persons += young + old;
        }
        let exact = town.compute("gb-network-1000m", |inputs| inputs.next_sites = 2);
        let told = exact.clone().published();
        let (people, all) = (told.people.as_ref().unwrap(), exact.people.as_ref().unwrap());
        let shares = told.communities.iter().map(|area| area.people.unwrap());
        let shares: Vec<Share> = shares
            .chain(told.kinds.iter().map(|kind| kind.people.unwrap()))
            .chain(people.by_age.into_iter().flatten())
            .chain([people.all])
            .collect();
        let numbers = shares.iter().flat_map(|share| [share.covered, share.uncovered, share.total]);
        let others = told.uncovered.iter().map(|place| place.persons).chain(told.next_sites.iter().map(|site| site.gains));
        for number in numbers.chain(others).chain([people.not_snapped]).flatten() {
            prop_assert!(number.is_sign_positive() && (number == 0.0 || number >= 5.0), "{number}");
        }
        for share in &shares {
            // Both parts are told, or neither.
            prop_assert_eq!(share.covered.is_some(), share.uncovered.is_some());
        }
        let of = |areas: &[CoverageOfArea]| areas.iter().map(|area| area.people.unwrap()).collect::<Vec<_>>();
        let tables = [
            (of(&told.communities), of(&exact.communities)),
            (people.by_age.into_iter().flatten().collect(), all.by_age.into_iter().flatten().collect()),
        ];
        let quantities: [fn(&Share) -> Option<f64>; 3] =
            [|share| share.covered, |share| share.uncovered, |share| share.total];
        for (told, exact) in tables.iter().filter(|(_, exact)| !exact.is_empty()) {
            for quantity in quantities {
                let parts: Vec<_> = told
                    .iter()
                    .zip(exact)
                    .map(|(told, exact)| (quantity(told), quantity(exact), exact.total, told.total.is_some()))
                    .collect();
                prop_assert!(gives_nobody_away(quantity(&people.all), quantity(&all.all), &parts), "{told:?} {people:?}");
            }
        }
        let whole =
            people.all.uncovered.and(all.all.uncovered).or(people.all.total.and(all.all.total));
        let not_snapped = (people.not_snapped, all.not_snapped);
        let places = told.uncovered.iter().zip(&exact.uncovered);
        let places: Vec<_> =
            places.map(|(told, exact)| (told.persons, exact.persons)).chain([not_snapped]).collect();
        prop_assert!(leaves_no_few(whole, &places), "{places:?} of {people:?}");
        let shown = |site: &Site| told.next_sites.iter().find(|shown| shown.at == site.at)?.gains;
        let helped: Vec<_> = exact.next_sites.iter().map(|site| (shown(site), site.gains)).chain([not_snapped]).collect();
        prop_assert!(leaves_no_few(whole, &helped), "{helped:?} of {people:?}");
        // These overlap with each other and with communities, so they are told to ten people.
        for told in places.iter().chain(&helped).filter_map(|(told, _)| *told) {
            prop_assert!(told % 10.0 == 0.0, "{told}");
        }
        if let Some(covered) = people.all.covered {
            let of_kinds: Vec<f64> = told.kinds.iter().filter_map(|kind| kind.people.unwrap().covered).collect();
            for of_kind in &of_kinds {
                prop_assert!(!(1.0..5.0).contains(&(covered - of_kind).abs()));
            }
            if let [one, other] = of_kinds[..] {
                let overlap = one + other - covered;
                prop_assert!(!(1.0..5.0).contains(&overlap));
                prop_assert!(!(1.0..5.0).contains(&(people.all.total.unwrap() - overlap)));
            }
        }
    }

    #[test]
    fn a_place_more_never_covers_fewer_and_a_longer_way_neither(
        seed in 1_u64..20, places in prop::collection::vec((0.0..1_500.0_f64, 0.0..1_500.0_f64), 2..6),
    ) {
        let streets = SyntheticStreets { corner: CORNER, columns: 15, rows: 15, spacing_m: 100.0, seed }.make();
        let homes = (0..30).map(|n| home(at(f64::from(n * 47 % 1_500), f64::from(n * 91 % 1_500)), 10.0));
        let mut town = Town {
            network: Network::new(&streets),
            residents: Residents { points: homes.collect() },
            kinds: vec![("park".to_owned(), places.iter().map(|(x, y)| point(at(*x, *y))).collect())],
            outline: rectangle(0.0, 0.0, 1_500.0, 1_500.0),
            communities: Vec::new(),
        };
        let covered = |town: &Town, preset: &str| town.compute(preset, |_| {}).people.unwrap().all.covered.unwrap();
        let all = covered(&town, "sport-walk-15min");
        prop_assert!(covered(&town, "sport-walk-15min-elder") <= all);
        prop_assert!(all <= covered(&town, "sport-bike-15min"));
        prop_assert!(covered(&town, "gb-network-1000m") <= covered(&town, "db37-straight-1000m"));
        town.kinds[0].1.pop();
        prop_assert!(covered(&town, "sport-walk-15min") <= all);
    }
}

#[test]
fn residents_are_read_and_written_the_same() {
    let text = "\u{feff}lon,lat,persons,aged_0_14,aged_15_59,aged_60_plus,community\n114.41,22.63,12,2,6,4,\"葵新, 社区\"\n114.42,22.64,0.5,0.1,0.3,0.1,\n";
    let residents = Residents::from_csv(text.as_bytes()).unwrap();
    assert_eq!(residents.points.len(), 2);
    assert_eq!(residents.points[0].community.as_deref(), Some("葵新, 社区"));
    assert!((residents.persons() - 12.5).abs() < 1e-9 && residents.has_ages());
    assert_eq!(Residents::from_csv(&residents.to_csv()), Ok(residents));
}

#[test]
fn columns_that_are_not_read_are_told() {
    let text = "\u{feff}LON,lat,persons,age_0_14,备注,,community\n114.41,22.63,12,2,x,,\n";
    assert_eq!(Residents::unread_columns(text.as_bytes()), ["age_0_14", "备注"]);
    assert!(Residents::from_csv(text.as_bytes()).is_ok_and(|residents| !residents.has_ages()));
    assert_eq!(
        Residents::unread_columns(b"lon,lat,persons,aged_0_14,aged_15_59,aged_60_plus\n"),
        Vec::<String>::new()
    );
}

#[test]
fn a_bad_row_is_named_with_its_line() {
    let message = |text: &str| Residents::from_csv(text.as_bytes()).unwrap_err().to_string();
    assert!(message("lon,lat\n1,2\n").contains("缺少列“persons”"));
    assert!(message("lon,lat,persons\n114,22,3\n114,22,许多\n").starts_with("第 3 行"));
    assert!(message("lon,lat,persons\n22,114,3\n").contains("纬度"));
    assert!(message("lon,lat,persons\n114,22,-3\n").contains("0 到"));
    assert!(message("lon,lat,persons\n114,22\n").contains("不是数字"));
    assert!(message("lon,lat,persons\n114,22,NaN\n").contains("不是数字"));
    assert!(message("lon,lat,persons,aged_0_14\n114,22,3,1\n").contains("三列"));
    assert!(message("lon,lat,persons,aged_0_14,aged_15_59,aged_60_plus\n114,22,30,1,1,1\n").contains("不符"));
    assert_eq!(message("lon,lat,persons\n"), "文件里没有任何数据行");
    assert!(Residents::from_csv(&[0xff, 0xfe, 0x00]).is_err());
}
