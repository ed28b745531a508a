//! A poster to print: what, when, where, and the mini-program code that opens the activity.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::published::Activity;
use super::text::when;
use crate::wechat::client::MiniCode;

/// Characters of one line of the title.
const TITLE_LINE: usize = 12;

/// An A4 page as SVG; all it needs is inside.
pub(super) fn poster(activity: &Activity, code: &MiniCode) -> String {
    let row = &activity.row;
    let title: Vec<char> = row.title.chars().collect();
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"210mm\" height=\"297mm\" viewBox=\"0 0 840 1188\" \
         font-family=\"'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif\">\
         <rect width=\"840\" height=\"1188\" fill=\"#fff\"/><rect width=\"840\" height=\"24\" fill=\"#0b7a4b\"/>",
    );
    let mut y = 130;
    for line in title.chunks(TITLE_LINE).take(5) {
        text(&mut svg, (y, 60, "bold"), &line.iter().collect::<String>());
        y += 76;
    }
    y += 24;
    let mut lines =
        vec![format!("时间：{}", when(activity.zone, *row.starts_at)), format!("地点：{}", row.place_name)];
    lines.extend(row.address.as_ref().map(|address| format!("地址：{address}")));
    let speakers: Vec<&str> = activity.lecturers.iter().map(|lecturer| lecturer.name.as_str()).collect();
    if !speakers.is_empty() {
        lines.push(format!("主讲：{}", speakers.join("、")));
    }
    lines.push(format!("主办：{}", row.host));
    lines.extend(row.contact_phone.as_ref().map(|phone| format!("电话：{phone}")));
    for line in lines {
        let characters: Vec<char> = line.chars().collect();
        for part in characters.chunks(24) {
            text(&mut svg, (y, 32, "normal"), &part.iter().collect::<String>());
            y += 48;
        }
    }
    // The frame shows where the code belongs where none came: without WeChat it is a single point.
    svg.push_str(
        "<rect x=\"266\" y=\"776\" width=\"308\" height=\"308\" fill=\"none\" stroke=\"#999\" stroke-width=\"2\"/>",
    );
    let picture = BASE64_STANDARD.encode(&code.bytes);
    let media_type = code.media_type;
    // Writing to a string does not fail.
    let _ = write!(
        svg,
        "<image x=\"270\" y=\"780\" width=\"300\" height=\"300\" href=\"data:{media_type};base64,{picture}\"/>"
    );
    text(&mut svg, (1130, 32, "normal"), "微信扫码，查看详情并报名");
    if row.demo {
        text(&mut svg, (1172, 24, "normal"), "示例活动，不会真的举办");
    }
    svg.push_str("</svg>");
    svg
}

fn text(svg: &mut String, (y, size, weight): (u32, u32, &str), line: &str) {
    let _ = write!(
        svg,
        "<text x=\"420\" y=\"{y}\" font-size=\"{size}\" font-weight=\"{weight}\" text-anchor=\"middle\" \
         fill=\"#1a1a1a\">"
    );
    for character in line.chars().filter(|character| !character.is_control()) {
        match character {
            '<' => svg.push_str("&lt;"),
            '>' => svg.push_str("&gt;"),
            '&' => svg.push_str("&amp;"),
            other => svg.push(other),
        }
    }
    svg.push_str("</text>");
}
