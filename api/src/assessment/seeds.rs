//! The bands that come with the program (`seeds/assessment`), one file for each standard in one edition.
//!
//! A newer program brings newer editions; each start plants the editions that the database does not hold yet.
//! An edition that is there is never touched, since findings name it.

use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use entity::{assessment_band, assessment_standard, person};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde::Deserialize;

use crate::clock::Clock;
use crate::database::Database;
use crate::error::ApiResult;

/// Every file.
const FILES: [&str; 17] = [
    include_str!("../../../seeds/assessment/adult_weight_2013.json"),
    include_str!("../../../seeds/assessment/children_blood_pressure_2018.json"),
    include_str!("../../../seeds/assessment/children_bmi_2018.json"),
    include_str!("../../../seeds/assessment/children_growth_2022.json"),
    include_str!("../../../seeds/assessment/children_wasting_2014.json"),
    include_str!("../../../seeds/assessment/diabetes_guideline_2020.json"),
    include_str!("../../../seeds/assessment/health_literacy_2015.json"),
    include_str!("../../../seeds/assessment/healthy_china_2019.json"),
    include_str!("../../../seeds/assessment/hypertension_guideline_2018.json"),
    include_str!("../../../seeds/assessment/hypertension_guideline_2024.json"),
    include_str!("../../../seeds/assessment/gout_guideline_2019.json"),
    include_str!("../../../seeds/assessment/lipids_guideline_2016.json"),
    include_str!("../../../seeds/assessment/oxygen_saturation_2026.json"),
    include_str!("../../../seeds/assessment/pregnancy_gain_2022.json"),
    include_str!("../../../seeds/assessment/public_health_service_3.json"),
    include_str!("../../../seeds/assessment/weight_guidance_2024.json"),
    include_str!("../../../seeds/assessment/ws_t_868_2025.json"),
];
/// Rows of one INSERT: PostgreSQL takes 65,535 parameters, SQLite 32,766.
const ROWS_AT_ONCE: usize = 500;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StandardFile {
    id: String,
    code: String,
    edition: String,
    title: String,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    precedence: i32,
    provenance: String,
    #[serde(default)]
    bands: Vec<BandEntry>,
    #[serde(default)]
    tables: Vec<AgeTable>,
    #[serde(default)]
    height_tables: Vec<HeightTable>,
}

/// What a band is called and how much it matters.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    Usual,
    Attention,
    High,
    Urgent,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Purpose {
    #[default]
    Band,
    Target,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sex {
    Female,
    Male,
}

/// One band as it is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BandEntry {
    quantity: String,
    #[serde(default)]
    purpose: Purpose,
    context: Option<String>,
    sex: Option<Sex>,
    #[serde(default)]
    age_from_months: i32,
    age_to_months: Option<i32>,
    key_from: Option<i32>,
    key_to: Option<i32>,
    lower: Option<i32>,
    #[serde(default = "yes")]
    lower_included: bool,
    upper: Option<i32>,
    #[serde(default)]
    upper_included: bool,
    code: String,
    level: Level,
    rank: i32,
}

/// Limits by age: each row begins with the first month of age it holds for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgeTable {
    quantity: String,
    sex: Sex,
    #[serde(rename = "unit")]
    _unit: String,
    #[serde(rename = "columns")]
    _columns: Vec<String>,
    age_to_months: i32,
    bands: Vec<TableBand>,
    rows: Vec<Vec<i32>>,
}

/// Limits of blood pressure by age and height: first month of age, heights that begin each bucket but the first,
/// then the 95th percentiles of systolic and diastolic pressure for each bucket.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeightTable {
    sex: Sex,
    #[serde(rename = "unit")]
    _unit: String,
    #[serde(rename = "columns")]
    _columns: Vec<String>,
    age_to_months: i32,
    bands: Vec<TableBand>,
    rows: Vec<HeightRow>,
}

/// First month of age, heights, limits of systolic and of diastolic pressure.
type HeightRow = (i32, Vec<i32>, Vec<i32>, Vec<i32>);

/// A band of a table; its limits are columns.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableBand {
    code: String,
    level: Level,
    rank: i32,
    lower: Option<usize>,
    #[serde(default = "yes")]
    lower_included: bool,
    upper: Option<usize>,
    #[serde(default)]
    upper_included: bool,
}

fn yes() -> bool {
    true
}

impl StandardFile {
    fn all_bands(&self) -> anyhow::Result<Vec<BandEntry>> {
        let mut bands = self.bands.clone();
        for table in &self.tables {
            bands.extend(table.bands()?);
        }
        for table in &self.height_tables {
            bands.extend(table.bands()?);
        }
        Ok(bands)
    }
}

impl AgeTable {
    fn bands(&self) -> anyhow::Result<Vec<BandEntry>> {
        let mut bands = Vec::new();
        for (nth, row) in self.rows.iter().enumerate() {
            let (from, limits) = row.split_first().context("a row of a table is empty")?;
            let to = self.rows.get(nth + 1).and_then(|next| next.first()).copied();
            let ages = (*from, to.unwrap_or(self.age_to_months));
            for band in &self.bands {
                bands.push(band.entry(&self.quantity, self.sex, ages, limits)?);
            }
        }
        Ok(bands)
    }
}

