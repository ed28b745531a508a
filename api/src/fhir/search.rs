//! Search parameters (R4, section 3.1.1).

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;
use uuid::Uuid;

use super::codes::{CATEGORY, LOINC, category, further};
use super::queries::{Place, Wanted};
use crate::error::{ApiError, ApiResult};
use crate::http::parameters::{given, pairs, required, wrong};
use crate::records::metrics::Catalogue;

/// Most resources of one page.
const MOST: usize = 100;
/// Resources of a page where the client does not say.
const USUAL: usize = 50;

/// What is searched for.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub(super) person_id: Uuid,
    pub(super) wanted: Wanted,
    pub(super) count: usize,
}

/// What `$everything` is asked for.
#[derive(Clone, Debug)]
pub(super) struct Everything {
    pub(super) wanted: Wanted,
    /// Whether this is the first page: whoever and whatever is told beside the readings comes there, once.
    pub(super) is_first: bool,
    /// The types that are wanted; all where it is empty.
    types: Vec<String>,
    pub(super) count: usize,
}

/// The types that `$everything` gives.
const SERVED: [&str; 7] =
    ["Patient", "Observation", "Device", "Provenance", "RelatedPerson", "Consent", "Goal"];

impl Everything {
    /// Whether resources of this type are wanted.
    pub(super) fn names(&self, kind: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|named| named == kind)
    }
}

/// Reads a search for observations. `date` may come twice.
pub(super) fn search(catalogue: &Catalogue, query: &str) -> ApiResult<Search> {
    let value = |name: &str| parameter(query, name);
    let patient = value("patient");
    let patient = required("patient", patient.as_deref(), "请写明是谁的记录，例如 patient=Patient/… 。")?;
    let person_id = person_id(patient).ok_or_else(|| wrong("patient", "请填写 Patient 的 id。"))?;
    let metrics = metrics(catalogue, value("category").as_deref(), value("code").as_deref());
    let mut wanted = Wanted {
        metrics,
        from_ms: None,
        until_ms: None,
        since_ms: None,
        ascending: match value("_sort").as_deref() {
            None | Some("" | "-date") => false,
            Some("date") => true,
            Some(_) => return Err(wrong("_sort", "可选：date、-date。")),
        },
        after: given(value("_cursor").as_deref()).map(Place::parse).transpose()?,
    };
    for (_, date) in pairs(query).filter(|(name, value)| name == "date" && !value.is_empty()) {
        narrow(&mut wanted, &date)?;
    }
    Ok(Search { person_id, wanted, count: count(value("_count").as_deref())? })
}

/// Reads what `$everything` is asked for.
pub(super) fn everything(catalogue: &Catalogue, query: &str) -> ApiResult<Everything> {
    let value = |name: &str| parameter(query, name);
    let instant = |name: &str, end: bool| -> ApiResult<Option<i64>> {
        let text = value(name);
        let Some(text) = given(text.as_deref()) else {
            return Ok(None);
        };
        let (from, until) = span(text).ok_or_else(|| wrong(name, PLAIN_DATES))?;
        Ok(Some(if end { until } else { from }))
    };
    let types: Vec<String> = match given(value("_type").as_deref()) {
        None => Vec::new(),
        Some(types) => types.split(',').map(|one| one.trim().to_owned()).collect(),
    };
    if types.iter().any(|one| !SERVED.contains(&one.as_str())) {
        return Err(wrong("_type", &format!("可选：{}，多个用英文逗号分开。", SERVED.join("、"))));
    }
    let wanted = Wanted {
        metrics: metrics(catalogue, None, None),
        from_ms: instant("start", false)?,
        until_ms: instant("end", true)?,
        since_ms: instant("_since", false)?,
        ascending: true,
        after: given(value("_cursor").as_deref()).map(Place::parse).transpose()?,
    };
    Ok(Everything {
        is_first: wanted.after.is_none(),
        count: count(value("_count").as_deref())?,
        wanted,
        types,
    })
}

