//! A long video in parts, beside the same bytes from a plain server of files, and the memory it takes.

use anyhow::{Context, ensure};
use entity::region;
use kangtu::media::{Origin, Texts, keep_video};
use sea_orm::EntityTrait;

use crate::client::{Connection, Request};
use crate::load::{Series, alternate};
use crate::residents;
use crate::routes;
use crate::server::Server;
use crate::table::{Figure, megabytes};

const VIDEO: &[u8] = include_bytes!("../../../../seeds/videos/01-less-salt.mp4");
/// Frames that nothing points at make the seeded video long.
const LENGTH_BYTES: usize = 50_000_000;
/// Parts that phones ask for at once.
const PHONES: usize = 8;
/// How much memory the server may take beside what it had.
const MOST_GROWTH_BYTES: u64 = 16_000_000;

/// Measures on a server of its own.
pub(crate) async fn measure() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::Builder::new().prefix("kangtu-bench-").tempdir()?;
    let server = Server::start(residents::settings(folder.path(), None, None)?)?;
    let reader = server.state.database.reader();
    let region_code = region::Entity::find().one(reader).await?.context("no region is seeded")?.code;
    let origin = Origin { region_code, uploaded_by: None, event: None };
    let kept = keep_video(&server.state.media, long_video()?, origin, Texts::default()).await;
    let medium = kept.map_err(|error| anyhow::anyhow!("the video was refused: {error:?}"))?.medium;
    let path = format!("/media/{}/original", medium.id);
    let mut connection = Connection::open(server.address).await?;
    let whole = connection.fetch(&Request::get(server.address, &path)).await?.body;
    ensure!(whole.len() >= LENGTH_BYTES, "the video has only {} bytes", whole.len());
    let plain = folder.path().join("plain.mp4");
    std::fs::write(&plain, &whole)?;
    routes::set_file(plain)?;
    drop((whole, connection));

    let part = |path: &str| vec![Request::get_part(server.address, path, "bytes=0-")];
    let (worker, address) = (server.worker.clone(), server.address);
    let mut ours = Series::with_connections(address, worker.clone(), part(&path), PHONES).await?;
    let mut theirs = Series::with_connections(address, worker, part("/bench/file"), PHONES).await?;
    let before_bytes = resident_bytes()?;
    let [video, file] = alternate([&mut ours, &mut theirs]).await?;
    let growth_bytes = resident_bytes()?.saturating_sub(before_bytes);
    server.stop().await?;
    Ok(vec![
        Figure::at_least(
            "a video of 50 MB by Range, against actix-files",
            video.ratio_to(&file),
            0.6,
            format!("{:.0} and {:.0} MB/s", megabytes_per_second(&video), megabytes_per_second(&file)),
        ),
        Figure {
            what: format!("memory taken while {PHONES} phones play it"),
            measured: megabytes(growth_bytes),
            target: format!("<= {}", megabytes(MOST_GROWTH_BYTES)),
            met: growth_bytes <= MOST_GROWTH_BYTES,
            from: "of server and clients together".to_owned(),
        },
    ])
}

#[expect(clippy::cast_precision_loss, reason = "a rate to show")]
fn megabytes_per_second(achieved: &crate::load::Achieved) -> f64 {
    achieved.rate() * LENGTH_BYTES as f64 / 1e6
}

fn long_video() -> anyhow::Result<Vec<u8>> {
    let mut file = VIDEO.to_vec();
    file.extend(u32::try_from(LENGTH_BYTES + 8)?.to_be_bytes());
    file.extend(b"mdat");
    file.resize(file.len() + LENGTH_BYTES, 0x5a);
    Ok(file)
}

/// Memory of this process that is in use (proc(5), `VmRSS`).
fn resident_bytes() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: u64 = line.and_then(|line| line.split_whitespace().next()).context("no VmRSS")?.parse()?;
    Ok(kilobytes * 1024)
}
