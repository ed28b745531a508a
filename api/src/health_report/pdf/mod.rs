//! A report as PDF on A4, with an embedded Chinese font.

mod font;
mod sheet;

use krilla::Document;
use krilla::metadata::Metadata;

use self::font::Face;
use self::sheet::{Ink, Sheet, WIDTH};
use super::chart::Layout;
use super::content::{Chart, HomeSheet, Report, Row, Section, Verdict};
use crate::assessment::Level;

const BODY: f32 = 10.5;
const SMALL: f32 = 8.5;
const TITLE: f32 = 20.0;
const HEADING: f32 = 14.0;
const CHART_HEIGHT: f32 = 150.0;
const NOTHING: &str = "这段时间没有健康记录。请在小程序里记录，或到健康小屋测量后再生成报告。";
const DISCLAIMER: &str = "本报告由居民自己的健康记录生成，数值来自家庭测量、健康小屋等，不是诊断，也不是医院的病历。\
                          指尖血糖等结果只供参考。是否患病、怎样用药，请听医生的。";

/// Writes a report.
///
/// # Errors
/// When the font or the document cannot be written, which is a fault of the program.
pub(super) fn write(report: &Report) -> anyhow::Result<Vec<u8>> {
    let face = Face::load()?;
    let mut sheets = Sheet::first(&face);
    head(&mut sheets, report);
    for section in &report.sections {
        self::section(&mut sheets, section);
    }
    if report.sections.is_empty() {
        sheets.text(NOTHING, BODY, Ink::Black);
    }
    sheets.gap(10.0);
    sheets.paragraph(DISCLAIMER, SMALL, Ink::Grey);
    let mut document = Document::new();
    let metadata = Metadata::new().title("健康报告".to_owned()).language("zh-CN".to_owned());
    document.set_metadata(metadata);
    sheets.draw(&mut document, &format!("健康报告 · {} 生成", report.made_at))?;
    document.finish().map_err(|error| anyhow::anyhow!("the report cannot be written as PDF: {error:?}"))
}

fn head(sheets: &mut Sheet<'_>, report: &Report) {
    sheets.text("健康报告", TITLE, Ink::Black);
    sheets.gap(4.0);
    let who = [report.name.as_str(), report.about.as_str()];
    let who: Vec<&str> = who.into_iter().filter(|part| !part.is_empty()).collect();
    sheets.text(&who.join("　"), 12.0, Ink::Black);
    sheets.text(&format!("记录时间：{}", report.span), BODY, Ink::Grey);
    sheets.rule();
}

fn section(sheets: &mut Sheet<'_>, section: &Section) {
    // A heading stands with its facts and its chart.
    let chart = if section.chart.is_some() { CHART_HEIGHT } else { 0.0 };
    sheets.keep_together(chart + 90.0);
    sheets.gap(8.0);
    let Section { title, unit, .. } = section;
    sheets.text(&format!("{title}（{unit}）"), HEADING, Ink::Black);
    for fact in &section.facts {
        sheets.text(fact, BODY, Ink::Black);
    }
    if let Some(verdict) = &section.verdict {
        self::verdict(sheets, "最近一次", verdict);
    }
    if let Some(week) = &section.home_week {
        home_week(sheets, week);
    }
    if let Some(chart) = &section.chart {
        self::chart(sheets, chart);
    }
    table(sheets, section);
}

fn home_week(sheets: &mut Sheet<'_>, week: &HomeSheet) {
    const COLUMNS: [f32; 4] = [0.0, 110.0, 250.0, 390.0];
    sheets.gap(4.0);
    sheets.text("家庭血压一周表", BODY, Ink::Black);
    for fact in &week.facts {
        sheets.text(fact, BODY, Ink::Black);
    }
    if let Some(verdict) = &week.verdict {
        self::verdict(sheets, "一周平均", verdict);
    }
    let head = ["日期", "早上", "晚上", "备注"].map(str::to_owned);
    sheets.row(&COLUMNS, &head, SMALL, Ink::Grey);
    for row in &week.rows {
        sheets.row(&COLUMNS, row, SMALL + 0.5, Ink::Black);
    }
}

fn verdict(sheets: &mut Sheet<'_>, of: &str, verdict: &Verdict) {
    sheets.text(&format!("{of}：{}", verdict.label), BODY, ink(verdict.level));
    sheets.paragraph(&verdict.text, BODY, Ink::Black);
    sheets.paragraph(&format!("依据：{}", verdict.source), SMALL, Ink::Grey);
}

fn ink(level: Level) -> Ink {
    match level {
        Level::Usual => Ink::Green,
        Level::Attention => Ink::Amber,
        Level::High | Level::Urgent => Ink::Red,
    }
}

fn chart(sheets: &mut Sheet<'_>, chart: &Chart) {
    sheets.keep_together(CHART_HEIGHT + 20.0);
    let layout = Layout::of(chart, WIDTH, CHART_HEIGHT);
    let mut figure = sheets.figure(CHART_HEIGHT);
    let [left, _, right, bottom] = layout.field;
    for (nth, top, low) in &layout.usual {
        figure.area([left, *top, right, *low], Ink::of_usual(*nth, chart.series.len()));
    }
    for (y, text) in &layout.rules {
        figure.line(&[(left, *y), (right, *y)], 0.4, Ink::PaleGrey);
        figure.label_left_of(left - 4.0, *y, text, SMALL);
    }
    for (x, text) in &layout.dates {
        figure.label_below(*x, bottom + 11.0, text, SMALL);
    }
    for (nth, line) in layout.lines.iter().enumerate() {
        let ink = Ink::of_series(nth);
        figure.line(line, 1.2, ink);
        for (x, y) in line {
            figure.dot(*x, *y, ink);
        }
    }
    figure.end();
    let names = chart.series.iter().enumerate().filter(|(_, series)| !series.name.is_empty());
    let names: Vec<(String, Ink)> =
        names.map(|(nth, series)| (format!("— {}", series.name), Ink::of_series(nth))).collect();
    let with_usual = chart.series.iter().enumerate().filter(|(_, series)| series.usual.is_some());
    let usual = with_usual.map(|(nth, series)| {
        (format!("■ {}", series.name_of_usual()), Ink::of_usual(nth, chart.series.len()))
    });
    sheets.legend(names.into_iter().chain(usual).collect(), SMALL);
}

fn table(sheets: &mut Sheet<'_>, section: &Section) {
    const COLUMNS: [f32; 4] = [0.0, 110.0, 260.0, 380.0];
    sheets.gap(4.0);
    let head = ["时间", "数值", "结果", "来源"].map(str::to_owned);
    sheets.row(&COLUMNS, &head, SMALL, Ink::Grey);
    for row in &section.rows {
        let Row { at, value, label, level, how } = row;
        let at = at.format("%Y-%m-%d %H:%M").to_string();
        let cells = [at, value.clone(), label.clone(), how.clone()];
        let ink = if *level >= Level::High { Ink::Red } else { Ink::Black };
        sheets.row(&COLUMNS, &cells, SMALL + 0.5, ink);
    }
    if section.more > 0 {
        sheets.text(
            &format!("还有更早的 {} 条没有列出，全部记录可以导出表格。", section.more),
            SMALL,
            Ink::Grey,
        );
    }
}
