//! The report on paper and the table of all readings.

use std::io::Read;

use reqwest::Method;
use serde_json::json;

use crate::fhir::{THIS_MORNING, keeper, measure};
use crate::people::appoint;
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse, on_both_databases};

on_both_databases!(
    a_report_is_a_pdf_in_chinese_with_its_font,
    the_week_at_home_stands_in_the_report,
    a_report_covers_the_days_that_are_asked_for,
    the_table_holds_every_reading_that_counts,
    who_may_not_read_gets_neither,
);

fn path(caller: &Caller, file: &str) -> String {
    format!("/api/v1/people/{}/{file}", caller.person_id.unwrap())
}

/// Everything in a PDF that is deflated, unpacked.
fn unpacked(pdf: &TestResponse) -> Vec<String> {
    assert_eq!((pdf.status, pdf.media_type()), (200, "application/pdf"), "{:?}", pdf.headers);
    assert!(pdf.body.starts_with(b"%PDF-1."));
    let find = |from: usize, what: &[u8]| {
        pdf.body[from..].windows(what.len()).position(|part| part == what).map(|at| from + at)
    };
    let (mut streams, mut at) = (Vec::new(), 0);
    while let Some(begins) = find(at, b"stream\n") {
        let ends = find(begins, b"endstream").unwrap();
        let mut text = Vec::new();
        let packed = &pdf.body[begins + 7..ends];
        if flate2::read::ZlibDecoder::new(packed).read_to_end(&mut text).is_ok() {
            streams.push(String::from_utf8_lossy(&text).into_owned());
        }
        at = ends + 9;
    }
    streams
}

/// Whether a text can be copied out of a PDF: each character stands in the map to Unicode.
fn can_say(streams: &[String], text: &str) -> bool {
    let map = streams.iter().find(|stream| stream.contains("beginbfchar")).unwrap();
    text.chars().all(|character| map.contains(&format!("<{:04X}>", u32::from(character))))
}

fn pages(pdf: &TestResponse) -> usize {
    let text = String::from_utf8_lossy(&pdf.body).into_owned();
    text.matches("/Type /Page\n").count() + text.matches("/Type/Page/").count()
}

async fn a_report_is_a_pdf_in_chinese_with_its_font(app: TestApp) {
    let li = keeper(&app, "li").await;
    let who = json!({"name": "李秀喆", "birth_date": "1956-03-08", "sex": "female"});
    li.patch("/api/v1/me", &who).await.ok();
    for day in 1..=25 {
        let values = json!({"systolic": 125 + day, "diastolic": 80, "pulse": 70});
        measure(&li, "blood_pressure", values, &format!("2026-11-{day:02}T07:00:00+08:00")).await;
    }
    let answer = li.get(&path(&li, "report.pdf")).await;
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert!(answer.header("content-disposition").unwrap().contains("health-report-2026-11-25.pdf"));
    let streams = unpacked(&answer);
    assert!(can_say(&streams, "健康报告李秀喆女岁血压收缩压舒张压"), "the font has what is written");
    assert!(can_say(&streams, "中国高血压防治指南"), "the source is named");
    assert!(!can_say(&streams, "孕"), "what is not written is not embedded");
    assert!(streams.iter().any(|stream| stream.matches(" l\n").count() >= 24), "a line through all values");
    assert!(answer.body.len() < 200_000, "{} bytes: only the glyphs that are used", answer.body.len());
    let again = li.get(&path(&li, "report.pdf")).await;
    assert_eq!(again.body, answer.body, "the same record is the same paper");
    let empty = keeper(&app, "wang").await;
    let streams = unpacked(&empty.get(&path(&empty, "report.pdf")).await);
    assert!(can_say(&streams, "这段时间没有健康记录"));
    for nth in 0..6 {
        for day in 1..=20 {
            let metric = ["weight", "waist", "heart_rate", "glucose_fasting", "sleep", "hba1c"][nth];
            let value = [60.0, 80.0, 70.0, 5.5, 7.0, 6.0][nth];
            measure(&li, metric, json!({"value": value}), &format!("2026-11-{day:02}T08:00:00+08:00")).await;
        }
    }
    let long = li.get(&path(&li, "report.pdf")).await;
    assert!(pages(&long) > pages(&answer), "{} pages", pages(&long));
}

