use proptest::prelude::*;

use super::*;

const SHANGHAI: Tz = chrono_tz::Asia::Shanghai;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A slot of every day; `number` makes it newer than those with lower numbers.
fn slot(number: u32, begins_min: u32, ends_min: u32) -> Slot {
    let id = Uuid::from_u128(u128::from(number));
    Slot {
        id,
        name: format!("时段{number}"),
        playlist_id: id,
        days: Days {
            weekdays: 0b111_1111,
            first: None,
            last: None,
            except: BTreeSet::new(),
            holidays: Holidays::Any,
        },
        begins_min,
        ends_min,
        rank: Rank {
            priority: 10,
            direct: true,
            created_at: at("2026-11-01T00:00:00+08:00") + TimeDelta::minutes(i64::from(number)),
            id,
        },
    }
}

fn playing(slots: &[Slot], instant: &str) -> Option<u128> {
    let schedule = Schedule { zone: SHANGHAI, slots: slots.to_vec() };
    schedule.candidates(at(instant)).first().map(|slot| slot.id.as_u128())
}

#[test]
fn an_overnight_window_belongs_to_the_day_it_begins_on() {
    let mut night = slot(1, 22 * 60, 6 * 60);
    // Fridays; 2026-11-27 is one.
    night.days.weekdays = 1 << 4;
    for (instant, plays) in [
        ("2026-11-27T21:59:59+08:00", false),
        ("2026-11-27T22:00:00+08:00", true),
        ("2026-11-28T05:59:59+08:00", true),
        ("2026-11-28T06:00:00+08:00", false),
        ("2026-11-28T23:00:00+08:00", false),
        ("2026-11-27T03:00:00+08:00", false),
    ] {
        assert_eq!(playing(std::slice::from_ref(&night), instant).is_some(), plays, "{instant}");
    }
    // Leaving the Friday out takes Saturday's early hours with it, and Saturday alone takes nothing.
    night.days.except = BTreeSet::from([day("2026-11-28")]);
    assert_eq!(playing(std::slice::from_ref(&night), "2026-11-28T03:00:00+08:00"), Some(1));
    night.days.except = BTreeSet::from([day("2026-11-27")]);
    assert_eq!(playing(std::slice::from_ref(&night), "2026-11-28T03:00:00+08:00"), None);
}

#[test]
fn a_window_that_ends_when_it_begins_lasts_a_whole_day() {
    let whole = slot(1, 8 * 60, 8 * 60);
    for hour in ["00", "07", "08", "23"] {
        let instant = format!("2026-11-27T{hour}:30:00+08:00");
        assert_eq!(playing(std::slice::from_ref(&whole), &instant), Some(1), "{instant}");
    }
}

#[test]
fn priority_stands_before_directness_before_age() {
    let noon = "2026-11-27T12:00:00+08:00";
    let through_group = |mut slot: Slot| {
        slot.rank.direct = false;
        slot
    };
    let urgent = |mut slot: Slot| {
        slot.rank.priority = 50;
        slot
    };
    let old = slot(1, 0, 1440);
    let new = slot(2, 0, 1440);
    assert_eq!(playing(&[old.clone(), new.clone()], noon), Some(2));
    assert_eq!(playing(&[old.clone(), through_group(new.clone())], noon), Some(1));
    assert_eq!(playing(&[old.clone(), urgent(through_group(new.clone()))], noon), Some(2));
    assert_eq!(old.rank.yields_to(&new.rank), Yields::Older);
    assert_eq!(through_group(new.clone()).rank.yields_to(&old.rank), Yields::Group);
    assert_eq!(old.rank.yields_to(&urgent(through_group(new)).rank), Yields::Priority);
}

#[test]
fn holidays_dates_and_exceptions_decide_about_days() {
    let mut slot = slot(1, 0, 1440);
    let national_day = "2026-10-01T12:00:00+08:00";
    let plain_day = "2026-10-12T12:00:00+08:00";
    for (holidays, on_holiday, otherwise) in
        [(Holidays::Any, true, true), (Holidays::Except, false, true), (Holidays::Only, true, false)]
    {
        slot.days.holidays = holidays;
        assert_eq!(playing(std::slice::from_ref(&slot), national_day).is_some(), on_holiday);
        assert_eq!(playing(std::slice::from_ref(&slot), plain_day).is_some(), otherwise);
    }
    slot.days = Days {
        first: Some(day("2026-10-12")),
        last: Some(day("2026-10-12")),
        holidays: Holidays::Any,
        ..slot.days
    };
    assert_eq!(playing(std::slice::from_ref(&slot), plain_day), Some(1));
    assert_eq!(playing(std::slice::from_ref(&slot), "2026-10-11T23:59:00+08:00"), None);
    assert_eq!(playing(std::slice::from_ref(&slot), "2026-10-13T00:00:00+08:00"), None);
}

