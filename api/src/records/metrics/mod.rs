//! What is measured: the catalogue, which is rows of the database, in memory.
//!
//! Values are whole canonical steps, such as mmHg, 0.01 mmol/L, grams or 0.01 ℃; [`Component::scale`] says how
//! many steps are one of its unit. Ranges, units and their conversion stand beside each component.

mod decimal;
mod dto;
mod routes;

use std::collections::HashMap;
use std::sync::Arc;

use entity::metric_unit::Method;
use entity::{metric, metric_component, metric_unit};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};
use utoipa_actix_web::service_config::ServiceConfig;

pub use self::decimal::Decimal;
use crate::error::ApiResult;

/// Adds `/metrics-catalogue` below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(routes::list_metrics);
}

/// Every metric. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Catalogue {
    metrics: Arc<Vec<Metric>>,
    by_code: Arc<HashMap<String, usize>>,
}

/// Something that is measured.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its name in the interface.
    pub code: String,
    /// Its name in Chinese.
    pub name: String,
    /// LOINC code of the whole.
    pub loinc: Option<String>,
    /// Whether it is computed and never entered.
    pub derived: bool,
    /// The numbers it consists of.
    pub components: Vec<Component>,
}

/// One number of a metric.
#[derive(Clone, Debug)]
pub struct Component {
    /// `value` where the metric has no other number.
    pub code: String,
    /// Its name in Chinese; empty where the metric has no other number.
    pub name: String,
    /// LOINC code, where it is not that of the metric.
    pub loinc: Option<String>,
    /// The unit values are told in, as UCUM writes it.
    pub ucum: String,
    /// What people call the unit.
    pub unit_name: String,
    /// Canonical steps in one unit.
    pub scale: i32,
    /// Decimals that are shown.
    pub decimals: i32,
    /// Whether a reading without it is none.
    pub required: bool,
    /// Steps outside of which a value is no measurement.
    pub reject: (i64, i64),
    /// Steps outside of which a value is taken once it is confirmed.
    pub ask: (Option<i64>, Option<i64>),
    /// Units that are understood; the first is the one values are told in.
    pub units: Vec<Unit>,
}

/// A unit that values may come in.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its code in the interface: that of UCUM where there is one.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Code of UCUM; absent where UCUM has no such unit.
    pub ucum: Option<String>,
    conversion: Conversion,
}

#[derive(Clone, Copy, Debug)]
struct Conversion {
    method: Method,
    multiplier: i64,
    addend: i64,
    divisor: i64,
}

impl Catalogue {
    /// Reads the catalogue.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(connection: &impl ConnectionTrait) -> ApiResult<Self> {
        let metrics = metric::Entity::find().order_by_asc(metric::Column::Position).all(connection).await?;
        let components = metric_component::Entity::find()
            .order_by_asc(metric_component::Column::Position)
            .all(connection)
            .await?;
        let units =
            metric_unit::Entity::find().order_by_asc(metric_unit::Column::Position).all(connection).await?;
        Ok(Self::of(metrics.into_iter().map(|row| metric_of(row, &components, &units)).collect()))
    }

    fn of(metrics: Vec<Metric>) -> Self {
        let by_code = metrics.iter().enumerate().map(|(at, metric)| (metric.code.clone(), at)).collect();
        Self { metrics: Arc::new(metrics), by_code: Arc::new(by_code) }
    }

    /// Blood pressure and weight alone, for tests of rules.
    #[cfg(test)]
    pub(super) fn of_two() -> Self {
        let number = |code: &str, unit: &str, scale: i32, reject: (i64, i64), ask: (i64, i64)| {
            let conversion =
                Conversion { method: Method::Linear, multiplier: i64::from(scale), addend: 0, divisor: 1 };
            Component {
                code: code.to_owned(),
                name: code.to_owned(),
                loinc: None,
                ucum: unit.to_owned(),
                unit_name: unit.to_owned(),
                scale,
                decimals: 1,
                required: true,
                reject,
                ask: (Some(ask.0), Some(ask.1)),
                units: vec![Unit { code: unit.to_owned(), name: unit.to_owned(), ucum: None, conversion }],
            }
        };
        let metric = |code: &str, components: Vec<Component>| Metric {
            code: code.to_owned(),
            name: code.to_owned(),
            loinc: None,
            derived: false,
            components,
        };
        let systolic = number("systolic", "mm[Hg]", 1, (50, 300), (70, 250));
        let diastolic = number("diastolic", "mm[Hg]", 1, (30, 200), (40, 150));
        let weight = number("value", "kg", 1_000, (500, 327_000), (500, 327_000));
        Self::of(vec![metric("blood_pressure", vec![systolic, diastolic]), metric("weight", vec![weight])])
    }

    /// Every metric in the order they are shown.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// How the numbers of readings are named in requests, each perhaps more than once.
    pub fn component_codes(&self) -> impl Iterator<Item = String> {
        self.metrics.iter().flat_map(|metric| &metric.components).map(|component| component.code.clone())
    }

    /// The metric with this code.
    pub fn metric(&self, code: &str) -> Option<&Metric> {
        self.by_code.get(code).and_then(|at| self.metrics.get(*at))
    }
}

