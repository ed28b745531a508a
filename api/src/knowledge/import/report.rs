//! What an import kept, made simpler and left out, in words for whoever imported.

use serde::Serialize;
use utoipa::ToSchema;

use crate::knowledge::articles::body::{Block, Note, Notes};

/// One thing that happened to the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ImportRemark {
    /// Stable word.
    #[schema(example = "links")]
    pub(super) code: String,
    /// How often.
    pub(super) count: u32,
    /// In Chinese.
    pub(super) message: String,
}

/// A picture that is missing in the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct LostPicture {
    /// Where it was; `null` where it came within the source.
    pub(super) address: Option<String>,
    /// Stable word.
    #[schema(example = "host_not_allowed")]
    pub(super) code: String,
    /// Why, and what to do, in Chinese.
    pub(super) message: String,
}

/// What became of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ImportReport {
    pub(super) kept: Vec<ImportRemark>,
    pub(super) simplified: Vec<ImportRemark>,
    pub(super) removed: Vec<ImportRemark>,
    pub(super) lost_pictures: Vec<LostPicture>,
}

impl ImportReport {
    /// Tells about these blocks and what was noted while they were read.
    pub(super) fn new(blocks: &[Block], notes: &Notes, lost_pictures: Vec<LostPicture>) -> Self {
        let (mut simplified, mut removed) = (Vec::new(), Vec::new());
        for (note, count) in notes.iter() {
            let (is_removed, code, message) = told(note);
            let remark = ImportRemark { code: code.to_owned(), count, message: message.to_owned() };
            if is_removed { removed.push(remark) } else { simplified.push(remark) }
        }
        Self { kept: kept(blocks), simplified, removed, lost_pictures }
    }
}

fn kept(blocks: &[Block]) -> Vec<ImportRemark> {
    let count = |is: fn(&Block) -> bool| {
        u32::try_from(blocks.iter().filter(|block| is(block)).count()).unwrap_or(u32::MAX)
    };
    [
        (
            "paragraphs",
            "段文字",
            count(|block| matches!(block, Block::Paragraph { .. } | Block::Quote { .. })),
        ),
        ("headings", "个小标题", count(|block| matches!(block, Block::Heading { .. }))),
        ("lists", "个列表", count(|block| matches!(block, Block::List { .. }))),
        ("tables", "张表格", count(|block| matches!(block, Block::Table { .. }))),
        ("pictures", "张图片", count(|block| matches!(block, Block::Image { .. }))),
    ]
    .into_iter()
    .filter(|(_, _, count)| *count > 0)
    .map(|(code, what, count)| ImportRemark {
        code: code.to_owned(),
        count,
        message: format!("保留了 {count} {what}。"),
    })
    .collect()
}

/// Whether something was left out, its word, and what is said about it.
fn told(note: Note) -> (bool, &'static str, &'static str) {
    match note {
        Note::HeadingMade => (false, "headings_made", "大号的短句变成了小标题，请看看是否合适。"),
        Note::ColourDropped => (false, "colours", "文字和底色统一成了标准样式。"),
        Note::SizeDropped => (false, "sizes", "字号统一了，老人可以自己放大。"),
        Note::TableUnwrapped => (false, "layout_tables", "只用来排版的表格变成了普通段落。"),
        Note::LinkUnwrapped => (false, "links", "链接变成了普通文字，小程序里点不开外面的网页。"),
        Note::ListFlattened => (false, "nested_lists", "列表里的小列表并成了一层，请看看层次是否还清楚。"),
        Note::NumbersLost => (false, "list_numbers", "有的列表编号没有照原样保留，请核对编号。"),
        Note::CellSplit => {
            (false, "wide_cells", "跨列合并的单元格拆开了，文字留在第一格，旁边的格是空的，请核对表格。")
        }
        Note::FootnoteMoved => (false, "footnotes", "脚注移到了文章末尾，请看看是否合适。"),
        Note::CellRepeated => {
            (false, "merged_cells", "跨行合并的单元格拆开了，每一行都写上同样的内容，请核对表格。")
        }
        Note::ScriptFlattened => {
            (false, "scripts_flattened", "有的上标、下标变成了普通文字，请核对数字和单位有没有变。")
        }
        Note::TitleCut => (false, "title", "标题超过 60 个字，已截短，请修改。"),
        Note::ScriptRemoved => (true, "scripts", "去掉了网页程序代码。"),
        Note::StyleSheetRemoved => (true, "style_sheets", "去掉了样式代码。"),
        Note::HiddenRemoved => (true, "hidden", "去掉了看不见的内容。"),
        Note::DeletionRemoved => {
            (true, "deletions", "去掉了修订中已删除的文字；如果还要用，请在文档里拒绝这些修改，再导入一次。")
        }
        Note::StruckRemoved => {
            (true, "struck_out", "去掉了划掉的文字；如果还要用，请在原文里去掉删除线，再导入一次。")
        }
        Note::TrackerRemoved => (true, "trackers", "去掉了统计用的小图。"),
        Note::DrawingRemoved => {
            (true, "drawings", "去掉了 SVG 动画和图形；里面如果有重要内容，请补上文字或图片。")
        }
        Note::PlayerRemoved => (true, "players", "去掉了视频和音频；请把文件另外上传，再放进文章。"),
        Note::CardRemoved => (true, "cards", "去掉了名片、投票、小程序卡片。"),
        Note::FormRemoved => (true, "forms", "去掉了输入框和按钮。"),
        Note::BackgroundRemoved => (true, "backgrounds", "去掉了背景图片；图上如果有字，请补上。"),
        Note::PositionRemoved => (true, "positions", "去掉了浮在页面上的定位。"),
        Note::TextCut => (true, "text", "内容太长，后面的没有导入。"),
    }
}
