//! What an observation that is brought in must be, element by element.
//!
//! Validators that were tried let most of this through: a unit `mmHg`, which is none of UCUM, no category, a missing
//! slice of a blood pressure, any LOINC code, any text as a reference, numbers as text, times without a zone, empty
//! arrays, a value beside the reason why there is none. Each is a rule here, with the element at fault and what to do.

mod elements;
mod shape;

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Asia::Shanghai;
use serde_json::{Map, Value};
use uuid::Uuid;

use self::elements::{CATEGORY_CODES, COMPONENT, CONCEPT, OBSERVATION, QUANTITY, STATUSES};
use super::codes::{CATEGORY, LOINC, UCUM, VENOUS_FASTING_GLUCOSE, category, further, understood};
use crate::error::FieldError;
use crate::records::metrics::{self, Catalogue, Metric};
use crate::records::readings::intake::{Clock, Given};

/// Longest remark that is kept, in characters.
const LONGEST_NOTE: usize = 200;
/// The remark about what was measured in, where it is not what the metric stands for.
const VENOUS_PLASMA: &str = "静脉血浆";
/// A reading of which only the day is known counts as one of noon.
const NOON: Option<NaiveTime> = NaiveTime::from_hms_opt(12, 0, 0);

/// An observation that keeps all the rules.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    pub(super) subject: Uuid,
    pub(super) metric: String,
    pub(super) values: BTreeMap<String, Given>,
    pub(super) measured_at: DateTime<FixedOffset>,
    pub(super) clock: Clock,
    pub(super) note: Option<String>,
    /// System and value of each.
    pub(super) identifiers: Vec<(String, String)>,
}

/// What is wrong so far; `pointer` of each is a `FHIRPath`, `code` an issue type.
#[derive(Debug, Default)]
pub(super) struct Faults(pub(super) Vec<FieldError>);

impl Faults {
    pub(super) fn add(&mut self, at: impl Into<String>, code: &str, message: impl Into<String>) {
        self.0.push(FieldError { pointer: at.into(), code: code.to_owned(), message: message.into() });
    }
}

/// Tests one resource, standing at `at`; `None` where something is wrong with it.
pub(super) fn observation(
    catalogue: &Catalogue,
    resource: &Value,
    at: &str,
    faults: &mut Faults,
) -> Option<Incoming> {
    let before = faults.0.len();
    shape::check(resource, at, faults);
    let Some(object) = resource.as_object() else {
        faults.add(at, "structure", "这里应当是一个 Observation。");
        return None;
    };
    if object.get("resourceType").and_then(Value::as_str) != Some("Observation") {
        faults.add(format!("{at}.resourceType"), "not-supported", "这里只能导入 Observation。");
        return None;
    }
    known_elements(object, OBSERVATION, at, faults);
    let one = One { catalogue, object, at };
    one.status(faults);
    let subject = one.subject(faults);
    let measured = one.effective(faults);
    let metric = one.metric(faults);
    let note = one.note(faults);
    let identifiers = one.identifiers(faults);
    let metric = metric?;
    one.category(metric, faults);
    let values = one.values(metric, faults);
    let (measured_at, clock) = measured?;
    let incoming = Incoming {
        subject: subject?,
        metric: metric.code.clone(),
        values,
        measured_at,
        clock,
        note,
        identifiers,
    };
    (faults.0.len() == before).then_some(incoming)
}

/// Unknown elements, and known ones that would change the meaning of the rest, are refused.
fn known_elements(object: &Map<String, Value>, known: &[&str], at: &str, faults: &mut Faults) {
    for name in object.keys() {
        if matches!(name.as_str(), "modifierExtension" | "implicitRules" | "contained") {
            faults.add(
                format!("{at}.{name}"),
                "not-supported",
                format!("不支持 {name}，它可能改变数值的含义。"),
            );
        } else if !known.contains(&name.as_str()) {
            let text = format!("有不认识的元素，这里可用的元素：{}。", known.join("、"));
            faults.add(at, "structure", text);
        }
    }
}

struct One<'o> {
    catalogue: &'o Catalogue,
    object: &'o Map<String, Value>,
    at: &'o str,
}

