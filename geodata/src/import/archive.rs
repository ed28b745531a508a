//! Archives (APPNOTE.TXT 6.3) that hold a map file: a workbook, a zipped Shapefile, KMZ.

use std::io::{Cursor, Read, Write};

use encoding_rs::GB18030;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::error::ImportError;

/// Archives may unpack to this much.
const MOST_UNPACKED_BYTES: u64 = 512 * 1024 * 1024;
/// What is wrong with most archives that cannot be opened.
const DAMAGED: &str = "不是 zip 文件，或者没有下载完，请重新打包或重新下载";
/// Parts of an archive that are looked at.
const MOST_PARTS: usize = 10_000;

/// An archive whose directory has been read.
pub(super) struct Archive<'b> {
    archive: ZipArchive<Cursor<&'b [u8]>>,
    names: Vec<String>,
}

impl<'b> Archive<'b> {
    /// Opens an archive and holds what its directory promises against what may be unpacked. The
    /// directory may lie, but the reader stops at the size it was told.
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, ImportError> {
        let damaged = |_broken| ImportError::Archive(DAMAGED.to_owned());
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        if archive.len() > MOST_PARTS {
            return Err(ImportError::Archive(format!("里面的文件超过 {MOST_PARTS} 个，请拆成几个压缩包")));
        }
        let (mut unpacked_bytes, mut names) = (0_u64, Vec::with_capacity(archive.len()));
        for index in 0..archive.len() {
            let part = archive.by_index_raw(index).map_err(damaged)?;
            unpacked_bytes = unpacked_bytes.saturating_add(part.size());
            names.push(name_of(part.name_raw()));
        }
        if unpacked_bytes > MOST_UNPACKED_BYTES {
            return Err(ImportError::Archive("解压后超过 512 MiB，请拆成几个文件".to_owned()));
        }
        Ok(Self { archive, names })
    }

    /// Names of the parts with this extension, in alphabetical order, without what file managers of
    /// other systems leave behind.
    pub(super) fn with_extension(&self, extension: &str) -> Vec<&str> {
        let mut found: Vec<&str> = self
            .names
            .iter()
            .map(String::as_str)
            .filter(|name| !name.starts_with("__MACOSX/"))
            .filter(|name| has_extension(name, extension))
            .collect();
        found.sort_unstable();
        found
    }

    /// The part with this name but for upper and lower case, unpacked.
    pub(super) fn part(&mut self, name: &str) -> Result<Option<Vec<u8>>, ImportError> {
        let Some(index) = self.names.iter().position(|known| known.eq_ignore_ascii_case(name)) else {
            return Ok(None);
        };
        let unreadable = || ImportError::Archive(format!("里面的“{name}”已损坏或设了密码，请重新打包"));
        let mut part = self.archive.by_index(index).map_err(|_broken| unreadable())?;
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).map_err(|_broken| unreadable())?;
        Ok(Some(bytes))
    }
}

/// Windows in Chinese writes names in GBK, and rarely says so.
fn name_of(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    }
}

/// Whether a file name ends in a dot and this extension, in upper or lower case.
pub(super) fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found.eq_ignore_ascii_case(extension))
}

/// The files of a Shapefile as one archive, for readers that take one file.
///
/// # Errors
/// When they do not fit an archive.
pub fn bundled(parts: &[(String, Vec<u8>)]) -> Result<Vec<u8>, ImportError> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let unwritable = || ImportError::Archive("这些文件不能放在一起读取，请先打成一个 zip 再导入".to_owned());
    for (name, bytes) in parts {
        writer.start_file(name.as_str(), stored).map_err(|_full| unwritable())?;
        writer.write_all(bytes).map_err(|_full| unwritable())?;
    }
    Ok(writer.finish().map_err(|_full| unwritable())?.into_inner())
}
