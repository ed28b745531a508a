//! Requests per second beside those for ready answers of the same size from the same server.

use super::{answers, mean_kb, requests};
use crate::client::{Answer, Request};
use crate::load::{Achieved, Series, alternate};
use crate::routes::{self, ReadyAnswer};
use crate::server::Server;
use crate::table::Figure;
use crate::viewports::Viewport;

/// Measures lists, views and answers without content.
///
/// `viewports` hold 250 features of one layer, `whole_viewports` as many of all layers together.
pub(crate) async fn measure(
    server: &Server,
    viewports: &[Viewport],
    whole_viewports: &[Viewport],
) -> anyhow::Result<Vec<Figure>> {
    let item_paths: Vec<String> = viewports.iter().map(Viewport::items_path).collect();
    let view_paths: Vec<String> = viewports.iter().map(Viewport::view_path).collect();
    let whole_view_paths: Vec<String> = whole_viewports.iter().map(Viewport::whole_view_path).collect();
    let items = answers(server, &item_paths).await?;
    let views = answers(server, &view_paths).await?;
    let whole_views = answers(server, &whole_view_paths).await?;
    let ready = [&items, &views, &whole_views].into_iter().flatten().map(ReadyAnswer::like);
    routes::set_ready(ready.collect::<anyhow::Result<_>>()?);

    let count = viewports.len();
    let [
        items_now,
        items_ready,
        view_now,
        view_ready,
        whole_view_now,
        whole_view_ready,
        same_now,
        same_ready,
    ] = alternate([
        &mut Series::open(server, requests(server, &item_paths)).await?,
        &mut Series::open(server, ready_requests(server, "ready", 0, count)).await?,
        &mut Series::open(server, requests(server, &view_paths)).await?,
        &mut Series::open(server, ready_requests(server, "ready", count, count)).await?,
        &mut Series::open(server, requests(server, &whole_view_paths)).await?,
        &mut Series::open(server, ready_requests(server, "ready", 2 * count, count)).await?,
        &mut Series::open(server, unchanged_requests(server, &item_paths, &items)).await?,
        &mut Series::open(server, ready_requests(server, "empty", 0, count)).await?,
    ])
    .await?;
    Ok(vec![
        Figure::at_least(
            format!("items?bbox, {:.0} kB, against ready bytes", mean_kb(&items)),
            items_now.ratio_to(&items_ready),
            0.4,
            pair(&items_now, &items_ready),
        ),
        Figure::at_least(
            format!("view of the same box, {:.0} kB, against ready bytes", mean_kb(&views)),
            view_now.ratio_to(&view_ready),
            0.5,
            pair(&view_now, &view_ready),
        ),
        Figure::at_least(
            format!(
                "view of 250 features of all layers, {:.0} kB, against ready bytes",
                mean_kb(&whole_views)
            ),
            whole_view_now.ratio_to(&whole_view_ready),
            0.5,
            pair(&whole_view_now, &whole_view_ready),
        ),
        Figure::at_least(
            "304 to items?bbox, against ready empty answers",
            same_now.ratio_to(&same_ready),
            0.9,
            pair(&same_now, &same_ready),
        ),
    ])
}

/// Requests for so many of the ready answers: `ready` with their content, `empty` without.
pub(crate) fn ready_requests(server: &Server, kind: &str, first: usize, count: usize) -> Vec<Request> {
    let path = |n| format!("/bench/{kind}/{n}");
    let request = match kind {
        "empty" => |server: &Server, path: &str| Request::get_if_changed(server.address, path, "\"held\""),
        _ => |server: &Server, path: &str| Request::get(server.address, path),
    };
    (first..first + count).map(|n| request(server, &path(n))).collect()
}

fn unchanged_requests(server: &Server, paths: &[String], answers: &[Answer]) -> Vec<Request> {
    let held = paths.iter().zip(answers);
    held.map(|(path, answer)| Request::get_if_changed(server.address, path, answer.header("etag"))).collect()
}

/// The two rates, and what does not depend on how busy the machine is: the worker's time for each.
pub(crate) fn pair(measured: &Achieved, ready: &Achieved) -> String {
    format!(
        "{:.0} of {:.0} req/s; worker {:.0} and {:.0} us each ({:.0} %), busy {:.0} and {:.0} %",
        measured.rate(),
        ready.rate(),
        measured.worker_us(),
        ready.worker_us(),
        100.0 * ready.worker_us() / measured.worker_us(),
        100.0 * measured.busy(),
        100.0 * ready.busy(),
    )
}
