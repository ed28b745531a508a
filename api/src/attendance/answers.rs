//! What a scan brought, in words.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::activity;
use sea_orm::{ActiveEnum, ConnectionTrait};
use uuid::Uuid;

use super::admission::{Admission, Outcome, Presence};
use super::dto::{CheckInAnswer, CheckInStatus, CheckedPerson, PersonPresence};
use super::guests::{self, Guest};
use super::refusal::zone_of;
use crate::error::ApiResult;
use crate::people::masking::masked;

/// The answer to a scan.
pub(super) async fn of_admission(
    connection: &impl ConnectionTrait,
    activity: &activity::Model,
    admission: &Admission,
) -> ApiResult<CheckInAnswer> {
    let arrivals = admission.guests.iter().filter_map(|(guest, _)| guest.arrival.as_ref());
    let names = guests::staff_names(connection, arrivals.filter_map(|arrival| arrival.staff_id)).await?;
    let first = admission.guests.iter().filter_map(|(guest, _)| guest.arrival.as_ref());
    let first = first.min_by_key(|arrival| *arrival.checked_in_at);
    let first_at = first.map(|arrival| *arrival.checked_in_at);
    let first_by = first.and_then(|arrival| names.get(&arrival.staff_id?).cloned());
    Ok(CheckInAnswer {
        status: match admission.outcome {
            Outcome::CheckedIn => CheckInStatus::CheckedIn,
            Outcome::Already => CheckInStatus::Already,
            Outcome::Undone => CheckInStatus::Undone,
        },
        text: sentence(activity, admission, first_at, first_by.as_deref()),
        registration_id: admission.registration_id,
        first_at,
        first_by,
        people: admission.guests.iter().map(|(guest, presence)| person(guest, *presence, &names)).collect(),
    })
}

fn person(guest: &Guest, presence: Presence, names: &BTreeMap<Uuid, String>) -> CheckedPerson {
    let arrival = guest.arrival.as_ref();
    CheckedPerson {
        id: guest.row.id,
        name: masked(&guest.name),
        presence: match presence {
            Presence::CheckedIn => PersonPresence::CheckedIn,
            Presence::Already => PersonPresence::Already,
            Presence::Undone => PersonPresence::Undone,
            Presence::Absent => PersonPresence::Absent,
            Presence::Cancelled => PersonPresence::Cancelled,
        },
        checked_in_at: arrival.map(|arrival| *arrival.checked_in_at),
        by: arrival.and_then(|arrival| names.get(&arrival.staff_id?).cloned()),
        source: arrival.map(|arrival| arrival.source.to_value()),
    }
}

fn sentence(
    activity: &activity::Model,
    admission: &Admission,
    first_at: Option<DateTime<Utc>>,
    first_by: Option<&str>,
) -> String {
    let of = |wanted: &[Presence]| -> Vec<String> {
        let wanted = admission.guests.iter().filter(|(_, presence)| wanted.contains(presence));
        wanted.map(|(guest, _)| called(guest)).collect()
    };
    let absent = of(&[Presence::Absent]).len();
    let rest = if absent > 0 { format!("还有 {absent} 人未到。") } else { String::new() };
    match admission.outcome {
        Outcome::CheckedIn => format!("签到成功：{}。{rest}", together(&of(&[Presence::CheckedIn]))),
        Outcome::Already => {
            let at = first_at
                .map(|at| at.with_timezone(&zone_of(activity)).format("%-m月%-d日 %H:%M").to_string());
            let by = first_by.map_or_else(|| "本人自助".to_owned(), |name| format!("由{name}"));
            format!(
                "已经签到过：{}，{} {by}签到。{rest}",
                together(&of(&[Presence::Already])),
                at.unwrap_or_default()
            )
        }
        Outcome::Undone => "这次扫码的签到已被撤销，如确实到场，请重新扫码。".to_owned(),
    }
}

/// How somebody is called at the door, where anybody may look on.
fn called(guest: &Guest) -> String {
    if guest.name.is_empty() { "未填姓名的居民".to_owned() } else { masked(&guest.name) }
}

fn together(names: &[String]) -> String {
    match names {
        [] => "0 人".to_owned(),
        [one] => one.clone(),
        [first, ..] => format!("{first} 等 {} 人", names.len()),
    }
}
