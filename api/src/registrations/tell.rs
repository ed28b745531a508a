//! What people are told about their registrations: in the app, and by WeChat where they agreed to it.
//!
//! Nobody is named: how many people it is about is enough to know which registration is meant.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use entity::activity;
use entity::registration::{self, Status};
use sea_orm::{DatabaseTransaction, Statement};
use uuid::Uuid;

use super::offer::{self, zone};
use crate::activities::when;
use crate::database::write_in_turn;
use crate::error::ApiResult;
use crate::messages::{self, Addressee, Message, Reason};
use crate::notices::{self, Notice};
use crate::state::AppState;

const SUBJECT: &str = "registration";
/// People are reminded this long before.
const REMINDED: TimeDelta = TimeDelta::hours(24);

/// What happened to a registration.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// It has its seats.
    Confirmed,
    /// It came out of the line and has its seats.
    SeatFreed,
    /// It came out of the line and has to be accepted.
    SeatOffered {
        /// When the question is put.
        asked_at: DateTime<Utc>,
        /// Until when it can be answered.
        expires_at: DateTime<Utc>,
    },
    /// The offer was not accepted in time.
    OfferExpired,
    /// It has its seats still, and what is still to come of it is told in other words.
    Stays,
    /// The time or the place is another.
    Changed,
    /// The activity was called off.
    CalledOff(String),
    /// A worker took it back.
    TakenBack,
}

/// Which registration it is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    pub(super) registration_id: Uuid,
    pub(super) activity: &'a activity::Model,
    pub(super) seats: i32,
}

struct Told {
    kind: &'static str,
    title: &'static str,
    body: String,
    occasion: String,
    at: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// Tells somebody, in the transaction of what happened.
pub(super) async fn tell(
    state: &AppState,
    transaction: &DatabaseTransaction,
    addressee: &Addressee,
    about: About<'_>,
    news: &[News],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let statements = inserts(state, transaction, addressee, about, news, now)?;
    Ok(write_in_turn(transaction, statements).await?)
}

/// The statements by which [`tell`] writes, for whoever has more to write.
pub(super) fn inserts(
    state: &AppState,
    transaction: &DatabaseTransaction,
    addressee: &Addressee,
    about: About<'_>,
    news: &[News],
    now: DateTime<Utc>,
) -> ApiResult<Vec<Statement>> {
    let mut told: Vec<Told> = news.iter().filter_map(|news| words(about, news, now)).collect();
    // Only whoever has a seat is reminded of it.
    if news.iter().any(|news| matches!(news, News::Confirmed | News::SeatFreed | News::Stays)) {
        told.extend(reminder(about, now));
    }
    let notices: Vec<Notice> = told.iter().map(|told| notice(about, told)).collect();
    let messages: Vec<Message> =
        told.iter().map(|told| message(about, addressee.account_id(), told)).collect();
    let recipient = (addressee.account_id(), addressee.sealer());
    let shown = notices::insert(state, transaction, recipient, &notices, now)?;
    let sent = messages::insert(state, transaction, addressee, &messages, now)?;
    Ok(shown.into_iter().chain(sent).collect())
}

/// Looks the recipient up and tells them; nobody is told where there is no account.
pub(super) async fn tell_account(
    state: &AppState,
    transaction: &DatabaseTransaction,
    account_id: Option<Uuid>,
    about: About<'_>,
    news: &[News],
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let Some(account_id) = account_id else {
        return Ok(());
    };
    match Addressee::find(state, transaction, account_id).await? {
        Some(addressee) => tell(state, transaction, &addressee, about, news, now).await,
        None => Ok(()),
    }
}

/// Takes back what was not told yet, because the registration is over or moved.
pub(super) async fn untell(
    transaction: &DatabaseTransaction,
    account_id: Option<Uuid>,
    registration_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    let id = registration_id.to_string();
    notices::withdraw(transaction, (SUBJECT, std::slice::from_ref(&id)), now).await?;
    match account_id {
        Some(account_id) => messages::cancel_about(transaction, account_id, SUBJECT, &id).await,
        None => Ok(()),
    }
}

/// What has to be told anew of a registration in the words of now: that it has been offered seats, or its
/// reminder. Whatever was to come in the words of before has to be taken back first.
pub(super) fn standing(
    entry: &registration::Model,
    activity: &activity::Model,
    now: DateTime<Utc>,
) -> Option<News> {
    match (entry.status, entry.offer_expires_at) {
        (Status::Confirmed, _) => Some(News::Stays),
        (Status::Offered, Some(expires_at)) if now < *expires_at => Some(News::SeatOffered {
            asked_at: offer::asked_again(activity, *expires_at, now),
            expires_at: *expires_at,
        }),
        _ => None,
    }
}

/// The words; `None` where there is nothing to say at once.
fn words(about: About<'_>, news: &News, now: DateTime<Utc>) -> Option<Told> {
    let activity = about.activity;
    let zone = zone(&activity.time_zone);
    let what = format!("“{}”（{} 人）", activity.title, about.seats);
    let place = format!("{}，{}", when(zone, *activity.starts_at), activity.place_name);
    let told = |kind, title, body: String| Told {
        kind,
        title,
        body,
        occasion: String::new(),
        at: now,
        until: *activity.starts_at,
    };
    let told = match news {
        News::Stays => return None,
        News::Confirmed => told(
            "registration_confirmed",
            "报名成功",
            format!("您已报名{what}：{place}。来不了请提前取消，把名额让给别人。"),
        ),
        News::SeatFreed => {
            told("seat_freed", "候补成功", format!("有名额了，您已报上{what}：{place}。来不了请提前取消。"))
        }
        News::SeatOffered { asked_at, expires_at } => Told {
            at: *asked_at,
            until: *expires_at,
            occasion: wording(about),
            ..told(
                "seat_offered",
                "有名额了，请确认",
                format!(
                    "{what}有名额了：{place}。请在{}前点“确认参加”，过时名额会让给下一位。",
                    when(zone, *expires_at)
                ),
            )
        },
        News::OfferExpired => told(
            "offer_expired",
            "候补名额已过期",
            format!("{what}的名额没有在时间内确认，已经收回。{}", if_still_wanted(activity, now)),
        ),
        News::Changed => Told {
            occasion: format!("v{}", activity.version),
            until: *activity.ends_at,
            ..told("activity_changed", "活动有变动", format!("{what}的时间或地点有变动，现在是：{place}。"))
        },
        News::CalledOff(reason) => Told {
            until: *activity.ends_at,
            ..told("activity_cancelled", "活动取消", format!("{what}取消了，原因：{reason}。原定{place}。"))
        },
        News::TakenBack => told(
            "registration_taken_back",
            "报名已取消",
            format!("工作人员取消了您的报名{what}。有疑问请联系{}。", activity.host),
        ),
    };
    Some(told)
}

/// What somebody can do who did not answer in time.
fn if_still_wanted(activity: &activity::Model, now: DateTime<Utc>) -> &'static str {
    if now >= *activity.starts_at {
        "活动已经开始，还想参加请到现场问问工作人员。"
    } else if now >= *activity.signup_closes_at {
        "报名已经截止，还想参加请到现场问问工作人员。"
    } else {
        "还想参加可以重新报名。"
    }
}

