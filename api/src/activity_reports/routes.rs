use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, Datelike, NaiveDate, TimeZone, Utc};
use chrono_tz::Tz;
use entity::registration::Status;
use sea_orm::ActiveEnum;
use serde_json::json;
use uuid::Uuid;

use super::dto::{
    ActivityLedger, ActivityRegistrationList, ActivityStatistics, LedgerParameters, RegistrationsParameters,
    SeriesProgress, StatisticsGroup, StatisticsNumbers, StatisticsParameters,
};
use super::figures::{self, Selection};
use super::registrants::{self, Listed, Part};
use super::statistics::{self, Group, Grouping, Sums, Titles};
use super::{ledger, sheets};
use crate::attendance::host::Host;
use crate::attendance::reading;
use crate::audit::{self, Action, Actor};
use crate::error::{ApiError, ApiResult};
use crate::http::other_form::OtherForm;
use crate::http::parameters::{self, Limit, given, wrong};
use crate::http::personal;
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::{HostActivities, ReadActivityFigures};
use crate::openapi::ProblemResponses;
use crate::regions::RegionScope;
use crate::state::AppState;
use crate::workbook;

const LIST_LIMIT: Limit = Limit { default: 20, most: 100 };
const XLSX: OtherForm = OtherForm { word: "xlsx", media_type: workbook::MEDIA_TYPE };

/// Lists who is signed up for an activity, as JSON or as a sign-in sheet in XLSX.
///
/// Everybody on it can see that they were looked at; a file is noted in the audit log.
#[utoipa::path(
    tag = "activity-reports",
    params(("id" = i32, Path, description = "Id of the activity"), RegistrationsParameters),
    responses(
        (status = 200, content(
            (ActivityRegistrationList = "application/json"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )),
        ProblemResponses
    ),
    security(("access_token" = []))
)]
#[get("/activities/{id}/registrations")]
pub(super) async fn list_registrations(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<HostActivities>,
    id: Path<i32>,
    asked: Query<RegistrationsParameters>,
) -> ApiResult<HttpResponse> {
    let wants_file = XLSX.is_wanted(&request, asked.format.as_deref())?;
    let (status, after) = (status(asked.status.as_deref())?, cursor(asked.cursor.as_deref())?);
    let limit = parameters::limit(asked.limit.as_deref(), LIST_LIMIT)?;
    let host = Host::new(&caller, Origin::of(&request));
    let activity = host.activity(state.database.reader(), id.into_inner()).await?;
    if wants_file {
        let listed = registrants::list(&state, &activity, Part { status, after: None, limit: None }).await?;
        reading::note(&state, &host, people_of(&listed)).await?;
        let told = json!({"registrations": listed.len(), "sheet": "sign_in"});
        audit::record(&state, host.event(Action::RegistrationsExported, &activity).with(told)).await?;
        let file = sheets::sign_in(&activity, &listed, state.clock.now())?;
        return Ok(attachment(file, &format!("sign-in-{}.xlsx", activity.id)));
    }
    let part = Part { status, after, limit: Some(limit as u64 + 1) };
    let mut listed = registrants::list(&state, &activity, part).await?;
    let is_last = listed.len() <= limit;
    listed.truncate(limit);
    reading::note(&state, &host, people_of(&listed)).await?;
    let next = listed.last().filter(|_| !is_last).map(|listed| listed.row.id.to_string());
    let items = listed.into_iter().map(registrants::told).collect();
    Ok(personal::json(StatusCode::OK, &ActivityRegistrationList { items, next }))
}

fn people_of(listed: &[Listed]) -> BTreeSet<Uuid> {
    listed.iter().flat_map(|listed| listed.people.iter().map(|one| one.guest.row.person_id)).collect()
}

fn status(text: Option<&str>) -> ApiResult<Option<Status>> {
    match given(text) {
        None => Ok(Some(Status::Confirmed)),
        Some("all") => Ok(None),
        Some(word) => Status::try_from_value(&word.to_owned())
            .map(Some)
            .map_err(|_unknown| wrong("status", "可选：confirmed、waiting、offered、cancelled、all。")),
    }
}

fn cursor(text: Option<&str>) -> ApiResult<Option<Uuid>> {
    given(text)
        .map(|text| {
            text.parse()
                .map_err(|_not_an_id| ApiError::bad_parameter("cursor", "请原样填写上一页回答中的 next。"))
        })
        .transpose()
}

