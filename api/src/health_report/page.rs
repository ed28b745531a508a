//! A report as part of a page, for whoever opens a share link in a browser.

use maud::{Markup, html};

use super::chart::Layout;
use super::content::{Chart, HomeSheet, Report, Section};
use crate::assessment::Level;

const WIDTH: f32 = 640.0;
const HEIGHT: f32 = 200.0;
/// The colours of the lines, as in the PDF.
const LINES: [&str; 3] = ["#1f5fbf", "#8a2b8a", "#666"];

/// Who it is about and all sections.
pub fn sections(report: &Report) -> Markup {
    html! {
        p.who { (report.name) "　" (report.about) }
        p.span { "记录时间：" (report.span) }
        @if report.sections.is_empty() {
            p { "这段时间没有健康记录。" }
        }
        @for section in &report.sections {
            (self::section(section))
        }
    }
}

fn section(section: &Section) -> Markup {
    html! {
        section {
            h2 { (section.title) "（" (section.unit) "）" }
            @for fact in &section.facts {
                p { (fact) }
            }
            @if let Some(verdict) = &section.verdict {
                p class=(class(verdict.level)) { "最近一次：" (verdict.label) }
                p.small { "依据：" (verdict.source) }
            }
            @if let Some(week) = &section.home_week {
                (home_week(week))
            }
            @if let Some(chart) = &section.chart {
                (self::chart(chart))
            }
            table {
                thead {
                    tr { th { "时间" } th { "数值" } th { "结果" } th { "来源" } }
                }
                tbody {
                    @for row in &section.rows {
                        tr class=(class(row.level)) {
                            td { (row.at.format("%Y-%m-%d %H:%M")) }
                            td { (row.value) }
                            td { (row.label) }
                            td { (row.how) }
                        }
                    }
                }
            }
            @if section.more > 0 {
                p.small { "还有更早的 " (section.more) " 条没有列出。" }
            }
        }
    }
}

fn home_week(week: &HomeSheet) -> Markup {
    html! {
        h3 { "家庭血压一周表" }
        @for fact in &week.facts {
            p { (fact) }
        }
        @if let Some(verdict) = &week.verdict {
            p class=(class(verdict.level)) { "一周平均：" (verdict.label) }
            p { (verdict.text) }
            p.small { "依据：" (verdict.source) }
        }
        table {
            thead {
                tr { th { "日期" } th { "早上" } th { "晚上" } th { "备注" } }
            }
            tbody {
                @for row in &week.rows {
                    tr {
                        @for cell in row {
                            td { (cell) }
                        }
                    }
                }
            }
        }
    }
}

/// The colour of the usual range of the nth line, as in the PDF.
fn fill(nth: usize, chart: &Chart) -> &'static str {
    match (chart.series.len(), nth) {
        (1, _) => "#d9f0e0",
        (_, 0) => "#dce8f8",
        (_, 1) => "#f3e3f3",
        _ => "#ccc",
    }
}

fn class(level: Level) -> &'static str {
    match level {
        Level::Usual => "usual",
        Level::Attention => "attention",
        Level::High | Level::Urgent => "high",
    }
}

fn chart(chart: &Chart) -> Markup {
    let layout = Layout::of(chart, WIDTH, HEIGHT);
    let [left, _, right, bottom] = layout.field;
    let points = |line: &[(f32, f32)]| {
        let points: Vec<String> = line.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        points.join(" ")
    };
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label="变化曲线" {
            @for (nth, top, low) in &layout.usual {
                rect x=(left) y=(top) width=(right - left) height=((low - top).max(0.0)) fill=(fill(*nth, chart)) {}
            }
            @for (y, text) in &layout.rules {
                line x1=(left) x2=(right) y1=(y) y2=(y) stroke="#ccc" stroke-width="0.5" {}
                text x=(left - 4.0) y=(y + 3.0) font-size="10" text-anchor="end" { (text) }
            }
            @for (x, text) in &layout.dates {
                text x=(x) y=(bottom + 13.0) font-size="10" text-anchor="middle" { (text) }
            }
            @for (nth, line) in layout.lines.iter().enumerate() {
                polyline points=(points(line)) fill="none" stroke=(LINES[nth.min(2)]) stroke-width="1.5" {}
            }
        }
        p.small {
            @for (nth, series) in chart.series.iter().enumerate().filter(|(_, series)| !series.name.is_empty()) {
                span style=(format!("color:{}", LINES[nth.min(2)])) { "— " (series.name) "　" }
            }
            @for (nth, series) in chart.series.iter().enumerate().filter(|(_, series)| series.usual.is_some()) {
                span style=(format!("color:{}", fill(nth, chart))) { "■ " } (series.name_of_usual()) "　"
            }
        }
    }
}
