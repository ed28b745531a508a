//! Articles from 公众号, documents and Markdown.

use std::io::{Cursor, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use entity::article_source;
use kangtu::clock::Clock;
use kangtu::config::Settings;
use kangtu::knowledge::import::PictureOrigin;
use kangtu::media::MOST_PICTURE_BYTES;
use reqwest::Method;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::access::{ELSEWHERE, HERE};
use crate::media::{editor, photo};
use crate::support::callers::Caller;
use crate::support::world::{World, wednesday_morning};
use crate::support::{TestApp, TestResponse, on_both_databases};

mod with_pictures {
    use super::{a_page_of_a_public_account_comes_with_its_pictures, nothing_of_this_network_can_be_asked};
    use crate::support::on_both_databases;

    on_both_databases!(in world:
        a_page_of_a_public_account_comes_with_its_pictures,
        nothing_of_this_network_can_be_asked,
    );
}

on_both_databases!(
    a_document_comes_with_its_pictures,
    what_is_not_as_it_was_is_told,
    markdown_comes_as_it_is,
    what_cannot_be_read_is_refused_and_nothing_is_kept,
    what_could_act_is_left_out_and_told,
    an_import_is_of_a_region,
    figures_keep_their_meaning_and_every_change_is_told,
    what_came_can_be_read_again,
);

async fn import(caller: &Caller, content_type: &str, body: impl Into<Vec<u8>>) -> TestResponse {
    let body: Vec<u8> = body.into();
    let request = caller.request(Method::POST, "/api/v1/articles/import");
    request.header("content-type", content_type).body(body).send().await
}

fn codes(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|remark| remark["code"].as_str().unwrap()).collect()
}

async fn sources(app: &TestApp) -> u64 {
    article_source::Entity::find().count(app.state.database.reader()).await.unwrap()
}

/// A server of pictures; counts how often it was asked.
async fn pictures() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    actix_web::rt::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            actix_web::rt::spawn(async move {
                let mut request = vec![0; 4_096];
                let length = connection.read(&mut request).await.unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..length]).to_lowercase();
                let (status, more, body) = if request.starts_with("get /moved") {
                    ("302 Found", "Location: https://mmbiz.qpic.cn/photo\r\n", Vec::new())
                } else if request.starts_with("get /astray") {
                    ("302 Found", "Location: http://169.254.169.254/latest\r\n", Vec::new())
                } else if request.starts_with("get /huge") {
                    let length = format!("Content-Length: {}\r\n", MOST_PICTURE_BYTES + 1);
                    let head = format!("HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\n");
                    return drop(connection.write_all(head.as_bytes()).await);
                } else if request.starts_with("get /page") {
                    ("200 OK", "", b"<html>no picture</html>".to_vec())
                } else if !request.contains("referer: https://mp.weixin.qq.com/") {
                    ("403 Forbidden", "", Vec::new())
                } else {
                    ("200 OK", "", photo(60, 40, 60))
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                drop(connection.write_all(&[head.as_bytes(), &body].concat()).await);
            });
        }
    });
    (address, asked)
}

/// A server that is led to the picture server whatever it asks for.
async fn led_to(world: &World, address: SocketAddr, is_checked: bool) -> TestApp {
    let picture_origin = PictureOrigin::OneServer { address, is_checked };
    let settings = Settings { picture_origin, ..world.settings() };
    TestApp::start(settings, Clock::fixed(wednesday_morning())).await
}

