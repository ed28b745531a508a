//! What went wrong in other publishing systems, and must not here.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{article_event, staff};
use kangtu::knowledge::publishing::due;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::{Office, complete};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    restoring_publishes_nothing_and_loses_nothing_live,
    saving_after_publishing_leaves_what_is_live,
    withdrawing_shows_no_older_version,
    what_was_published_cannot_be_changed_by_saving_it_again,
    a_schedule_that_began_is_done_and_stands_in_nobodys_way,
    what_begins_is_the_revision_that_was_approved,
    an_author_who_lost_the_right_does_not_stop_a_schedule,
    nobody_overwrites_a_schedule_they_have_not_seen,
    a_schedule_is_told_in_beijing_time_and_begins_on_the_millisecond,
    after_a_night_without_a_worker_everything_is_as_it_should_be,
    a_dead_worker_neither_hides_nor_leaks,
    a_revision_is_not_seen_by_merely_logging_in,
    history_cannot_be_changed,
);

const MS: TimeDelta = TimeDelta::milliseconds(1);

async fn restoring_publishes_nothing_and_loses_nothing_live(app: TestApp) {
    let office = Office::with_live(&app, &complete("第一版", "一")).await;
    office.save(&complete("第二版", "二")).await;
    office.submit().await;
    office.approve().await;
    office.publish().await;
    assert_eq!(office.title().await.unwrap(), "第二版");
    let (path, seen) = (office.path("/revisions/1/restore"), office.version().await);
    let restored = office.author.post_version(&path, seen, &json!({})).await.ok();
    assert_eq!((&restored["content"]["title"], &restored["work"]), (&json!("第一版"), &json!("draft")));
    assert_eq!(office.title().await.unwrap(), "第二版", "what is live stays");
    assert_eq!(restored["live"]["revision"], 2);
    let revisions = office.author.get(&office.path("/revisions")).await.ok();
    assert_eq!(revisions["items"].as_array().unwrap().len(), 2, "nothing was lost");
    office.act("/publish", &json!({})).await.problem(409, "already_live");
}

async fn saving_after_publishing_leaves_what_is_live(app: TestApp) {
    let office = Office::with_live(&app, &complete("线上的标题", "线上")).await;
    for text in ["改", "改到", "改到一半"] {
        office.save(&complete(text, text)).await;
    }
    assert_eq!(office.title().await.unwrap(), "线上的标题");
    let now = office.now().await;
    assert_eq!((&now["public"], &now["work"]), (&json!("live"), &json!("draft")));
    let revisions = office.author.get(&office.path("/revisions")).await.ok();
    assert_eq!(revisions["items"].as_array().unwrap().len(), 1, "saving makes no revisions");
}

async fn withdrawing_shows_no_older_version(app: TestApp) {
    let office = Office::with_live(&app, &complete("旧的", "旧")).await;
    office.save(&complete("新的", "新")).await;
    office.submit().await;
    office.approve().await;
    office.publish().await;
    assert_eq!(office.title().await.unwrap(), "新的");
    office.withdraw().await;
    assert_eq!(office.read().await, None, "neither the new one nor the old one");
    app.clock.advance(TimeDelta::days(400));
    assert_eq!(office.read().await, None);
    assert_eq!(office.now().await["public"], "withdrawn");
}

async fn what_was_published_cannot_be_changed_by_saving_it_again(app: TestApp) {
    let office = Office::with_approved(&app, &complete("审过的", "审过")).await;
    office.save(&complete("没审过的", "没审过")).await;
    office.publish().await;
    assert_eq!(office.title().await.unwrap(), "审过的");
}

async fn a_schedule_that_began_is_done_and_stands_in_nobodys_way(app: TestApp) {
    let office = Office::with_approved(&app, &complete("定时的", "定时")).await;
    office.schedule("2026-11-25 12:00").await;
    assert_eq!(office.now().await["public"], "scheduled");
    app.clock.advance(TimeDelta::hours(3));
    due::tell(&app.state, app.clock.now()).await.unwrap();
    let now = office.now().await;
    assert_eq!((&now["public"], &now["schedule"]), (&json!("live"), &json!(null)), "nothing waits any more");
    // The next edit, review and schedule go as if nothing had been scheduled before.
    office.save(&complete("下一版", "下一版")).await;
    office.submit().await;
    office.approve().await;
    office.schedule("2026-11-26 08:00").await;
    assert_eq!(office.title().await.unwrap(), "定时的");
    office.act("/unschedule", &json!({})).await.ok();
    office.act("/unschedule", &json!({})).await.problem(409, "not_scheduled");
}

