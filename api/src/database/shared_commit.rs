//! Short writes of SQLite that share one commit, so that durability does not cost an fsync each.
//!
//! Members wait in one bounded line and run in the order they came, all in one `IMMEDIATE` transaction. While the disk
//! takes one commit the next members gather, so the line is as fast as the disk and the processor allow without
//! waiting for company. Nobody whose write is kept is answered before the commit reached the disk. An error of one
//! undoes what that one wrote and nothing else; a commit that fails, fails for all.
//!
//! Mostly nobody fails, and a savepoint costs each member a turn to the database. So members run without, until one
//! fails: the transaction is undone, that one is answered, and those before it run again, each in a savepoint of its
//! own, as do the commits that follow until one in which nobody fails.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait};
use tokio::sync::{mpsc, oneshot};

use super::write::{WriteHealth, busy};
use super::{Fault, Work, fault_of};
use crate::error::{ApiError, ApiResult};

/// Members of one commit. More would make the first wait for the last without saving much of an fsync.
const MOST_MEMBERS: usize = 128;
/// No further member joins a commit that is this old.
const LONGEST_GATHERING: Duration = Duration::from_millis(50);
/// A savepoint is let go of with the turn that makes the next, or by the commit.
const FIRST_SAVEPOINT: &str = "SAVEPOINT member";
const NEXT_SAVEPOINT: &str = "RELEASE member; SAVEPOINT member";
const UNDO: &str = "ROLLBACK TO member";
/// How often members run again whose commit lost a race for the file.
const ATTEMPTS: u32 = 4;

/// The line of members. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct SharedCommits {
    line: mpsc::Sender<Box<dyn Member>>,
}

/// One write that waits for its turn.
trait Member: Send {
    /// Since when it waits.
    fn waits_since(&self) -> Instant;
    /// Runs in its savepoint of the transaction and keeps what came of it.
    fn run<'t>(
        &'t mut self,
        transaction: &'t DatabaseTransaction,
    ) -> Pin<Box<dyn Future<Output = Ran> + Send + 't>>;
    /// Tells whoever waits what came of it; `failure` is why nothing of it was kept.
    fn answer(self: Box<Self>, failure: Option<DbErr>);
}

/// How a member ended.
enum Ran {
    /// Its savepoint is to be kept.
    Done,
    /// Its savepoint is to be undone.
    Failed,
    /// SQLite may have undone more than the savepoint.
    Fault(DbErr),
}

struct Pending<T, F> {
    work: F,
    since: Instant,
    outcome: Option<ApiResult<T>>,
    asker: oneshot::Sender<ApiResult<T>>,
}

impl<T, F> Member for Pending<T, F>
where
    T: Send + 'static,
    F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T> + Send + Sync + 'static,
{
    fn waits_since(&self) -> Instant {
        self.since
    }

    fn run<'t>(
        &'t mut self,
        transaction: &'t DatabaseTransaction,
    ) -> Pin<Box<dyn Future<Output = Ran> + Send + 't>> {
        Box::pin(async move {
            let outcome =
                AssertUnwindSafe((self.work)(transaction)).catch_unwind().await.unwrap_or_else(|_| {
                    Err(ApiError::Internal(anyhow::anyhow!("a write that shares a commit panicked")))
                });
            let ran = match &outcome {
                Ok(_) => Ran::Done,
                Err(ApiError::Database(error)) if ends_the_transaction(error) => Ran::Fault(error.clone()),
                Err(_) => Ran::Failed,
            };
            self.outcome = Some(outcome);
            ran
        })
    }

    fn answer(self: Box<Self>, failure: Option<DbErr>) {
        let answer = match (self.outcome, failure) {
            // What failed by itself says so even where the commit failed, too.
            (Some(Err(error)), _) => Err(error),
            (_, Some(failure)) => Err(ApiError::Database(failure)),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(busy()),
        };
        // Whoever asked may be gone; what was begun is finished all the same.
        drop(self.asker.send(answer));
    }
}

/// Whether an error concerns the transaction, not only who met it. Where SQLite itself undid everything
/// without saying so, the savepoint cannot be undone any more, and the commit fails by that.
fn ends_the_transaction(error: &DbErr) -> bool {
    matches!(fault_of(error), Fault::Transient | Fault::StorageFull | Fault::StorageBroken)
}

/// What the task that writes works with.
pub(super) struct Writer {
    pub(super) connection: DatabaseConnection,
    pub(super) health: Arc<WriteHealth>,
    /// Members that waited longer are turned away without having begun.
    pub(super) longest_wait: Duration,
}

impl SharedCommits {
    /// Opens the line, with room for `places` members that wait.
    pub(super) fn open(writer: Writer, places: usize) -> Self {
        let (line, members) = mpsc::channel(places.max(1));
        tokio::spawn(writer.serve(members));
        Self { line }
    }