fn metric_of(
    row: metric::Model,
    components: &[metric_component::Model],
    units: &[metric_unit::Model],
) -> Metric {
    let own = components.iter().filter(|component| component.metric == row.code);
    let components = own.map(|component| component_of(component, units)).collect();
    Metric { code: row.code, name: row.name, loinc: row.loinc, derived: row.derived, components }
}

fn component_of(row: &metric_component::Model, units: &[metric_unit::Model]) -> Component {
    let own = units.iter().filter(|unit| unit.metric == row.metric && unit.component == row.code);
    let mut units: Vec<Unit> = own.map(unit_of).collect();
    units.sort_by_key(|unit| unit.code != row.ucum);
    Component {
        code: row.code.clone(),
        name: row.name.clone(),
        loinc: row.loinc.clone(),
        ucum: row.ucum.clone(),
        unit_name: row.unit_name.clone(),
        scale: row.scale,
        decimals: row.decimals,
        required: row.required,
        reject: (row.reject_below, row.reject_above),
        ask: (row.ask_below, row.ask_above),
        units,
    }
}

fn unit_of(row: &metric_unit::Model) -> Unit {
    let conversion = Conversion {
        method: row.method,
        multiplier: row.multiplier,
        addend: row.addend,
        divisor: row.divisor,
    };
    Unit { code: row.code.clone(), name: row.name.clone(), ucum: row.ucum.clone(), conversion }
}

impl Metric {
    /// The number with this code.
    pub fn component(&self, code: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.code == code)
    }

    /// A reading as people read it, such as `128/82 mmHg，脉搏 70 次/分`. `steps` gives the canonical steps of a
    /// component, where there are any.
    pub fn text(&self, steps: impl Fn(&str) -> Option<i64>) -> String {
        let told = |component: &Component| steps(&component.code).map(|steps| component.text(steps));
        let (main, beside): (Vec<_>, Vec<_>) =
            self.components.iter().partition(|component| component.required);
        let numbers: Vec<String> = main.iter().filter_map(|component| told(component)).collect();
        let unit = main.first().map(|component| component.unit_name.as_str()).unwrap_or_default();
        let beside = beside.into_iter().filter_map(|component| {
            let Component { name, unit_name, .. } = component;
            told(component).map(|number| format!("，{name} {number} {unit_name}"))
        });
        format!("{} {unit}{}", numbers.join("/"), beside.collect::<String>())
    }
}

impl Component {
    /// The unit with this code, or that people call so; the one values are told in where none is named.
    pub fn unit(&self, code: Option<&str>) -> Option<&Unit> {
        match code {
            Some(code) => {
                let named = |name: fn(&Unit) -> &str| self.units.iter().find(|unit| name(unit) == code);
                named(|unit| &unit.code).or_else(|| named(|unit| &unit.name))
            }
            None => self.units.first(),
        }
    }