async fn what_begins_is_the_revision_that_was_approved(app: TestApp) {
    let office = Office::with_approved(&app, &complete("审定的内容", "审定")).await;
    office.schedule("2026-11-25 12:00").await;
    office.save(&complete("后来又改的内容", "后来")).await;
    app.clock.advance(TimeDelta::hours(3));
    assert_eq!(office.title().await.unwrap(), "审定的内容");
    office.submit().await;
    let body = json!({"revision": 2, "publish_at": "2026-11-26 08:00"});
    office.act("/schedule", &body).await.problem(409, "not_approved");
}

async fn an_author_who_lost_the_right_does_not_stop_a_schedule(app: TestApp) {
    let office = Office::with_approved(&app, &complete("作者离职", "作者离职")).await;
    office.schedule("2026-11-25 12:00").await;
    let (author, publisher) = (office.author.id, office.reviewer.id);
    let gone = app.state.database.write(move |transaction| {
        Box::pin(async move {
            staff::Entity::update_many()
                .col_expr(staff::Column::Status, Expr::val("disabled"))
                .filter(staff::Column::Id.is_in([author, publisher]))
                .exec(transaction)
                .await?;
            entity::staff_role::Entity::delete_many()
                .filter(entity::staff_role::Column::StaffId.is_in([author, publisher]))
                .exec(transaction)
                .await?;
            Ok(())
        })
    });
    gone.await.unwrap();
    app.clock.advance(TimeDelta::hours(3));
    let told = due::tell(&app.state, app.clock.now()).await.unwrap();
    assert_eq!(told, 1);
    let list = app.get("/api/v1/articles?limit=100").await.ok();
    let items = list["items"].as_array().unwrap();
    assert!(items.iter().any(|item| item["title"] == "作者离职"), "{list}");
}

async fn nobody_overwrites_a_schedule_they_have_not_seen(app: TestApp) {
    let office = Office::with_approved(&app, &complete("两个人定时", "内容")).await;
    let seen = office.state_version().await;
    let colleague = app.staff("reviewer", super::HERE).await;
    let path = office.path("/schedule");
    let first = json!({"publish_at": "2026-11-26 08:00"});
    colleague.post_version(&path, seen, &first).await.ok();
    let second = json!({"publish_at": "2026-11-27 08:00"});
    let problem = office.reviewer.post_version(&path, seen, &second).await.problem(412, "stale_version");
    assert_eq!(problem["changed_by"], "测试员");
    assert_eq!(problem["version"], seen + 1);
    office.reviewer.post(&path, &second).await.problem(428, "version_required");
    assert_eq!(office.now().await["schedule"]["publish_at"], "2026-11-26T08:00:00+08:00");
    // Having seen it, it can be changed; the former one is called off and told.
    office.schedule("2026-11-27 08:00").await;
    assert_eq!(office.now().await["schedule"]["publish_at"], "2026-11-27T08:00:00+08:00");
    let history = office.history().await;
    assert_eq!(history[history.len() - 3..], ["scheduled", "unscheduled", "scheduled"]);
}

async fn a_schedule_is_told_in_beijing_time_and_begins_on_the_millisecond(app: TestApp) {
    let office = Office::with_approved(&app, &complete("准时", "内容")).await;
    let scheduled = office.schedule("2026-11-25T12:00").await;
    assert_eq!(scheduled["schedule"]["text"], "2026年11月25日 12:00（北京时间）");
    assert_eq!(scheduled["schedule"]["publish_at"], "2026-11-25T12:00:00+08:00");
    let noon: DateTime<Utc> = "2026-11-25T04:00:00Z".parse().unwrap();
    app.clock.advance(noon - app.clock.now() - MS);
    assert_eq!(office.read().await, None, "a millisecond early");
    app.clock.advance(MS);
    assert_eq!(office.title().await.unwrap(), "准时");
}

/// What the history tells of all articles, the first first.
async fn told(app: &TestApp) -> Vec<(i32, String, DateTime<Utc>)> {
    let rows = article_event::Entity::find()
        .filter(article_event::Column::StaffId.is_null())
        .order_by_asc(article_event::Column::Id)
        .all(app.state.database.reader());
    rows.await.unwrap().into_iter().map(|row| (row.article_id, row.action, row.at.0)).collect()
}