impl<'o> One<'o> {
    fn path(&self, element: &str) -> String {
        format!("{}.{element}", self.at)
    }

    fn status(&self, faults: &mut Faults) {
        let at = self.path("status");
        match self.object.get("status").map(Value::as_str) {
            None => faults.add(at, "required", "缺少 status。"),
            Some(Some("final" | "amended" | "corrected")) => {}
            Some(Some(status)) if STATUSES.contains(&status) => {
                faults.add(at, "business-rule", "只能导入已完成的结果（final、amended、corrected）。");
            }
            Some(_) => faults.add(at, "code-invalid", "status 的值不在 FHIR 规定之内。"),
        }
    }

    fn subject(&self, faults: &mut Faults) -> Option<Uuid> {
        let reference = self.object.get("subject").and_then(|subject| subject.get("reference"));
        let id = reference.and_then(Value::as_str).and_then(|text| text.strip_prefix("Patient/"));
        let id = id.and_then(|id| id.parse().ok());
        if id.is_none() {
            faults.add(
                self.path("subject"),
                "value",
                "subject.reference 应当是 Patient/ 加上本系统里的 id。",
            );
        }
        id
    }

    fn effective(&self, faults: &mut Faults) -> Option<(DateTime<FixedOffset>, Clock)> {
        let given: Vec<&str> =
            self.object.keys().map(String::as_str).filter(|name| name.starts_with("effective")).collect();
        let name = match given.as_slice() {
            [] => {
                faults.add(self.path("effectiveDateTime"), "required", "缺少测量时间 effectiveDateTime。");
                return None;
            }
            [name @ ("effectiveDateTime" | "effectiveInstant")] => *name,
            [_] => {
                faults.add(
                    self.path("effective"),
                    "not-supported",
                    "只支持 effectiveDateTime 和 effectiveInstant。",
                );
                return None;
            }
            _ => {
                faults.add(self.path("effective"), "structure", "测量时间只能写一种。");
                return None;
            }
        };
        let read = self.object.get(name).and_then(Value::as_str).and_then(moment);
        if read.is_none() {
            let expected =
                "时间应当写成 2026-11-25T08:30:00+08:00 这样，要有 T 和时区；至少写到日，例如 2026-11-25。";
            faults.add(self.path(name), "value", expected);
        }
        read
    }