impl HeightTable {
    fn bands(&self) -> anyhow::Result<Vec<BandEntry>> {
        let mut bands = Vec::new();
        for (nth, (from, heights, systolic, diastolic)) in self.rows.iter().enumerate() {
            let to = self.rows.get(nth + 1).map_or(self.age_to_months, |next| next.0);
            for (quantity, limits) in [("systolic", systolic), ("diastolic", diastolic)] {
                anyhow::ensure!(
                    limits.len() == heights.len() + 1,
                    "a row of heights does not fit its limits"
                );
                for (bucket, limit) in limits.iter().enumerate() {
                    let key_from = bucket.checked_sub(1).and_then(|before| heights.get(before)).copied();
                    let key_to = heights.get(bucket).copied();
                    for band in &self.bands {
                        let entry = band.entry(quantity, self.sex, (*from, to), &[*limit])?;
                        bands.push(BandEntry { key_from, key_to, ..entry });
                    }
                }
            }
        }
        Ok(bands)
    }
}

impl TableBand {
    fn entry(
        &self,
        quantity: &str,
        sex: Sex,
        (from, to): (i32, i32),
        limits: &[i32],
    ) -> anyhow::Result<BandEntry> {
        let limit = |column: Option<usize>| {
            column.map(|column| limits.get(column).copied().context("a table lacks a column")).transpose()
        };
        Ok(BandEntry {
            quantity: quantity.to_owned(),
            purpose: Purpose::Band,
            context: None,
            sex: Some(sex),
            age_from_months: from,
            age_to_months: Some(to),
            key_from: None,
            key_to: None,
            lower: limit(self.lower)?,
            lower_included: self.lower_included,
            upper: limit(self.upper)?,
            upper_included: self.upper_included,
            code: self.code.clone(),
            level: self.level.clone(),
            rank: self.rank,
        })
    }
}

/// Plants the editions that the database does not hold yet; whether there were any.
///
/// # Errors
/// When the database fails; nothing is written then.
pub async fn plant_missing(database: &Database, clock: &Clock) -> ApiResult<bool> {
    let files = read_files()?;
    if missing(database.reader(), &files).await?.is_empty() {
        return Ok(false);
    }
    let now = clock.now();
    database
        .write(move |transaction| {
            let files = files.clone();
            Box::pin(async move { plant(transaction, &files, now).await })
        })
        .await
}

fn read_files() -> ApiResult<Vec<StandardFile>> {
    let read = |text: &&str| serde_json::from_str(text).context("a seed file of bands cannot be read");
    Ok(FILES.iter().map(read).collect::<anyhow::Result<_>>()?)
}

async fn missing<'f>(
    connection: &impl sea_orm::ConnectionTrait,
    files: &'f [StandardFile],
) -> ApiResult<Vec<&'f StandardFile>> {
    let held: Vec<String> = assessment_standard::Entity::find()
        .select_only()
        .column(assessment_standard::Column::Id)
        .filter(assessment_standard::Column::Id.is_in(files.iter().map(|file| file.id.as_str())))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(files.iter().filter(|file| !held.contains(&file.id)).collect())
}

async fn plant(
    transaction: &DatabaseTransaction,
    files: &[StandardFile],
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    // Replicas that start together take turns on this row; the second finds the work done.
    entity::heartbeat::Entity::update_many()
        .col_expr(entity::heartbeat::Column::Beat, Expr::col(entity::heartbeat::Column::Beat))
        .exec(transaction)
        .await?;
    let missing = missing(transaction, files).await?;
    for file in &missing {
        let row = assessment_standard::ActiveModel {
            id: ActiveValue::Set(file.id.clone()),
            code: ActiveValue::Set(file.code.clone()),
            edition: ActiveValue::Set(file.edition.clone()),
            title: ActiveValue::Set(file.title.clone()),
            valid_from: ActiveValue::Set(file.valid_from),
            valid_to: ActiveValue::Set(file.valid_to),
            precedence: ActiveValue::Set(file.precedence),
            provenance: ActiveValue::Set(file.provenance.clone()),
            planted_at: ActiveValue::Set(now.into()),
        };
        assessment_standard::Entity::insert(row).exec_without_returning(transaction).await?;
        for bands in file.all_bands()?.chunks(ROWS_AT_ONCE) {
            let rows = bands.iter().map(|band| row_of(&file.id, band));
            assessment_band::Entity::insert_many(rows).exec_without_returning(transaction).await?;
        }
    }
    Ok(!missing.is_empty())
}

fn row_of(standard_id: &str, band: &BandEntry) -> assessment_band::ActiveModel {
    assessment_band::ActiveModel {
        standard_id: ActiveValue::Set(standard_id.to_owned()),
        quantity: ActiveValue::Set(band.quantity.clone()),
        purpose: ActiveValue::Set(match band.purpose {
            Purpose::Band => assessment_band::Purpose::Band,
            Purpose::Target => assessment_band::Purpose::Target,
        }),
        context: ActiveValue::Set(band.context.clone()),
        sex: ActiveValue::Set(band.sex.map(|sex| match sex {
            Sex::Female => person::Sex::Female,
            Sex::Male => person::Sex::Male,
        })),
        age_from_months: ActiveValue::Set(band.age_from_months),
        age_to_months: ActiveValue::Set(band.age_to_months),
        key_from: ActiveValue::Set(band.key_from),
        key_to: ActiveValue::Set(band.key_to),
        lower_limit: ActiveValue::Set(band.lower),
        lower_included: ActiveValue::Set(band.lower_included),
        upper_limit: ActiveValue::Set(band.upper),
        upper_included: ActiveValue::Set(band.upper_included),
        code: ActiveValue::Set(band.code.clone()),
        level: ActiveValue::Set(match band.level {
            Level::Usual => assessment_band::Level::Usual,
            Level::Attention => assessment_band::Level::Attention,
            Level::High => assessment_band::Level::High,
            Level::Urgent => assessment_band::Level::Urgent,
        }),
        position: ActiveValue::Set(band.rank),
        ..Default::default()
    }
}
