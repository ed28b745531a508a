//! ESRI Shapefile (ESRI White Paper, July 1998) with dBASE attributes: one row per record.
//!
//! The parts come in one archive. Attributes are decoded as `.cpg` says, else as the table's language
//! mark says, else as UTF-8 where all of it is, else as GBK. Positions are converted as `.prj` says;
//! without it they are taken as degrees, and what cannot be degrees is a fault of its row.

mod attributes;
mod shapes;

use super::archive::Archive;
use super::error::ImportError;
use super::projection::SourceCrs;
use super::record::Record;
use super::row::{SourceRow, echoed};
use super::{MOST_ROWS, ReadOptions};
use crate::crs::Datum;
use attributes::Attributes;
use shapes::Shapes;

/// Reads the one Shapefile of an archive, or the one that the options name.
pub(super) fn read(mut archive: Archive<'_>, options: &ReadOptions) -> Result<Vec<SourceRow>, ImportError> {
    let stem = chosen(&archive, options)?;
    let shp = archive.part(&format!("{stem}.shp"))?.ok_or(ImportError::MissingPart(".shp"))?;
    let dbf = archive.part(&format!("{stem}.dbf"))?.ok_or(ImportError::MissingPart(".dbf"))?;
    let cpg = archive.part(&format!("{stem}.cpg"))?;
    let prj = archive.part(&format!("{stem}.prj"))?;
    let crs = crs_of(prj.as_deref(), options.datum)?;
    rows(&shp, &dbf, cpg.as_deref(), &crs, options)
}

/// Path of the Shapefile in the archive, without `.shp`.
fn chosen(archive: &Archive<'_>, options: &ReadOptions) -> Result<String, ImportError> {
    let stems: Vec<&str> =
        archive.with_extension("shp").into_iter().filter_map(|name| name.get(..name.len() - 4)).collect();
    let name_of = |stem: &str| stem.rsplit(['/', '\\']).next().unwrap_or(stem).to_owned();
    let asked = options.sheet.as_deref();
    let mut fitting = stems.iter().filter(|stem| asked.is_none_or(|asked| name_of(stem) == asked));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Ok((*only).to_owned()),
        _ if stems.is_empty() => Err(ImportError::MissingPart(".shp")),
        _ => {
            let available = stems.iter().map(|stem| name_of(stem)).collect::<Vec<_>>().join("、");
            Err(ImportError::SeveralLayers { available })
        }
    }
}

fn crs_of(prj: Option<&[u8]>, datum: Datum) -> Result<SourceCrs, ImportError> {
    let Some(prj) = prj else { return Ok(SourceCrs::Degrees) };
    let text = String::from_utf8_lossy(prj);
    let crs = SourceCrs::of_wkt(&text)?;
    // Amap's and Baidu's degrees are often exported as if they were WGS-84, so those are believed.
    if crs != SourceCrs::Degrees && datum != Datum::Wgs84 {
        let named = echoed(text.split('"').nth(1).unwrap_or_default());
        return Err(ImportError::DatumContradicts { named, datum });
    }
    Ok(crs)
}

fn rows(
    shp: &[u8],
    dbf: &[u8],
    cpg: Option<&[u8]>,
    crs: &SourceCrs,
    options: &ReadOptions,
) -> Result<Vec<SourceRow>, ImportError> {
    let attributes = Attributes::of(dbf, cpg)?;
    if attributes.count() > MOST_ROWS {
        return Err(ImportError::TooManyRows);
    }
    let mut shapes = Shapes::of(shp)?;
    let mut rows = Vec::with_capacity(attributes.count());
    for index in 0..attributes.count() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let shape = shapes.next()?.ok_or(ImportError::Damaged {
            part: ".shp",
            offset: shp.len(),
            reason: "图形比 .dbf 里的记录少",
        })?;
        let Some((properties, fault)) = attributes.record(index)? else {
            // Marked as deleted.
            continue;
        };
        let mut record = Record { number, properties, ..Record::default() };
        record.faults.extend(fault);
        match shape {
            Ok(shape) => record.geometry = shape.map(|shape| crs.geometry_degrees(shape)),
            Err(fault) => record.faults.push(fault),
        }
        rows.push(record.into_row(options));
    }
    if let Some(offset) = shapes.surplus() {
        return Err(ImportError::Damaged { part: ".shp", offset, reason: "图形比 .dbf 里的记录多" });
    }
    if rows.is_empty() { Err(ImportError::Empty) } else { Ok(rows) }
}

#[cfg(test)]
mod tests;
