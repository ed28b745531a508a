//! `kangtu export`: the published map as files that other programs read.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use clap::Args;
use clap::builder::PossibleValuesParser;

use super::office::Office;
use crate::map::export::{ChosenPlaces, ExportFormat, written};
use crate::map::published::MapState;
use crate::regions::Regions;

/// Write the published map, or some layers of it, to a file
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The file. For several layers in a format that holds one (fgb): a folder
    file: PathBuf,
    /// Format of the file
    #[arg(long, value_parser = PossibleValuesParser::new(ExportFormat::ALL.map(ExportFormat::as_str)))]
    format: String,
    /// Only these layers, such as `park,greenway`
    #[arg(long, value_name = "LAYER,…", value_delimiter = ',')]
    layers: Vec<String>,
    /// Only places in this region: statistical code, such as 440307009
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

impl Export {
    pub(super) async fn work(self, office: &Office) -> anyhow::Result<String> {
        let format = ExportFormat::named(&self.format).context("没有这种格式")?;
        let map = match &office.server {
            Some(state) => Arc::clone(&state.map.current()),
            None => Arc::new(MapState::load(&office.database).await.map_err(anyhow::Error::new)?),
        };
        let region = match &self.region {
            Some(given) => Some(regions_in(office, given).await?),
            None => None,
        };
        let mut chosen = self.chosen(&map, region.as_deref())?;
        let places: usize = chosen.iter().map(|layer| layer.ids.len()).sum();
        let layers = chosen.len();
        let path = office.file(&self.file);
        if format.holds_several_layers() || layers == 1 {
            self.check_free(&path)?;
            put(&path, &written(map, format, chosen).await?)?;
        } else {
            chosen.retain(|layer| !layer.ids.is_empty());
            self.write_folder(&path, &map, format, chosen).await?;
        }
        Ok(format!("导出完成：{layers} 个图层，共 {places} 处地点，已写入 {}。", self.file.display()))
    }

    /// A file for each layer; what is there is looked at before any is written.
    async fn write_folder(
        &self,
        folder: &Path,
        map: &Arc<MapState>,
        format: ExportFormat,
        chosen: Vec<ChosenPlaces>,
    ) -> anyhow::Result<()> {
        ensure!(
            !folder.is_file(),
            "{} 已经是一个文件；这种格式每个图层一个文件，请给一个文件夹，或用 --layers 只选一个图层",
            folder.display()
        );
        let path_of =
            |layer: &ChosenPlaces| folder.join(format!("{}.{}", layer.layer_id, format.extension()));
        for layer in &chosen {
            self.check_free(&path_of(layer))?;
        }
        fs::create_dir_all(folder).with_context(|| format!("建不了文件夹 {}", folder.display()))?;
        for layer in chosen {
            let path = path_of(&layer);
            put(&path, &written(Arc::clone(map), format, vec![layer]).await?)?;
        }
        Ok(())
    }

    fn check_free(&self, path: &Path) -> anyhow::Result<()> {
        ensure!(!path.is_dir(), "{} 是一个文件夹，请给出文件名", path.display());
        ensure!(self.force || !path.exists(), "{} 已经存在，要覆盖它请加 --force", path.display());
        Ok(())
    }

    fn chosen(&self, map: &MapState, region: Option<&[String]>) -> anyhow::Result<Vec<ChosenPlaces>> {
        for asked in &self.layers {
            if map.layer(asked).is_none() {
                let known: Vec<&str> = map.layers.iter().map(|layer| layer.id.as_str()).collect();
                bail!("没有“{asked}”这个图层，可用的图层：{}", known.join("、"));
            }
        }
        let is_chosen = |id: &str| self.layers.is_empty() || self.layers.iter().any(|asked| asked == id);
        let layers = map.snapshot.layers().filter(|layer| is_chosen(layer.id()));
        Ok(layers
            .map(|layer| {
                let all = geodata::snapshot::PageQuery { limit: usize::MAX, ..Default::default() };
                let features = map.snapshot.page(layer, &all).features;
                let kept = features.into_iter().filter(|feature| {
                    region.is_none_or(|codes| {
                        region_of(feature.properties()).is_some_and(|code| codes.contains(&code))
                    })
                });
                ChosenPlaces {
                    layer_id: layer.id().to_string(),
                    ids: kept.map(geodata::snapshot::Feature::id).collect(),
                    ..ChosenPlaces::default()
                }
            })
            .collect())
    }
}

/// The region that published properties name.
fn region_of(properties: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct InRegion {
        region_code: Option<String>,
    }
    serde_json::from_str::<InRegion>(properties).ok()?.region_code
}

/// A region and all that are inside it.
async fn regions_in(office: &Office, given: &str) -> anyhow::Result<Vec<String>> {
    let code = format!("{given:0<12}");
    let regions = Regions::load(&office.database).await.map_err(anyhow::Error::new)?;
    let tree = regions.current();
    ensure!(tree.contains(&code), "没有代码为“{given}”的区划");
    Ok(tree.codes().filter(|inside| tree.is_within(inside, &code)).map(str::to_owned).collect())
}

/// Writes beside the target and renames, so that nobody ever reads half a file.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let name = path.file_name().context("请给出文件名")?.to_string_lossy().into_owned();
    let part = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write()
        .inspect_err(|_error| {
            // The part may not exist; the error is about something else then.
            drop(fs::remove_file(&part));
        })
        .with_context(|| format!("写不到 {}，请检查文件夹和磁盘空间", path.display()))
}
