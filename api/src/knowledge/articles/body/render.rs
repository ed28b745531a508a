//! Writes blocks as HTML that the rich text of WeChat shows.

use super::{Block, Line};
use crate::knowledge::articles::rich_text::sanitised;

/// The HTML of blocks, one after the other.
pub(super) fn html(blocks: &[Block]) -> String {
    let mut html = String::new();
    for block in blocks {
        write(block, &mut html);
        html.push('\n');
    }
    // Nothing in it can be refused any more; a mistake above must still not reach a phone.
    sanitised(&html)
}

fn write(block: &Block, html: &mut String) {
    match block {
        Block::Heading { level, text } => {
            let tag = ["h1", "h2", "h3", "h4", "h5", "h6"][usize::from((*level).clamp(1, 6)) - 1];
            element(tag, text, html);
        }
        Block::Paragraph { text, centred: false } => element("p", text, html),
        Block::Paragraph { text, centred: true } => {
            html.push_str("<p style=\"text-align:center\">");
            line(text, html);
            html.push_str("</p>");
        }
        Block::Quote { text } => {
            html.push_str("<blockquote>");
            element("p", text, html);
            html.push_str("</blockquote>");
        }
        Block::List { ordered, items, start } => {
            let tag = if *ordered { "ol" } else { "ul" };
            match start.filter(|_| *ordered) {
                Some(first) => html.extend(["<ol start=\"", &first.to_string(), "\">"]),
                None => open(tag, html),
            }
            for item in items {
                element("li", item, html);
            }
            close(tag, html);
        }
        Block::Table { head, rows } => {
            html.push_str("<table>");
            if !head.is_empty() {
                html.push_str("<thead>");
                row("th", head, html);
                html.push_str("</thead>");
            }
            html.push_str("<tbody>");
            for cells in rows {
                row("td", cells, html);
            }
            html.push_str("</tbody></table>");
        }
        Block::Image { src, alt, .. } => {
            html.push_str("<p style=\"text-align:center\"><img src=\"");
            escape(src, html);
            html.push_str("\" alt=\"");
            escape(alt.as_deref().unwrap_or_default(), html);
            html.push_str("\"></p>");
        }
    }
}

fn row(tag: &str, cells: &[Line], html: &mut String) {
    html.push_str("<tr>");
    for cell in cells {
        element(tag, cell, html);
    }
    html.push_str("</tr>");
}

fn element(tag: &str, text: &Line, html: &mut String) {
    open(tag, html);
    line(text, html);
    close(tag, html);
}

fn open(tag: &str, html: &mut String) {
    html.extend(["<", tag, ">"]);
}

fn close(tag: &str, html: &mut String) {
    html.extend(["</", tag, ">"]);
}

fn line(text: &Line, html: &mut String) {
    for span in text {
        if span.strong {
            html.push_str("<strong>");
        }
        escape(&span.text, html);
        if span.strong {
            html.push_str("</strong>");
        }
    }
}

fn escape(text: &str, html: &mut String) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\n' => html.push_str("<br>"),
            other => html.push(other),
        }
    }
}
