use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

const HEAD: &str = "<w:document xmlns:w=\"w\" xmlns:a=\"a\" xmlns:r=\"r\" xmlns:mc=\"mc\"><w:body>";
const TAIL: &str = "</w:body></w:document>";

fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn document(body: &str) -> Vec<u8> {
    let styles = "<w:styles><w:style w:styleId=\"1\"><w:name w:val=\"heading 1\"/></w:style>\
        <w:style w:styleId=\"a3\"><w:name w:val=\"标题 2\"/></w:style>\
        <w:style w:styleId=\"a\"><w:name w:val=\"正文\"/></w:style></w:styles>";
    let numbering = "<w:numbering><w:abstractNum w:abstractNumId=\"7\"><w:lvl><w:numFmt w:val=\"decimal\"/></w:lvl>\
        </w:abstractNum><w:num w:numId=\"3\"><w:abstractNumId w:val=\"7\"/></w:num></w:numbering>";
    let rels = "<Relationships><Relationship Id=\"rId5\" Target=\"media/image1.png\"/>\
        <Relationship Id=\"rId6\" Target=\"https://example.cn/x\" TargetMode=\"External\"/></Relationships>";
    packed(&[
        ("word/document.xml", format!("{HEAD}{body}{TAIL}").as_bytes()),
        ("word/styles.xml", styles.as_bytes()),
        ("word/numbering.xml", numbering.as_bytes()),
        ("word/_rels/document.xml.rels", rels.as_bytes()),
        ("word/media/image1.png", b"picture"),
    ])
}

fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn html(body: &str) -> String {
    read(document(body)).unwrap().html
}

#[test]
fn styles_become_headings_whatever_language_they_were_named_in() {
    let body = "<w:p><w:pPr><w:pStyle w:val=\"1\"/></w:pPr><w:r><w:t>一、目标</w:t></w:r></w:p>\
        <w:p><w:pPr><w:pStyle w:val=\"a3\"/></w:pPr><w:r><w:t>（一）少盐</w:t></w:r></w:p>\
        <w:p><w:pPr><w:pStyle w:val=\"a\"/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>每人</w:t></w:r><w:r><w:t>5克</w:t></w:r></w:p>";
    assert_eq!(html(body), "<h2>一、目标</h2><h3>（一）少盐</h3><p><b>每人</b>5克</p>");
}

#[test]
fn the_large_line_in_the_middle_at_the_top_is_the_title() {
    let body = "<w:p><w:pPr><w:jc w:val=\"center\"/></w:pPr><w:r><w:rPr><w:sz w:val=\"44\"/></w:rPr><w:t>关于开展义诊的通知</w:t></w:r></w:p>";
    let read = read(document(&format!("{body}{}", p("各社区：")))).unwrap();
    assert_eq!(read.title.as_deref(), Some("关于开展义诊的通知"));
    assert_eq!(read.html, "<p>各社区：</p>");
}

