//! Who may come: rules without a database.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::person::Sex;
use entity::{activity, key_group};

use crate::people::age::full_years;
use crate::regions::RegionTree;

/// What is known of somebody who wants to come.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidate {
    pub(super) birth_date: Option<NaiveDate>,
    pub(super) sex: Option<Sex>,
    pub(super) region_code: Option<String>,
    /// Key groups that the person says to belong to.
    pub(super) declared: BTreeSet<String>,
}

/// Why somebody may not come, as a stable word and in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unfit {
    pub(super) code: &'static str,
    pub(super) message: String,
}

fn unfit(code: &'static str, message: impl Into<String>) -> Unfit {
    Unfit { code, message: message.into() }
}

/// What keeps somebody from coming on that day, if anything does.
pub(super) fn refusal(
    activity: &activity::Model,
    key_groups: &[key_group::Model],
    regions: &RegionTree,
    on: NaiveDate,
    candidate: &Candidate,
) -> Option<Unfit> {
    let age = candidate.birth_date.map(|born| full_years(born, on));
    ages(activity.min_age, activity.max_age, age)
        .or_else(|| sex(activity.sex, candidate.sex))
        .or_else(|| region(activity.eligible_region_code.as_deref(), regions, candidate))
        .or_else(|| group(key_groups, age, candidate))
}

fn ages(min: Option<i32>, max: Option<i32>, age: Option<i32>) -> Option<Unfit> {
    let range = match (min, max) {
        (None, None) => return None,
        (Some(min), None) => format!("年满 {min} 周岁"),
        (None, Some(max)) => format!("不超过 {max} 周岁"),
        (Some(min), Some(max)) => format!("{min} 到 {max} 周岁"),
    };
    let Some(age) = age else {
        return Some(unfit(
            "birth_date_missing",
            format!("这个活动要求{range}，请先在“我的家人”里填写出生日期。"),
        ));
    };
    if min.is_some_and(|min| age < min) {
        return Some(unfit("too_young", format!("这个活动要求{range}，活动当天还不到年龄。")));
    }
    if max.is_some_and(|max| age > max) {
        return Some(unfit("too_old", format!("这个活动要求{range}，活动当天超过了年龄。")));
    }
    None
}

fn sex(wanted: Option<Sex>, known: Option<Sex>) -> Option<Unfit> {
    let wanted = wanted.filter(|wanted| *wanted != Sex::Unknown)?;
    let word = if wanted == Sex::Female { "女性" } else { "男性" };
    match known {
        Some(known) if known == wanted => None,
        Some(Sex::Unknown) | None => {
            Some(unfit("sex_missing", format!("这个活动只面向{word}，请先在“我的家人”里填写性别。")))
        }
        Some(_) => Some(unfit("wrong_sex", format!("这个活动只面向{word}。"))),
    }
}

fn region(wanted: Option<&str>, regions: &RegionTree, candidate: &Candidate) -> Option<Unfit> {
    let wanted = wanted?;
    match candidate.region_code.as_deref() {
        None => Some(unfit("region_missing", "这个活动只面向本辖区居民，请先在“我的家人”里填写所在社区。")),
        Some(code) if regions.is_within(code, wanted) => None,
        Some(_) => Some(unfit("wrong_region", "这个活动只面向本辖区居民，填写的社区不在范围内。")),
    }
}

fn group(key_groups: &[key_group::Model], age: Option<i32>, candidate: &Candidate) -> Option<Unfit> {
    if key_groups.is_empty() || key_groups.iter().any(|group| belongs(group, age, candidate)) {
        return None;
    }
    let titles: Vec<&str> = key_groups.iter().map(|group| group.title.as_str()).collect();
    let hint = if key_groups.iter().any(|group| group.declared) {
        "如果符合，请在报名时勾选。"
    } else {
        "请检查“我的家人”里的出生日期和性别。"
    };
    Some(unfit("not_in_group", format!("这个活动面向：{}。{hint}", titles.join("、"))))
}

fn belongs(group: &key_group::Model, age: Option<i32>, candidate: &Candidate) -> bool {
    let in_years = match (group.min_age, group.max_age, age) {
        (None, None, _) => true,
        (_, _, None) => false,
        (min, max, Some(age)) => min.is_none_or(|min| age >= min) && max.is_none_or(|max| age <= max),
    };
    in_years
        && group.sex.is_none_or(|sex| candidate.sex == Some(sex))
        && (!group.declared || candidate.declared.contains(&group.id))
}
