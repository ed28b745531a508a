//! Articles and the first screen, beside ready answers of the same size from the same server.

use super::throughput::{pair, ready_requests};
use super::{answers, mean_kb, requests};
use crate::load::{Series, alternate};
use crate::routes::{self, ReadyAnswer};
use crate::server::Server;
use crate::table::Figure;

/// Articles that requests go round.
const ARTICLES: usize = 64;

/// Measures articles and the first screen of each community.
pub(crate) async fn measure(server: &Server) -> anyhow::Result<Vec<Figure>> {
    let article_paths: Vec<String> =
        (0..ARTICLES).map(|n| format!("/api/v1/articles/bench-{}", n * 7)).collect();
    let home_paths: Vec<String> = (1..=9)
        .map(|n| format!("/api/v1/home?region=44030700900{n}"))
        .chain(["/api/v1/home".to_owned()])
        .collect();
    let articles = answers(server, &article_paths).await?;
    let homes = answers(server, &home_paths).await?;
    let ready = articles.iter().chain(&homes).map(ReadyAnswer::like);
    routes::set_ready(ready.collect::<anyhow::Result<_>>()?);
    let [article_now, article_ready, home_now, home_ready] = alternate([
        &mut Series::open(server, requests(server, &article_paths)).await?,
        &mut Series::open(server, ready_requests(server, "ready", 0, articles.len())).await?,
        &mut Series::open(server, requests(server, &home_paths)).await?,
        &mut Series::open(server, ready_requests(server, "ready", articles.len(), homes.len())).await?,
    ])
    .await?;
    Ok(vec![
        Figure::at_least(
            format!("article page, {:.0} kB, against ready bytes", mean_kb(&articles)),
            article_now.ratio_to(&article_ready),
            0.5,
            pair(&article_now, &article_ready),
        ),
        Figure::at_least(
            format!("/home, {:.0} kB, against ready bytes", mean_kb(&homes)),
            home_now.ratio_to(&home_ready),
            0.5,
            pair(&home_now, &home_ready),
        ),
    ])
}
