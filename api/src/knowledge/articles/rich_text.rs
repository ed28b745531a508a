//! HTML as the rich text of WeChat shows it.
//!
//! `<rich-text>` drops a tag it does not trust together with all it holds (developers.weixin.qq.com,
//! "rich-text", 受信任的 HTML 节点及属性), so every other tag is unwrapped here and its text stays. Only
//! scripts, style sheets and drawings (SVG, `MathML`) go with what they hold.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

/// Every tag that WeChat trusts.
pub const TRUSTED_TAGS: [&str; 65] = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "fieldset",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "label",
    "legend",
    "li",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "rt",
    "ruby",
    "s",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
];

/// Attributes that WeChat trusts on single tags.
const TRUSTED_ATTRIBUTES: [(&str, &[&str]); 9] = [
    ("bdo", &["dir"]),
    ("col", &["span", "width"]),
    ("colgroup", &["span", "width"]),
    ("img", &["alt", "src", "height", "width"]),
    ("ol", &["start", "type"]),
    ("table", &["width"]),
    ("td", &["colspan", "height", "rowspan", "width"]),
    ("th", &["colspan", "height", "rowspan", "width"]),
    ("tr", &["colspan", "height", "rowspan", "width"]),
];

/// Styles that change how text looks and not where it stands.
const STYLES: [&str; 6] =
    ["background-color", "color", "font-style", "font-weight", "text-align", "text-decoration"];

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let attributes: HashMap<&str, HashSet<&str>> =
        TRUSTED_ATTRIBUTES.iter().map(|(tag, names)| (*tag, names.iter().copied().collect())).collect();
    let mut sanitiser = Builder::empty();
    sanitiser
        .tags(HashSet::from(TRUSTED_TAGS))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["style"]))
        .filter_style_properties(HashSet::from(STYLES))
        .url_schemes(HashSet::from(["http", "https"]))
        .link_rel(None)
        .attribute_filter(|tag, attribute, value| {
            let is_foreign = (tag, attribute) == ("img", "src") && !value.starts_with("/media/");
            (!is_foreign).then(|| value.into())
        });
    sanitiser
});

/// What is left of HTML: trusted tags, and the text of all others.
pub fn sanitised(html: &str) -> String {
    SANITISER.clean(html).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unknown_tags_are_unwrapped_and_their_text_stays() {
        assert_eq!(sanitised("<custom><p>量<video>血压</video></p></custom>"), "<p>量血压</p>");
    }

    #[test]
    fn what_could_act_is_gone() {
        let table = [
            ("<script>alert(1)</script>字", "字"),
            ("<style>p{}</style>字", "字"),
            ("<svg onload=\"x()\"><text>图</text></svg>字", "字"),
            ("<p onclick=\"x()\" id=\"a\">字</p>", "<p>字</p>"),
            ("<img src=\"javascript:x\" alt=\"图\">", "<img alt=\"图\">"),
            ("<img src=\"JaVa\tScript:x\">", "<img>"),
            ("<img src=\"data:text/html,x\">", "<img>"),
            ("<img src=\"https://example.cn/x.png\">", "<img>"),
            ("<img src=\"/media/1/750\">", "<img src=\"/media/1/750\">"),
            ("<p style=\"position:fixed;color:red\">字</p>", "<p style=\"color:red\">字</p>"),
            ("<a href=\"https://example.cn\">字</a>", "<a>字</a>"),
            ("<iframe src=\"https://example.cn\"></iframe>", ""),
            ("<!-- 注 -->字", "字"),
        ];
        for (given, left) in table {
            assert_eq!(sanitised(given), left, "{given}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_pasted_only_trusted_tags_are_left(html in "(<[a-z]{1,8}( on[a-z]{3}=x)?>|</[a-z]{1,8}>|[a-z血压<>&\"' ]){0,30}") {
            let left = sanitised(&html);
            prop_assert_eq!(&sanitised(&left), &left, "sanitising twice changes it");
            for tag in left.split('<').skip(1).filter_map(|rest| rest.split(['>', ' ', '/']).find(|part| !part.is_empty())) {
                prop_assert!(TRUSTED_TAGS.contains(&tag), "{} in {}", tag, left);
            }
            // The word may stand in the text, but no handler in a tag.
            for inside in left.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
                prop_assert!(!inside.contains(" on"), "{}", left);
            }
        }
    }
}
