//! Members of staff at work on articles of their region and below.

use std::collections::HashMap;

use actix_web::HttpRequest;
use entity::{article, article_event, staff};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::audit::{Action, Actor, AuditEvent};
use crate::error::{ApiError, ApiResult};
use crate::http::if_match::IfMatch;
use crate::identity::caller::Permitted;
use crate::identity::origin::Origin;
use crate::identity::permission::Permission;
use crate::regions::RegionScope;

/// Who does something, kept while the transaction runs.
#[derive(Clone, Debug)]
pub(in crate::knowledge) struct Worker {
    pub(in crate::knowledge) staff_id: Uuid,
    pub(in crate::knowledge) scope: RegionScope,
    origin: Origin,
}

impl Worker {
    pub(in crate::knowledge) fn new<P: Permission>(caller: &Permitted<P>, request: &HttpRequest) -> Self {
        Self { staff_id: caller.staff_id, scope: caller.scope().clone(), origin: Origin::of(request) }
    }

    /// Whether what is for a region is theirs; what is for everywhere is, where they work everywhere.
    pub(in crate::knowledge) fn covers(&self, region_code: Option<&str>) -> bool {
        region_code.map_or_else(|| self.scope.is_everywhere(), |code| self.scope.covers(code))
    }

    /// Refuses `what` is not theirs, as if it did not exist.
    ///
    /// # Errors
    /// 404, which calls it by its name.
    pub(in crate::knowledge) fn require(&self, region_code: Option<&str>, what: &str) -> ApiResult<()> {
        if self.covers(region_code) {
            return Ok(());
        }
        let detail = match region_code {
            Some(_) => format!("没有找到{what}，或者不在您负责的区域内。"),
            None => format!("{what}对所有区域都一样，请联系负责全部区域的同事。"),
        };
        Err(ApiError::NotFound { code: "not_found", detail })
    }

    /// Something they did.
    pub(in crate::knowledge) fn event(&self, action: Action, region_code: Option<&str>) -> AuditEvent {
        let event = self.origin.event(action, Actor::Staff(self.staff_id));
        match region_code {
            Some(code) => event.in_region(code),
            None => event,
        }
    }

    /// Something they did to an article.
    pub(super) fn event_on(&self, action: Action, article: &article::Model) -> AuditEvent {
        self.event(action, article.region_code.as_deref()).on("article", article.id)
    }

    /// The articles that are theirs.
    pub(super) fn articles(&self) -> Condition {
        let here = article::Column::RegionCode.is_in(self.scope.codes());
        let everywhere = self.scope.is_everywhere().then(|| article::Column::RegionCode.is_null());
        Condition::any().add(here).add_option(everywhere)
    }

    /// The article with this number, in the recycle bin or not.
    pub(super) async fn find(&self, connection: &impl ConnectionTrait, id: i32) -> ApiResult<article::Model> {
        let found = article::Entity::find_by_id(id).one(connection).await?;
        found.filter(|article| self.covers(article.region_code.as_deref())).ok_or_else(not_found)
    }

    /// The same, locked until the end of the transaction: everything that is done to an article takes turns.
    pub(super) async fn lock(&self, transaction: &DatabaseTransaction, id: i32) -> ApiResult<article::Model> {
        let found = article::Entity::find_by_id(id).lock_exclusive().one(transaction).await?;
        found.filter(|article| self.covers(article.region_code.as_deref())).ok_or_else(not_found)
    }

    /// The same, and not in the recycle bin.
    pub(super) async fn lock_in_use(
        &self,
        transaction: &DatabaseTransaction,
        id: i32,
    ) -> ApiResult<article::Model> {
        let article = self.lock(transaction, id).await?;
        if article.binned_at.is_none() {
            return Ok(article);
        }
        Err(ApiError::Conflict {
            code: "in_bin", detail: "这篇文章在回收站里，请先恢复它。".into()
        })
    }

    /// The same, in the version that they have seen.
    pub(super) async fn lock_seen(
        &self,
        transaction: &DatabaseTransaction,
        id: i32,
        seen: IfMatch,
    ) -> ApiResult<article::Model> {
        let article = self.lock_in_use(transaction, id).await?;
        require_seen(transaction, &article, seen).await?;
        Ok(article)
    }
}

/// Refuses what was decided without having seen what somebody else did meanwhile.
///
/// # Errors
/// 412 with the present version and who made it.
pub(super) async fn require_seen(
    connection: &impl ConnectionTrait,
    article: &article::Model,
    seen: IfMatch,
) -> ApiResult<()> {
    if seen.version() == article.version {
        return Ok(());
    }
    let last = article_event::Entity::find()
        .filter(article_event::Column::ArticleId.eq(article.id))
        .order_by_desc(article_event::Column::Id)
        .one(connection)
        .await?;
    Err(stale(connection, article.version, last.and_then(|event| event.staff_id)).await?)
}

/// 412: the version there is now, and who made it.
pub(super) async fn stale(
    connection: &impl ConnectionTrait,
    version: i32,
    changed_by: Option<Uuid>,
) -> ApiResult<ApiError> {
    let names = names(connection, changed_by).await?;
    Ok(ApiError::PreconditionFailed { version, changed_by: names.into_values().next() })
}

/// What colleagues call these members of staff.
pub(super) async fn names(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> ApiResult<HashMap<Uuid, String>> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String)> = staff::Entity::find()
        .select_only()
        .column(staff::Column::Id)
        .column(staff::Column::DisplayName)
        .filter(staff::Column::Id.is_in(ids))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Raises the version of an article that something was done to.
pub(super) async fn touch(
    transaction: &DatabaseTransaction,
    article: article::Model,
) -> ApiResult<article::Model> {
    let version = article.version + 1;
    let mut row = article.into_active_model();
    row.version = ActiveValue::Set(version);
    Ok(row.update(transaction).await?)
}

/// 404: no such article, or none that is theirs.
pub(super) fn not_found() -> ApiError {
    ApiError::NotFound {
        code: "not_found", detail: "没有找到这篇文章，或者不在您负责的区域内。".into()
    }
}