const PAGE: &str = "<html><head><meta property=\"og:title\" content=\"春天控烟\"></head><body>\
    <div id=\"js_content\" style=\"visibility: hidden\"><section><section style=\"font-size:22px\"><b>为什么</b></section>\
    <p style=\"color:#888\"><span>烟雾里有</span><strong>七千</strong>多种化学物质。</p>\
    <p><img data-src=\"http://mmbiz.qpic.cn/photo?wx_fmt=jpeg\" alt=\"无烟公园\"></p>\
    <p><img data-src=\"https://mmbiz.qpic.cn/moved\"></p>\
    <p><img data-src=\"https://mmbiz.qpic.cn/astray\"></p>\
    <p><img data-src=\"https://mmbiz.qpic.cn/page\"></p>\
    <p><img data-src=\"https://mmbiz.qpic.cn/huge\"></p>\
    <p><img src=\"https://elsewhere.example/x.jpg\"></p>\
    <p><a href=\"javascript:x()\" onclick=\"y()\">阅读原文</a></p>\
    </section></div><script>var a = 1;</script></body></html>";

async fn a_page_of_a_public_account_comes_with_its_pictures(world: &World) {
    let (address, _) = pictures().await;
    let app = led_to(world, address, false).await;
    let editor = editor(&app).await;
    let article = import(&editor, "text/html", PAGE).await.ok();
    assert_eq!((&article["title"], &article["format"]), (&"春天控烟".into(), &"html".into()));
    let html = article["body_html"].as_str().unwrap();
    assert!(
        html.starts_with("<h2>为什么</h2>\n<p>烟雾里有<strong>七千</strong>多种化学物质。</p>"),
        "{html}"
    );
    assert!(html.ends_with("<p>阅读原文</p>\n"), "{html}");
    let pictures: Vec<_> =
        article["body_blocks"].as_array().unwrap().iter().filter(|block| block["kind"] == "image").collect();
    assert_eq!(pictures.len(), 2, "{article}");
    assert_eq!(pictures[0]["alt"], "无烟公园");
    // The two addresses gave the same picture, which is one medium.
    assert_eq!(article["media_ids"].as_array().unwrap().len(), 1);
    let shown = app.get(pictures[0]["src"].as_str().unwrap()).await;
    assert_eq!(shown.header("content-type"), Some("image/jpeg"));
    assert_eq!(app.get(article["cover_url"].as_str().unwrap()).await.status, 200);
    let report = &article["report"];
    assert_eq!(
        codes(&report["lost_pictures"]),
        ["host_not_allowed", "markup_refused", "too_large", "host_not_allowed"]
    );
    assert!(
        codes(&report["simplified"]).contains(&"links") && codes(&report["removed"]).contains(&"scripts")
    );
    assert!(codes(&report["kept"]).contains(&"pictures"));
    let source = format!("sources/{}", article["source_id"].as_str().unwrap());
    assert_eq!(app.state.files.get(&source).await.unwrap().unwrap(), PAGE.as_bytes());
    app.stop().await;
}

async fn nothing_of_this_network_can_be_asked(world: &World) {
    let (address, asked) = pictures().await;
    let app = led_to(world, address, true).await;
    let article = import(&editor(&app).await, "text/html", PAGE).await.ok();
    let lost = codes(&article["report"]["lost_pictures"]);
    assert_eq!(lost, ["host_not_allowed"; 6], "{article}");
    assert_eq!(asked.load(Ordering::SeqCst), 0, "the name led to this machine, and it was not asked");
    assert!(article["body_html"].as_str().unwrap().contains("七千"), "the text is not lost");
    app.stop().await;
}

