//! Nothing that somebody types breaks the search.

use super::{path, search};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(no_text_breaks_the_search, endless_text_is_cut, what_is_not_text_is_refused);

async fn no_text_breaks_the_search(app: TestApp) {
    for typed in [
        "\"",
        "'",
        "''",
        "\"血压",
        "血压\" OR \"a",
        "血压 AND",
        "NOT 血压",
        "NEAR(血压 高)",
        "title:血压",
        "{title} : 血压",
        "血压*",
        "*",
        "^血压",
        "-血压",
        "(((((",
        ")",
        "血压; DROP TABLE article",
        "' OR 1=1 --",
        "%",
        "_",
        "\\",
        "血压:*",
        "& | !",
        "<->",
        "\u{0}",
        "血压\u{0}高",
        "\u{202e}压血",
        "👩‍👩‍👧‍👦",
        "é",
        "e\u{301}",
        "𠀀",
        "𠀀血",
        "ﷺ",
        "ﷺﷺﷺ",
        "_topic",
        "__salt",
        "血_压",
        "x5f_",
        "\u{1d7d8}",
        "①②③",
        "ｱｲｳ",
        "ру́сский",
        "العربية",
        " ",
        "\n",
        "\t血压\r\n",
        "血 压",
        "1=1",
        "a b c d e f g",
        "NULL",
        "nan",
    ] {
        let answer = app.get(&path(typed)).await;
        assert!([200, 400].contains(&answer.status), "{typed:?} gives {}: {}", answer.status, answer.text());
    }
    assert_eq!(search(&app, "__salt").await["items"].as_array().unwrap().len(), 0, "a topic is not a word");
    let quoted = search(&app, "\"血压").await;
    assert_eq!(quoted["items"], search(&app, "血压").await["items"], "signs do not count");
}

async fn endless_text_is_cut(app: TestApp) {
    for typed in
        ["血压".repeat(1_700), "a".repeat(10_240), "ﷺ".repeat(500), "gao".repeat(3_000), "血 ".repeat(2_500)]
    {
        let answer = app.get(&path(&typed)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

async fn what_is_not_text_is_refused(app: TestApp) {
    for query in ["q=%ff", "q=%e8%a1", "q=a&q=b"] {
        let status = app.get(&format!("/api/v1/search?{query}")).await.status;
        assert!([200, 400].contains(&status), "{query} gives {status}");
    }
    app.get("/api/v1/search?q=a&q=b").await.problem(400, "bad_parameter");
}
