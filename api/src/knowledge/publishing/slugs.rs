//! Addresses of articles: made of the title in pinyin, and changed without breaking links.

use chrono::{DateTime, Utc};
use entity::article_slug;
use pinyin::ToPinyin;
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use crate::error::{ApiError, ApiResult};
use crate::http::field_errors::wrong;
use crate::knowledge::articles::write::give_slug;

/// Syllables and words of a title that its address is made of.
const MOST_PARTS: usize = 8;
const LONGEST: usize = 100;

/// The address in use.
pub(super) async fn in_use(connection: &impl ConnectionTrait, article_id: i32) -> ApiResult<Option<String>> {
    let row = article_slug::Entity::find()
        .filter(article_slug::Column::ArticleId.eq(article_id))
        .filter(article_slug::Column::RetiredAt.is_null())
        .one(connection)
        .await?;
    Ok(row.map(|row| row.slug))
}

/// Gives an article an address made of its title, if it has none.
pub(super) async fn ensure(transaction: &DatabaseTransaction, article_id: i32, title: &str) -> ApiResult<()> {
    if in_use(transaction, article_id).await?.is_some() {
        return Ok(());
    }
    let made = made_of(title);
    // The number makes it unlike any other, also where the title could not be spelled.
    let slug = if made.is_empty() {
        format!("article-{article_id}")
    } else if article_slug::Entity::find_by_id(&made).one(transaction).await?.is_none() {
        made
    } else {
        format!("{made}-{article_id}")
    };
    give_slug(transaction, article_id, &slug).await
}

/// Gives an article another address. The former ones go on leading to it.
pub(super) async fn change(
    transaction: &DatabaseTransaction,
    article_id: i32,
    slug: &str,
    now: DateTime<Utc>,
) -> ApiResult<()> {
    if let Some(row) = article_slug::Entity::find_by_id(slug).one(transaction).await?
        && (row.article_id != article_id || row.retired_at.is_none())
    {
        return Err(ApiError::Conflict {
            code: "slug_taken",
            detail: "这个网址已经有文章使用，请换一个。".into(),
        });
    }
    let retired = article_slug::ActiveModel {
        retired_at: ActiveValue::Set(Some(ChronoUnixTimestampMillis(now))),
        ..Default::default()
    };
    article_slug::Entity::update_many()
        .set(retired)
        .filter(article_slug::Column::ArticleId.eq(article_id))
        .filter(article_slug::Column::RetiredAt.is_null())
        .exec(transaction)
        .await?;
    // One of its own former addresses may come back.
    article_slug::Entity::delete_by_id(slug).exec(transaction).await?;
    give_slug(transaction, article_id, slug).await
}

/// Reads an address that somebody typed.
///
/// # Errors
/// 422 where it cannot be one.
pub(super) fn read(text: &str) -> ApiResult<String> {
    let slug = text.trim();
    let fits = (2..=LONGEST).contains(&slug.len())
        && slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !slug.starts_with('-')
        && !slug.ends_with('-');
    if fits {
        return Ok(slug.to_owned());
    }
    Err(wrong("/slug", "bad_slug", "网址用 2 到 100 个小写英文字母、数字和横线组成，例如 daily-salt。"))
}

fn made_of(title: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut in_word = false;
    for character in title.chars() {
        if let Some(reading) = character.to_pinyin() {
            parts.push(reading.plain().replace('ü', "v"));
            in_word = false;
        } else if character.is_ascii_alphanumeric() {
            let letter = character.to_ascii_lowercase();
            match parts.last_mut() {
                Some(word) if in_word => word.push(letter),
                _ => parts.push(letter.to_string()),
            }
            in_word = true;
        } else {
            in_word = false;
        }
    }
    parts.truncate(MOST_PARTS);
    parts.join("-").chars().take(LONGEST - 12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_spelled() {
        for (title, slug) in [
            ("一天的盐有多少", "yi-tian-de-yan-you-duo-shao"),
            ("H7N9禽流感怎么防", "h7n9-qin-liu-gan-zen-me-fang"),
            ("绿道", "lv-dao"),
            ("！？", ""),
        ] {
            assert_eq!(made_of(title), slug);
        }
        assert!(read("daily-salt").is_ok());
        for text in ["", "a", "-a", "A-b", "盐", "a b", "a/b"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
