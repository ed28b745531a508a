use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::knowledge::articles::rich_text::{TRUSTED_TAGS, sanitised};

fn blocks(html: &str) -> serde_json::Value {
    serde_json::to_value(read_html(html).blocks).unwrap()
}

fn text(html: &str) -> String {
    plain_text(&read_html(html).blocks)
}

#[test]
fn markdown_becomes_html_and_the_same_blocks() {
    let body = from_markdown(
        "## 盐\n\n少放**盐**。\n\n- 酱油\n- 咸菜\n\n| 高压 | 意思 |\n|---|---|\n| 120 | 正常 |\n",
    );
    let expected = json!([
        {"kind": "heading", "level": 2, "text": [{"text": "盐", "strong": false}]},
        {"kind": "paragraph", "text": [{"text": "少放", "strong": false}, {"text": "盐", "strong": true}, {"text": "。", "strong": false}]},
        {"kind": "list", "ordered": false, "items": [[{"text": "酱油", "strong": false}], [{"text": "咸菜", "strong": false}]]},
        {"kind": "table", "head": [[{"text": "高压", "strong": false}], [{"text": "意思", "strong": false}]],
         "rows": [[[{"text": "120", "strong": false}], [{"text": "正常", "strong": false}]]]},
    ]);
    assert_eq!(serde_json::to_value(&body.blocks).unwrap(), expected);
    assert!(body.html.starts_with("<h2>盐</h2>\n<p>少放<strong>盐</strong>。</p>"), "{}", body.html);
    assert_eq!(plain_text(&body.blocks), "盐\n少放盐。\n酱油\n咸菜\n高压\n意思\n120\n正常\n");
}

#[test]
fn html_within_markdown_keeps_its_text_in_both_forms() {
    let body = from_markdown("<div>先坐下</div>\n\n再<u>量</u>血压");
    assert_eq!(plain_text(&body.blocks), "先坐下\n再量血压\n");
    assert_eq!(body.html, "<p>先坐下</p>\n<p>再量血压</p>\n");
}

#[test]
fn towers_of_sections_are_taken_down() {
    let html = "<section><section style=\"color:red\"><span><span>第一段</span></span></section>\
        <section><p>　　第二<strong>段</strong></p></section></section>";
    assert_eq!(
        blocks(html),
        json!([
            {"kind": "paragraph", "text": [{"text": "第一段", "strong": false}]},
            {"kind": "paragraph", "text": [{"text": "第二", "strong": false}, {"text": "段", "strong": true}]},
        ])
    );
}

#[test]
fn a_large_short_line_becomes_a_heading_and_the_middle_stays_the_middle() {
    let html = "<p style=\"font-size:24px\"><b>少盐</b></p><p style=\"font-size:20px\">怎么做</p>\
        <p style=\"text-align:center\">落款</p><p style=\"font-size:22px\">这一行说完了一句话。</p>";
    let read = read_html(html);
    let kinds: Vec<_> = read
        .blocks
        .iter()
        .map(|block| match block {
            Block::Heading { level, .. } => format!("h{level}"),
            Block::Paragraph { centred, .. } => format!("p{}", u8::from(*centred)),
            _ => panic!("{block:?}"),
        })
        .collect();
    assert_eq!(kinds, ["h2", "h3", "p1", "p0"]);
    assert_eq!(read.notes.times(Note::HeadingMade), 2);
}

#[test]
fn lists_keep_their_items_whole() {
    let html = "<ol><li><p>一</p><p>还有</p></li><li>二<ul><li>里面</li></ul></li></ol><ul><li>另一</ul>";
    let line = |text: &str| json!([{"text": text, "strong": false}]);
    assert_eq!(
        blocks(html),
        json!([
            {"kind": "list", "ordered": true, "items": [line("一\n还有"), line("二"), line("里面")]},
            {"kind": "list", "ordered": false, "items": [line("另一")]},
        ])
    );
}

#[test]
fn figures_above_and_below_the_line_stay_figures() {
    let html =
        "<p>血小板 4×10<sup>9</sup>/L，CO<sub>2</sub>，50 m<span style=\"vertical-align:super\">2</span></p>";
    let read = read_html(html);
    assert_eq!(
        (plain_text(&read.blocks).as_str(), read.notes),
        ("血小板 4×10⁹/L，CO₂，50 m²\n", Notes::default())
    );
    let read = read_html("<p>见说明<sup>注①</sup></p>");
    assert_eq!(plain_text(&read.blocks), "见说明注①\n");
    assert_eq!(read.notes.times(Note::ScriptFlattened), 1);
}

