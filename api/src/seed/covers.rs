//! The covers of the first articles (`seeds/covers/`); articles of one branch of topics share a picture.

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::{article_revision, article_slug, knowledge_revision};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::knowledge::covers_of_articles;
use super::videos::region_code;
use crate::error::ApiResult;
use crate::knowledge::articles::write;
use crate::knowledge::revision::{self, Changed};
use crate::media::{MediaStore, Origin, Texts, keep_picture};

macro_rules! cover {
    ($name:literal, $alt:literal) => {
        Cover {
            name: $name,
            alt: $alt,
            file: include_bytes!(concat!("../../../seeds/covers/", $name, ".png")),
        }
    };
}

struct Cover {
    /// What articles call it.
    name: &'static str,
    /// What it shows.
    alt: &'static str,
    file: &'static [u8],
}

const COVERS: [Cover; 17] = [
    cover!("activity", "走在山间小路上的人"),
    cover!("bone", "一根骨头"),
    cover!("eye", "一只眼睛"),
    cover!("first-aid", "急救箱"),
    cover!("herbs", "一盆草药"),
    cover!("mind", "两个对话框，一个里面有一颗心"),
    cover!("no-smoking", "禁止吸烟的标志"),
    cover!("plate", "分成四份的餐盘"),
    cover!("pressure", "一颗心和一条脉搏线"),
    cover!("rumours", "放大镜下的文章"),
    cover!("shield", "盾牌上打了勾"),
    cover!("sleep", "月亮和星星"),
    cover!("taste", "一碗白色的调料和一把勺"),
    cover!("teeth", "一颗牙齿"),
    cover!("water", "一滴水"),
    cover!("weight", "一台体重秤"),
    cover!("women", "一朵花"),
];

/// Gives the first articles their covers where none of them ever had one, those that nobody has changed; whether it
/// did.
///
/// # Errors
/// When the database or the file store fails.
pub async fn covers_if_missing(media: &MediaStore) -> ApiResult<bool> {
    let database = media.database();
    if uncovered(database.reader()).await?.is_empty() {
        return Ok(false);
    }
    let Some(region_code) = region_code(media).await? else {
        return Ok(false);
    };
    let mut kept = BTreeMap::new();
    for cover in &COVERS {
        let origin = Origin { region_code: region_code.clone(), uploaded_by: None, event: None };
        let texts = Texts { alt: Some(cover.alt.to_owned()), ..Texts::default() };
        let medium = keep_picture(media, cover.file.to_vec(), origin, texts).await?.medium;
        kept.insert(cover.name, medium.id);
    }
    let now = media.now();
    let written = database.write(move |transaction| {
        let kept = kept.clone();
        Box::pin(async move { plant(transaction, &kept, now).await })
    });
    written.await
}

/// The first revisions of the first articles with the names of their covers; none where any was ever given a cover.
async fn uncovered(connection: &impl ConnectionTrait) -> ApiResult<Vec<(article_revision::Model, String)>> {
    let wanted = covers_of_articles()?;
    let slugs = article_slug::Entity::find()
        .filter(article_slug::Column::Slug.is_in(wanted.keys().map(String::as_str)))
        .all(connection)
        .await?;
    let covers: BTreeMap<i32, String> =
        slugs.into_iter().filter_map(|row| Some((row.article_id, wanted.get(&row.slug)?.clone()))).collect();
    let revisions = article_revision::Entity::find()
        .filter(article_revision::Column::ArticleId.is_in(covers.keys().copied()))
        .order_by_asc(article_revision::Column::Id)
        .all(connection)
        .await?;
    if revisions.iter().any(|row| row.cover_url.is_some()) {
        return Ok(Vec::new());
    }
    let mut first: BTreeMap<i32, article_revision::Model> = BTreeMap::new();
    let mut changed = Vec::new();
    for row in revisions {
        if row.number > 1 {
            changed.push(row.article_id);
        } else {
            first.insert(row.article_id, row);
        }
    }
    first.retain(|article_id, row| !changed.contains(article_id) && row.demo);
    let with_cover =
        |row: article_revision::Model| covers.get(&row.article_id).cloned().map(|cover| (row, cover));
    Ok(first.into_values().filter_map(with_cover).collect())
}

async fn plant(
    transaction: &DatabaseTransaction,
    kept: &BTreeMap<&'static str, Uuid>,
    now: DateTime<Utc>,
) -> ApiResult<bool> {
    // Replicas that start together take turns on this row; the second finds the work done.
    knowledge_revision::Entity::update_many()
        .col_expr(knowledge_revision::Column::Revision, Expr::col(knowledge_revision::Column::Revision))
        .exec(transaction)
        .await?;
    let uncovered = uncovered(transaction).await?;
    let planted = !uncovered.is_empty();
    for (row, cover) in uncovered {
        let media_id = kept.get(cover.as_str()).with_context(|| format!("there is no cover {cover}"))?;
        write::give_cover(transaction, row, *media_id).await?;
    }
    if planted {
        revision::raise(transaction, Changed::Whole, now).await?;
    }
    Ok(planted)
}
