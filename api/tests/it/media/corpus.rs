//! Photos and pages that others collected; runs where they are.

use std::path::PathBuf;

use kangtu::knowledge::articles::body;
use kangtu::knowledge::articles::rich_text::TRUSTED_TAGS;
use serde_json::Value;

use super::{editor, upload};
use crate::support::{TestApp, on_both_databases, say_skipped};

on_both_databases!(photos_of_real_cameras_lose_their_place);

/// The folder, or a line that says why nothing was tested.
fn folder(name: &str) -> Option<PathBuf> {
    // The suite stands beside the corpus, or a variable says where it is.
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let root = std::env::var_os("KANGTU_CORPUS").map_or(beside, PathBuf::from);
    let folder = root.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    say_skipped(&format!("{name}: there is no corpus in {}", root.display()));
    None
}

async fn photos_of_real_cameras_lose_their_place(app: TestApp) {
    let Some(folder) = folder("media") else {
        return;
    };
    let editor = editor(&app).await;
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jpg") {
            continue;
        }
        let answer = upload(&editor, std::fs::read(&path).unwrap()).await;
        assert_eq!(answer.status, 201, "{}: {}", path.display(), answer.text());
        for file in answer.json()["files"].as_array().unwrap() {
            let bytes = app.get(file["url"].as_str().unwrap()).await.raw;
            assert!(!bytes.windows(4).any(|window| window == b"Exif"), "{}", path.display());
        }
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn saved_pages_become_articles() {
    let Some(folder) = folder("media") else {
        return;
    };
    for name in ["article_detail_iframe.html", "article_detail_qqmusic.html"] {
        let Ok(page) = std::fs::read_to_string(folder.join(name)) else {
            continue;
        };
        let reading = body::read_html(&page);
        assert!(!reading.given_up && !body::plain_text(&reading.blocks).trim().is_empty(), "{name}");
        assert!(reading.title.is_some(), "{name}");
    }
}

#[test]
fn hostile_html_becomes_nothing_that_acts() {
    let Some(folder) = folder("hostile") else {
        return;
    };
    let mut texts = Vec::new();
    for name in ["html_sanitiser_pairs.json", "blns.json"] {
        let file: Value = serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap();
        strings(&file, &mut texts);
    }
    assert!(texts.len() > 300);
    for text in texts {
        let html = body::from_html(&text).html;
        for tag in html.split('<').skip(1) {
            let name = tag.trim_start_matches('/').split(['>', ' ']).next().unwrap();
            assert!(TRUSTED_TAGS.contains(&name), "{name} of {text}");
            let attributes = tag.split('>').next().unwrap();
            assert!(
                !attributes.contains(" on") && !attributes.contains("javascript"),
                "{attributes} of {text}"
            );
        }
        body::from_markdown(&text);
    }
}

fn strings(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, into)),
        Value::Object(members) => members.values().for_each(|member| strings(member, into)),
        _ => {}
    }
}
