//! Routes that only the benchmark needs: ready answers to compare with, and edits of places.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use actix_files::NamedFile;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::{self, Bytes, Data, Path};
use actix_web::{HttpResponse, HttpResponseBuilder};
use anyhow::Context;
use arc_swap::ArcSwap;
use kangtu::error::{ApiError, ApiResult};
use kangtu::map::edit::{self, FeatureDraft, FeatureEdit};
use kangtu::state::AppState;

use crate::client::Answer;

/// Headers of an answer that a ready one repeats.
const REPEATED: [HeaderName; 4] = [header::CONTENT_TYPE, header::ETAG, header::CACHE_CONTROL, header::VARY];

const NO_ANSWER: &str = "there is no such ready answer";

/// Routes are plain functions without surroundings; what they answer stands here.
static READY: LazyLock<ArcSwap<Vec<ReadyAnswer>>> = LazyLock::new(ArcSwap::default);
static FILE: OnceLock<PathBuf> = OnceLock::new();
static EDITS: OnceLock<Vec<(i32, FeatureDraft)>> = OnceLock::new();
static STEPS: Mutex<Vec<EditSteps>> = Mutex::new(Vec::new());

/// An answer made in advance.
#[derive(Clone, Debug)]
pub(crate) struct ReadyAnswer {
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

/// How long the two steps of an edit took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EditSteps {
    /// From its beginning until the transaction was committed.
    pub(crate) commit: Duration,
    /// From then until reads see it.
    pub(crate) publish: Duration,
}

impl ReadyAnswer {
    /// The same content and headers as an answer of the product.
    pub(crate) fn like(answer: &Answer) -> anyhow::Result<Self> {
        let headers = REPEATED
            .into_iter()
            .map(|name| {
                let value = HeaderValue::from_str(answer.header(name.as_str()))?;
                anyhow::Ok((name, value))
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { headers, body: answer.body.clone().into() })
    }
}

/// Sets what `/bench/ready/{n}` and `/bench/empty/{n}` answer.
pub(crate) fn set_ready(answers: Vec<ReadyAnswer>) {
    READY.store(Arc::new(answers));
}

/// Sets the places, by their ids, that `/bench/edit/{n}` changes.
pub(crate) fn set_edits(places: Vec<(i32, FeatureDraft)>) -> anyhow::Result<()> {
    EDITS.set(places).ok().context("the edits are set already")
}

/// Sets what `/bench/file` answers.
pub(crate) fn set_file(path: PathBuf) -> anyhow::Result<()> {
    FILE.set(path).ok().context("the file is set already")
}

/// The steps of all edits since the last call.
pub(crate) fn take_steps() -> Vec<EditSteps> {
    std::mem::take(&mut STEPS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Registers the routes.
pub(crate) fn configure(services: &mut web::ServiceConfig) {
    services
        .service(web::resource("/bench/ready/{n}").get(ready))
        .service(web::resource("/bench/empty/{n}").get(empty))
        .service(web::resource("/bench/file").get(file))
        .service(web::resource("/bench/edit/{n}").post(change));
}

async fn ready(n: Path<usize>) -> ApiResult<HttpResponse> {
    let answers = READY.load();
    let answer = answers.get(*n).context(NO_ANSWER)?;
    Ok(repeat(answer, HttpResponse::Ok()).body(answer.body.clone()))
}

async fn empty(n: Path<usize>) -> ApiResult<HttpResponse> {
    let answers = READY.load();
    Ok(repeat(answers.get(*n).context(NO_ANSWER)?, HttpResponse::NotModified()).finish())
}

/// As a plain server of files sends it.
async fn file() -> ApiResult<NamedFile> {
    let path = FILE.get().context("there is no file")?;
    Ok(NamedFile::open(path).context("the file cannot be opened")?)
}

fn repeat(answer: &ReadyAnswer, mut response: HttpResponseBuilder) -> HttpResponseBuilder {
    for (name, value) in &answer.headers {
        response.insert_header((name.clone(), value.clone()));
    }
    response
}

/// What `map::edit::commit` does, with the time of each of its two steps.
async fn change(n: Path<usize>, state: Data<AppState>) -> ApiResult<HttpResponse> {
    let places = EDITS.get().map(Vec::as_slice).unwrap_or_default();
    let (id, place) = places.get(*n % places.len().max(1)).context("there is no place to edit")?;
    let mut place = place.clone();
    place.name = edited_name(*n);
    let edits: Arc<[FeatureEdit]> = [FeatureEdit::Replace(*id, Box::new(place), None)].into();
    let now = state.clock.now();
    let began = Instant::now();
    state
        .database
        .write(move |transaction| Box::pin(edit::write(transaction, Arc::clone(&edits), now)))
        .await?;
    let committed = Instant::now();
    state.map.refresh(&state.database, &state.metrics).await?;
    let steps = EditSteps { commit: committed - began, publish: committed.elapsed() };
    STEPS
        .lock()
        .map_err(|_poisoned| ApiError::Internal(anyhow::anyhow!("a measurement panicked")))?
        .push(steps);
    Ok(HttpResponse::NoContent().finish())
}

/// What edit `n` calls its place.
pub(crate) fn edited_name(n: usize) -> String {
    format!("第{n}次修改后的地点")
}
