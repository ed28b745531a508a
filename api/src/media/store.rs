//! Files and row of a medium, together or not at all.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::media::{self, Kind};
use entity::{media_leftover, media_variant};
use sea_orm::{
    ActiveValue, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::audit::{self, AuditEvent};
use crate::clock::Clock;
use crate::database::Database;
use crate::error::{ApiError, ApiResult};
use crate::files::Files;
use crate::random::Random;

/// Pictures that are decoded at a time: each may take 300 MB for a moment.
const DECODED_AT_ONCE: usize = 2;

/// Where media are kept. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MediaStore {
    database: Database,
    pub(super) files: Files,
    random: Random,
    clock: Clock,
    pub(super) decoding: Arc<Semaphore>,
}

/// Whose a new medium is.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Whose staff may change it.
    pub region_code: String,
    /// Who uploaded it; absent for what is seeded.
    pub uploaded_by: Option<Uuid>,
    /// What the audit log is told; absent for what is seeded.
    pub event: Option<AuditEvent>,
}

/// What is said about a new medium.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// What it shows.
    pub alt: Option<String>,
    /// What is said in it.
    pub transcript: Option<String>,
    /// The picture before a video plays.
    pub poster_id: Option<Uuid>,
}

/// A file that was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileFacts {
    pub(super) sha256: [u8; 32],
    pub(super) size_bytes: u64,
    pub(super) content_type: &'static str,
}

/// A size of a picture that was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sized {
    pub(super) name: &'static str,
    pub(super) file: FileFacts,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// A medium whose files are written and whose row is not.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) kind: Kind,
    pub(super) source_sha256: [u8; 32],
    pub(super) original: FileFacts,
    pub(super) size: Option<(u32, u32)>,
    pub(super) duration_ms: Option<u64>,
    pub(super) variants: Vec<Sized>,
}

/// Objects that belong to no medium yet. What is dropped before it was kept is deleted.
#[derive(Debug)]
pub(super) struct Unfinished {
    store: MediaStore,
    pub(super) id: Uuid,
    is_kept: bool,
}

/// Folder of the objects of a medium.
pub(super) fn folder(id: Uuid) -> String {
    format!("media/{id}")
}

/// Object of one file of a medium.
pub(super) fn object(id: Uuid, name: &str) -> String {
    format!("{}/{name}", folder(id))
}

impl MediaStore {
    /// Keeps media in these.
    pub fn new(database: Database, files: Files, random: Random, clock: Clock) -> Self {
        Self { database, files, random, clock, decoding: Arc::new(Semaphore::new(DECODED_AT_ONCE)) }
    }

    /// The database that the media are noted in.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A new id for something that goes with a medium.
    pub fn new_id(&self) -> Uuid {
        self.random.id(self.clock.now())
    }

    /// The medium that was made of a file with this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn known(&self, source_sha256: [u8; 32]) -> ApiResult<Option<media::Model>> {
        Ok(known(self.database.reader(), source_sha256).await?)
    }

    /// Begins a medium: from here on its objects are known to be leftovers.
    pub(super) async fn begin(&self) -> ApiResult<Unfinished> {
        let now = self.clock.now();
        let id = self.random.id(now);
        let noted = self.database.write(move |transaction| {
            Box::pin(async move {
                let row = media_leftover::Model { id, noted_at: now.into() };
                media_leftover::Entity::insert(row.into_active_model())
                    .exec_without_returning(transaction)
                    .await?;
                Ok(())
            })
        });
        noted.await?;
        Ok(Unfinished { store: self.clone(), id, is_kept: false })
    }

    /// Makes a medium of objects that are written. `false` where the same file is one already, which may have
    /// been made meanwhile.
    pub(super) async fn keep(
        &self,
        mut unfinished: Unfinished,
        written: Written,
        origin: Origin,
        texts: Texts,
    ) -> ApiResult<(media::Model, bool)> {
        let (id, now, source_sha256) = (unfinished.id, self.clock.now(), written.source_sha256);
        let kept = self.database.write(move |transaction| {
            let (written, origin, texts) = (written.clone(), origin.clone(), texts.clone());
            Box::pin(async move { insert(transaction, id, written, origin, texts, now).await })
        });
        match kept.await {
            Ok((medium, is_new)) => {
                unfinished.is_kept = is_new;
                Ok((medium, is_new))
            }
            // Another replica was faster.
            Err(error) => match self.known(source_sha256).await? {
                Some(medium) => Ok((medium, false)),
                None => Err(error),
            },
        }
    }

    /// Deletes leftover objects and forgets them.
    pub(super) async fn discard(&self, id: Uuid) -> ApiResult<()> {
        self.files.delete_folder(&folder(id)).await?;
        let forgotten = self.database.write(move |transaction| {
            Box::pin(async move {
                media_leftover::Entity::delete_by_id(id).exec(transaction).await?;
                Ok(())
            })
        });
        forgotten.await
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        let (store, id) = (self.store.clone(), self.id);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = store.discard(id).await {
                    tracing::warn!(
                        error = %error.log_text().unwrap_or_else(|| error.to_string()),
                        "an upload could not be cleared away; the sweep will do it"
                    );
                }
            });
        }
    }
}

