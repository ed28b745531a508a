//! Tells what plays at an instant, and why.

use chrono::{DateTime, TimeDelta, Utc};
use entity::screen;

use super::dto::{Candidate, Plays, PlaysKind, ScreenSchedule, YieldsBecause};
use crate::error::ApiResult;
use crate::screens::plan::Plan;
use crate::screens::schedule::{Schedule, Slot, Yields};
use crate::state::AppState;

/// How far ahead the next change is looked for.
const LOOK_AHEAD: TimeDelta = TimeDelta::hours(72);

/// What plays on a screen at an instant, as it is planned now.
pub(super) async fn at(
    state: &AppState,
    screen: screen::Model,
    now: DateTime<Utc>,
    at: DateTime<Utc>,
) -> ApiResult<ScreenSchedule> {
    let plan = Plan::load(state, screen, now.min(at), at + LOOK_AHEAD).await?;
    let candidates = plan.schedule.candidates(at);
    let emergency = plan.emergency(at);
    let winner = candidates.first().copied().filter(|_| emergency.is_none());
    let mut told: Vec<Candidate> = candidates
        .iter()
        .map(|slot| candidate(slot, winner, why(slot, &candidates, emergency.is_some())))
        .collect();
    let empty = Schedule { zone: plan.schedule.zone, slots: plan.empty_slots.clone() };
    told.extend(
        empty
            .candidates(at)
            .into_iter()
            .map(|slot| candidate(slot, None, Some(YieldsBecause::EmptyPlaylist))),
    );
    let until = match emergency {
        Some(message) => Some(*message.ends_at),
        None => changes_at(&plan, at),
    };
    Ok(ScreenSchedule {
        at,
        plays: plays(&plan, winner, at),
        reason: reason(&plan, &candidates, at),
        candidates: told,
        until,
    })
}

fn why(slot: &Slot, candidates: &[&Slot], emergency: bool) -> Option<YieldsBecause> {
    if emergency {
        return Some(YieldsBecause::Emergency);
    }
    let winner = candidates.first().filter(|winner| winner.id != slot.id)?;
    Some(match slot.rank.yields_to(&winner.rank) {
        Yields::Priority => YieldsBecause::Priority,
        Yields::Group => YieldsBecause::Group,
        Yields::Older => YieldsBecause::Older,
    })
}

fn candidate(slot: &Slot, winner: Option<&Slot>, yields_because: Option<YieldsBecause>) -> Candidate {
    Candidate {
        slot_id: slot.id,
        name: slot.name.clone(),
        playlist_id: slot.playlist_id,
        priority: slot.rank.priority,
        direct: slot.rank.direct,
        created_at: slot.rank.created_at,
        plays: winner.is_some_and(|winner| winner.id == slot.id),
        yields_because,
    }
}

fn plays(plan: &Plan, winner: Option<&Slot>, at: DateTime<Utc>) -> Plays {
    let nothing =
        Plays { kind: PlaysKind::BuiltIn, slot_id: None, playlist_id: None, emergency_id: None, name: None };
    if let Some(message) = plan.emergency(at) {
        return Plays { kind: PlaysKind::Emergency, emergency_id: Some(message.id), ..nothing };
    }
    if let Some(slot) = winner {
        return Plays {
            kind: PlaysKind::Slot,
            slot_id: Some(slot.id),
            playlist_id: Some(slot.playlist_id),
            name: Some(slot.name.clone()),
            ..nothing
        };
    }
    let Some(playlist) = plan.fallback.and_then(|id| plan.playlists.get(&id)) else {
        return nothing;
    };
    Plays {
        kind: PlaysKind::Fallback,
        playlist_id: Some(playlist.id),
        name: Some(playlist.name.clone()),
        ..nothing
    }
}

fn reason(plan: &Plan, candidates: &[&Slot], at: DateTime<Utc>) -> String {
    if plan.emergency(at).is_some() {
        return "正在显示紧急通知：紧急通知排在所有播放内容之前。".to_owned();
    }
    match candidates {
        [] if plan.fallback.is_some() => "这个时间没有安排时段，播放屏幕的默认播放列表。".to_owned(),
        [] => "这个时间没有安排时段，屏幕也没有可播放的默认列表，显示内置画面。".to_owned(),
        [only] => format!("“{}”正在播放：这个时间只有它。", only.name),
        [winner, next, ..] => {
            let (first, second) = (&winner.name, &next.name);
            match next.rank.yields_to(&winner.rank) {
                Yields::Priority => format!(
                    "“{first}”正在播放：它的优先级（{}）比“{second}”（{}）高。",
                    winner.rank.priority, next.rank.priority
                ),
                Yields::Group => format!(
                    "“{first}”正在播放：它和“{second}”优先级相同，但它直接指定了这块屏幕，“{second}”只指定了分组。"
                ),
                Yields::Older => {
                    format!("“{first}”正在播放：它和“{second}”优先级相同，但它是后来新建的。")
                }
            }
        }
    }
}

fn changes_at(plan: &Plan, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let horizon = at + LOOK_AHEAD;
    let first = plan.schedule.segments(at, horizon).into_iter().next()?;
    (first.end < horizon).then_some(first.end)
}
