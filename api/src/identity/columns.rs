//! The sealed columns that this feature writes.

use crate::vault::Column;

/// The WeChat openid of an account.
pub const OPENID: Column = Column { table: "account", column: "openid_cell" };
/// The WeChat unionid of an account.
pub const UNIONID: Column = Column { table: "account", column: "unionid_cell" };
/// The WeChat session key of an account.
pub const SESSION_KEY: Column = Column { table: "account", column: "session_key_cell" };
/// The TOTP secret of a member of staff.
pub const TOTP: Column = Column { table: "staff", column: "totp_cell" };
