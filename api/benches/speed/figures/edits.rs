//! Edits: when reads see them, and what reads notice of many.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use geodata::snapshot::Snapshot;

use crate::client::{Connection, Request};
use crate::load::{Series, quantile};
use crate::routes::{self, EditSteps, edited_name};
use crate::server::Server;
use crate::table::{Figure, seconds};
use crate::viewports::Viewport;

/// Edits that are made one by one.
const SINGLE_EDITS: usize = 100;
/// A storm is 20 edits a second.
const STORM_INTERVAL: Duration = Duration::from_millis(50);
/// Quiet and storm take turns of this length.
const TURNS: usize = 6;
const TURN: Duration = Duration::from_millis(1_500);
const EDITS_PER_TURN: usize = 30;
/// Readers, and the part of what the server bears that they ask for together.
const READERS: usize = 4;
const LOAD: f64 = 0.3;

/// Makes edits one by one, then many beside reads.
pub(crate) async fn measure(server: &Server, viewports: &[Viewport]) -> anyhow::Result<Vec<Figure>> {
    let mut figures = vec![single(server).await?];
    figures.push(storm(server, viewports).await?);
    Ok(figures)
}

/// Every edit must be in the next answer, or the benchmark fails.
async fn single(server: &Server) -> anyhow::Result<Figure> {
    let (mut editor, mut reader) =
        (Connection::open(server.address).await?, Connection::open(server.address).await?);
    routes::take_steps();
    for n in 0..SINGLE_EDITS {
        let revision = server.state.map.current().snapshot.revision();
        editor.send(&edit(server, n)).await?;
        let path = path_of_edited(&server.state.map.current().snapshot, revision)?;
        let answer = reader.fetch(&Request::get(server.address, &path)).await?;
        let text = String::from_utf8_lossy(&answer.body);
        ensure!(text.contains(&edited_name(n)), "edit {n} is not in the next answer: {text}");
    }
    let steps = routes::take_steps();
    let publish = |part| quantile(part, times(&steps, |step| step.publish)).as_secs_f64();
    let commit = quantile(0.5, times(&steps, |step| step.commit)).as_secs_f64();
    Ok(Figure::within(
        "publish step of an edit, p99; each edit is in the next answer",
        publish(0.99),
        0.05,
        format!("{SINGLE_EDITS} edits; p50 {}, after a commit of {}", seconds(publish(0.5)), seconds(commit)),
    ))
}

fn edit(server: &Server, n: usize) -> Request {
    Request::post(server.address, &format!("/bench/edit/{n}"))
}

fn path_of_edited(map: &Snapshot, since: u64) -> anyhow::Result<String> {
    let changes = map.changes_since(since).unwrap_or_default();
    match changes.as_slice() {
        [geodata::snapshot::ChangeRef::Upsert { feature, .. }] => {
            Ok(format!("/map/collections/{}/items/{}", feature.layer(), feature.id()))
        }
        other => anyhow::bail!("an edit of one place changed {}", other.len()),
    }
}

async fn storm(server: &Server, viewports: &[Viewport]) -> anyhow::Result<Figure> {
    let paths = viewports.iter().flat_map(|viewport| [viewport.items_path(), viewport.view_path()]);
    let requests = paths.map(|path| Request::get(server.address, &path)).collect();
    let mut readers = Series::with_connections(server.address, PathBuf::new(), requests, READERS).await?;
    let per_second = LOAD * readers.capacity().await?;
    let mut editor = Connection::open(server.address).await?;
    let (mut quiet, mut stormy) = (Vec::new(), Vec::new());
    routes::take_steps();
    for turn in 0..TURNS {
        quiet.extend(readers.pace(per_second, TURN).await?);
        let first = SINGLE_EDITS + turn * EDITS_PER_TURN;
        let reads = readers.pace(per_second, TURN);
        let (read, ()) = tokio::try_join!(reads, edit_steadily(server, &mut editor, first))?;
        stormy.extend(read);
    }
    let publish = quantile(0.99, times(&routes::take_steps(), |step| step.publish));
    let p99 = |times: &[Duration]| quantile(0.99, times.to_vec()).as_secs_f64();
    let p50 = |times: &[Duration]| quantile(0.5, times.to_vec()).as_secs_f64();
    Ok(Figure::at_most(
        "p99 of reads beside 20 edits/s against quiet",
        p99(&stormy) / p99(&quiet),
        3.0,
        format!(
            "{per_second:.0} req/s, {} edits; p99 {} and {}, p50 {} and {}; publish p99 {}",
            TURNS * EDITS_PER_TURN,
            seconds(p99(&stormy)),
            seconds(p99(&quiet)),
            seconds(p50(&stormy)),
            seconds(p50(&quiet)),
            seconds(publish.as_secs_f64()),
        ),
    ))
}

async fn edit_steadily(server: &Server, editor: &mut Connection, first: usize) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(STORM_INTERVAL);
    for n in first..first + EDITS_PER_TURN {
        ticks.tick().await;
        editor.send(&edit(server, n)).await?;
    }
    Ok(())
}

fn times(steps: &[EditSteps], time: fn(&EditSteps) -> Duration) -> Vec<Duration> {
    steps.iter().map(time).collect()
}