    fn metric(&self, faults: &mut Faults) -> Option<&'o Metric> {
        let code = self.object.get("code");
        let Some(code) = code else {
            faults.add(self.path("code"), "required", "缺少 code。");
            return None;
        };
        known_in(code, CONCEPT, &self.path("code"), faults);
        let codes = codes_of(code, LOINC);
        let is_meant = |metric: &&Metric| {
            let own = metric.loinc.as_deref().into_iter().chain(further(&metric.code).iter().copied());
            own.chain(understood(&metric.code).iter().copied()).any(|code| codes.contains(&code))
        };
        let found = self.catalogue.metrics().iter().filter(|metric| !metric.derived).find(is_meant);
        if found.is_none() {
            let told = "这个项目不在目录里：code 应当含有 LOINC 代码，可用的见 /api/v1/metrics-catalogue。";
            faults.add(self.path("code"), "code-invalid", told);
        }
        found
    }

    fn category(&self, metric: &Metric, faults: &mut Faults) {
        let concepts = self.object.get("category").and_then(Value::as_array);
        let codes: Vec<&str> =
            concepts.into_iter().flatten().flat_map(|concept| codes_of(concept, CATEGORY)).collect();
        let at = self.path("category");
        if codes.is_empty() {
            faults.add(at, "required", "缺少 category（observation-category）。");
        } else if codes.iter().any(|code| !CATEGORY_CODES.contains(code)) {
            faults.add(at, "code-invalid", "category 的代码不在 observation-category 之内。");
        } else if category(&metric.code) == "vital-signs" && !codes.contains(&"vital-signs") {
            faults.add(at, "business-rule", "生命体征的 category 应当含有 vital-signs。");
        }
    }

    fn values(&self, metric: &Metric, faults: &mut Faults) -> BTreeMap<String, Given> {
        let mut values = BTreeMap::new();
        let has_value = one_value(self.object, self.at, faults);
        match metric.components.as_slice() {
            [single] => {
                if self.object.contains_key("component") {
                    faults.add(
                        self.path("component"),
                        "not-supported",
                        "这个项目只有一个数值，不用 component。",
                    );
                }
                let given = value_of(self.object, single, self.at, has_value, faults);
                values.extend(given.map(|given| (single.code.clone(), given)));
            }
            several => {
                if has_value {
                    let told = "数值应当写在 component 里，这里不能再有 value（obs-7）。";
                    faults.add(self.path("value"), "invariant", told);
                }
                self.components(several, &mut values, faults);
            }
        }
        values
    }

    /// Each number is a slice of its own: what is required is there once, nothing is there twice.
    fn components(
        &self,
        metric: &[metrics::Component],
        values: &mut BTreeMap<String, Given>,
        faults: &mut Faults,
    ) {
        let given: Vec<&Value> =
            self.object.get("component").and_then(Value::as_array).into_iter().flatten().collect();
        for (nth, part) in given.iter().enumerate() {
            let at = format!("{}.component[{nth}]", self.at);
            let Some(object) = part.as_object() else {
                faults.add(at, "structure", "component 应当是对象。");
                continue;
            };
            known_elements(object, COMPONENT, &at, faults);
            let codes = object.get("code").map(|code| codes_of(code, LOINC)).unwrap_or_default();
            let own =
                metric.iter().find(|one| one.loinc.as_deref().is_some_and(|code| codes.contains(&code)));
            let Some(own) = own else {
                faults.add(format!("{at}.code"), "code-invalid", "不认识这个 component 的 LOINC 代码。");
                continue;
            };
            let has_value = one_value(object, &at, faults);
            let Some(value) = value_of(object, own, &at, has_value, faults) else {
                continue;
            };
            if values.insert(own.code.clone(), value).is_some() {
                faults.add(at, "structure", "同一个数值写了两次。");
            }
        }
        let told = |component: &&metrics::Component| {
            given.iter().any(|part| {
                let codes = part.get("code").map(|code| codes_of(code, LOINC)).unwrap_or_default();
                component.loinc.as_deref().is_some_and(|code| codes.contains(&code))
            })
        };
        for missing in metric.iter().filter(|component| component.required && !told(component)) {
            let code = missing.loinc.as_deref().unwrap_or_default();
            faults.add(self.path("component"), "required", format!("缺少{}（LOINC {code}）。", missing.name));
        }
    }

    fn note(&self, faults: &mut Faults) -> Option<String> {
        let notes = self.object.get("note").and_then(Value::as_array).into_iter().flatten();
        let told = notes.filter_map(|note| note.get("text").and_then(Value::as_str)).map(str::trim);
        let is_venous = |code: &Value| codes_of(code, LOINC).contains(&VENOUS_FASTING_GLUCOSE);
        let specimen = self.object.get("code").is_some_and(is_venous).then_some(VENOUS_PLASMA);
        let texts: Vec<&str> = specimen.into_iter().chain(told).collect();
        let text = texts.join("；");
        if text.chars().count() > LONGEST_NOTE {
            faults.add(self.path("note"), "too-long", format!("备注最多 {LONGEST_NOTE} 个字。"));
        }
        Some(text).filter(|text| !text.is_empty())
    }

    fn identifiers(&self, faults: &mut Faults) -> Vec<(String, String)> {
        let Some(list) = self.object.get("identifier") else {
            return Vec::new();
        };
        let read = |identifier: &Value| {
            let text = |name: &str| identifier.get(name).and_then(Value::as_str).map(str::to_owned);
            Some((text("system")?, text("value")?))
        };
        let read: Option<Vec<_>> = list.as_array().and_then(|list| list.iter().map(read).collect());
        if read.is_none() {
            faults.add(self.path("identifier"), "value", "每个 identifier 都要有 system 和 value。");
        }
        read.unwrap_or_default()
    }
}

fn known_in(value: &Value, known: &[&str], at: &str, faults: &mut Faults) {
    match value.as_object() {
        Some(object) => known_elements(object, known, at, faults),
        None => faults.add(at, "structure", "这里应当是对象。"),
    }
}

