//! An error as a page, for whoever opens an address in a browser.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::error::Problem;

const STYLE: &str = "body{font:1.125rem/1.7 sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem;\
                     color:#222;background:#fff}h1{font-size:1.5rem}footer{color:#666;font-size:.875rem}";

/// A page of a few sentences in the looks of all of them.
pub fn plain_page(title: &str, body: &Markup) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    markup.into_string()
}

/// The problem in words, with what to tell whoever is asked for help.
pub fn page(problem: &Problem) -> String {
    const TITLE: &str = "打不开这个网页";
    let body = html! {
        main {
            h1 { (TITLE) }
            p { (problem.detail) }
            p { "也可以返回上一页，或稍后再试。" }
        }
        footer {
            p { "需要帮助时请告诉工作人员：" (problem.status) " · " (problem.code) " · " (problem.request_id) }
        }
    };
    plain_page(TITLE, &body)
}