/// Gives the ledger of a year (台账), as JSON or XLSX: numbers and evidence, no names of residents.
#[utoipa::path(
    tag = "activity-reports",
    params(LedgerParameters),
    responses(
        (status = 200, content(
            (ActivityLedger = "application/json"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )),
        ProblemResponses
    ),
    security(("access_token" = []))
)]
#[get("/activity-ledger")]
pub(super) async fn get_activity_ledger(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<ReadActivityFigures>,
    asked: Query<LedgerParameters>,
) -> ApiResult<HttpResponse> {
    let wants_file = XLSX.is_wanted(&request, asked.format.as_deref())?;
    let (now, reader) = (state.clock.now(), state.database.reader());
    let asked_for = Asked::read(&state, &caller, asked.year.as_deref(), asked.region.as_deref())?;
    let wanted = asked.series.as_deref().map(series_id).transpose()?.flatten();
    let is_wanted = |activity: &entity::activity::Model| wanted.is_none() || activity.series_id == wanted;
    let activities = figures::counted(reader, &asked_for.selection()?, is_wanted).await?;
    let series = ledger::series(reader).await?;
    let lines = ledger::lines(reader, activities, &series, |code| region_name(&state, code), now).await?;
    if wants_file {
        let event = asked_for.event(&request, Action::ActivityReportExported, caller.staff_id, "ledger");
        audit::record(&state, event).await?;
        let file = sheets::ledger(asked_for.year, &asked_for.place, &lines, asked_for.zone, now)?;
        return Ok(attachment(file, &format!("activity-ledger-{}.xlsx", asked_for.year)));
    }
    let answer = ActivityLedger { year: asked_for.year, items: lines, next: None };
    Ok(personal::json(StatusCode::OK, &answer))
}

/// Gives the numbers of a year by series, kind of venue, region, month or kind, with how far each series is
/// on its way to what it shall be in a year; as JSON or XLSX.
#[utoipa::path(
    tag = "activity-reports",
    params(StatisticsParameters),
    responses(
        (status = 200, content(
            (ActivityStatistics = "application/json"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )),
        ProblemResponses
    ),
    security(("access_token" = []))
)]
#[get("/activity-statistics")]
pub(super) async fn get_activity_statistics(
    request: HttpRequest,
    state: Data<AppState>,
    caller: Permitted<ReadActivityFigures>,
    asked: Query<StatisticsParameters>,
) -> ApiResult<HttpResponse> {
    let wants_file = XLSX.is_wanted(&request, asked.format.as_deref())?;
    let (now, reader) = (state.clock.now(), state.database.reader());
    let grouping = grouping(asked.by.as_deref())?;
    let asked_for = Asked::read(&state, &caller, asked.year.as_deref(), asked.region.as_deref())?;
    let activities = figures::counted(reader, &asked_for.selection()?, |_| true).await?;
    let mut series = ledger::series(reader).await?;
    series.retain(|id, series| {
        asked_for.scope.covers(&series.region_code)
            || activities.iter().any(|counted| counted.activity.series_id == Some(*id))
    });
    // Whoever sees a part of the sessions must not read how many are missing of all.
    for series in series.values_mut().filter(|series| !asked_for.scope.covers(&series.region_code)) {
        series.target = None;
    }
    let titles = Titles { series: &series, region: &|code| region_name(&state, code) };
    let (groups, total) = statistics::grouped(&activities, grouping, &titles, now);
    let answer = ActivityStatistics {
        year: asked_for.year,
        by: grouping.word().to_owned(),
        items: groups.into_iter().map(told_group).collect(),
        total: told(&total),
        next: None,
    };
    if wants_file {
        let event = asked_for.event(&request, Action::ActivityReportExported, caller.staff_id, "statistics");
        audit::record(&state, event).await?;
        let file = sheets::statistics(&asked_for.place, grouping, &answer, asked_for.zone, now)?;
        return Ok(attachment(file, &format!("activity-statistics-{}.xlsx", asked_for.year)));
    }
    Ok(personal::json(StatusCode::OK, &answer))
}