async fn the_week_at_home_stands_in_the_report(app: TestApp) {
    let li = keeper(&app, "li").await;
    li.patch("/api/v1/me", &json!({"birth_date": "1956-03-08", "sex": "female"})).await.ok();
    let values = json!({"systolic": 136, "diastolic": 92});
    measure(&li, "blood_pressure", values.clone(), "2026-11-17T07:00:00+08:00").await;
    let without = li.get(&path(&li, "report.pdf")).await;
    assert!(!can_say(&unpacked(&without), "备注计入"), "one morning is no week");
    for day in 18..=24 {
        for hour in [7, 20] {
            let at = format!("2026-11-{day}T{hour:02}:10:00+08:00");
            measure(&li, "blood_pressure", values.clone(), &at).await;
        }
    }
    let with = li.get(&path(&li, "report.pdf")).await;
    assert!(can_say(&unpacked(&with), "家庭血压一周表备注不计入平均晚上早上"));
    let cut_off = li.get(&path(&li, "report.pdf?from=2026-11-20")).await;
    assert!(!can_say(&unpacked(&cut_off), "备注计入"), "its first days were not asked for");
}

async fn a_report_covers_the_days_that_are_asked_for(app: TestApp) {
    let li = keeper(&app, "li").await;
    measure(&li, "glucose_fasting", json!({"value": 5.6}), "2026-10-01T08:00:00+08:00").await;
    let within = li.get(&path(&li, "report.pdf?from=2026-10-01&to=2026-10-01")).await;
    assert!(can_say(&unpacked(&within), "空腹血糖"));
    let after = li.get(&path(&li, "report.pdf?from=2026-10-02")).await;
    assert!(!can_say(&unpacked(&after), "空腹血糖"));
    for query in ["from=soon", "to=2026-13-01", "from=2026-11-02&to=2026-11-01", "from=2025-01-01", "days=3"]
    {
        li.get(&path(&li, &format!("report.pdf?{query}"))).await.problem(400, "bad_parameter");
    }
}

async fn the_table_holds_every_reading_that_counts(app: TestApp) {
    let li = keeper(&app, "li").await;
    let values = json!({"systolic": 128, "diastolic": 82, "pulse": 70});
    measure(&li, "blood_pressure", values, "2020-01-01T07:30:00+08:00").await;
    let formula = json!({"measurements": [{
        "uid": app.state.random.stamp(), "metric": "weight", "values": {"value": 65.5}, "measured_at": THIS_MORNING,
        "note": "=1+1, \"重\"", "confirmed": true
    }]});
    li.post(&path(&li, "measurements"), &formula).await.ok();
    let gone = measure(&li, "waist", json!({"value": 85}), THIS_MORNING).await;
    assert_eq!(li.delete(&path(&li, &format!("measurements/{gone}"))).await.status, 200);
    let answer = li.get(&path(&li, "measurements.csv")).await;
    assert_eq!((answer.status, answer.media_type()), (200, "text/csv"));
    let text = answer.text().strip_prefix('\u{feff}').expect("Excel needs the mark");
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert!(lines[0].starts_with("测量时间,项目,数值,"));
    assert!(lines[1].starts_with("2020-01-01 07:30:00 +08:00,血压,"), "{}", lines[1]);
    assert!(lines[1].contains(",128,82,70,mmHg,"), "{}", lines[1]);
    assert!(lines[2].contains("65.5") && lines[2].ends_with("\"'=1+1, \"\"重\"\"\""), "{}", lines[2]);
    assert_eq!(&lines[3..], [""]);
    let some = li.get(&path(&li, "measurements.csv?from=2026-11-01")).await;
    assert_eq!(some.text().split("\r\n").count(), 3);
}

async fn who_may_not_read_gets_neither(app: TestApp) {
    let li = keeper(&app, "li").await;
    let wang = app.resident("wang").await;
    wang.patch("/api/v1/me", &json!({"name": "王芳"})).await.ok();
    for file in ["report.pdf", "measurements.csv"] {
        wang.get(&path(&li, file)).await.problem(404, "no_such_person");
        let browser = app.request(Method::GET, &path(&li, file)).header("accept", "text/html").send().await;
        assert_eq!(browser.status, 401);
    }
    appoint(&li, &wang, &li.person_id.unwrap().to_string(), &["records.read"], 30).await;
    for file in ["report.pdf", "measurements.csv"] {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        assert_eq!(wang.get(&path(&li, file)).await.status, 200);
    }
    let log = li.get("/api/v1/me/access-log").await.ok();
    let texts: Vec<_> = log["items"].as_array().unwrap().iter().map(|line| line["text"].clone()).collect();
    assert_eq!(texts, ["代办人王芳下载了全部资料（照顾家人）", "代办人王芳查看了健康档案（照顾家人）"]);
}
