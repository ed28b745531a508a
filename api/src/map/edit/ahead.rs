//! Statements made beside the one that is being written.

use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::error::ApiResult;

/// Makes something of each job on another thread, one ahead of whoever takes it.
pub(super) struct Ahead<J, M> {
    jobs: std::vec::IntoIter<J>,
    make: Arc<dyn Fn(J) -> M + Send + Sync>,
    next: Option<JoinHandle<M>>,
}

impl<J: Send + 'static, M: Send + 'static> Ahead<J, M> {
    /// Begins with the first.
    pub(super) fn new(jobs: Vec<J>, make: impl Fn(J) -> M + Send + Sync + 'static) -> Self {
        let mut ahead = Self { jobs: jobs.into_iter(), make: Arc::new(make), next: None };
        ahead.begin();
        ahead
    }

    fn begin(&mut self) {
        self.next = self.jobs.next().map(|job| {
            let make = Arc::clone(&self.make);
            tokio::task::spawn_blocking(move || make(job))
        });
    }

    /// What was made of the next job; `None` after the last.
    pub(super) async fn next(&mut self) -> ApiResult<Option<M>> {
        let Some(making) = self.next.take() else {
            return Ok(None);
        };
        let made = making.await.map_err(anyhow::Error::new)?;
        self.begin();
        Ok(Some(made))
    }
}
