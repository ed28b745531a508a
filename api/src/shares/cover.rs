//! The page behind a link: first a cover that takes no view, then the record.

use chrono::{DateTime, Utc};
use chrono_tz::Asia::Shanghai;
use entity::record_share;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::health_report::{Report, sections};

const STYLE: &str = "body{font:1.125rem/1.7 sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222;\
                     background:#fff}h1{font-size:1.6rem}h2{font-size:1.3rem;margin-top:2rem}p{margin:.3rem 0}\
                     button{font:inherit;padding:.6rem 1.4rem;margin:.8rem .8rem .8rem 0;border:1px solid #1f5fbf;\
                     border-radius:.4rem;background:#1f5fbf;color:#fff}table{border-collapse:collapse;width:100%;\
                     font-size:1rem}th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #ddd}\
                     .small{font-size:.9rem;color:#555}.high{color:#b31b1b}.attention{color:#9a5b00}svg{width:100%}";

fn frame(body: &Markup) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { "健康记录分享" }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    markup.into_string()
}

/// The cover tells nobody's name.
pub(super) fn cover(row: &record_share::Model, token: &str) -> String {
    let until = day(*row.expires_at);
    let left = row.most_views - row.views;
    frame(&html! {
        main {
            h1 { "有人请您查看健康记录" }
            p { "链接有效期到 " (until) "，还可以打开 " (left) " 次。每打开一次，本人都会知道。" }
            form method="post" action=(format!("/s/{token}")) {
                button type="submit" { "打开记录" }
            }
            form method="post" action=(format!("/s/{token}/report.pdf")) {
                button type="submit" { "下载 PDF 报告" }
            }
            p.small { "请不要转发这个链接。如果您不是收信人，请直接关闭。" }
        }
    })
}

/// The record.
pub(super) fn record(report: &Report) -> String {
    frame(&html! {
        main {
            h1 { "健康记录" }
            (sections(report))
            p.small { "由居民自己的健康记录生成，不是诊断，也不是医院的病历。" }
        }
    })
}

fn day(at: DateTime<Utc>) -> String {
    at.with_timezone(&Shanghai).format("%Y-%m-%d %H:%M").to_string()
}