fn parameter(query: &str, name: &str) -> Option<String> {
    pairs(query).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn person_id(text: &str) -> Option<Uuid> {
    text.strip_prefix("Patient/").unwrap_or(text).parse().ok()
}

fn count(text: Option<&str>) -> ApiResult<usize> {
    let Some(text) = given(text) else {
        return Ok(USUAL);
    };
    let count = text.parse::<usize>().ok().filter(|count| *count > 0);
    // A server may give fewer than asked for, and says so by `next`.
    count.map(|count| count.min(MOST)).ok_or_else(|| wrong("_count", "请填写 1 以上的整数。"))
}

/// Which metrics are meant. A code that nothing here has finds nothing, as FHIR wants it.
fn metrics(catalogue: &Catalogue, categories: Option<&str>, codes: Option<&str>) -> Vec<String> {
    let of_category = |metric: &str| match given(categories) {
        None => true,
        Some(list) => list.split(',').any(|token| names(token, CATEGORY, category(metric))),
    };
    let kept = catalogue.metrics().iter().filter(|metric| !metric.derived && of_category(&metric.code));
    let of_code = kept.filter(|metric| match given(codes) {
        None => true,
        Some(list) => list.split(',').any(|token| {
            let own = metric.loinc.as_deref().into_iter().chain(further(&metric.code).iter().copied());
            own.into_iter().any(|code| names(token, LOINC, code))
        }),
    });
    of_code.map(|metric| metric.code.clone()).collect()
}

/// Whether a token, `code` or `system|code`, names this code; `system|` names every code of the system.
fn names(token: &str, system: &str, code: &str) -> bool {
    match token.split_once('|') {
        None => token == code,
        Some((named, "")) => named == system,
        Some((named, wanted)) => named == system && wanted == code,
    }
}

const DATES: &str = "请填写日期，例如 ge2026-11-01，前缀可选 eq、ge、gt、le、lt、sa、eb。";

/// What `start`, `end` and `_since` take: no prefixes.
const PLAIN_DATES: &str =
    "请填写日期或时间，例如 2026-11-01 或 2026-11-01T08:00:00+08:00，前面不加 ge、le 等前缀。";

fn narrow(wanted: &mut Wanted, text: &str) -> ApiResult<()> {
    let bad = || wrong("date", DATES);
    let (prefix, date) = match text.get(..2) {
        Some(prefix) if prefix.bytes().all(|byte| byte.is_ascii_lowercase()) => text.split_at(2),
        _ => ("eq", text),
    };
    let (from, until) = span(date).ok_or_else(bad)?;
    let (from, until) = match prefix {
        "eq" => (Some(from), Some(until)),
        "ge" => (Some(from), None),
        "gt" | "sa" => (Some(until), None),
        "le" => (None, Some(until)),
        "lt" | "eb" => (None, Some(from)),
        _ => return Err(bad()),
    };
    wanted.from_ms = wanted.from_ms.max(from);
    wanted.until_ms = match (wanted.until_ms, until) {
        (Some(known), Some(new)) => Some(known.min(new)),
        (known, new) => known.or(new),
    };
    Ok(())
}

/// The first millisecond of a date and the first after it. A date without a zone is one in China.
fn span(text: &str) -> Option<(i64, i64)> {
    // RFC 3339 would let a space stand for the T, FHIR does not.
    let has_t = text.as_bytes().get(10) == Some(&b'T');
    if let Some(at) = DateTime::parse_from_rfc3339(text).ok().filter(|_| has_t) {
        let length = if text.contains('.') { TimeDelta::milliseconds(1) } else { TimeDelta::seconds(1) };
        return Some((at.timestamp_millis(), at.checked_add_signed(length)?.timestamp_millis()));
    }
    let (first, next) = match text.len() {
        4 => {
            let first = NaiveDate::from_ymd_opt(text.parse().ok()?, 1, 1)?;
            (first, first.with_year(first.year() + 1)?)
        }
        7 => {
            let first: NaiveDate = format!("{text}-01").parse().ok()?;
            (first, first.checked_add_months(Months::new(1))?)
        }
        10 => {
            let first: NaiveDate = text.parse().ok()?;
            (first, first.succ_opt()?)
        }
        _ => return None,
    };
    Some((midnight(first)?.timestamp_millis(), midnight(next)?.timestamp_millis()))
}

fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    Shanghai.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest().map(|at| at.to_utc())
}

/// 404 about a reading: the one answer for what does not exist and what is none of the caller's business.
pub(super) fn no_such_observation() -> ApiError {
    ApiError::NotFound {
        code: "no_such_measurement",
        detail: "没有找到这条记录，可能已经删除，请刷新列表。".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    #[test]
    fn a_date_is_as_long_as_it_is_exact() {
        for (text, from, until) in [
            ("2026", "2026-01-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"),
            ("2026-02", "2026-02-01T00:00:00+08:00", "2026-03-01T00:00:00+08:00"),
            ("2026-02-28", "2026-02-28T00:00:00+08:00", "2026-03-01T00:00:00+08:00"),
            ("2026-02-28T12:00:00Z", "2026-02-28T12:00:00Z", "2026-02-28T12:00:01Z"),
            ("2026-02-28T12:00:00.5Z", "2026-02-28T12:00:00.500Z", "2026-02-28T12:00:00.501Z"),
        ] {
            assert_eq!(span(text), Some((at(from), at(until))), "{text}");
        }
        for text in
            ["", "26", "2026-13", "2026-02-30", "2026-02-28T12:00", "2026-02-28 12:00:00Z", "二〇二六"]
        {
            assert_eq!(span(text), None, "{text}");
        }
    }

    #[test]
    fn tokens_name_a_code_a_system_or_both() {
        assert!(names("8867-4", LOINC, "8867-4") && names("http://loinc.org|8867-4", LOINC, "8867-4"));
        assert!(names("http://loinc.org|", LOINC, "8867-4"));
        assert!(
            !names("http://snomed.info/sct|8867-4", LOINC, "8867-4") && !names("|8867-4", LOINC, "8867-4")
        );
    }
}