    /// Runs `work` with the next commit.
    ///
    /// # Errors
    /// What `work` returned; 503 when the line is full or the wait too long; what the commit failed with.
    pub(super) async fn join<T, F>(&self, work: F) -> ApiResult<T>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T> + Send + Sync + 'static,
    {
        let (asker, answer) = oneshot::channel();
        let member = Pending { work, since: Instant::now(), outcome: None, asker };
        self.line.try_send(Box::new(member)).map_err(|_full| busy())?;
        answer.await.unwrap_or_else(|_gone| Err(busy()))
    }
}

/// How members of one transaction are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Apart {
    /// Not at all: where one fails, all is undone and run again without that one.
    Never,
    /// Each in a savepoint.
    BySavepoint,
}

impl Writer {
    async fn serve(self, mut members: mpsc::Receiver<Box<dyn Member>>) {
        let mut apart = Apart::Never;
        while let Some(first) = members.recv().await {
            apart = self.commit_group(first, &mut members, apart).await;
        }
    }

    /// Runs one commit with everybody who is in line; tells how the next shall begin.
    async fn commit_group(
        &self,
        first: Box<dyn Member>,
        line: &mut mpsc::Receiver<Box<dyn Member>>,
        mut apart: Apart,
    ) -> Apart {
        let mut group = Group::default();
        group.waiting.push_back(first);
        let mut attempt = 1;
        let failure = loop {
            match self.attempt(&mut group, line, apart).await {
                Ok(Ended::Committed) => break None,
                Ok(Ended::Undone) => {
                    apart = Apart::BySavepoint;
                    group.begin_again();
                    if group.waiting.is_empty() {
                        break None;
                    }
                }
                Err(error) => match self.health.note(&error) {
                    Fault::Transient if attempt < ATTEMPTS => {
                        self.health.count_retry();
                        tokio::time::sleep(Duration::from_millis(u64::from(attempt * attempt) * 7)).await;
                        attempt += 1;
                        group.begin_again();
                    }
                    _ => break Some(error),
                },
            }
        };
        let somebody_failed = group.somebody_failed;
        for member in group.ran.into_iter().chain(group.waiting) {
            member.answer(failure.clone());
        }
        if somebody_failed { Apart::BySavepoint } else { Apart::Never }
    }

    #[expect(clippy::disallowed_methods, reason = "one of the two places that begin a transaction")]
    async fn attempt(
        &self,
        group: &mut Group,
        line: &mut mpsc::Receiver<Box<dyn Member>>,
        apart: Apart,
    ) -> Result<Ended, DbErr> {
        let transaction = self.connection.begin_with_options(super::write::immediate()).await?;
        let began = Instant::now();
        let mut savepoint = FIRST_SAVEPOINT;
        while let Some(mut member) = group.next(line, began) {
            if member.waits_since().elapsed() > self.longest_wait {
                member.answer(None);
                continue;
            }
            if apart == Apart::BySavepoint {
                if let Err(error) = transaction.execute_unprepared(savepoint).await {
                    group.waiting.push_front(member);
                    return Err(error);
                }
                savepoint = NEXT_SAVEPOINT;
            }
            match member.run(&transaction).await {
                Ran::Done => group.ran.push_back(member),
                Ran::Failed => {
                    group.somebody_failed = true;
                    if apart == Apart::Never {
                        member.answer(None);
                        transaction.rollback().await?;
                        return Ok(Ended::Undone);
                    }
                    group.ran.push_back(member);
                    transaction.execute_unprepared(UNDO).await?;
                }
                Ran::Fault(error) => {
                    group.ran.push_back(member);
                    transaction.rollback().await?;
                    return Err(error);
                }
            }
        }
        transaction.commit().await?;
        Ok(Ended::Committed)
    }
}

/// How a transaction ended in which nothing went wrong with the database.
enum Ended {
    Committed,
    /// A member failed that no savepoint held.
    Undone,
}

/// The members of one commit.
#[derive(Default)]
struct Group {
    /// Not begun yet in this attempt.
    waiting: VecDeque<Box<dyn Member>>,
    /// Begun, in order.
    ran: VecDeque<Box<dyn Member>>,
    /// Whether a rule refused one of them, in any attempt.
    somebody_failed: bool,
}

impl Group {
    /// The next who runs; who comes while others run joins them, up to a point.
    fn next(
        &mut self,
        line: &mut mpsc::Receiver<Box<dyn Member>>,
        began: Instant,
    ) -> Option<Box<dyn Member>> {
        if let Some(member) = self.waiting.pop_front() {
            return Some(member);
        }
        if self.ran.len() >= MOST_MEMBERS || began.elapsed() > LONGEST_GATHERING {
            return None;
        }
        line.try_recv().ok()
    }

    /// Nothing of what ran was kept: all run again, in the same order.
    fn begin_again(&mut self) {
        self.ran.append(&mut self.waiting);
        std::mem::swap(&mut self.ran, &mut self.waiting);
    }
}
