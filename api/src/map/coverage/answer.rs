//! Words what was computed.

use anyhow::Context;
use geodata::coverage::{AGE_BANDS, Coverage, CoverageMethod, Mode, PeopleCoverage, Share};
use geodata::geometry::write_geometry;
use serde_json::Value;

use super::dto::{
    CoverageAge, CoverageCommunity, CoverageGap, CoverageInputs, CoverageKind, CoverageLand, CoveragePeople,
    CoveragePreset, CoverageReport, CoverageShare, CoverageSite,
};
use super::gathering::{Audience, Gathered};
use crate::error::ApiResult;

const WALKED: &str = "步行可达范围估算";
const RIDDEN: &str = "骑行可达范围估算";
const STRAIGHT: &str = "服务半径范围估算";
const NOT_A_SURVEY: &str = "这是按地图、路网和人口数据推算的估算值，不是统计调查指标，不能代替调查结果上报。";
const NO_PEOPLE: &str = "没有人口数据，只按面积估算；可用 kangtu population load 载入。";
const NO_NETWORK: &str = "没有步行路网，路程按直线距离乘以 1.3 估算；可用 kangtu network load 载入。";
const NO_BOUNDARY: &str = "没有区划边界，无法按面积估算。";
const ELSEWHERE: &str = "上级区划的人口数据里没有本区划的人，请检查人口文件里的社区名称和经纬度。";
const HIDDEN: &str = "不足 5 人的人数不公布，能从合计里减出来的人数也不公布，都留空；没有覆盖到的地块、离路较远和建议点的人数取整到十人。";
const TO_TEN: &str = "不足 10 人的人数不公布，能从合计里减出来的人数也不公布，都留空；除本区划总人数外，人数都按十人取整（舍去零头），没有覆盖到的人数是总人数减去取整后的覆盖人数。换条件再查，两次结果的差别只精确到十人。";
const NO_TIMES: &str = "覆盖到的不足 100 人，或人数没有公布，所以平均分钟数和“九成居民所需的分钟数”留空。";
const NO_PEOPLE_OF_COMMUNITY: &str = "有的社区没有边界，人口数据里也没有写明谁住在那里，算不出人数，留空；请在人口文件里填写 community（社区）一列后重新载入。";
const NO_P90: &str = "有一成以上的人离得太远，没有量他们的路程，所以“九成居民所需的分钟数”留空。";
const SOME_WITHOUT_BOUNDARY: &str = "没有边界的社区不能按面积估算，面积留空。";
const PART: &str = "人口数据是按上级区划载入的，本区划的人数取整到十人。";
const PART_TO_TEN: &str = "人口数据是按上级区划载入的，所以本区划的总人数也按十人取整。";
const NOT_DRAWN: &str = "没有区划边界，画不出没有覆盖到的地块；没有覆盖到的人数见人口数字。";
const DECIMALS: u8 = 6;

/// Computes and words.
pub(super) fn report(gathered: &Gathered, audience: Audience) -> ApiResult<CoverageReport> {
    let found = gathered.compute(audience)?;
    let preset = gathered.question.preset()?;
    let kept = &gathered.kept;
    let mut notices = vec![NOT_A_SURVEY.to_owned()];
    let mut say = |is_so: bool, notice: &str| {
        if is_so {
            notices.push(notice.to_owned());
        }
    };
    say(!gathered.has_residents() && !kept.has_people_above, NO_PEOPLE);
    say(!gathered.has_residents() && kept.has_people_above, ELSEWHERE);
    say(found.method == CoverageMethod::StraightInstead, NO_NETWORK);
    say(found.area.is_none(), NO_BOUNDARY);
    say(found.area.is_none() && gathered.has_residents(), NOT_DRAWN);
    let (hidden, part) = match audience {
        Audience::Operator => (HIDDEN, PART),
        Audience::Everybody => (TO_TEN, PART_TO_TEN),
    };
    say(gathered.has_residents(), hidden);
    say(gathered.has_part_of_residents(), part);
    let lacks_times = found.people.as_ref().and_then(|people| why_no_times(people, audience));
    say(lacks_times.is_some(), lacks_times.unwrap_or_default());
    let lacks_people = found.communities.iter().any(|community| community.people.is_none());
    say(gathered.has_residents() && lacks_people, NO_PEOPLE_OF_COMMUNITY);
    let lacks_boundary = found.communities.iter().any(|community| community.land_km2.is_none());
    say(found.area.is_some() && lacks_boundary, SOME_WITHOUT_BOUNDARY);
    Ok(CoverageReport {
        title: match preset.mode {
            Mode::Walk => WALKED,
            Mode::Bike => RIDDEN,
            Mode::Straight => STRAIGHT,
        },
        notices,
        region_code: gathered.question.region.clone(),
        region_name: kept.region_name.clone(),
        preset: CoveragePreset {
            id: preset.id,
            title: preset.title,
            standard: preset.standard,
            mode: preset.mode.as_str(),
            metres_per_second: f64::from(preset.pace.speed_mm_s) / 1_000.0,
            distance_m: preset.distance_m,
            steps_percent: preset.pace.steps_percent,
        },
        method: match found.method {
            CoverageMethod::Network => "network",
            CoverageMethod::Straight => "straight",
            CoverageMethod::StraightInstead => "straight_instead",
        },
        layers: gathered.question.layers.clone(),
        kinds_at_least: gathered.question.kinds_at_least,
        inputs: CoverageInputs {
            map_revision: kept.map_revision,
            network_checksum: kept.network_checksum.clone(),
            edits_checksum: kept.edits_checksum(),
            residents_checksum: kept.residents_checksum.clone(),
        },
        people: found.people.as_ref().map(people),
        land: found.area.as_ref().map(|area| CoverageLand {
            cell_m: area.cell_m,
            km2: land(area.land_km2),
            not_snapped_km2: thousandths(area.not_snapped_km2),
        }),
        communities: communities(&found),
        kinds: kinds(&found),
        uncovered: gaps(&found)?,
        next_sites: sites(&found),
    })
}

