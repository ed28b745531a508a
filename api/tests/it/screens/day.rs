//! A screen's day, from the morning it is hung up until it is taken over.

use chrono::TimeDelta;
use serde_json::json;

use super::{Player, card_playlist, created, id, local, new_screen, new_slot, playing, slot, worker};
use crate::access::HERE;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(a_screens_day);

async fn a_screens_day(app: TestApp) {
    // Wednesday, 10:00: the workers plan, the television shows its code, the screen begins.
    let worker = worker(&app).await;
    let (morning, lunch, usual) = (
        card_playlist(&worker, "上午健康知识", &[1, 2, 3]).await,
        card_playlist(&worker, "午间八段锦", &[4]).await,
        card_playlist(&worker, "平时", &[5]).await,
    );
    let screen = new_screen(&worker, Some(&usual)).await;
    let mut workdays = slot("上午", &morning, &screen, "08:00", "13:00");
    workdays["weekdays"] = json!([1, 2, 3, 4, 5]);
    let morning_slot = new_slot(&worker, &workdays).await;
    let mut noon = slot("午间", &lunch, &screen, "12:00", "12:30");
    noon["priority"] = json!(50);
    noon["exceptions"] = json!(["2026-11-26"]);
    new_slot(&worker, &noon).await;
    let player = Player::paired(&worker, &screen).await;
    player.beat().await;

    // The morning list plays, at noon the lunchtime slot, and then the morning list goes on to its end.
    let manifest = player.manifest().await;
    for (at, name) in [
        ("2026-11-25T10:00:00", "上午健康知识"),
        ("2026-11-25T11:59:59", "上午健康知识"),
        ("2026-11-25T12:00:00", "午间八段锦"),
        ("2026-11-25T12:30:00", "上午健康知识"),
        ("2026-11-25T13:00:00", "平时"),
        // Thursday is an exception of the lunchtime slot.
        ("2026-11-26T12:00:00", "上午健康知识"),
        ("2026-11-27T12:00:00", "午间八段锦"),
    ] {
        assert_eq!(playing(&manifest, local(at)).as_deref(), Some(name), "{at}");
    }
    let told =
        worker.get(&format!("/api/v1/screens/{screen}/schedule?at=2026-11-25T12:00:00%2B08:00")).await.ok();
    assert!(told["reason"].as_str().unwrap().contains("优先级（50）"), "{told}");

    // 10:40, a warning: the screen asks once a minute and has it with its next question.
    app.clock.advance(TimeDelta::minutes(40));
    let mut reviewer = app.staff("reviewer", HERE).await;
    let warning = json!({
        "region_code": HERE, "level": "orange", "message": "暴雨橙色预警，请不要外出。",
        "ends_at": app.clock.now() + TimeDelta::hours(3),
    });
    let warning = created(&reviewer.post("/api/v1/screen-emergencies", &warning).await);
    app.clock.advance(TimeDelta::seconds(60));
    assert_eq!(player.manifest().await["emergency"]["message"], "暴雨橙色预警，请不要外出。");

    // 11:00, the rain is over: the very manifest of before is back.
    app.clock.advance(TimeDelta::minutes(20));
    let path = format!("/api/v1/screen-emergencies/{}/withdraw", id(&warning));
    reviewer.refresh().await;
    reviewer.post(&path, &json!({})).await.ok();
    assert_eq!(player.manifest().await, manifest);

    // The network was bad: the same plays come twice and are counted once.
    let plays: Vec<_> = (0..3)
        .map(|number| {
            let started_at = local("2026-11-25T10:05:00") + TimeDelta::seconds(20 * number);
            json!({
                "play_uuid": format!("019a5b3c-0000-7000-8000-{number:012}"),
                "asset": format!("article-{}", number + 1),
                "slot": morning_slot,
                "started_at": started_at,
                "ended_at": started_at + TimeDelta::seconds(20),
                "completed": number < 2,
            })
        })
        .collect();
    for counted in [3, 0] {
        assert_eq!(player.post("plays", &json!(plays)).await.ok()["counted"], counted);
    }
    let worker = super::worker(&app).await;
    let day = worker.get(&format!("/api/v1/screens/{screen}/statistics")).await.ok();
    let sum = |member: &str| -> i64 {
        day["items"].as_array().unwrap().iter().map(|item| item[member].as_i64().unwrap()).sum()
    };
    assert_eq!((sum("plays"), sum("completed"), sum("played_s")), (3, 2, 60));

    // The television goes to the repair shop: its token is revoked and worth nothing from now on.
    worker.delete(&format!("/api/v1/screens/{screen}/token")).await.ok();
    player.get("manifest").await.problem(401, "screen_not_paired");
    player.post("plays", &json!(plays)).await.problem(401, "screen_not_paired");
    assert_eq!(worker.get(&format!("/api/v1/screens/{screen}")).await.ok()["connection"], "unpaired");
}