/// The codes that a concept has in a system.
fn codes_of<'v>(concept: &'v Value, system: &str) -> Vec<&'v str> {
    let codings = concept.get("coding").and_then(Value::as_array);
    let of_system = codings
        .into_iter()
        .flatten()
        .filter(|coding| coding.get("system").and_then(Value::as_str) == Some(system));
    of_system.filter_map(|coding| coding.get("code").and_then(Value::as_str)).collect()
}

/// Whether there is a value; of the many kinds of value only one may be given.
fn one_value(object: &Map<String, Value>, at: &str, faults: &mut Faults) -> bool {
    let values = object.keys().filter(|name| name.starts_with("value")).count();
    if values > 1 {
        faults.add(format!("{at}.value"), "structure", "value[x] 只能写一种。");
    }
    values > 0
}

/// The number of one component, or why there is none.
fn value_of(
    object: &Map<String, Value>,
    component: &metrics::Component,
    at: &str,
    has_value: bool,
    faults: &mut Faults,
) -> Option<Given> {
    match (has_value, object.contains_key("dataAbsentReason")) {
        (true, true) => {
            let told = "有数值就不能再写 dataAbsentReason（obs-6）。";
            faults.add(format!("{at}.dataAbsentReason"), "invariant", told);
            return None;
        }
        (false, true) if !component.required => return None,
        (false, true) => {
            let told = "没有测到数值的记录不能导入，请删去这一条。";
            faults.add(format!("{at}.dataAbsentReason"), "business-rule", told);
            return None;
        }
        (false, false) => {
            faults.add(format!("{at}.value"), "required", "缺少数值 valueQuantity。");
            return None;
        }
        (true, false) => {}
    }
    let at = format!("{at}.valueQuantity");
    let Some(quantity) = object.get("valueQuantity") else {
        faults.add(at, "not-supported", "数值应当写成 valueQuantity。");
        return None;
    };
    known_in(quantity, QUANTITY, &at, faults);
    let value = match quantity.get("value") {
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(_) => {
            faults.add(format!("{at}.value"), "value", "数值应当是数字，不能是文字。");
            None
        }
        None => {
            faults.add(format!("{at}.value"), "required", "缺少数值。");
            None
        }
    };
    let unit = unit_of(quantity, component, &at, faults);
    Some(Given { value: value?, unit: Some(unit?) })
}

/// The unit as the catalogue names it; only UCUM is understood.
fn unit_of(
    quantity: &Value,
    component: &metrics::Component,
    at: &str,
    faults: &mut Faults,
) -> Option<String> {
    if quantity.get("comparator").is_some() {
        faults.add(format!("{at}.comparator"), "not-supported", "不支持“大于”“小于”这样的数值。");
        return None;
    }
    if quantity.get("system").and_then(Value::as_str) != Some(UCUM) {
        faults.add(format!("{at}.system"), "value", "单位的 system 应当是 http://unitsofmeasure.org。");
        return None;
    }
    let code = quantity.get("code").and_then(Value::as_str).unwrap_or_default();
    let unit = component.units.iter().find(|unit| unit.ucum.as_deref() == Some(code));
    if unit.is_none() {
        let known: Vec<&str> = component.units.iter().filter_map(|unit| unit.ucum.as_deref()).collect();
        let told = format!("单位代码应当是 UCUM 的 {}（血压是 mm[Hg]，不是 mmHg）。", known.join("、"));
        faults.add(format!("{at}.code"), "code-invalid", told);
    }
    unit.map(|unit| unit.code.clone())
}

/// A `dateTime` to the day at least (R4, section 2.24.0.1): with a time it has a `T`, seconds and a zone.
fn moment(text: &str) -> Option<(DateTime<FixedOffset>, Clock)> {
    let bytes = text.as_bytes();
    if bytes.len() == 10 {
        let day: NaiveDate = text.parse().ok()?;
        let noon = Shanghai.from_local_datetime(&day.and_time(NOON?)).earliest()?;
        return Some((noon.fixed_offset(), Clock::Unknown));
    }
    let has_t = bytes.get(10) == Some(&b'T');
    let read = DateTime::parse_from_rfc3339(text).ok().filter(|_| has_t);
    read.map(|at| (at, Clock::Told))
}