#[test]
fn lists_tables_and_pictures_are_kept() {
    let item = |text: &str| {
        format!(
            "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"3\"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let table = format!(
        "<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val=\"2\"/></w:tcPr>{}</w:tc></w:tr></w:tbl>",
        p("格")
    );
    let picture =
        "<w:p><w:r><w:drawing><a:blip r:embed=\"rId5\"/><a:blip r:embed=\"rId6\"/></w:drawing></w:r></w:p>";
    let read = read(document(&format!("{}{}{table}{picture}", item("甲"), item("乙")))).unwrap();
    assert_eq!(
        read.html,
        "<ol><li>甲</li><li>乙</li></ol><table><tr><td colspan=\"2\"><p>格</p></td></tr></table>\
         <p><img src=\"embedded:word/media/image1.png\"></p>"
    );
    assert_eq!(read.pictures.into_values().collect::<Vec<_>>(), [b"picture"]);
}

#[test]
fn cells_that_are_merged_downwards_reach_over_their_rows() {
    let cell =
        |properties: &str, text: &str| format!("<w:tc><w:tcPr>{properties}</w:tcPr>{}</w:tc>", p(text));
    let below = "<w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>";
    let body = format!(
        "<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr><w:tr>{below}{}</w:tr>\
         <w:tr><w:tc><w:tcPr><w:vMerge w:val=\"continue\"/></w:tcPr>{}</w:tc>{}</w:tr><w:tr>{}{}</w:tr></w:tbl>",
        cell("<w:gridSpan w:val=\"2\"/>", "项目"),
        cell("", "数"),
        cell("<w:gridSpan w:val=\"2\"/><w:vMerge w:val=\"restart\"/>", "血糖"),
        cell("", "6.1"),
        cell("", "7.8"),
        p("藏"),
        cell("<w:tcPrChange><w:tcPr><w:vMerge/></w:tcPr></w:tcPrChange>", "11.1"),
        cell("", "血压"),
        cell("", "130"),
    )
    .replace("<w:tc><w:tcPr><w:vMerge", "<w:tc><w:tcPr><w:gridSpan w:val=\"2\"/><w:vMerge");
    let read = read(document(&body)).unwrap();
    assert_eq!(
        read.html,
        "<table><tr><td colspan=\"2\"><p>项目</p></td><td><p>数</p></td></tr>\
         <tr><td rowspan=\"3\" colspan=\"2\"><p>血糖</p></td><td><p>6.1</p></td></tr>\
         <tr><td><p>7.8</p></td></tr><tr><td><p>11.1</p></td></tr>\
         <tr><td><p>血压</p></td><td><p>130</p></td></tr></table>"
    );
    assert_eq!(read.notes.times(Note::HiddenRemoved), 1, "what stood in a merged cell is told");
}

#[test]
fn what_was_deleted_or_hidden_is_not_shown_and_nothing_is_markup() {
    let body = "<w:p><w:del><w:r><w:t>旧</w:t></w:r></w:del><w:ins><w:r><w:t>新</w:t></w:r></w:ins>\
        <w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r><w:r><w:t>&lt;script&gt;&amp;&#x4E2D;</w:t></w:r>\
        <mc:AlternateContent><mc:Fallback><w:r><w:t>重复</w:t></w:r></mc:Fallback></mc:AlternateContent></w:p>";
    assert_eq!(html(body), "<p>新&lt;script&gt;&amp;中</p>");
}

#[test]
fn what_the_text_does_not_say_any_more_is_noted() {
    let item = |level: u32, text: &str| {
        format!(
            "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"3\"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let body = format!(
        "{}{}{}<w:p><w:pPr><w:rPr><w:del w:id=\"1\"/></w:rPr></w:pPr><w:del><w:r><w:delText>旧一</w:delText></w:r>\
         <w:r><w:delText>旧二</w:delText></w:r></w:del><w:r><w:t>新</w:t></w:r><w:del><w:r><w:t>旧三</w:t></w:r></w:del>\
         <w:moveFrom><w:r><w:t>搬走</w:t></w:r></w:moveFrom><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r></w:p>",
        item(0, "甲"),
        item(1, "甲一"),
        item(2, "甲二"),
    );
    let read = read(document(&body)).unwrap();
    assert_eq!(read.html, "<ol><li>甲</li><li>甲一</li><li>甲二</li></ol><p>新</p>");
    let times =
        [Note::ListFlattened, Note::DeletionRemoved, Note::HiddenRemoved].map(|note| read.notes.times(note));
    assert_eq!(times, [2, 2, 1]);
}

#[test]
fn figures_keep_their_place_and_what_is_struck_out_goes() {
    let run =
        |properties: &str, text: &str| format!("<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>");
    let body = format!(
        "<w:p>{}{}{}{}{}</w:p>",
        run("", "10"),
        run("<w:vertAlign w:val=\"superscript\"/>", "9"),
        run("<w:vertAlign w:val=\"subscript\"/><w:b/>", "2"),
        run("<w:strike/>", "不超过10克"),
        run("<w:strike w:val=\"0\"/>", "不超过5克"),
    );
    let read = read(document(&body)).unwrap();
    assert_eq!(read.html, "<p>10<sup>9</sup><sub><b>2</b></sub>不超过5克</p>");
    assert_eq!(read.notes.times(Note::StruckRemoved), 1);
}

#[test]
fn a_list_goes_on_with_its_numbers_after_a_paragraph() {
    let item = |text: &str| {
        format!(
            "<w:p><w:pPr><w:numPr><w:numId w:val=\"3\"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let body = format!("{}{}{}{}", item("甲"), item("乙"), p("说明"), item("丙"));
    assert_eq!(html(&body), "<ol><li>甲</li><li>乙</li></ol><p>说明</p><ol start=\"3\"><li>丙</li></ol>");
    let xml = "<w:numbering><w:abstractNum w:abstractNumId=\"1\"><w:lvl><w:start w:val=\"5\"/><w:numFmt w:val=\"decimal\"/></w:lvl>\
        <w:lvl><w:start w:val=\"1\"/></w:lvl></w:abstractNum><w:num w:numId=\"8\"><w:abstractNumId w:val=\"1\"/></w:num>\
        <w:num w:numId=\"9\"><w:abstractNumId w:val=\"1\"/><w:lvlOverride><w:startOverride w:val=\"2\"/></w:lvlOverride></w:num></w:numbering>";
    let read = numbering(xml).unwrap();
    assert_eq!((read["8"].first, read["9"].first, read["8"].has_numbers), (Some(5), Some(2), true));
}

#[test]
fn what_a_picture_shows_is_kept() {
    let picture = |said: &str| {
        format!(
            "<w:p><w:r><w:drawing><wp:docPr id=\"1\" descr=\"{said}\"/><a:blip r:embed=\"rId5\"/></w:drawing></w:r></w:p>"
        )
    };
    let body = format!("{}{}", picture("量血压的姿势"), picture("图片包含 桌子&#xA;描述已自动生成"));
    assert_eq!(
        html(&body),
        "<p><img src=\"embedded:word/media/image1.png\" alt=\"量血压的姿势\"></p>\
         <p><img src=\"embedded:word/media/image1.png\"></p>"
    );
}

#[test]
fn what_is_no_document_is_refused_by_its_name() {
    let xml = |text: &str| packed(&[("word/document.xml", text.as_bytes())]);
    for (file, refusal) in [
        (packed(&[("a.txt", b"x")]), Refusal::NotADocument),
        (b"PK\x03\x04nonsense".to_vec(), Refusal::Damaged),
        (xml("<w:document><w:body>"), Refusal::Damaged),
        (xml("<!DOCTYPE x [<!ENTITY a \"aaaa\">]><w:document>&a;</w:document>"), Refusal::Damaged),
        (xml(&format!("{}{}", "<w:a>".repeat(300), "</w:a>".repeat(300))), Refusal::TooIntricate),
        (packed(&[("word/document.xml", b"\xff\xfe\x00")]), Refusal::Damaged),
    ] {
        assert_eq!(read(file).err(), Some(refusal));
    }
    let whole = document(&p("字"));
    assert!(read(whole[..whole.len() / 2].to_vec()).is_err());
}

#[test]
fn a_document_that_unfolds_enormously_is_refused() {
    let spaces = vec![b' '; 40 * 1024 * 1024];
    let bomb = packed(&[("word/document.xml", &spaces[..])]);
    assert!(bomb.len() < 100_000);
    assert_eq!(read(bomb).err(), Some(Refusal::Bomb));
    // Also one that stays within the size and only shrinks beyond what text does.
    let small = packed(&[("word/document.xml", &spaces[..5 * 1024 * 1024])]);
    assert_eq!(read(small).err(), Some(Refusal::Bomb));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_body_breaks_it(body in "(<w:(p|r|t|tbl|tr|tc|del|b|sz|br|numId|gridSpan|vMerge|gridBefore)( w:val=\"[0-9a-z]{0,3}\")?/?>|</w:(p|r|t|tbl|tr|tc|del)>|[a字&<>\"]){0,40}") {
        let _ = read(document(&body));
    }

    #[test]
    fn no_damage_to_the_zip_breaks_it(place in any::<usize>(), byte in any::<u8>()) {
        let mut file = document(&p("字"));
        let place = place % file.len();
        file[place] = byte;
        let _ = read(file);
    }
}
