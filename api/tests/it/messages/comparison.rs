//! Templates that differ from WeChat's are found at the start, not by residents.

use kangtu::messages::comparison::{Difference, compare};
use kangtu::wechat::client::{Endpoint, TemplateKind};
use kangtu::wechat::fake::Answer;
use serde_json::{Value, json};

use super::Office;
use crate::support::on_both_databases;
use crate::support::world::World;

on_both_databases!(in world: what_differs_from_wechats_templates_is_told,);

fn granted(content: &str, kind: i64) -> Answer {
    Answer::Json(json!({"errcode": 0, "errmsg": "ok", "data": [
        {"priTmplId": "tReminder", "title": "活动开始提醒", "content": content, "example": "", "type": kind},
        {"priTmplId": "tOther", "title": "别的", "content": "{{thing9.DATA}}", "example": "", "type": 3},
    ]}))
}

async fn what_differs_from_wechats_templates_is_told(world: &World) {
    let (office, _) = Office::open(world, 0).await;
    let told = async |answer: Answer| {
        office.fake.answer_next(Endpoint::Templates, [answer]);
        let differences = compare(&office.state).await.unwrap();
        differences
            .into_iter()
            .map(|(kind, difference)| {
                assert_eq!(kind, "activity_reminder");
                difference
            })
            .collect::<Vec<_>>()
    };
    let right = "活动名称:{{thing1.DATA}}\n开始时间:{{time2.DATA}}\n";
    assert_eq!(told(granted(right, 2)).await, []);
    let keys = |lacking: &str, surplus: &str| {
        vec![Difference::Keys { lacking: vec![lacking.to_owned()], surplus: vec![surplus.to_owned()] }]
    };
    assert_eq!(told(granted("{{thing1.DATA}} {{date2.DATA}}", 2)).await, keys("date2", "time2"));
    assert_eq!(told(granted(right, 3)).await, [Difference::Kind(TemplateKind::Long)]);
    let none: Value = json!({"errcode": 0, "errmsg": "ok", "data": []});
    assert_eq!(told(Answer::Json(none)).await, [Difference::Unknown]);
    let metrics = office.state.metrics.render().unwrap();
    assert!(metrics.contains("kangtu_wechat_templates_wrong 1"), "{metrics}");
    office.fake.answer_next(Endpoint::Templates, [Answer::Errcode(48001, "api unauthorized")]);
    compare(&office.state).await.unwrap_err();
    let metrics = office.state.metrics.render().unwrap();
    for counted in [
        "kangtu_wechat_calls_total{endpoint=\"/wxaapi/newtmpl/gettemplate\",outcome=\"ok\"} 4",
        "kangtu_wechat_calls_total{endpoint=\"/wxaapi/newtmpl/gettemplate\",outcome=\"misconfigured\"} 1",
        "kangtu_wechat_calls_total{endpoint=\"/sns/jscode2session\",outcome=\"ok\"} 1",
    ] {
        assert!(metrics.contains(counted), "{counted} is not in {metrics}");
    }
}
