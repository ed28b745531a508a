//! Places in the formats that other programs read: for downloads below `/map` and for `kangtu export`.
//!
//! The text formats and `FlatGeobuf` are written by [`geodata::export`]; `GeoPackage` and XLSX here.

mod geopackage;
mod xlsx;

use std::sync::Arc;

use anyhow::Context;
use geodata::crs::ReferenceSystem;
use geodata::export::{ExportError, ExportLayer, TextFormat, flatgeobuf, write_text};
use geodata::snapshot::{Feature, FeatureId};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::published::MapState;

/// Files that are made at the same time; each may take as much memory as its layer.
static AT_WORK: Semaphore = Semaphore::const_new(2);

/// A format that places can be had in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// RFC 7946.
    GeoJson,
    /// RFC 8142.
    GeoJsonSeq,
    /// `FlatGeobuf` 3.
    FlatGeobuf,
    /// OGC `GeoPackage` 1.3.
    Geopackage,
    /// GPX 1.1.
    Gpx,
    /// KML 2.2.
    Kml,
    /// RFC 4180.
    Csv,
    /// Office Open XML.
    Xlsx,
}

/// Why no file was made.
#[derive(Debug, thiserror::Error)]
pub enum ExportFailure {
    /// The places do not fit the format.
    #[error(transparent)]
    Places(#[from] ExportError),
    /// The fault is here.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// Places of a layer that are to be written, in this order.
#[derive(Clone, Debug, Default)]
pub struct ChosenPlaces {
    /// Layer of the places.
    pub layer_id: String,
    /// The places.
    pub ids: Vec<FeatureId>,
    /// Only these of their properties; all without this.
    pub properties: Option<Vec<Arc<str>>>,
    /// System of the positions, one that the format carries.
    pub system: ReferenceSystem,
}

impl ChosenPlaces {
    /// The places with fewer properties, if fewer are wanted.
    fn reduced(&self, map: &MapState) -> Vec<Arc<Feature>> {
        let Some(names) = &self.properties else { return Vec::new() };
        let mut text = Vec::new();
        let places = self.ids.iter().filter_map(|id| map.snapshot.feature(*id));
        places.map(|place| place.with_properties(names, &mut text)).collect()
    }
}

impl ExportFormat {
    /// All formats.
    pub const ALL: [Self; 8] = [
        Self::GeoJson,
        Self::GeoJsonSeq,
        Self::FlatGeobuf,
        Self::Geopackage,
        Self::Gpx,
        Self::Kml,
        Self::Csv,
        Self::Xlsx,
    ];
    /// Those that come as a download; `GeoJSON` is what lists of features are anyway.
    pub const DOWNLOADS: [Self; 7] =
        [Self::GeoJsonSeq, Self::FlatGeobuf, Self::Geopackage, Self::Gpx, Self::Kml, Self::Csv, Self::Xlsx];

    /// The name in `f=` and `--format`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GeoJson => "geojson",
            Self::GeoJsonSeq => "geojsonseq",
            Self::FlatGeobuf => "fgb",
            Self::Geopackage => "gpkg",
            Self::Gpx => "gpx",
            Self::Kml => "kml",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// The format with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::GeoJson => "application/geo+json",
            Self::GeoJsonSeq => "application/geo+json-seq",
            Self::FlatGeobuf => "application/flatgeobuf",
            Self::Geopackage => "application/geopackage+sqlite3",
            Self::Gpx => "application/gpx+xml",
            Self::Kml => "application/vnd.google-earth.kml+xml",
            Self::Csv => "text/csv",
            Self::Xlsx => crate::workbook::MEDIA_TYPE,
        }
    }

    /// What file names end in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::GeoJsonSeq => "geojsons",
            other => other.as_str(),
        }
    }

    /// What people call it, and what it is good for.
    pub fn title(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::GeoJsonSeq => "GeoJSON 序列（逐行处理）",
            Self::FlatGeobuf => "FlatGeobuf（QGIS，速度快）",
            Self::Geopackage => "GeoPackage（QGIS、ArcGIS）",
            Self::Gpx => "GPX（运动手表和运动软件）",
            Self::Kml => "KML（奥维、谷歌地球）",
            Self::Csv => "CSV 表格",
            Self::Xlsx => "Excel 表格",
        }
    }

    /// Whether positions can be in this system. Tables have columns of longitude and latitude, and all formats of
    /// text mean WGS-84 (RFC 7946, RFC 8142, GPX 1.1, KML 2.2).
    pub fn carries(self, system: ReferenceSystem) -> bool {
        system == ReferenceSystem::Crs84 || matches!(self, Self::FlatGeobuf | Self::Geopackage)
    }

    /// How many places fit.
    pub fn most_places(self) -> usize {
        if self == Self::Xlsx { xlsx::MOST_PLACES } else { usize::MAX }
    }

    /// Whether one file can hold several layers.
    pub fn holds_several_layers(self) -> bool {
        self != Self::FlatGeobuf
    }
}

/// Writes a file of these places. The work is done on a thread of its own, two at a time.
///
/// # Errors
/// When the places do not fit the format.
pub async fn written(
    map: Arc<MapState>,
    format: ExportFormat,
    chosen: Vec<ChosenPlaces>,
) -> Result<Vec<u8>, ExportFailure> {
    let _turn = AT_WORK.acquire().await.context("no file can be made any more")?;
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let reduced: Vec<_> = chosen.iter().map(|chosen| chosen.reduced(&map)).collect();
        let layers: Vec<ExportLayer<'_>> =
            chosen.iter().zip(&reduced).map(|(chosen, reduced)| layer_of(&map, chosen, reduced)).collect();
        write(format, &layers, &runtime)
    })
    .await
    .context("making a file was interrupted")?
}

fn layer_of<'m>(map: &'m MapState, chosen: &'m ChosenPlaces, reduced: &'m [Arc<Feature>]) -> ExportLayer<'m> {
    let info = map.layer(&chosen.layer_id);
    let features: Vec<&Feature> = match chosen.properties {
        Some(_) => reduced.iter().map(AsRef::as_ref).collect(),
        None => chosen.ids.iter().filter_map(|id| map.snapshot.feature(*id)).collect(),
    };
    ExportLayer {
        id: &chosen.layer_id,
        title: info.map_or(chosen.layer_id.as_str(), |info| &info.title),
        description: info.map_or("", |info| &info.description),
        features,
        system: chosen.system,
    }
}

fn write(
    format: ExportFormat,
    layers: &[ExportLayer<'_>],
    runtime: &Handle,
) -> Result<Vec<u8>, ExportFailure> {
    let mut out = Vec::new();
    let text = match format {
        ExportFormat::FlatGeobuf => {
            for layer in layers {
                flatgeobuf::write(layer, &mut out)?;
            }
            return Ok(out);
        }
        ExportFormat::Geopackage => return runtime.block_on(geopackage::write(layers)),
        ExportFormat::Xlsx => return xlsx::write(layers),
        ExportFormat::GeoJson => TextFormat::GeoJson,
        ExportFormat::GeoJsonSeq => TextFormat::GeoJsonSeq,
        ExportFormat::Gpx => TextFormat::Gpx,
        ExportFormat::Kml => TextFormat::Kml,
        ExportFormat::Csv => TextFormat::Csv,
    };
    write_text(text, layers, &mut out)?;
    Ok(out)
}