/// Why no time is told within which nine of ten people have enough kinds; `None` where it is.
fn why_no_times(people: &PeopleCoverage, audience: Audience) -> Option<&'static str> {
    if people.p90_minutes.is_some() || !is_told(people) {
        return None;
    }
    let are_hidden = audience == Audience::Everybody && people.mean_minutes.is_none();
    Some(if are_hidden { NO_TIMES } else { NO_P90 })
}

/// Whether there are people whose number is told.
fn is_told(people: &PeopleCoverage) -> bool {
    people.all.total.is_some_and(|total| total > 0.0)
}

fn people(found: &PeopleCoverage) -> CoveragePeople {
    let ages = found.by_age.iter().flatten().zip(AGE_BANDS);
    CoveragePeople {
        all: share(found.all),
        by_age: ages.map(|(people, age)| CoverageAge { age, people: share(*people) }).collect(),
        not_snapped: found.not_snapped,
        mean_minutes: found.mean_minutes,
        p90_minutes: found.p90_minutes,
    }
}

fn communities(found: &Coverage) -> Vec<CoverageCommunity> {
    let told = found.communities.iter().map(|community| CoverageCommunity {
        code: community.code.clone(),
        name: community.name.clone(),
        people: community.people.map(share),
        land_km2: community.land_km2.map(land),
    });
    told.collect()
}

fn kinds(found: &Coverage) -> Vec<CoverageKind> {
    let told = found.kinds.iter().map(|kind| CoverageKind {
        layer: kind.kind.clone(),
        places: kind.places,
        not_snapped: kind.not_snapped,
        people: kind.people.map(share),
        land_km2: kind.land_km2.map(land),
    });
    told.collect()
}

fn gaps(found: &Coverage) -> ApiResult<Vec<CoverageGap>> {
    let told = found.uncovered.iter().map(|gap| {
        let mut text = Vec::new();
        write_geometry(&gap.area.clone().into(), DECIMALS, &mut text);
        let geometry: Value = serde_json::from_slice(&text).context("an outline is no JSON")?;
        Ok(CoverageGap { km2: thousandths(gap.km2), persons: gap.persons, geometry })
    });
    told.collect()
}

fn sites(found: &Coverage) -> Vec<CoverageSite> {
    let rounded = |degrees: f64| (degrees * 1e6).round() / 1e6;
    let told = found.next_sites.iter().filter_map(|site| {
        let gains = thousandths(site.gains?);
        Some(CoverageSite { lon: rounded(site.at.lon), lat: rounded(site.at.lat), gains })
    });
    told.collect()
}

fn share(share: Share) -> CoverageShare {
    CoverageShare {
        covered: share.covered,
        uncovered: share.uncovered,
        total: share.total,
        ratio: share.ratio(),
    }
}

fn land(of: Share) -> CoverageShare {
    let ratio = of.ratio();
    let [covered, uncovered, total] = [of.covered, of.uncovered, of.total].map(|km2| km2.map(thousandths));
    CoverageShare { covered, uncovered, total, ratio }
}

fn thousandths(number: f64) -> f64 {
    // A negative zero is one.
    (number * 1e3).round() / 1e3 + 0.0
}