fn told_group(group: Group) -> StatisticsGroup {
    let progress = group.target.map(|target| SeriesProgress {
        target,
        held: group.sums.held,
        missing: (i64::from(target) - group.sums.held).max(0),
        on_track: group.sums.held + group.sums.planned >= i64::from(target),
    });
    StatisticsGroup { key: group.key, title: group.title, numbers: told(&group.sums), progress }
}

fn told(sums: &Sums) -> StatisticsNumbers {
    StatisticsNumbers {
        sessions: sums.held,
        with_evidence: sums.with_evidence,
        planned: sums.planned,
        cancelled: sums.cancelled,
        seats: sums.seats,
        registered: sums.confirmed,
        people: sums.came,
        attendance_rate: sums.attendance_rate(),
        satisfaction: sums.satisfaction(),
        answers: sums.answers,
    }
}

fn grouping(text: Option<&str>) -> ApiResult<Grouping> {
    let Some(word) = given(text) else {
        return Ok(Grouping::Series);
    };
    let known = Grouping::WORDS.iter().find(|(known, _)| *known == word);
    known
        .map(|(_, grouping)| *grouping)
        .ok_or_else(|| wrong("by", "可选：series、venue、region、month、kind。"))
}

fn series_id(text: &str) -> ApiResult<Option<i32>> {
    given(Some(text))
        .map(|text| text.parse().map_err(|_not_a_number| wrong("series", "请填写系列的编号。")))
        .transpose()
}

/// Which year of which regions.
struct Asked {
    year: i32,
    scope: RegionScope,
    region_code: Option<String>,
    /// What the regions are called together; empty for all.
    place: String,
    zone: Tz,
}

impl Asked {
    fn read(
        state: &AppState,
        caller: &Permitted<ReadActivityFigures>,
        year: Option<&str>,
        region: Option<&str>,
    ) -> ApiResult<Self> {
        let tree = state.regions.current();
        let region = given(region);
        let scope = match region {
            Some(code) => {
                caller.scope().require(code)?;
                RegionScope::new(tree, [code.to_owned()])
            }
            None => caller.scope().clone(),
        };
        let named = region.map(str::to_owned).or_else(|| scope.granted().first().cloned());
        let map = state.map.current();
        let info = named.as_deref().and_then(|code| map.regions.get(code));
        let zone = info.and_then(|info| info.time_zone.parse().ok()).unwrap_or(chrono_tz::Asia::Shanghai);
        let this_year = state.clock.now().with_timezone(&zone).year();
        let year = match given(year) {
            None => this_year,
            Some(text) => text
                .parse()
                .ok()
                .filter(|year| (2000..=2100).contains(year))
                .ok_or_else(|| wrong("year", "请填写 2000 到 2100 的年份，例如 2026。"))?,
        };
        let place = info.map(|info| info.name.clone()).unwrap_or_default();
        Ok(Self { year, scope, region_code: region.map(str::to_owned), place, zone })
    }

    fn selection(&self) -> ApiResult<Selection<'_>> {
        let new_year = |year: i32| {
            let day = NaiveDate::from_ymd_opt(year, 1, 1)?.and_hms_opt(0, 0, 0)?;
            self.zone.from_local_datetime(&day).earliest().map(|at| at.with_timezone(&Utc))
        };
        let bounds = new_year(self.year).zip(new_year(self.year + 1));
        let (from, to): (DateTime<Utc>, DateTime<Utc>) =
            bounds.ok_or_else(|| ApiError::Internal(anyhow::anyhow!("a year has no beginning")))?;
        Ok(Selection { scope: &self.scope, from, to })
    }

    fn event(
        &self,
        request: &HttpRequest,
        action: Action,
        staff_id: Uuid,
        report: &'static str,
    ) -> audit::AuditEvent {
        let event = Origin::of(request).event(action, Actor::Staff(staff_id));
        let event = event.with(json!({"report": report, "year": self.year}));
        let code = self.region_code.clone().or_else(|| self.scope.granted().first().cloned());
        match code {
            Some(code) => event.in_region(code),
            None => event,
        }
    }
}

fn region_name(state: &AppState, code: &str) -> String {
    state.map.current().regions.get(code).map_or_else(|| code.to_owned(), |region| region.name.clone())
}

/// A file that nobody on the way may keep.
fn attachment(file: Vec<u8>, name: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(workbook::MEDIA_TYPE)
        .insert_header((header::CACHE_CONTROL, personal::NO_STORE))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(file)
}