#[test]
fn what_is_struck_out_is_left_out_and_noted() {
    for html in [
        "<p>每天<del>不超过10克</del>不超过5克</p>",
        "<p>每天<s>不超过<b>10</b>克</s>不超过5克</p>",
        "<p>每天<span style=\"text-decoration: line-through\">不超过10克</span>不超过5克</p>",
    ] {
        let read = read_html(html);
        assert_eq!(plain_text(&read.blocks), "每天不超过5克\n", "{html}");
        assert!(read.notes.times(Note::StruckRemoved) > 0, "{html}");
    }
    let read = read_markdown("每天~~不超过10克~~不超过5克，油25~30克，水1500~1700毫升");
    assert_eq!(plain_text(&read.blocks), "每天不超过5克，油25~30克，水1500~1700毫升\n");
    assert_eq!(read.notes.times(Note::StruckRemoved), 1);
}

#[test]
fn a_cell_over_several_rows_moves_no_figure_to_another_column() {
    let html = "<table><tr><th>项目<th>时间<th>数</tr>\
        <tr><td rowspan=2>血糖<td>空腹<td>6.1</tr><tr><td>餐后<td>7.8</tr>\
        <tr><td>血压<td rowspan=\"3\">早上<td>130</tr><tr><td>心率<td>80</tr><tr><td>体重</tr></table>";
    let read = read_html(html);
    let [Block::Table { head, rows }] = &read.blocks[..] else { panic!("{:?}", read.blocks) };
    let told = |cells: &[Line]| cells.iter().map(text::plain).collect::<Vec<_>>().join("|");
    assert_eq!(told(head), "项目|时间|数");
    let rows: Vec<String> = rows.iter().map(|cells| told(cells)).collect();
    assert_eq!(rows, ["血糖|空腹|6.1", "血糖|餐后|7.8", "血压|早上|130", "心率|早上|80", "体重|早上|"]);
    assert_eq!(read.notes.times(Note::CellRepeated), 1);
    let reaching = "<td rowspan=65000>字".repeat(20);
    let tall = format!("<table><tr>{reaching}</tr>{}</table>", "<tr><td>行</tr>".repeat(3_000));
    assert!(text(&tall).len() < 100_000, "no table grows without end");
}

#[test]
fn a_list_keeps_the_numbers_it_has() {
    let line = |text: &str| json!([{"text": text, "strong": false}]);
    let parted =
        "<ol start=\"5\"><li>五</li><li>六<img src=\"https://mmbiz.qpic.cn/a\"></li><li>七</li></ol>";
    let image = json!({"kind": "image", "src": "https://mmbiz.qpic.cn/a"});
    let seven = json!({"kind": "list", "ordered": true, "items": [line("七")], "start": 7});
    assert_eq!(
        blocks(parted),
        json!([
            {"kind": "list", "ordered": true, "items": [line("五"), line("六")], "start": 5},
            image,
            seven,
        ])
    );
    assert_eq!(from_markdown("3. 丙\n4. 丁\n").html, "<ol start=\"3\"><li>丙</li><li>丁</li></ol>\n");
    assert_eq!(from_html("<ul start=4><li>甲</ul>").html, "<ul><li>甲</li></ul>\n");
}

#[test]
fn an_item_keeps_the_number_that_it_was_given() {
    let html = |source: &str| from_html(source).html;
    assert_eq!(
        html("<ol><li value=3>三</li><li>四</li></ol>"),
        "<ol start=\"3\"><li>三</li><li>四</li></ol>\n"
    );
    assert_eq!(
        html("<ol><li>一</li><li value=\"5\">五</li><li>六</li></ol>"),
        "<ol><li>一</li></ol>\n<ol start=\"5\"><li>五</li><li>六</li></ol>\n"
    );
    for (source, times) in [
        ("<ol start=\"-2\"><li>甲</li></ol>", 1),
        ("<ol><li value=\"99999\">甲</li></ol>", 1),
        ("<ol type=\"a\"><li>甲</li></ol>", 1),
        ("<ol reversed><li>甲</li></ol>", 1),
        ("<ol start=\"2\" type=\"1\"><li>甲</li></ol>", 0),
        ("<ul><li value=\"-3\">甲</li></ul>", 0),
    ] {
        assert_eq!(read_html(source).notes.times(Note::NumbersLost), times, "{source}");
    }
}

