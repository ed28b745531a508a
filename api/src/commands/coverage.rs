//! `kangtu population` and `kangtu coverage`: who lives where, and who can walk to what.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use uuid::Uuid;

use super::office::Office;
use crate::map::coverage::{Asked, CoverageReport, Question, residents, runs};
use crate::map::published::MapState;
use crate::map::walking::published::PublishedWalking;
use crate::regions::Regions;

/// Load numbers of people, for coverage
#[derive(Debug, Subcommand)]
pub(super) enum Population {
    /// Take numbers of people at positions; they replace those of the region loaded before
    Load {
        /// The file: CSV in UTF-8 with the columns `lon`, `lat`, `persons` (WGS-84), and optionally `aged_0_14`,
        /// `aged_15_59`, `aged_60_plus`, `community`
        file: PathBuf,
        /// Region whose people these are: statistical code, such as 440307009
        #[arg(long, value_name = "CODE")]
        region: String,
    },
}

impl Population {
    pub(super) async fn work(self, office: &Office) -> anyhow::Result<String> {
        let Self::Load { file, region } = self;
        let bytes = std::fs::read(office.file(&file))
            .with_context(|| format!("读不到文件 {}，请检查文件名和权限", file.display()))?;
        let source = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let loaded = residents::load(&office.database, office.clock.now(), &region, &source, &bytes)
            .await
            .with_context(|| format!("{} 没有载入，原来的人口数据不变", file.display()))?;
        let ages = if loaded.has_ages { "，含年龄分组" } else { "" };
        let outside = match loaded.outside {
            0 => String::new(),
            count => format!("另有 {count} 个点不在本区划内，没有计入，请检查它们的经纬度。"),
        };
        let unread = match loaded.unread_columns.join("、") {
            names if names.is_empty() => String::new(),
            names => format!(
                "没有读取的列：{names}。年龄列的名称应是 aged_0_14、aged_15_59、aged_60_plus，社区列是 community；写错了请改名后重新载入。"
            ),
        };
        Ok(format!(
            "已载入{}的人口数据：{} 个点，共 {:.0} 人{ages}。{outside}{unread}",
            loaded.region_name, loaded.points, loaded.persons
        ))
    }
}

/// Estimate from how much of a region, and for how many of its people, places are near enough
#[derive(Debug, Args)]
pub(super) struct Coverage {
    /// Region: statistical code, such as 440307009
    #[arg(long, value_name = "CODE", required_unless_present = "again")]
    region: Option<String>,
    /// What near enough means: db37-straight-1000m, gb-network-1000m, sport-walk-15min,
    /// sport-walk-15min-elder or sport-bike-15min
    #[arg(long, value_name = "NAME", default_value = "gb-network-1000m")]
    preset: String,
    /// Layers that count, separated by commas; all when absent
    #[arg(long, value_name = "LAYERS")]
    layers: Option<String>,
    /// Of so many layers one place each must be near enough
    #[arg(long, value_name = "N", default_value = "1")]
    kinds_at_least: String,
    /// Tell where so many further places would help most, up to 10
    #[arg(long, value_name = "K", default_value = "0")]
    next_sites: String,
    /// Compute a kept result again from its kept inputs and compare
    #[arg(long, value_name = "ID", conflicts_with = "region")]
    again: Option<Uuid>,
}

impl Coverage {
    pub(super) async fn work(self, office: &Office) -> anyhow::Result<String> {
        if let Some(id) = self.again {
            return again(office, id).await;
        }
        let now = office.clock.now();
        let map = std::sync::Arc::new(MapState::load(&office.database).await?);
        let regions = Regions::load(&office.database).await?.current();
        let asked = Asked {
            region: self.region.as_deref(),
            layers: self.layers.as_deref(),
            preset: Some(&self.preset),
            kinds_at_least: Some(&self.kinds_at_least),
            next_sites: Some(&self.next_sites),
        };
        let question = Question::read(&asked, &map, &regions)?;
        let walking = PublishedWalking::load(&office.database, now).await?.at(&office.database, now).await?;
        let id = office.random.id(now);
        let report = runs::run(&office.database, &map, &walking, &regions, question, (id, now)).await?;
        let mut text = table(&report)?;
        write!(
            text,
            "已按“{}”完成{}的{}，编号 {id}；用 kangtu coverage --again {id} 可以重算核对。",
            report.preset.title, report.region_name, report.title
        )?;
        Ok(text)
    }
}

async fn again(office: &Office, id: Uuid) -> anyhow::Result<String> {
    let (kept, report) = runs::again(&office.database, id).await?;
    if serde_json::to_value(&report)? != kept {
        bail!("重算结果与保存的结果不一致：编号 {id}。程序版本可能已经改变算法，请保留两份结果并重新估算。");
    }
    Ok(format!("已从保存的输入重算，结果与编号 {id} 完全一致。"))
}

fn table(report: &CoverageReport) -> anyhow::Result<String> {
    let mut text = format!("{}　{}\n", report.title, report.preset.standard);
    for notice in &report.notices {
        writeln!(text, "注意：{notice}")?;
    }
    let number = |number: Option<f64>| number.map_or_else(|| "—".to_owned(), |number| format!("{number}"));
    let percent =
        |ratio: Option<f64>| ratio.map_or_else(|| "—".to_owned(), |ratio| format!("{:.1}%", ratio * 100.0));
    if let Some(people) = &report.people {
        let share = &people.all;
        let (covered, total) = (number(share.covered), number(share.total));
        writeln!(text, "人口\t{covered} / {total} 人\t{}", percent(share.ratio))?;
        for band in &people.by_age {
            writeln!(
                text,
                "  {} 岁\t{} 人\t{}",
                band.age,
                number(band.people.covered),
                percent(band.people.ratio)
            )?;
        }
        writeln!(text, "  离路 150 米以上\t{} 人", number(people.not_snapped))?;
        writeln!(text, "  平均 {} 分钟", number(people.mean_minutes))?;
        if let Some(p90) = people.p90_minutes {
            writeln!(text, "  九成居民在 {p90} 分钟以内")?;
        }
    }
    if let Some(land) = &report.land {
        let (covered, total) = (number(land.km2.covered), number(land.km2.total));
        writeln!(text, "面积\t{covered} / {total} 平方公里\t{}", percent(land.km2.ratio))?;
        writeln!(text, "  离路 150 米以上\t{} 平方公里", land.not_snapped_km2)?;
    }
    for community in &report.communities {
        let people = community.people.as_ref().and_then(|share| share.ratio);
        let land = community.land_km2.as_ref().and_then(|share| share.ratio);
        writeln!(text, "{}\t人口 {}\t面积 {}", community.name, percent(people), percent(land))?;
    }
    for kind in &report.kinds {
        let people = kind.people.as_ref().and_then(|share| share.ratio);
        let land = kind.land_km2.as_ref().and_then(|share| share.ratio);
        writeln!(
            text,
            "{}\t{} 处\t人口 {}\t面积 {}",
            kind.layer,
            kind.places,
            percent(people),
            percent(land)
        )?;
    }
    let unit = if report.people.is_some() { "人" } else { "平方公里" };
    for (site, place) in report.next_sites.iter().zip(1..) {
        writeln!(text, "建议点 {place}\t{},{}\t新增 {} {unit}", site.lon, site.lat, site.gains)?;
    }
    Ok(text)
}
