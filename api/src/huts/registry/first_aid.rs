//! First-aid boxes: what lies in them, and the monthly look through them.

use entity::{hut, hut_box_check, hut_supply};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::devices::require_open;
use super::dto::{FirstAidCheck, FirstAidCheckList, FirstAidSupply, HutDetail, NewFirstAidCheck};
use super::service::{checked_name, checked_note, one, save};
use crate::audit::{self, Action};
use crate::error::ApiResult;
use crate::http::field_errors::FieldErrors;
use crate::http::if_match::IfMatch;
use crate::huts::in_charge::{InCharge, Page, next_version};
use crate::state::AppState;

const MOST_SUPPLIES: usize = 100;
const LARGEST_QUANTITY: i32 = 9_999;

/// Puts a list in the place of what lay in the box.
pub(super) async fn fill(
    state: &AppState,
    caller: InCharge,
    hut_id: Uuid,
    version: IfMatch,
    supplies: Vec<FirstAidSupply>,
) -> ApiResult<HutDetail> {
    let supplies = checked(supplies)?;
    let (shared, now) = (state.clone(), state.clock.now());
    let filled = state.database.write(move |transaction| {
        let (state, caller, supplies) = (shared.clone(), caller.clone(), supplies.clone());
        Box::pin(async move {
            let mut hut: hut::Model = caller.locked_hut(transaction, hut_id).await?;
            version.require(hut.version)?;
            require_open(&hut)?;
            hut_supply::Entity::delete_many()
                .filter(hut_supply::Column::HutId.eq(hut_id))
                .exec(transaction)
                .await?;
            let rows = (0_i32..).zip(supplies).map(|(position, supply)| {
                let row = hut_supply::Model {
                    id: state.random.id(now),
                    hut_id,
                    position,
                    name: supply.name,
                    quantity: supply.quantity,
                    expires_on: supply.expires_on,
                };
                row.into_active_model()
            });
            hut_supply::Entity::insert_many(rows).exec_without_returning(transaction).await?;
            hut.version = next_version(hut.version)?;
            hut.updated_at = now.into();
            save(transaction, hut.clone()).await?;
            let event = caller
                .event(Action::HutsChanged, "hut", hut_id, &hut.region_code)
                .with(json!({"change": "first_aid_box"}));
            let detail = one(&state, transaction, hut).await?;
            audit::append(transaction, &event, now).await?;
            Ok(detail)
        })
    });
    filled.await
}

/// Notes that somebody looked through the box.
pub(super) async fn check(
    state: &AppState,
    caller: InCharge,
    hut_id: Uuid,
    check: NewFirstAidCheck,
) -> ApiResult<FirstAidCheck> {
    let note = check.note.as_deref().map(checked_note).transpose()?;
    let (shared, now) = (state.clone(), state.clock.now());
    let checked = state.database.write(move |transaction| {
        let (state, caller, note) = (shared.clone(), caller.clone(), note.clone());
        Box::pin(async move {
            let hut = caller.locked_hut(transaction, hut_id).await?;
            require_open(&hut)?;
            let row = hut_box_check::Model {
                id: state.random.id(now),
                hut_id,
                checked_by: caller.staff_id,
                checked_at: now.into(),
                complete: check.complete,
                note,
            };
            hut_box_check::Entity::insert(row.clone().into_active_model())
                .exec_without_returning(transaction)
                .await?;
            let event = caller
                .event(Action::HutsChanged, "hut_box_check", row.id, &hut.region_code)
                .with(json!({"complete": check.complete}));
            audit::append(transaction, &event, now).await?;
            Ok(FirstAidCheck::from(row))
        })
    });
    checked.await
}

/// One page of the looks through the box, newest first.
pub(super) async fn list(
    state: &AppState,
    caller: &InCharge,
    hut_id: Uuid,
    page: Page,
) -> ApiResult<FirstAidCheckList> {
    let reader = state.database.reader();
    caller.hut(reader, hut_id).await?;
    let mut rows = hut_box_check::Entity::find()
        .filter(hut_box_check::Column::HutId.eq(hut_id))
        .filter(page.begins_backwards(hut_box_check::Column::Id))
        .order_by_desc(hut_box_check::Column::Id)
        .limit(page.ask_for())
        .all(reader)
        .await?;
    let next = page.cut(&mut rows, |row| row.id);
    Ok(FirstAidCheckList { items: rows.into_iter().map(Into::into).collect(), next })
}

fn checked(supplies: Vec<FirstAidSupply>) -> ApiResult<Vec<FirstAidSupply>> {
    let mut errors = FieldErrors::default();
    if supplies.len() > MOST_SUPPLIES {
        errors.add("/supplies", "too_many", "急救药箱的清单最多 100 项，请合并后再保存。");
    }
    let mut checked = Vec::with_capacity(supplies.len());
    for (index, supply) in supplies.into_iter().enumerate() {
        let name = checked_name(&supply.name, &format!("/supplies/{index}/name"), &mut errors);
        if !(0..=LARGEST_QUANTITY).contains(&supply.quantity) {
            let pointer = format!("/supplies/{index}/quantity");
            errors.add(pointer, "out_of_range", "数量请填写 0 到 9999 的整数。");
        }
        checked.push(FirstAidSupply { name, ..supply });
    }
    errors.finish()?;
    Ok(checked)
}
