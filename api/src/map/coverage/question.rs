//! What is asked, and what is wrong with it.

use geodata::coverage::{PRESETS, Preset};
use serde::{Deserialize, Serialize};

use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{given, wrong};
use crate::map::published::MapState;
use crate::regions::RegionTree;

/// Where nothing else is asked for.
const USUAL_PRESET: &str = "gb-network-1000m";
/// Sites that are looked for at most.
const MOST_SITES: usize = 10;

/// The words of a question.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'q> {
    /// Statistical code of 6 to 12 digits.
    pub region: Option<&'q str>,
    /// Ids of layers, separated by commas.
    pub layers: Option<&'q str>,
    /// Id of a preset.
    pub preset: Option<&'q str>,
    /// A number of layers.
    pub kinds_at_least: Option<&'q str>,
    /// A number of sites.
    pub next_sites: Option<&'q str>,
}

/// A question that can be answered; equal questions are equal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Code of 12 digits.
    pub region: String,
    /// Id of the preset.
    pub preset: String,
    /// Ids of layers in display order.
    pub layers: Vec<String>,
    /// Of so many layers one place each must be near.
    pub kinds_at_least: usize,
    /// How many further places are looked for.
    pub next_sites: usize,
}

impl Question {
    /// Reads a question.
    ///
    /// # Errors
    /// 400 with the word that is wrong and what is possible.
    pub fn read(asked: &Asked<'_>, map: &MapState, regions: &RegionTree) -> ApiResult<Self> {
        let layers = layers(asked.layers, map)?;
        let kinds_at_least = number("kinds_at_least", asked.kinds_at_least, 1, 1..=layers.len())?;
        Ok(Self {
            region: region(asked.region, regions)?,
            preset: preset(asked.preset)?.id.to_owned(),
            kinds_at_least,
            layers,
            next_sites: number("next_sites", asked.next_sites, 0, 0..=MOST_SITES)?,
        })
    }

    /// Its preset.
    ///
    /// # Errors
    /// Where a stored question names one that is no longer known.
    pub fn preset(&self) -> ApiResult<&'static Preset> {
        preset(Some(&self.preset))
    }
}

fn region(text: Option<&str>, regions: &RegionTree) -> ApiResult<String> {
    const EXPECTED: &str = "请填写区划代码 region，例如 region=440307009000。";
    let text = crate::http::parameters::required("region", text, EXPECTED)?;
    let code = format!("{text:0<12}");
    if regions.contains(&code) { Ok(code) } else { Err(wrong("region", EXPECTED)) }
}

fn preset(text: Option<&str>) -> ApiResult<&'static Preset> {
    let id = given(text).unwrap_or(USUAL_PRESET);
    Preset::named(id).ok_or_else(|| {
        let known: Vec<&str> = PRESETS.iter().map(|preset| preset.id).collect();
        wrong("preset", &format!("可选：{}。", known.join("、")))
    })
}

fn layers(text: Option<&str>, map: &MapState) -> ApiResult<Vec<String>> {
    let all = || map.layers.iter().map(|layer| layer.id.clone());
    let Some(text) = given(text) else {
        return Ok(all().collect());
    };
    let wanted: Vec<&str> = text.split(',').collect();
    if wanted.iter().any(|id| map.layer(id).is_none()) {
        let known: Vec<String> = all().collect();
        let detail = format!("有不存在的图层。可用的图层：{}。", known.join("、"));
        return Err(ApiError::bad_parameter("layers", detail));
    }
    Ok(all().filter(|id| wanted.contains(&id.as_str())).collect())
}

fn number(
    name: &str,
    text: Option<&str>,
    usual: usize,
    bounds: std::ops::RangeInclusive<usize>,
) -> ApiResult<usize> {
    let Some(text) = given(text) else { return Ok(usual) };
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| wrong(name, &format!("请填写 {} 到 {} 的整数。", bounds.start(), bounds.end())))
}