async fn after_a_night_without_a_worker_everything_is_as_it_should_be(app: TestApp) {
    let one = Office::with_approved(&app, &complete("早上的", "早")).await;
    let other = Office::with_approved(&app, &complete("中午的", "午")).await;
    other.schedule("2026-11-25 18:00").await;
    let body = json!({"publish_at": "2026-11-25 12:00", "expire_at": "2026-11-25 20:00"});
    one.act("/schedule", &body).await.ok();
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(due::tell(&app.state, app.clock.now()).await.unwrap(), 3);
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let number = |office: &Office| i32::try_from(office.id).unwrap();
    assert_eq!(
        told(&app).await,
        [
            (number(&one), "published".to_owned(), at("2026-11-25T04:00:00Z")),
            (number(&other), "published".to_owned(), at("2026-11-25T10:00:00Z")),
            (number(&one), "expired".to_owned(), at("2026-11-25T12:00:00Z")),
        ],
        "in the order in which it was due"
    );
    assert_eq!(due::tell(&app.state, app.clock.now()).await.unwrap(), 0, "nothing is told twice");
    assert_eq!((one.read().await, other.title().await.unwrap().as_str()), (None, "中午的"));
}

async fn a_dead_worker_neither_hides_nor_leaks(app: TestApp) {
    let office = Office::with_approved(&app, &complete("没有后台任务", "鲸鱼")).await;
    let body = json!({"publish_at": "2026-11-25 12:00", "expire_at": "2026-11-25 20:00"});
    office.act("/schedule", &body).await.ok();
    let found = async || {
        let results = app.get("/api/v1/search?q=鲸鱼&kind=article").await.ok();
        results["items"].as_array().unwrap().len()
    };
    assert_eq!((office.read().await, found().await), (None, 0));
    app.clock.advance(TimeDelta::hours(4));
    assert_eq!((office.title().await.unwrap().as_str(), found().await), ("没有后台任务", 1));
    app.clock.advance(TimeDelta::hours(8));
    assert_eq!((office.read().await, found().await), (None, 0));
    assert_eq!(office.now().await["public"], "expired");
}

async fn a_revision_is_not_seen_by_merely_logging_in(app: TestApp) {
    let office = Office::with_draft(&app, &complete("还没公开", "内容")).await;
    office.submit().await;
    let resident = app.resident("curious").await;
    let elsewhere = app.staff("editor", super::ELSEWHERE).await;
    let officer = app.staff("health_officer", super::HERE).await;
    for path in ["/draft", "/revisions", "/revisions/1", "/history", "/preview-link?revision=1"] {
        let path = office.path(path);
        assert_eq!(resident.get(&path).await.status, 403, "{path}");
        assert_eq!(officer.get(&path).await.status, 403, "{path}");
        elsewhere.get(&path).await.problem(404, "not_found");
        assert_eq!(app.get(&path).await.status, 401, "{path}");
    }
    assert_eq!(office.read().await, None);
    let list = app.get("/api/v1/articles?limit=100").await;
    assert!(!list.text().contains("还没公开"));
    assert_eq!(app.get("/api/v1/articles?state=draft").await.status, 400);
}

async fn history_cannot_be_changed(app: TestApp) {
    let office = Office::with_live(&app, &complete("历史", "内容")).await;
    assert_eq!(office.history().await, ["created", "submitted", "approved", "published"]);
    let changed = app.state.database.write(|transaction| {
        Box::pin(async move {
            article_event::Entity::update_many()
                .col_expr(article_event::Column::Action, Expr::val("created"))
                .exec(transaction)
                .await?;
            Ok(())
        })
    });
    assert!(changed.await.is_err());
}

mod replicas {
    use chrono::TimeDelta;
    use kangtu::clock::Clock;
    use kangtu::knowledge::publishing::due;

    use super::super::{Office, complete};
    use crate::support::world::{World, wednesday_morning};
    use crate::support::{TestApp, on_both_databases};

    on_both_databases!(in world: two_replicas_never_tell_the_same_twice);

    async fn two_replicas_never_tell_the_same_twice(world: &World) {
        let app = TestApp::start(world.settings(), Clock::fixed(wednesday_morning())).await;
        for title in ["甲", "乙", "丙"] {
            Office::with_approved(&app, &complete(title, title)).await.schedule("2026-11-25 12:00").await;
        }
        app.clock.advance(TimeDelta::hours(3));
        let now = app.clock.now();
        // As many as would run on replicas, all at the same moment.
        let turns = (0..4).map(|_| due::tell(&app.state, now));
        let told: Vec<u64> =
            futures_util::future::join_all(turns).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(told.iter().sum::<u64>(), 3, "{told:?}");
        assert_eq!(super::told(&app).await.len(), 3);
        app.stop().await;
    }
}
