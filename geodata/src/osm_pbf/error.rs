/// Why an `.osm.pbf` file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum OsmError {
    /// The file does not begin as such a file does.
    #[error("这不是 .osm.pbf 文件（开头应为 OSMHeader），请检查文件名")]
    NotOsm,
    /// The file ends within a block.
    #[error("文件在第 {offset} 字节处的数据块没有结束，可能没有下载完，请重新下载")]
    Truncated {
        /// Where the block begins, bytes.
        offset: u64,
    },
    /// A block breaks the format.
    #[error("文件第 {offset} 字节处的数据块{what}，请换一份文件")]
    Malformed {
        /// Where the block begins, bytes.
        offset: u64,
        /// How.
        what: &'static str,
    },
    /// The file demands of its readers what this one cannot do.
    #[error("文件要求读取程序支持“{0}”，这里不支持，请用 osmium cat 转成普通的 .osm.pbf")]
    Unsupported(String),
    /// More than fits into memory.
    #[error("文件里{what}超过 {most} 个，请先用 osmium extract 裁剪到本区划及其周边")]
    TooLarge {
        /// Of what there is too much.
        what: &'static str,
        /// How many are read at most.
        most: usize,
    },
    /// The source itself cannot be read.
    #[error("读文件时出错：{0}")]
    Io(#[from] std::io::Error),
}