#[test]
fn a_cell_that_is_split_is_told() {
    let html = "<table><tr><th colspan=2>血压<th>说明</tr><tr><td>130<td>80<td>好</tr></table>";
    let read = read_html(html);
    assert_eq!((read.notes.times(Note::CellSplit), read.notes.times(Note::CellRepeated)), (1, 0));
}

#[test]
fn footnotes_stay_at_the_end_and_lead_nowhere() {
    let read = read_markdown("每天5克[^1]。\n\n[^1]: 见指南。\n\n少放酱油[^注]。\n\n[^注]: 也少放。\n");
    assert_eq!(plain_text(&read.blocks), "每天5克[1]。\n少放酱油[注]。\n[1] 见指南。\n[注] 也少放。\n");
    assert_eq!((read.notes.times(Note::FootnoteMoved), read.notes.times(Note::LinkUnwrapped)), (1, 0));
    assert_eq!(text("<p style=\"color:transparent\">看<b style=\"color:red\">见</b></p>"), "见\n");
}

#[test]
fn a_table_that_only_places_things_is_unwrapped() {
    let html =
        "<table><tr><td><p>左</p></td><td><img data-src=\"https://mmbiz.qpic.cn/a\">右</td></tr></table>";
    let read = read_html(html);
    assert_eq!(plain_text(&read.blocks), "左\n右\n");
    assert!(matches!(read.blocks.last(), Some(Block::Image { .. })));
    assert_eq!(read.notes.times(Note::TableUnwrapped), 1);
    let figures = "<table><tr><th>项目</th><th colspan=2>数</th></tr><tr><td>盐</td><td>5</td></tr></table>";
    assert!(matches!(&read_html(figures).blocks[..],
        [Block::Table { head, rows }] if head.len() == 3 && rows[0].len() == 3));
}

#[test]
fn the_real_picture_is_taken_and_those_that_count_readers_are_not() {
    let html = "<p>图<img data-src=\"https://mmbiz.qpic.cn/a?wx_fmt=png\" src=\"data:image/gif;base64,R0\" alt=\"步道\">\
        <img src=\"https://count.example/x\" width=\"1\" height=\"1\"><img src=\"javascript:x()\"></p>";
    let read = read_html(html);
    let pictures: Vec<_> = read.blocks.iter().filter_map(image_source).collect();
    assert_eq!(pictures, ["https://mmbiz.qpic.cn/a?wx_fmt=png"]);
    assert_eq!(read.notes.times(Note::TrackerRemoved), 1);
    assert_eq!(read.notes.times(Note::ScriptRemoved), 1);
    assert!(from_html(html).media_ids().is_empty(), "only own pictures are shown");
}

#[test]
fn of_a_saved_page_only_the_article_is_read() {
    let html = "<html><head><meta property=\"og:title\" content=\"控烟\"><title>别的</title></head><body>\
        <h1 id=\"activity-name\">控烟一页</h1><p>阅读原文</p>\
        <div id=\"js_content\" style=\"visibility: hidden; opacity: 0\"><p>正文</p></div><p>留言</p></body></html>";
    let read = read_html(html);
    assert_eq!(read.title.as_deref(), Some("控烟"));
    assert_eq!(plain_text(&read.blocks), "正文\n");
}