#[test]
fn a_change_to_summer_time_leaves_no_hole_and_no_negative_window() {
    // Berlin skips from 02:00 to 03:00 on 2026-03-29.
    let schedule = Schedule { zone: chrono_tz::Europe::Berlin, slots: vec![slot(1, 90, 150)] };
    let (from, until) = (at("2026-03-28T12:00:00Z"), at("2026-03-30T12:00:00Z"));
    let segments = schedule.segments(from, until);
    assert_eq!((segments[0].start, segments.last().unwrap().end), (from, until));
    assert!(segments.iter().all(|segment| segment.start < segment.end));
    assert!(segments.iter().any(|segment| segment.slot_id.is_some()));
}

prop_compose! {
    fn any_slot(number: u32)(
        begins_min in 0_u32..1440,
        ends_min in 1_u32..=1440,
        weekdays in 1_u32..128,
        priority in 0_i32..3,
        direct in any::<bool>(),
        first in prop::option::of(0_i64..6),
        length in prop::option::of(0_i64..4),
        except in prop::collection::btree_set(0_i64..6, 0..3),
        holidays in prop::sample::select(vec![Holidays::Any, Holidays::Except, Holidays::Only]),
    ) -> Slot {
        // Around the National Day of 2026, so that holidays matter.
        let base = day("2026-09-29");
        let plus = |days: i64| base + TimeDelta::days(days);
        let first_day = first.map(plus);
        let mut made = slot(number, begins_min, ends_min);
        made.days = Days {
            weekdays,
            first: first_day,
            last: first_day.and_then(|first| Some(first + TimeDelta::days(length?))),
            except: except.into_iter().map(plus).collect(),
            holidays,
        };
        made.rank.priority = priority;
        made.rank.direct = direct;
        made
    }
}

fn any_slots() -> impl Strategy<Value = Vec<Slot>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..8).prop_flat_map(|numbers| {
        (0..u32::try_from(numbers.len()).unwrap()).map(|number| any_slot(number + 1)).collect::<Vec<_>>()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// The whole time is covered once, and at every minute plays what the rules say when they are asked
    /// about that minute alone.
    #[test]
    fn exactly_one_thing_plays_at_any_instant(slots in any_slots(), offset_min in 0_i64..1440) {
        let schedule = Schedule { zone: SHANGHAI, slots };
        let from = at("2026-09-30T00:00:00+08:00") + TimeDelta::minutes(offset_min);
        let until = from + TimeDelta::hours(72);
        let segments = schedule.segments(from, until);
        prop_assert_eq!(segments[0].start, from);
        prop_assert_eq!(segments[segments.len() - 1].end, until);
        for pair in segments.windows(2) {
            prop_assert_eq!(pair[0].end, pair[1].start);
            prop_assert_ne!(pair[0].slot_id, pair[1].slot_id);
        }
        for minute in (0..72 * 60).step_by(7) {
            let instant = from + TimeDelta::minutes(minute) + TimeDelta::seconds(minute % 60);
            let told: Vec<_> =
                segments.iter().filter(|segment| segment.start <= instant && instant < segment.end).collect();
            prop_assert_eq!(told.len(), 1);
            let asked = schedule.candidates(instant).first().map(|slot| slot.id);
            prop_assert_eq!(told[0].slot_id, asked, "at {}", instant);
        }
    }

    /// Whatever is true of a part is true of the whole: a manifest that begins later says the same.
    #[test]
    fn a_later_manifest_agrees_with_an_earlier_one(slots in any_slots(), later_min in 1_i64..2000) {
        let schedule = Schedule { zone: SHANGHAI, slots };
        let from = at("2026-09-30T00:00:00+08:00");
        let until = from + TimeDelta::hours(72);
        let later = from + TimeDelta::minutes(later_min);
        let mut expected = schedule.segments(from, until);
        expected.retain(|segment| segment.end > later);
        expected[0].start = later;
        prop_assert_eq!(schedule.segments(later, until), expected);
    }

    /// The order of the rows in the database decides nothing.
    #[test]
    fn the_order_of_slots_does_not_matter(slots in any_slots(), turn in 0_usize..8) {
        let from = at("2026-09-30T00:00:00+08:00");
        let until = from + TimeDelta::hours(72);
        let mut turned = slots.clone();
        turned.reverse();
        let turn = turn % turned.len().max(1);
        turned.rotate_left(turn);
        let before = Schedule { zone: SHANGHAI, slots }.segments(from, until);
        prop_assert_eq!(before, Schedule { zone: SHANGHAI, slots: turned }.segments(from, until));
    }
}