/// What tells one wording from the next of what can be told again: the version of the activity and the number of
/// people, which only shrinks. One that was taken back never stands in the way of the one that takes its place, also
/// where an edit was undone.
fn wording(about: About<'_>) -> String {
    format!("v{}-{}", about.activity.version, about.seats)
}

fn reminder(about: About<'_>, now: DateTime<Utc>) -> Option<Told> {
    let activity = about.activity;
    let at = *activity.starts_at - REMINDED;
    if at <= now {
        return None;
    }
    let zone = zone(&activity.time_zone);
    Some(Told {
        kind: "activity_reminder",
        title: "明天有活动",
        body: format!(
            "“{}”（{} 人）：{}，{}。来不了请现在取消，把名额让给别人。",
            activity.title,
            about.seats,
            when(zone, *activity.starts_at),
            activity.place_name
        ),
        occasion: wording(about),
        at,
        until: *activity.starts_at,
    })
}

fn notice(about: About<'_>, told: &Told) -> Notice {
    Notice {
        kind: told.kind,
        subject_kind: SUBJECT,
        subject_id: about.registration_id.to_string(),
        occasion: told.occasion.clone(),
        title: told.title.to_owned(),
        body: told.body.clone(),
        page_query: Some(format!("id={}", about.activity.id)),
        visible_at: told.at,
    }
}

fn message(about: About<'_>, account_id: Uuid, told: &Told) -> Message {
    let activity = about.activity;
    let id = about.registration_id;
    let values = [
        ("title", activity.title.clone()),
        ("time", when(zone(&activity.time_zone), *activity.starts_at)),
        ("starts_at", activity.starts_at.to_rfc3339()),
        ("place", activity.place_name.clone()),
        ("people", format!("{} 人", about.seats)),
        ("status", told.title.to_owned()),
        ("note", told.body.clone()),
    ];
    Message {
        account_id,
        biz_key: told.kind,
        reason: Reason {
            kind: SUBJECT,
            id: if told.occasion.is_empty() { id.to_string() } else { format!("{id}/{}", told.occasion) },
        },
        values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>(),
        page_query: Some(format!("id={}", activity.id)),
        send_at: told.at,
        expires_at: told.until,
    }
}