async fn known(
    connection: &impl ConnectionTrait,
    source_sha256: [u8; 32],
) -> Result<Option<media::Model>, sea_orm::DbErr> {
    media::Entity::find().filter(media::Column::SourceSha256.eq(source_sha256.to_vec())).one(connection).await
}

async fn insert(
    transaction: &DatabaseTransaction,
    id: Uuid,
    written: Written,
    origin: Origin,
    texts: Texts,
    now: DateTime<Utc>,
) -> ApiResult<(media::Model, bool)> {
    if let Some(medium) = known(transaction, written.source_sha256).await? {
        return Ok((medium, false));
    }
    let taken = media_leftover::Entity::delete_by_id(id).exec(transaction).await?;
    if taken.rows_affected != 1 {
        return Err(ApiError::Internal(anyhow::anyhow!("an upload took so long that it was swept away")));
    }
    let (width, height) = written.size.unzip();
    let medium = media::Model {
        id,
        kind: written.kind,
        source_sha256: written.source_sha256.to_vec(),
        sha256: written.original.sha256.to_vec(),
        size_bytes: signed(written.original.size_bytes)?,
        content_type: written.original.content_type.to_owned(),
        width: width.map(small).transpose()?,
        height: height.map(small).transpose()?,
        duration_ms: written.duration_ms.map(signed).transpose()?,
        alt: texts.alt,
        transcript: texts.transcript,
        poster_id: texts.poster_id,
        region_code: origin.region_code,
        uploaded_by: origin.uploaded_by,
        version: 1,
        created_at: now.into(),
    };
    media::Entity::insert(medium.clone().into_active_model()).exec_without_returning(transaction).await?;
    for variant in written.variants {
        let row = media_variant::ActiveModel {
            media_id: ActiveValue::Set(id),
            name: ActiveValue::Set(variant.name.to_owned()),
            sha256: ActiveValue::Set(variant.file.sha256.to_vec()),
            size_bytes: ActiveValue::Set(signed(variant.file.size_bytes)?),
            content_type: ActiveValue::Set(variant.file.content_type.to_owned()),
            width: ActiveValue::Set(small(variant.width)?),
            height: ActiveValue::Set(small(variant.height)?),
        };
        media_variant::Entity::insert(row).exec_without_returning(transaction).await?;
    }
    if let Some(event) = origin.event {
        let event = event.on("media", id).in_region(medium.region_code.clone());
        audit::append(transaction, &event, now).await?;
    }
    Ok((medium, true))
}

fn signed(number: u64) -> ApiResult<i64> {
    i64::try_from(number).map_err(|error| ApiError::Internal(error.into()))
}

fn small(number: u32) -> ApiResult<i32> {
    i32::try_from(number).map_err(|error| ApiError::Internal(error.into()))
}
