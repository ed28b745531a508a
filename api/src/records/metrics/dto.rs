use serde::Serialize;
use utoipa::ToSchema;

use super::{Catalogue, Component, Metric, Unit};

/// Everything that can be measured.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MetricList {
    pub(super) items: Vec<MetricView>,
    /// Always `null`: all come at once.
    pub(super) next: Option<String>,
}

/// Something that is measured.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MetricView {
    #[schema(example = "blood_pressure")]
    code: String,
    #[schema(example = "血压")]
    name: String,
    /// LOINC code of the whole.
    #[schema(example = "85354-9")]
    loinc: Option<String>,
    /// Whether it is computed and cannot be entered.
    derived: bool,
    /// The numbers it consists of, in the order they are asked for.
    components: Vec<ComponentView>,
}

/// One number of a metric.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ComponentView {
    /// Its name in `values`; `value` where the metric has no other.
    #[schema(example = "systolic")]
    code: String,
    #[schema(example = "收缩压（高压）")]
    name: String,
    loinc: Option<String>,
    /// The unit values are told in, as UCUM writes it.
    #[schema(example = "mm[Hg]")]
    unit: String,
    /// What people call that unit.
    #[schema(example = "mmHg")]
    unit_name: String,
    /// Decimals to show.
    decimals: i32,
    required: bool,
    /// Values are kept as whole steps of 1 ÷ `steps_per_unit` of the unit.
    steps_per_unit: i32,
    /// What lies outside, in `unit`, is no measurement.
    possible: ValueRange,
    /// What lies outside, in `unit`, is taken once it is confirmed.
    usual: ValueRange,
    /// Units that are understood; the first is the one values are told in.
    units: Vec<UnitView>,
}

/// From and to, both included; open where one is missing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ValueRange {
    from: Option<f64>,
    to: Option<f64>,
}

/// A unit that values may come in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UnitView {
    #[schema(example = "kPa")]
    code: String,
    #[schema(example = "kPa")]
    name: String,
    /// Code of UCUM; absent where UCUM has no such unit, as for 斤.
    ucum: Option<String>,
}

impl From<&Catalogue> for MetricList {
    fn from(catalogue: &Catalogue) -> Self {
        Self { items: catalogue.metrics().iter().map(MetricView::from).collect(), next: None }
    }
}

impl From<&Metric> for MetricView {
    fn from(metric: &Metric) -> Self {
        Self {
            code: metric.code.clone(),
            name: metric.name.clone(),
            loinc: metric.loinc.clone(),
            derived: metric.derived,
            components: metric.components.iter().map(ComponentView::from).collect(),
        }
    }
}

impl From<&Component> for ComponentView {
    fn from(component: &Component) -> Self {
        let value = |steps: i64| component.value(steps);
        Self {
            code: component.code.clone(),
            name: component.name.clone(),
            loinc: component.loinc.clone(),
            unit: component.ucum.clone(),
            unit_name: component.unit_name.clone(),
            decimals: component.decimals,
            required: component.required,
            steps_per_unit: component.scale,
            possible: ValueRange {
                from: Some(value(component.reject.0)),
                to: Some(value(component.reject.1)),
            },
            usual: ValueRange { from: component.ask.0.map(value), to: component.ask.1.map(value) },
            units: component.units.iter().map(UnitView::from).collect(),
        }
    }
}

impl From<&Unit> for UnitView {
    fn from(unit: &Unit) -> Self {
        Self { code: unit.code.clone(), name: unit.name.clone(), ucum: unit.ucum.clone() }
    }
}
