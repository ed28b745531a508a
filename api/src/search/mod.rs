//! Chinese search without a dictionary, alike on SQLite and PostgreSQL.
//!
//! Words are not cut: every two neighbouring characters are a token, so that 控烟 is found in 禁止控烟区.
//! Titles are also found by pinyin, by its initials, and through pinyin by characters that sound alike.

mod text;
mod tokens;

pub use self::text::normalized;
pub use self::tokens::{Query, Sound, bigrams, pinyin_of_titles};