#[test]
fn what_could_act_or_hide_is_gone_and_noted() {
    let table: [(&str, &str, Note); 14] = [
        ("<script>alert(1)</script>字", "字\n", Note::ScriptRemoved),
        ("<p onclick=\"x()\">字</p>", "字\n", Note::ScriptRemoved),
        ("<p OnMouseOver=x>字</p>", "字\n", Note::ScriptRemoved),
        ("<a href=\" java\tscript&#58;x()\">字</a>", "字\n", Note::ScriptRemoved),
        ("<a href=\"&#x6A;avascript:x()\">字</a>", "字\n", Note::ScriptRemoved),
        ("<p style=\"width:expression(x())\">字</p>", "字\n", Note::ScriptRemoved),
        ("<p style=\"position: FIXED; top:0\">字</p>", "字\n", Note::PositionRemoved),
        ("<p style=\"background:url(https://x.cn/a)\">字</p>", "字\n", Note::BackgroundRemoved),
        ("<style>p{color:red}</style>字", "字\n", Note::StyleSheetRemoved),
        ("<svg onload=x><text>图</text></svg>字", "字\n", Note::ScriptRemoved),
        ("<svg><foreignObject><b>图</b></foreignObject></svg>字", "字\n", Note::DrawingRemoved),
        ("<p style=\"display:none\">藏</p>字", "字\n", Note::HiddenRemoved),
        ("<iframe src=\"https://v.qq.com/x\"></iframe>字", "字\n", Note::PlayerRemoved),
        ("<mp-common-profile>名片</mp-common-profile>字", "字\n", Note::CardRemoved),
    ];
    for (html, left, note) in table {
        let read = read_html(html);
        assert_eq!(plain_text(&read.blocks), left, "{html}");
        assert!(read.notes.times(note) > 0, "{html}: {:?}", read.notes);
    }
}

#[test]
fn an_element_that_was_never_closed_hides_nothing_else() {
    assert_eq!(text("<p style=\"display:none\">藏<p>看得见</p>"), "看得见\n");
    assert_eq!(text("<svg><circle><p>看得见</p>"), "看得见\n");
}

#[test]
fn invisible_and_turning_characters_do_not_survive() {
    assert_eq!(text("<p>a\u{202e}b\u{200b}c\u{feff}\u{0}</p>"), "abc\n");
}

#[test]
fn ten_thousand_levels_cost_no_more_than_one() {
    let deep = format!("{}字{}", "<div><b>".repeat(10_000), "</b></div>".repeat(10_000));
    assert_eq!(text(&deep), "字\n");
    assert_eq!(text(&"<table><tr><td>".repeat(5_000)), "");
}

#[test]
fn a_tag_with_half_a_million_attributes_is_given_up() {
    let attributes: Vec<String> = (0..500_000).map(|number| format!("a{number}")).collect();
    let html = format!("<p {}>字</p>", attributes.join(" "));
    let read = read_html(&html);
    // Fast machines read it in time; none hangs.
    assert!(read.given_up || plain_text(&read.blocks) == "字\n");
}

#[test]
fn addresses_of_media_are_told_from_others() {
    let id = "0193a1b2-0000-7000-8000-000000000001";
    assert!(media_id(&format!("/media/{id}/750")).is_some());
    for other in ["/media/x/750", "/media/../750", "https://x.cn/media/0193/750"] {
        assert!(media_id(other).is_none(), "{other}");
    }
    assert!(media_id(&format!("/media/{id}/a\"b")).is_none());
    assert!(media_id(&format!("/media/{id}/../x")).is_none());
}

const PIECES: &str = "(<[a-z]{1,10}( on[a-z]{3}=x| style=\"[a-z:;0-9(). -]{0,20}\"| src=\"[a-z:/.]{0,20}\")?/?>|</[a-z]{1,10}>|<!--|-->|&[a-z#0-9]{1,6};|[a-z血压<>&\"'\\n ]){0,40}";

proptest! {
    #[test]
    fn no_text_breaks_it(markdown in any::<String>()) {
        let body = from_markdown(&markdown);
        let stored = serde_json::to_value(&body.blocks).unwrap();
        prop_assert_eq!(serde_json::from_value::<Vec<Block>>(stored).unwrap(), body.blocks);
    }

    #[test]
    fn whatever_is_read_only_trusted_html_is_written(html in PIECES) {
        let body = from_html(&html);
        prop_assert_eq!(&sanitised(&body.html), &body.html);
        for tag in body.html.split('<').skip(1).filter_map(|rest| rest.split(['>', ' ', '/']).find(|part| !part.is_empty())) {
            prop_assert!(TRUSTED_TAGS.contains(&tag), "{} in {}", tag, body.html);
        }
    }

    #[test]
    fn what_was_written_is_read_back_as_the_same(html in PIECES) {
        let body = from_html(&html);
        prop_assert_eq!(plain_text(&from_html(&body.html).blocks), plain_text(&body.blocks));
    }
}
