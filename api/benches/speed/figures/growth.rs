//! Requests on a map of ten times the size, for answers of the same size.

use super::{answers, mean_kb, requests};
use crate::load::{Achieved, Series, alternate};
use crate::server::Server;
use crate::table::Figure;
use crate::viewports::Viewport;

/// A server and what is asked of it.
pub(crate) struct Side<'s> {
    /// The server.
    pub(crate) server: &'s Server,
    /// Boxes on its map.
    pub(crate) viewports: &'s [Viewport],
}

/// Measures lists and views on both maps in turns.
pub(crate) async fn measure(small: &Side<'_>, large: &Side<'_>) -> anyhow::Result<Vec<Figure>> {
    let (small_items, small_items_kb) = small.series(Viewport::items_path).await?;
    let (large_items, large_items_kb) = large.series(Viewport::items_path).await?;
    let (small_views, small_views_kb) = small.series(Viewport::view_path).await?;
    let (large_views, large_views_kb) = large.series(Viewport::view_path).await?;
    let (mut small_items, mut large_items) = (small_items, large_items);
    let (mut small_views, mut large_views) = (small_views, large_views);
    let [small_items, large_items, small_views, large_views] =
        alternate([&mut small_items, &mut large_items, &mut small_views, &mut large_views]).await?;
    Ok(vec![
        Figure::at_most(
            format!(
                "items?bbox at 1,000,000 ({large_items_kb:.0} kB) against 100,000 ({small_items_kb:.0} kB)"
            ),
            small_items.ratio_to(&large_items),
            1.5,
            pair(&small_items, &large_items),
        ),
        Figure::at_most(
            format!("view at 1,000,000 ({large_views_kb:.0} kB) against 100,000 ({small_views_kb:.0} kB)"),
            small_views.ratio_to(&large_views),
            1.5,
            pair(&small_views, &large_views),
        ),
    ])
}

impl Side<'_> {
    async fn series(&self, path: fn(&Viewport) -> String) -> anyhow::Result<(Series, f64)> {
        let paths: Vec<String> = self.viewports.iter().map(path).collect();
        let size_kb = mean_kb(&answers(self.server, &paths).await?);
        Ok((Series::open(self.server, requests(self.server, &paths)).await?, size_kb))
    }
}

fn pair(small: &Achieved, large: &Achieved) -> String {
    format!(
        "{:.0} and {:.0} req/s; worker {:.0} and {:.0} us each ({:.2} x)",
        large.rate(),
        small.rate(),
        large.worker_us(),
        small.worker_us(),
        large.worker_us() / small.worker_us(),
    )
}
