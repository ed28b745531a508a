//! What staff wrote of an activity, checked as a whole and turned into rows.

use chrono::{DateTime, TimeDelta, Utc};
use entity::activity;
use sea_orm::ActiveValue;

use super::draft::{ActivityDraft, Frame, QuestionDraft};
use super::hosting_dto::ActivityContent;
use crate::error::ApiResult;
use crate::http::field_errors::FieldErrors;
use crate::people::Sex;
use crate::regions::RegionScope;
use crate::state::AppState;

/// Check-in opens this long before the start where nothing else is said.
const CHECK_IN_BEFORE: TimeDelta = TimeDelta::hours(1);

/// Checks what was told, and makes rows of it.
pub(super) fn checked(
    state: &AppState,
    scope: &RegionScope,
    content: &ActivityContent,
    now: DateTime<Utc>,
) -> ApiResult<ActivityDraft> {
    scope.require(&content.region_code)?;
    let mut errors = FieldErrors::default();
    lengths(content, &mut errors);
    numbers(content, &mut errors);
    if content.feature_id.is_none() && content.address.as_deref().unwrap_or_default().trim().is_empty() {
        errors.add("/address", "place_missing", "请在地图上选择地点，或者填写地址。");
    }
    if let Some(code) = &content.eligible_region_code
        && !state.regions.current().contains(code)
    {
        errors.add("/eligible_region_code", "unknown_region", "没有这个社区或街道，请从列表中选择。");
    }
    let frame = frame(content, now);
    frame.check(&mut errors);
    let draft = draft_of(state, content, frame);
    draft.check_lists(&mut errors);
    errors.finish()?;
    Ok(draft)
}

/// What breaks a line or is not seen: controls, line and paragraph separators, zero-width marks.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}')
}

/// The only text that may have several lines.
const DESCRIPTION: &str = "/description";

fn lengths(content: &ActivityContent, errors: &mut FieldErrors) {
    let mut check = |pointer: &str, text: Option<&str>, least: usize, most: usize| {
        let length = text.map(|text| text.trim().chars().count());
        if length.is_some_and(|length| length < least || length > most) {
            errors.add(pointer, "bad_length", format!("请填写 {least} 到 {most} 个字。"));
        } else if pointer != DESCRIPTION && text.is_some_and(|text| text.trim().contains(is_unseen)) {
            errors.add(pointer, "not_one_line", "请写成一行，不要换行。");
        }
    };
    check("/title", Some(&content.title), 1, 60);
    check("/summary", Some(&content.summary), 0, 200);
    check(DESCRIPTION, Some(&content.description), 0, 10_000);
    check("/place_name", Some(&content.place_name), 1, 100);
    check("/host", Some(&content.host), 1, 60);
    check("/address", content.address.as_deref(), 0, 200);
    check("/contact_phone", content.contact_phone.as_deref(), 5, 30);
    check("/provider", content.provider.as_deref(), 0, 100);
    check("/contract_reference", content.contract_reference.as_deref(), 0, 100);
    for (at, media) in content.media.iter().enumerate() {
        check(&format!("/media/{at}/caption"), Some(&media.caption), 0, 100);
    }
}

fn numbers(content: &ActivityContent, errors: &mut FieldErrors) {
    let mut check = |pointer: &str, number: Option<i32>, least: i32, most: i32| {
        if number.is_some_and(|number| number < least || number > most) {
            errors.add(pointer, "out_of_range", format!("请填写 {least} 到 {most} 的整数。"));
        }
    };
    check("/capacity", Some(content.capacity), 1, 100_000);
    check("/family_limit", Some(content.family_limit), 1, 20);
    check("/waiting_limit", content.waiting_limit, 1, 100_000);
    check("/self_check_in_radius_m", content.self_check_in_radius_m, 20, 5_000);
    check("/min_age", content.min_age, 0, 150);
    check("/max_age", content.max_age, content.min_age.unwrap_or_default(), 150);
}

