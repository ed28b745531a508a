use super::columns::ColumnMappingError;
use super::{MOST_BYTES, MOST_COLUMNS, MOST_ROWS};
use crate::crs::Datum;
use crate::osm_pbf::OsmError;

/// Why a file as a whole could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Larger than [`MOST_BYTES`].
    #[error("文件有 {} MiB，超过 {} MiB 的上限，请拆成几个文件", found_bytes / 1_048_576, MOST_BYTES / 1_048_576)]
    TooLarge {
        /// Size of the file.
        found_bytes: usize,
    },
    /// More than [`MOST_ROWS`] rows or features.
    #[error("文件超过 {MOST_ROWS} 行的上限，请拆成几个文件")]
    TooManyRows,
    /// More than [`MOST_COLUMNS`] columns.
    #[error("第 {row} 行超过 {MOST_COLUMNS} 列的上限，请删去多余的列")]
    TooManyColumns {
        /// 1-based row.
        row: u32,
    },
    /// Neither UTF-8 nor UTF-16 nor GB18030.
    #[error("第 {line} 行的文字既不是 UTF-8 也不是 GBK 编码，请用 WPS 或 Excel 另存为“CSV UTF-8”")]
    Encoding {
        /// 1-based line of the first undecodable byte.
        line: usize,
    },
    /// Bytes that are no text, in a file of a kind that is text but no table.
    #[error("不是 {expected} 文件：第 {line} 行不是文字。请检查是否选错了文件，或用原来的软件重新导出")]
    NotText {
        /// The kind that the file's name or beginning tells.
        expected: &'static str,
        /// 1-based line of the first undecodable byte.
        line: usize,
    },
    /// Broken JSON syntax.
    #[error("第 {line} 行第 {column} 列不是正确的 JSON：{reason}，请修正后重试")]
    Json {
        /// 1-based line.
        line: usize,
        /// 1-based column.
        column: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// JSON that is not a `GeoJSON` feature collection, feature or geometry.
    #[error("不是 GeoJSON：{place}应为{expected}，实际是{found}")]
    NotGeoJson {
        /// Which member.
        place: &'static str,
        /// What RFC 7946 wants there.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// The `crs` member of the 2008 format, which RFC 7946 §4 removed.
    #[error(
        "文件带有旧版 GeoJSON 的 crs 成员（{named}）。RFC 7946 规定坐标一律为 WGS-84 经纬度，各软件对 crs 的理解不一，会使地点偏移。{advice}"
    )]
    OldCrs {
        /// The coordinate system as the file names it.
        named: String,
        /// What to do.
        advice: &'static str,
    },
    /// A quotation mark that is never closed.
    #[error("第 {row} 行（文件第 {line} 行）有引号没有配对，请补上或删去该引号")]
    UnclosedQuote {
        /// 1-based row of the table.
        row: u32,
        /// 1-based line of the file.
        line: usize,
    },
    /// Text between a closing quotation mark and the next separator.
    #[error("第 {row} 行（文件第 {line} 行）的引号后面还有文字，请把单元格内的引号写成两个引号")]
    TextAfterQuote {
        /// 1-based row of the table.
        row: u32,
        /// 1-based line of the file.
        line: usize,
    },
    /// The CSV parser gave up.
    #[error("CSV 无法读取，请用 WPS 或 Excel 打开后重新另存为 CSV")]
    Csv,
    /// Not a readable workbook.
    #[error("工作簿无法读取：{0}，请用 WPS 或 Excel 打开后另存为 .xlsx 再试")]
    Workbook(String),
    /// The asked sheet does not exist.
    #[error("工作簿里没有名为“{asked}”的工作表，现有：{available}")]
    UnknownSheet {
        /// The asked name.
        asked: String,
        /// The names there are, separated by "、".
        available: String,
    },
    /// No rows.
    #[error("文件里没有数据，请检查是否选错了文件")]
    Empty,
    /// No heading row with a name or a position.
    #[error(
        "没有找到含“名称”或“经度、纬度”的表头。第 {row} 行是：{headings}。请改表头，或用 --column name=列名 指定"
    )]
    NoHeadings {
        /// 1-based row that looks most like headings.
        row: u32,
        /// Its cells, separated by "、".
        headings: String,
    },
    /// Broken XML.
    #[error("第 {line} 行不是正确的 XML：{reason}，请修正后重试")]
    Xml {
        /// 1-based line.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// XML of another kind.
    #[error("不是 {expected} 文件：最外层的元素是“{found}”")]
    NotThisXml {
        /// The kind that was expected.
        expected: &'static str,
        /// The outermost element, or nothing.
        found: String,
    },
    /// A file that ends or contradicts itself somewhere.
    #[error("{part}在第 {offset} 字节处不完整或自相矛盾：{reason}，请重新导出或重新下载")]
    Damaged {
        /// Which part: `.shp`, `.dbf`.
        part: &'static str,
        /// Where, bytes from its beginning.
        offset: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// An archive that cannot be read, or holds too much.
    #[error("压缩包无法读取：{0}")]
    Archive(String),
    /// A part of a Shapefile is missing.
    #[error("缺少 {0} 文件：Shapefile 要把同名的 .shp、.dbf、.prj（和 .cpg）放在一起或打成一个 zip")]
    MissingPart(&'static str),
    /// Several layers, none of which was asked for.
    #[error("文件里有几个图层，请用 --sheet 指定其中一个：{available}")]
    SeveralLayers {
        /// The names there are, separated by "、".
        available: String,
    },
    /// A coordinate system that cannot be converted.
    #[error("坐标系“{named}”无法换算。请转换后重新导入：ogr2ogr -t_srs EPSG:4326 新文件.gpkg 原文件")]
    UnknownCrs {
        /// The system as the file names it.
        named: String,
    },
    /// A projected system together with a shifted datum.
    #[error("文件注明了坐标系“{named}”，不能再按 {datum} 读取，请去掉 --datum")]
    DatumContradicts {
        /// The system as the file names it.
        named: String,
        /// The datum that was asked for.
        datum: Datum,
    },
    /// A `GeoPackage` that cannot be read.
    #[error("GeoPackage 无法读取：{0}，请重新导出或重新下载")]
    Geopackage(String),
    /// An encoding that a .cpg names and nobody knows.
    #[error(".cpg 文件写的编码“{0}”无法识别，请改成 UTF-8 或 GBK")]
    UnknownEncoding(String),
    /// A KML file that only points elsewhere.
    #[error("KML 里只有网络链接，没有地点；请打开链接，把其中的地点另存为 KML 再导入")]
    OnlyLinks,
    /// A layer that no tags of OpenStreetMap stand for.
    #[error("图层“{layer}”不能从 OpenStreetMap 导入，可以导入的图层：{known}")]
    NoOsmRule {
        /// The layer.
        layer: String,
        /// Layers that can be, separated by "、".
        known: String,
    },
    /// Places of OpenStreetMap that fit the layer, none of which has a name.
    #[error("文件里有 {0} 处符合这个图层的地点，但都没有名称，没有可以导入的")]
    OnlyNameless(usize),
    /// An extract of OpenStreetMap that cannot be read.
    #[error("{0}")]
    Osm(String),
    /// A mapping that does not fit the file.
    #[error(transparent)]
    Columns(#[from] ColumnMappingError),
}

impl From<OsmError> for ImportError {
    fn from(error: OsmError) -> Self {
        Self::Osm(error.to_string())
    }
}

impl ImportError {
    /// The error of a file of this kind: advice for tables is none for others.
    pub(super) fn of_kind(self, expected: &'static str) -> Self {
        match self {
            Self::Encoding { line } => Self::NotText { expected, line },
            other => other,
        }
    }

    /// The error of a piece of text that begins at this line of its file (1-based).
    pub(super) fn counted_from(mut self, first: usize) -> Self {
        if let Self::Json { line, .. } | Self::Xml { line, .. } = &mut self {
            *line += first.saturating_sub(1);
        }
        self
    }
}
