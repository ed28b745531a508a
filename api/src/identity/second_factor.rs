//! The second factor of staff: an authenticator, and recovery codes for when it is lost.

use chrono::{DateTime, Utc};
use entity::{recovery_code, staff};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::columns::TOTP;
use super::totp;
use crate::error::ApiResult;
use crate::random::Random;
use crate::vault::{CellAddress, Column, KeyOwner, Vault};

const CODE_INDEX: Column = Column { table: "recovery_code", column: "code_index" };
/// Recovery codes that are given at once.
const CODES: usize = 10;
/// Letters and digits that are not taken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A new authenticator secret, told once.
pub struct Enrolment {
    /// What an authenticator app scans.
    pub uri: String,
    /// The same secret, to be typed in.
    pub secret: String,
}

/// Gives a member of staff a new secret. Until it is confirmed no log-in asks for it.
///
/// # Errors
/// When the database fails.
pub async fn enrol(
    transaction: &DatabaseTransaction,
    vault: &Vault,
    random: &Random,
    member: staff::Model,
    confirmed_at: Option<DateTime<Utc>>,
) -> ApiResult<(Enrolment, staff::Model)> {
    let secret = Zeroizing::new(random.bytes::<{ totp::SECRET_BYTES }>());
    let enrolment =
        Enrolment { uri: totp::enrolment_uri(&*secret, &member.username), secret: totp::base32(&*secret) };
    let address = CellAddress { column: TOTP, row: member.id.as_bytes() };
    let cell = vault.seal(transaction, KeyOwner::Server, address, &*secret).await?;
    let mut row = member.into_active_model();
    row.totp_cell = ActiveValue::Set(Some(cell));
    row.totp_confirmed_at = ActiveValue::Set(confirmed_at.map(Into::into));
    row.totp_last_step = ActiveValue::Set(None);
    Ok((enrolment, row.update(transaction).await?))
}

/// Uses up a code of the authenticator, or a recovery code. Tells whether it was good.
///
/// The row of the member must be locked by the transaction, so that one code is not taken twice.
///
/// # Errors
/// When the database fails.
pub(super) async fn spend(
    transaction: &DatabaseTransaction,
    vault: &Vault,
    member: &staff::Model,
    code: &str,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
        return spend_totp(transaction, vault, member, code, now).await;
    }
    let spent = recovery_code::Entity::update_many()
        .col_expr(recovery_code::Column::UsedAt, Expr::value(now.timestamp_millis()))
        .filter(recovery_code::Column::StaffId.eq(member.id))
        .filter(recovery_code::Column::CodeIndex.is_in(vault.indexes(CODE_INDEX, &plain(member.id, code))?))
        .filter(recovery_code::Column::UsedAt.is_null())
        .exec(transaction)
        .await?;
    Ok(spent.rows_affected == 1)
}

async fn spend_totp(
    transaction: &DatabaseTransaction,
    vault: &Vault,
    member: &staff::Model,
    code: &str,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    let Some(cell) = member.totp_cell.as_deref() else {
        return Ok(false);
    };
    let address = CellAddress { column: TOTP, row: member.id.as_bytes() };
    let secret = vault.open(transaction, address, cell).await?;
    let Some(step) = totp::matching_step(&secret, code, member.totp_last_step, now) else {
        return Ok(false);
    };
    staff::Entity::update_many()
        .col_expr(staff::Column::TotpLastStep, Expr::value(step))
        .filter(staff::Column::Id.eq(member.id))
        .exec(transaction)
        .await?;
    Ok(true)
}

/// Gives new recovery codes in place of the old ones. Only keyed hashes are kept.
///
/// # Errors
/// When the database fails.
pub(super) async fn give_recovery_codes(
    transaction: &DatabaseTransaction,
    vault: &Vault,
    random: &Random,
    staff_id: Uuid,
    now: DateTime<Utc>,
) -> ApiResult<Vec<String>> {
    recovery_code::Entity::delete_many()
        .filter(recovery_code::Column::StaffId.eq(staff_id))
        .exec(transaction)
        .await?;
    let codes: Vec<String> = (0..CODES).map(|_| new_code(random)).collect();
    for code in &codes {
        let row = recovery_code::Model {
            staff_id,
            code_index: vault.index(CODE_INDEX, &plain(staff_id, code), now)?,
            created_at: now.into(),
            used_at: None,
        };
        recovery_code::Entity::insert(row.into_active_model()).exec_without_returning(transaction).await?;
    }
    Ok(codes)
}

/// Ten letters and digits, 50 bits: too many for guesses that are counted.
fn new_code(random: &Random) -> String {
    let letters = random.bytes::<10>().map(|byte| ALPHABET.get(usize::from(byte & 31)).copied());
    let text: String = letters.into_iter().flatten().map(char::from).collect();
    let (first, second) = text.split_at(5);
    format!("{first}-{second}")
}

/// People type codes with or without the hyphen, in either case.
fn plain(staff_id: Uuid, code: &str) -> String {
    let plain: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    format!("{staff_id} {plain}")
}