fn frame(content: &ActivityContent, now: DateTime<Utc>) -> Frame {
    let closes = content.sign_up_closes_at.unwrap_or(content.starts_at);
    // What has begun long ago may still be edited, for its record.
    let at_once = Ord::min(now, closes - TimeDelta::minutes(1));
    Frame {
        starts_at: content.starts_at,
        ends_at: content.ends_at,
        signup_opens_at: content.sign_up_opens_at.unwrap_or(at_once),
        signup_closes_at: closes,
        check_in_opens_at: content.check_in_opens_at.unwrap_or(content.starts_at - CHECK_IN_BEFORE),
        check_in_closes_at: content.check_in_closes_at.unwrap_or(content.ends_at),
    }
}

fn draft_of(state: &AppState, content: &ActivityContent, frame: Frame) -> ActivityDraft {
    let filled = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let map = state.map.current();
    let zone = map.regions.get(&content.region_code).map(|region| region.time_zone.clone());
    let row = activity::ActiveModel {
        kind: ActiveValue::Set(content.kind.into()),
        series_id: ActiveValue::Set(content.series_id),
        topic_id: ActiveValue::Set(content.topic_id.clone()),
        title: ActiveValue::Set(content.title.trim().to_owned()),
        summary: ActiveValue::Set(content.summary.trim().to_owned()),
        description: ActiveValue::Set(content.description.trim().to_owned()),
        region_code: ActiveValue::Set(content.region_code.clone()),
        venue_type: ActiveValue::Set(content.venue_type.map(Into::into)),
        feature_id: ActiveValue::Set(content.feature_id),
        place_name: ActiveValue::Set(content.place_name.trim().to_owned()),
        address: ActiveValue::Set(filled(&content.address)),
        host: ActiveValue::Set(content.host.trim().to_owned()),
        contact_phone: ActiveValue::Set(filled(&content.contact_phone)),
        provider: ActiveValue::Set(filled(&content.provider)),
        contract_reference: ActiveValue::Set(filled(&content.contract_reference)),
        time_zone: ActiveValue::Set(zone.unwrap_or_else(|| "Asia/Shanghai".to_owned())),
        starts_at: ActiveValue::Set(frame.starts_at.into()),
        ends_at: ActiveValue::Set(frame.ends_at.into()),
        needs_signup: ActiveValue::Set(content.needs_sign_up),
        signup_opens_at: ActiveValue::Set(frame.signup_opens_at.into()),
        signup_closes_at: ActiveValue::Set(frame.signup_closes_at.into()),
        check_in_opens_at: ActiveValue::Set(frame.check_in_opens_at.into()),
        check_in_closes_at: ActiveValue::Set(frame.check_in_closes_at.into()),
        self_check_in: ActiveValue::Set(content.self_check_in),
        self_check_in_radius_m: ActiveValue::Set(content.self_check_in_radius_m),
        target_capacity: ActiveValue::Set(content.capacity),
        waiting_list: ActiveValue::Set(content.waiting_list.into()),
        waiting_order: ActiveValue::Set(content.waiting_order.into()),
        waiting_limit: ActiveValue::Set(content.waiting_limit),
        family_limit: ActiveValue::Set(content.family_limit),
        min_age: ActiveValue::Set(content.min_age),
        max_age: ActiveValue::Set(content.max_age),
        sex: ActiveValue::Set(content.sex.filter(|sex| *sex != Sex::Unknown).map(Into::into)),
        eligible_region_code: ActiveValue::Set(content.eligible_region_code.clone()),
        counts_no_shows: ActiveValue::Set(content.counts_no_shows),
        ..Default::default()
    };
    ActivityDraft {
        row,
        key_groups: content.key_groups.clone(),
        lecturers: content.lecturer_ids.clone(),
        team: content.team.iter().map(|member| (member.staff_id, member.duty.into())).collect(),
        questions: content
            .questions
            .iter()
            .map(|question| QuestionDraft {
                id: question.id,
                kind: question.kind.into(),
                label: question.label.clone(),
                options: question.options.iter().map(|option| option.trim().to_owned()).collect(),
                required: question.required,
                per_person: question.per_person,
            })
            .collect(),
        media: content
            .media
            .iter()
            .map(|media| (media.media_id, media.purpose.into(), media.caption.trim().to_owned()))
            .collect(),
    }
}
