//! `kangtu import`: a file of places onto the map.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use geodata::Datum;
use geodata::import::ColumnMapping;

use super::Said;
use super::office::Office;
use crate::map::import::{self, ImportRefusal, ImportReport, ImportRequest, Outcome};

/// Rows with something to say that the terminal shows; the report file has all.
const SHOWN: usize = 20;

/// Take places from GeoJSON, CSV, XLSX, Shapefile, GeoPackage, GPX, KML or OpenStreetMap onto the map
#[derive(Debug, Args)]
pub(super) struct Import {
    /// Layer the places go to, such as `park`
    layer: String,
    /// The file: .geojson, .geojsons, .csv (UTF-8 or GBK), .xlsx, .shp (with .dbf, .prj and .cpg beside
    /// it) or a .zip of one, .gpkg, .gpx, .kml or .kmz;
    /// .osm.pbf for the places of OpenStreetMap that are of this layer
    file: PathBuf,
    /// Region the places lie in: statistical code, such as 440307009
    #[arg(long, value_name = "CODE")]
    region: String,
    /// Datum of the positions in the file: wgs84 (GPS), gcj02 (Amap, Tencent) or bd09 (Baidu)
    #[arg(long, default_value = "wgs84")]
    datum: Datum,
    /// Name of the source; the next edition under the same name updates the same places. The file's
    /// name when absent
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Terms under which the file may be used
    #[arg(long, value_name = "LICENCE")]
    licence: Option<String>,
    /// What a column holds, such as `name=公园名称` or `lon=经度X`; may be repeated
    #[arg(long = "column", value_name = "FIELD=HEADING")]
    columns: Vec<ColumnMapping>,
    /// Sheet of a workbook, layer of a GeoPackage or of a zip with several Shapefiles
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Only say what would happen
    #[arg(long)]
    dry_run: bool,
    /// Leave out rows that cannot be read, instead of refusing the file
    #[arg(long)]
    skip_bad: bool,
    /// Mark the places as demonstration data
    #[arg(long)]
    demo: bool,
    /// Write what became of each row to this CSV file
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Files of a Shapefile that the import reads.
const COMPANIONS: [&str; 4] = ["shp", "dbf", "prj", "cpg"];

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// A Shapefile with the files of the same name beside it, packed as one. Their extensions may be written in
/// upper or lower case.
fn with_companions(path: &Path) -> std::io::Result<Vec<u8>> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut parts = Vec::new();
    for extension in COMPANIONS {
        for written in [extension.to_owned(), extension.to_uppercase()] {
            match std::fs::read(path.with_extension(&written)) {
                Ok(bytes) => {
                    parts.push((format!("{stem}.{extension}"), bytes));
                    break;
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    if !parts.iter().any(|(name, _)| has_extension(Path::new(name), "shp")) {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    geodata::import::bundled(&parts).map_err(std::io::Error::other)
}

impl Import {
    pub(super) async fn work(self, office: &Office) -> anyhow::Result<Said> {
        let path = office.file(&self.file);
        let file_name = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let read = if has_extension(&path, "shp") { with_companions(&path) } else { std::fs::read(&path) };
        let bytes =
            read.with_context(|| format!("读不到文件 {}，请检查文件名和权限", self.file.display()))?;
        let file_name = if has_extension(&path, "shp") { format!("{file_name}.zip") } else { file_name };
        let request = self.request(file_name.strip_suffix(".shp.zip").unwrap_or(&file_name));
        match import::run(&office.database, &office.clock, &file_name, &bytes, &request).await {
            Ok(report) => {
                office.publish_map().await?;
                let mut text = self.told(office, &report)?;
                text.push_str(&report.summary());
                Ok(Said::done(text))
            }
            Err(ImportRefusal::BadRows { bad, report }) => {
                let text = self.told(office, &report)?.trim_end().to_owned();
                let refusal = ImportRefusal::BadRows { bad, report }.to_string();
                Ok(Said { text, refusal: Some(refusal) })
            }
            Err(refusal) => Err(refusal.into()),
        }
    }

    fn request(&self, source: &str) -> ImportRequest {
        let mut columns = ColumnMapping::default();
        for column in &self.columns {
            columns.extend(column.clone());
        }
        ImportRequest {
            layer_id: self.layer.clone(),
            region_code: self.region.clone(),
            source: self.source.clone().unwrap_or_else(|| source.to_owned()),
            source_licence: self.licence.clone(),
            datum: self.datum,
            columns,
            sheet: self.sheet.clone(),
            skip_bad: self.skip_bad,
            dry_run: self.dry_run,
            demo: self.demo,
        }
    }

    /// What an operator should look at, a line each.
    fn told(&self, office: &Office, report: &ImportReport) -> anyhow::Result<String> {
        let notable: Vec<_> = report
            .rows
            .iter()
            .filter(|row| {
                matches!(row.outcome, Outcome::NeedsReview | Outcome::Unreadable | Outcome::Matched)
            })
            .collect();
        let mut told = String::new();
        for row in notable.iter().take(SHOWN) {
            let notes: Vec<&str> = row.notes.iter().map(|note| note.message.as_str()).collect();
            let (number, name, outcome) = (row.number, &row.name, row.outcome.title());
            writeln!(told, "第 {number} 行 {name}：{outcome}。{}", notes.join("；"))?;
        }
        if notable.len() > SHOWN {
            let more = notable.len() - SHOWN;
            writeln!(told, "……另有 {more} 行，用 --report 文件名.csv 可以得到全部。")?;
        }
        if let Some(named) = &self.report {
            let path = office.file(named);
            std::fs::write(&path, report.to_csv()?)
                .with_context(|| format!("报告写不到 {}", path.display()))?;
            writeln!(told, "每一行的结果已写入 {}。", named.display())?;
        }
        Ok(told)
    }
}