    /// Whether a value can be a measurement at all.
    pub fn is_possible(&self, steps: i64) -> bool {
        (self.reject.0..=self.reject.1).contains(&steps)
    }

    /// Whether a value is so rare that it is asked again.
    pub fn is_unusual(&self, steps: i64) -> bool {
        self.ask.0.is_some_and(|least| steps < least) || self.ask.1.is_some_and(|most| steps > most)
    }

    /// Steps as a number of the unit values are told in.
    pub fn value(&self, steps: i64) -> f64 {
        // Steps are far below 2^31: the catalogue's ranges see to it.
        let steps = i32::try_from(steps).unwrap_or(i32::MAX);
        f64::from(steps) / f64::from(self.scale)
    }

    /// Steps as text, to the decimals that are shown.
    pub fn text(&self, steps: i64) -> String {
        let decimals = usize::try_from(self.decimals).unwrap_or_default();
        format!("{:.decimals$}", self.value(steps))
    }
}

impl Unit {
    /// A value of this unit in canonical steps; `None` where it has none.
    pub fn steps(&self, value: Decimal) -> Option<i64> {
        let Conversion { method, multiplier, addend, divisor } = self.conversion;
        match method {
            Method::Linear => value.scaled(multiplier, addend, divisor),
            Method::FivePoint => five_point(value.to_f64()?),
        }
    }
}

/// Decimal visual acuity as the record in five points, in hundredths: 5 + lg V (GB/T 11533-2011).
fn five_point(acuity: f64) -> Option<i64> {
    if !(0.01..=2.0).contains(&acuity) {
        return None;
    }
    // Charts have lines a tenth apart.
    let tenths = (50.0 + 10.0 * acuity.log10()).round();
    (30_i32..=53).find(|tenth| (f64::from(*tenth) - tenths).abs() < 0.5).map(|tenth| i64::from(tenth) * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(multiplier: i64, addend: i64, divisor: i64) -> Unit {
        let conversion = Conversion { method: Method::Linear, multiplier, addend, divisor };
        Unit { code: String::new(), name: String::new(), ucum: None, conversion }
    }

    fn steps(unit: &Unit, text: &str) -> Option<i64> {
        unit.steps(Decimal::parse(text).unwrap())
    }

    #[test]
    fn values_in_other_units_are_the_same_measurement() {
        let (kpa, glucose_mg) = (linear(750_062, 0, 100_000), linear(100_000, 0, 18_016));
        assert_eq!(steps(&kpa, "16.0"), Some(120), "a vector of the Bluetooth SIG");
        assert_eq!(steps(&kpa, "10.7"), Some(80));
        assert_eq!(steps(&glucose_mg, "101"), Some(561), "5.61 mmol/L");
        assert_eq!(steps(&linear(500, 0, 1), "130.5"), Some(65_250), "斤 in grams");
        assert_eq!(steps(&linear(45_359_237, 0, 100_000), "1"), Some(454), "a pound in grams");
        assert_eq!(steps(&linear(9_148, 215_200, 1_000), "48"), Some(654), "HbA1c of 48 mmol/mol is 6.5 %");
        assert_eq!(steps(&linear(500, -16_000, 9), "98.6"), Some(3_700), "98.6 °F are 37 ℃");
    }

    #[test]
    fn decimal_acuity_becomes_the_line_of_the_chart() {
        for (decimal, line) in
            [(1.0, 500), (0.5, 470), (0.1, 400), (0.8, 490), (1.5, 520), (2.0, 530), (0.25, 440)]
        {
            assert_eq!(five_point(decimal), Some(line), "{decimal}");
        }
        assert_eq!(five_point(0.0), None);
        assert_eq!(five_point(2.5), None);
    }
}
