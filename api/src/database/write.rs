//! The one way to write.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tokio::sync::{Mutex, watch};

use super::{Database, Engine, Fault, fault_of};
use crate::error::{ApiError, ApiResult};

/// What a write transaction does; it may run more than once.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = ApiResult<T>> + Send + 't>>;

const ATTEMPTS: u32 = 4;

/// Whether writes reach the disk.
#[derive(Debug)]
pub(super) struct WriteHealth {
    storage_full: AtomicBool,
    broken: watch::Sender<bool>,
    probed_at: Mutex<Option<Instant>>,
    retries: AtomicU64,
}

impl Default for WriteHealth {
    fn default() -> Self {
        Self {
            storage_full: AtomicBool::new(false),
            broken: watch::Sender::new(false),
            probed_at: Mutex::new(None),
            retries: AtomicU64::new(0),
        }
    }
}

impl WriteHealth {
    /// Sorts an error, and remembers what it means for the writes to come.
    pub(super) fn note(&self, error: &DbErr) -> Fault {
        let fault = fault_of(error);
        match fault {
            Fault::StorageFull if !self.storage_full.swap(true, Ordering::AcqRel) => {
                tracing::error!("the disk is full: writes are refused until a probe reaches the disk");
            }
            Fault::StorageBroken => {
                tracing::error!(error = %error, "the storage can no longer be trusted: the server stops");
                self.broken.send_replace(true);
            }
            _ => {}
        }
        fault
    }

    /// Counts a transaction that lost a race and is run again.
    pub(super) fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }
}

impl Database {
    /// Runs `work` in a write transaction and commits it, or leaves nothing behind.
    ///
    /// Once begun it is finished even when the caller goes away. A transaction that lost a race is
    /// run again, so `work` must change nothing but the database.
    ///
    /// # Errors
    /// What `work` returned; 503 when the database is busy or its disk full; an internal error when
    /// the commit failed, in which case nobody may be told that it was done.
    pub async fn write<T, F>(&self, work: F) -> ApiResult<T>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T> + Send + Sync + 'static,
    {
        let database = self.clone();
        tokio::spawn(async move { database.write_to_the_end(work).await }).await.map_err(|panic| {
            ApiError::Internal(anyhow::Error::new(panic).context("a write transaction panicked"))
        })?
    }

    /// As [`Database::write`], for short work that many ask for at once: on SQLite it shares one commit with
    /// whatever else is in line, in the order of arrival. On PostgreSQL every transaction is its own.
    ///
    /// `work` runs in a savepoint of a transaction with others, so it must be short, and undoing it must
    /// not matter to them.
    ///
    /// # Errors
    /// As [`Database::write`]; 503 also when too many are in line.
    pub async fn write_together<T, F>(&self, work: F) -> ApiResult<T>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T> + Send + Sync + 'static,
    {
        let Some(line) = &self.shared_commits else {
            return self.write(work).await;
        };
        if self.health.storage_full.load(Ordering::Acquire) {
            self.probe().await?;
        }
        line.join(work).await
    }

    async fn write_to_the_end<T, F>(&self, work: F) -> ApiResult<T>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T>,
    {
        if self.health.storage_full.load(Ordering::Acquire) {
            self.probe().await?;
        }
        let mut attempt = 1;
        loop {
            let error = match self.attempt(&work).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            match self.note(&error) {
                Fault::Transient if attempt < ATTEMPTS => {
                    self.health.count_retry();
                    tokio::time::sleep(Duration::from_millis(u64::from(attempt * attempt) * 7)).await;
                    attempt += 1;
                }
                Fault::Transient => return Err(busy()),
                _ => return Err(error),
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that begins a transaction")]
    async fn attempt<T, F>(&self, work: &F) -> ApiResult<T>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T>,
    {
        let transaction = self.writer.begin_with_options(self.options()).await?;
        match work(&transaction).await {
            Ok(value) => {
                transaction.commit().await?;
                Ok(value)
            }
            Err(error) => {
                if let Err(rollback) = transaction.rollback().await {
                    tracing::warn!(error = %rollback, "a write transaction could not be rolled back");
                }
                Err(error)
            }
        }
    }

    fn options(&self) -> TransactionOptions {
        match self.engine {
            Engine::Sqlite => immediate(),
            Engine::Postgres => TransactionOptions::default(),
        }
    }

    fn note(&self, error: &ApiError) -> Fault {
        match error {
            ApiError::Database(error) => self.health.note(error),
            _ => Fault::Other,
        }
    }

    /// Writes one row and commits it, to learn whether writes reach the disk.
    ///
    /// # Errors
    /// When they do not.
    pub async fn probe(&self) -> ApiResult<()> {
        match self.attempt(&beat).await {
            Ok(()) => {
                if self.health.storage_full.swap(false, Ordering::AcqRel) {
                    tracing::info!("the disk has room again: writes are accepted");
                }
                Ok(())
            }
            Err(error) => {
                self.note(&error);
                Err(error)
            }
        }
    }

    /// As [`Database::probe`], but content with a probe that succeeded less than `age` ago. Whoever asks
    /// while one is under way waits for it: any number of askers cost one write.
    ///
    /// # Errors
    /// When writes do not reach the disk.
    pub async fn probe_within(&self, age: Duration) -> ApiResult<()> {
        let mut probed_at = self.health.probed_at.lock().await;
        if probed_at.is_some_and(|at| at.elapsed() < age) && !self.health.storage_full.load(Ordering::Acquire)
        {
            return Ok(());
        }
        self.probe().await?;
        *probed_at = Some(Instant::now());
        Ok(())
    }

    /// Resolves when the storage can no longer be trusted; the process must then end, because a
    /// failed fsync cannot be repeated safely.
    pub async fn broken(&self) {
        let mut broken = self.health.broken.subscribe();
        // An error means that the sender is gone, and with it every user of the database.
        if broken.wait_for(|broken| *broken).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// How many times a write transaction lost a race and was run again.
    pub fn write_retries(&self) -> u64 {
        self.health.retries.load(Ordering::Relaxed)
    }
}

fn beat(transaction: &DatabaseTransaction) -> Work<'_, ()> {
    Box::pin(async move {
        transaction.execute_unprepared("UPDATE heartbeat SET beat = beat + 1").await?;
        Ok(())
    })
}

/// Takes the write lock of SQLite at once: a transaction that reads first and then writes fails where
/// somebody else wrote in between.
pub(super) fn immediate() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// 503: worth another try in a second.
pub(super) fn busy() -> ApiError {
    ApiError::Database(DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout))
}