fn document(body: &str, picture: &[u8]) -> Vec<u8> {
    let text =
        format!("<w:document xmlns:w=\"w\" xmlns:a=\"a\" xmlns:r=\"r\"><w:body>{body}</w:body></w:document>");
    let rels = "<Relationships><Relationship Id=\"rId1\" Target=\"media/image1.jpeg\"/>\
        <Relationship Id=\"rId2\" Target=\"media/image2.emf\"/></Relationships>";
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [
        ("word/document.xml", text.as_bytes()),
        ("word/_rels/document.xml.rels", rels.as_bytes()),
        ("word/media/image1.jpeg", picture),
        ("word/media/image2.emf", b"\x01\0\0\0EMF".as_slice()),
    ] {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

async fn a_document_comes_with_its_pictures(app: TestApp) {
    let body = "<w:p><w:pPr><w:jc w:val=\"center\"/></w:pPr><w:r><w:rPr><w:sz w:val=\"44\"/></w:rPr><w:t>义诊通知</w:t></w:r></w:p>\
        <w:p><w:r><w:t>各社区：</w:t></w:r></w:p>\
        <w:p><w:r><w:drawing><a:blip r:embed=\"rId1\"/></w:drawing><w:drawing><a:blip r:embed=\"rId2\"/></w:drawing></w:r></w:p>";
    let article = import(&editor(&app).await, "application/octet-stream", document(body, &photo(30, 30, 61)))
        .await
        .ok();
    assert_eq!((&article["title"], &article["format"]), (&"义诊通知".into(), &"docx".into()));
    assert_eq!(article["body_blocks"][0]["text"][0]["text"], "各社区：");
    assert_eq!(article["body_blocks"][1]["kind"], "image");
    assert_eq!(codes(&article["report"]["lost_pictures"]), ["format_refused"]);
}

async fn what_is_not_as_it_was_is_told(app: TestApp) {
    let editor = editor(&app).await;
    let item = |level: u32| {
        format!(
            "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr><w:r><w:t>项</w:t></w:r></w:p>"
        )
    };
    let body =
        format!("{}{}<w:p><w:del><w:r><w:delText>旧</w:delText></w:r></w:del></w:p>", item(0), item(1));
    let report = import(&editor, "", document(&body, b"")).await.ok()["report"].clone();
    assert_eq!(
        (codes(&report["simplified"]), codes(&report["removed"])),
        (vec!["nested_lists"], vec!["deletions"])
    );
    for nested in ["<ul><li>甲<ol><li>甲一</li></ol></li></ul>", "- 甲\n  - 甲一\n"] {
        let kind = if nested.starts_with('<') { "text/html" } else { "text/markdown" };
        let report = import(&editor, kind, nested).await.ok()["report"].clone();
        assert_eq!(codes(&report["simplified"]), ["nested_lists"], "{nested}");
    }
    let flat = import(&editor, "text/html", "<ul><li>甲</li></ul><ol><li>乙</li></ol>").await.ok();
    assert_eq!(flat["report"]["simplified"], serde_json::json!([]));
}

async fn markdown_comes_as_it_is(app: TestApp) {
    let article = import(&editor(&app).await, "text/markdown", "# 少盐\n\n一天**5克**。\n\n- 酱油\n- 咸菜\n")
        .await
        .ok();
    assert_eq!((&article["title"], &article["format"]), (&"少盐".into(), &"markdown".into()));
    assert_eq!(
        article["body_html"],
        "<p>一天<strong>5克</strong>。</p>\n<ul><li>酱油</li><li>咸菜</li></ul>\n"
    );
    assert_eq!(article["report"]["removed"], serde_json::json!([]));
}

async fn what_cannot_be_read_is_refused_and_nothing_is_kept(app: TestApp) {
    let editor = editor(&app).await;
    let bomb = document(&" ".repeat(35 * 1024 * 1024), b"");
    for (body, code) in [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(), "old_document"),
        (b"%PDF-1.7".to_vec(), "pdf_refused"),
        (b"PK\x03\x04".to_vec(), "damaged_document"),
        (document("", b""), "no_text"),
        (bomb, "document_bomb"),
        (b"<p>\xe7\x9b\xff\xff</p>".to_vec(), "bad_encoding"),
        (b"<p><img src=\"https://mmbiz.qpic.cn/a\"></p>".to_vec(), "no_text"),
        (b" ".to_vec(), "empty_source"),
        (b"a\0b".to_vec(), "unknown_source"),
        ("<p>字</p>".repeat(1_000_000).into_bytes(), "too_much_text"),
    ] {
        let answer = import(&editor, "", body).await.problem(422, "invalid");
        assert_eq!(answer["errors"][0]["code"], code, "{answer}");
    }
    import(&editor, "text/html", vec![b'x'; 41 * 1024 * 1024]).await.problem(413, "payload_too_large");
    assert_eq!(sources(&app).await, 0);
    assert_eq!(app.state.files.names("sources").await.unwrap(), Vec::<String>::new());
}

async fn what_could_act_is_left_out_and_told(app: TestApp) {
    let page = "<p style=\"position:fixed;background:url(https://x.cn/a)\">看得见</p><p style=\"display:none\">藏</p>\
        <img src=\"https://count.example/a\" width=1 height=1><svg><text>图</text></svg><iframe src=\"https://v.qq.com\"></iframe>\
        <img src=\"data:image/svg+xml;base64,PHN2Zz4=\"><p>第二段</p>";
    let article = import(&editor(&app).await, "text/html", page).await.ok();
    assert_eq!(article["body_html"], "<p>看得见</p>\n<p>第二段</p>\n");
    let removed = codes(&article["report"]["removed"]);
    for code in ["hidden", "trackers", "drawings", "players", "backgrounds", "positions"] {
        assert!(removed.contains(&code), "{code}: {removed:?}");
    }
    assert_eq!(codes(&article["report"]["lost_pictures"]), ["markup_refused"]);
}

async fn an_import_is_of_a_region(app: TestApp) {
    let editor = editor(&app).await;
    let path = format!("/api/v1/articles/import?region={ELSEWHERE}");
    editor.request(Method::POST, &path).body("字").send().await.problem(404, "not_found");
    import(&editor, "text/markdown", "字").await.ok();
    let kept = article_source::Entity::find().one(app.state.database.reader()).await.unwrap().unwrap();
    assert_eq!(kept.region_code, HERE);
    assert_eq!(kept.imported_by, Some(editor.id));
}

async fn figures_keep_their_meaning_and_every_change_is_told(app: TestApp) {
    let editor = editor(&app).await;
    let html = "<p>血小板 4×10<sup>9</sup>/L，每天<del>不超过10克</del>不超过5克。</p>\
        <p style=\"position:absolute;left:-9999px\">看不见的字</p>\
        <table><tr><th>项目<th>时间<th>数</tr><tr><td rowspan=2>血糖<td>空腹<td>6.1</tr><tr><td>餐后<td>7.8</tr></table>";
    let imported = import(&editor, "text/html", html).await.ok();
    let body = imported["body_html"].as_str().unwrap();
    assert!(body.contains("4×10⁹/L，每天不超过5克") && !body.contains("看不见"), "{body}");
    assert!(body.contains("<td>血糖</td><td>餐后</td><td>7.8</td>"), "{body}");
    let removed = codes(&imported["report"]["removed"]);
    assert!(removed.contains(&"struck_out") && removed.contains(&"hidden"), "{removed:?}");
    assert!(codes(&imported["report"]["simplified"]).contains(&"merged_cells"), "{}", imported["report"]);
    import(&editor, "application/json", "{\"text\": \"少盐\"}").await.problem(415, "unsupported_media_type");
}

async fn what_came_can_be_read_again(app: TestApp) {
    let editor = editor(&app).await;
    let came = "# 少盐\n\n每天~~十克~~五克。";
    let imported = import(&editor, "text/markdown", came).await.ok();
    let path = format!("/api/v1/article-sources/{}", imported["source_id"].as_str().unwrap());
    let kept = editor.get(&path).await;
    assert_eq!((kept.status, kept.text()), (200, came));
    assert!(
        kept.header("content-disposition").unwrap().starts_with("attachment"),
        "it is saved, never shown"
    );
    app.staff("editor", ELSEWHERE).await.get(&path).await.problem(404, "not_found");
    app.get(&path).await.problem(401, "login_required");
}
