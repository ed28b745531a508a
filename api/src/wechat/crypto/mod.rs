//! The cryptography that WeChat prescribes: encrypted user data, signatures, the push's safe mode.
//!
//! Whatever is wrong with received data, there is one error, [`UnreadableData`]: a caller who could
//! tell a wrong padding from a wrong watermark could decrypt without the key (Vaudenay 2002).

pub mod push_cipher;
pub mod session_key;
pub mod signature;
pub mod user_data;

mod block_mode;

/// Data that cannot be read: not encoded as agreed, not encrypted with our key, too old, or meant for
/// somebody else. Which of these is deliberately not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the data from WeChat cannot be read")]
pub struct UnreadableData;
