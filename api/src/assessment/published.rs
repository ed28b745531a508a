//! The bands in memory.

use std::sync::Arc;

use arc_swap::ArcSwap;
use entity::{assessment_band, assessment_standard};
use sea_orm::{EntityTrait, QueryOrder};

use super::band::{Band, Bands, Limits, Purpose, Quantity, Standard};
use super::finding::Level;
use crate::database::Database;
use crate::error::ApiResult;
use crate::state::AppState;

/// The bands being used. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PublishedBands(Arc<ArcSwap<Bands>>);

impl PublishedBands {
    /// Reads them from the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(database: &Database) -> ApiResult<Self> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(read(database).await?))))
    }

    /// The bands of this moment.
    pub fn current(&self) -> Arc<Bands> {
        self.0.load_full()
    }

    /// Reads them anew.
    ///
    /// # Errors
    /// When the database fails; then those of before stay.
    pub async fn reload(&self, database: &Database) -> ApiResult<()> {
        self.0.store(Arc::new(read(database).await?));
        Ok(())
    }
}

/// Takes up a new edition that another replica, which is of a newer version, has planted.
///
/// # Errors
/// When the database fails.
pub async fn follow(state: &AppState) -> ApiResult<()> {
    state.assessment.reload(&state.database).await
}

async fn read(database: &Database) -> ApiResult<Bands> {
    let reader = database.reader();
    let rows = assessment_standard::Entity::find().order_by_asc(assessment_standard::Column::Id);
    let rows = rows.all(reader).await?;
    let bands = assessment_band::Entity::find().order_by_asc(assessment_band::Column::Id).all(reader).await?;
    let place = |id: &str| rows.iter().position(|row| row.id == id);
    // A quantity of a later version has no value here that could be compared with it.
    let bands: Vec<Band> = bands.iter().filter_map(|row| band(row, place(&row.standard_id)?)).collect();
    Ok(Bands::new(rows.iter().map(standard).collect(), bands))
}

fn standard(row: &assessment_standard::Model) -> Standard {
    Standard {
        id: row.id.clone(),
        code: row.code.clone(),
        edition: row.edition.clone(),
        title: row.title.clone(),
        valid_from: row.valid_from,
        valid_to: row.valid_to,
        precedence: row.precedence,
    }
}

fn band(row: &assessment_band::Model, standard: usize) -> Option<Band> {
    Some(Band {
        standard,
        quantity: Quantity::read(&row.quantity)?,
        purpose: match row.purpose {
            assessment_band::Purpose::Band => Purpose::Band,
            assessment_band::Purpose::Target => Purpose::Target,
        },
        context: row.context.clone(),
        sex: row.sex,
        age_from_months: row.age_from_months,
        age_to_months: row.age_to_months,
        key_from: row.key_from.map(i64::from),
        key_to: row.key_to.map(i64::from),
        limits: Limits {
            lower: row.lower_limit.map(i64::from),
            lower_included: row.lower_included,
            upper: row.upper_limit.map(i64::from),
            upper_included: row.upper_included,
        },
        code: row.code.clone(),
        level: match row.level {
            assessment_band::Level::Usual => Level::Usual,
            assessment_band::Level::Attention => Level::Attention,
            assessment_band::Level::High => Level::High,
            assessment_band::Level::Urgent => Level::Urgent,
        },
        rank: row.position,
    })
}
