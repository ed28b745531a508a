//! A preview as a page, for whoever gets the link on the phone and has no account.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::revision_dto::ArticlePreview;

const STYLE: &str = "body{max-width:40rem;margin:0 auto;padding:1rem;font:1.15rem/1.7 system-ui,sans-serif}\
     .notice{background:#fff3cd;padding:.6rem 1rem;border-radius:.4rem;font-size:1rem}\
     .summary,footer{color:#555}img{max-width:100%;height:auto}table{border-collapse:collapse}\
     td,th{border:1px solid #ccc;padding:.3rem .6rem}";

/// The page. The text was sanitised when it was saved.
pub(super) fn page(preview: &ArticlePreview) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                title { "预览：" (preview.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                p.notice role="note" { (preview.notice) }
                main {
                    h1 { (preview.title) }
                    @if !preview.elder_summary.is_empty() { p.summary { (preview.elder_summary) } }
                    (PreEscaped(&preview.body_html))
                }
                footer {
                    @if !preview.source_name.is_empty() {
                        p { "依据：" (preview.source_name) @if let Some(edition) = &preview.source_edition { "（" (edition) "）" } }
                    }
                    @if let Some(reviewer) = &preview.medical_reviewer { p { "医学审核：" (reviewer) } }
                }
            }
        }
    }
}
