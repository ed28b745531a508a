//! What everybody is told, who may compare answers.

use proptest::prelude::*;

use super::{Coverage, Share, at, found, home, persons_told, point, river_town};

#[test]
fn two_layer_sets_that_differ_by_three_people_tell_everybody_the_same() {
    let mut town = river_town();
    let homes = [home(at(400.0, 0.0), 100.0), home(at(2_500.0, 0.0), 3.0), home(at(500.0, 100.0), 60.0)];
    town.residents.points = homes.to_vec();
    let park = town.compute("gb-network-1000m", |_| {});
    town.kinds.push(("court".to_owned(), vec![point(at(2_500.0, 10.0))]));
    let both = town.compute("gb-network-1000m", |_| {});
    let of = |found: &Coverage| found.people.as_ref().unwrap().all;
    assert_eq!((of(&park).covered, of(&both).covered), (Some(100.0), Some(103.0)));
    let told = Share { covered: Some(100.0), uncovered: Some(63.0), total: Some(163.0) };
    assert_eq!([of(&park.published_to_ten()), of(&both.published_to_ten())], [told, told]);
}

#[test]
fn everybody_is_told_tens_that_add_up_and_fewer_than_ten_not_at_all() {
    let of = |covered, uncovered| found(covered, &[uncovered], 0, 0, &[]).published_to_ten();
    let all = |covered, uncovered| of(covered, uncovered).people.unwrap().all;
    let share = |covered, uncovered, total| Share { covered, uncovered, total: Some(total) };
    assert_eq!(all(109, 46), share(Some(100.0), Some(55.0), 155.0));
    assert_eq!(persons_told(&of(109, 46)), [Some(40.0)]);
    assert_eq!(all(109, 0), share(Some(109.0), Some(0.0), 109.0), "all are covered");
    assert_eq!(all(0, 46), share(Some(0.0), Some(46.0), 46.0), "nobody is covered");
    assert_eq!(all(109, 7), share(None, None, 116.0));
    assert_eq!(all(7, 109), share(None, None, 116.0));
    assert_eq!(all(7, 0), Share { covered: None, uncovered: None, total: None });
    let part = found(109, &[46], 0, 0, &[]).published_to_ten_as_part().people.unwrap().all;
    assert_eq!(part, share(Some(100.0), Some(50.0), 150.0));
}

#[test]
fn everybody_is_told_times_in_whole_minutes_and_only_of_many() {
    let times = |covered: u32, uncovered: u32| {
        let mut found = found(covered, &[uncovered], 0, 0, &[]);
        let people = found.people.as_mut().unwrap();
        (people.mean_minutes, people.p90_minutes) = (Some(17.1), Some(24.6));
        let told = found.published_to_ten().people.unwrap();
        (told.mean_minutes, told.p90_minutes)
    };
    assert_eq!(times(103, 60), (Some(17.0), Some(25.0)));
    assert_eq!(times(99, 60), (None, None));
    assert_eq!(times(103, 3), (None, None), "the few who are not covered would come out");
}

proptest! {
    #[test]
    fn what_everybody_is_told_is_tens_that_add_up(
        persons in prop::collection::vec((0.0..4_000.0_f64, -60.0..320.0_f64, 0.0..60.0_f64), 1..12),
    ) {
        let mut town = river_town();
        town.residents.points = persons.iter().map(|(x, y, persons)| home(at(*x, *y), persons.floor())).collect();
        let exact = town.compute("gb-network-1000m", |inputs| inputs.next_sites = 2);
        let told = exact.clone().published_to_ten();
        let people = told.people.as_ref().unwrap();
        let whole = exact.people.unwrap().all.total.unwrap();
        let parts: Vec<Share> = told.communities.iter().map(|area| area.people.unwrap()).collect();
        let kinds = told.kinds.iter().map(|kind| kind.people.unwrap());
        for share in parts.iter().copied().chain(kinds).chain([people.all]) {
            let numbers = [share.covered, share.uncovered, share.total];
            prop_assert!(numbers.iter().flatten().all(|number| *number == 0.0 || *number >= 10.0), "{share:?}");
            prop_assert_eq!(share.covered.is_some(), share.uncovered.is_some());
            if let [Some(covered), Some(uncovered), Some(total)] = numbers {
                prop_assert!((covered + uncovered - total).abs() < 1e-9, "{share:?}");
                prop_assert!(covered % 10.0 == 0.0 || (covered - whole).abs() < 1e-9, "{share:?}");
            }
        }
        prop_assert!(parts.iter().filter_map(|part| part.total).all(|total| total % 10.0 == 0.0));
        prop_assert!(parts.iter().filter_map(|part| part.total).sum::<f64>() <= whole);
        let places = told.uncovered.iter().filter_map(|place| place.persons);
        let apart: Vec<f64> = places.chain(people.not_snapped).collect();
        prop_assert!(apart.iter().all(|persons| persons % 10.0 == 0.0), "{apart:?}");
        prop_assert!(people.all.uncovered.is_none_or(|uncovered| apart.iter().sum::<f64>() <= uncovered));
    }
}
