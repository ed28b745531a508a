//! The index can be checked and made anew.

use kangtu::database::Database;
use kangtu::search::rebuild;
use sea_orm::ConnectionTrait;

use crate::support::command::{complained, kangtu, said};
use crate::support::on_both_databases;
use crate::support::world::{World, wednesday_morning};

on_both_databases!(in world: a_damaged_index_is_noticed_and_made_anew);

async fn damage(world: &World, statement: &'static str) {
    let database = Database::open(&world.settings()).await.unwrap();
    let damaged = database.write(move |transaction| {
        Box::pin(async move {
            transaction.execute_unprepared(statement).await?;
            Ok(())
        })
    });
    damaged.await.unwrap();
    database.close().await;
}

async fn a_damaged_index_is_noticed_and_made_anew(world: &World) {
    let settings = world.settings();
    let whole = said(&kangtu(&settings, &["search", "check"]).await);
    let (_, count) = whole.split_once("与内容一致，共 ").expect("the index of the seeds is whole");
    let count = count.split_once(" 条").unwrap().0.to_owned();
    assert!(count.parse::<u32>().unwrap() > 150, "places, articles and activities are indexed: {whole}");
    let of_postgres = ("UPDATE search_index SET published_at = 0 WHERE published_at > 0", "起止时间");
    let of_engine = settings.database_url.is_some().then_some(of_postgres);
    for (statement, complaint) in [
        ("DELETE FROM search_index", "不完整"),
        ("DELETE FROM search_doc WHERE reference = 'emergency-120'", "搜不到"),
        ("UPDATE search_doc SET reference = 'nothing' WHERE reference = 'officer-01'", "已经不存在"),
        ("UPDATE search_doc SET expire_at = 1 WHERE kind = 'place'", "是旧的"),
        ("UPDATE officer SET unit = '换了名字的社区' WHERE id = 'officer-02'", "是旧的"),
    ]
    .into_iter()
    .chain(of_engine)
    {
        damage(world, statement).await;
        let complained = complained(&kangtu(&settings, &["search", "check"]).await);
        assert!(
            complained.contains(complaint) && complained.contains("search rebuild"),
            "{statement}: {complained}"
        );
        assert!(said(&kangtu(&settings, &["search", "rebuild"]).await).contains(&format!("共 {count} 条")));
        let database = Database::open(&settings).await.unwrap();
        assert_eq!(
            rebuild::check(&database, wednesday_morning()).await.unwrap().faults,
            Vec::<String>::new(),
            "{statement}"
        );
        database.close().await;
    }
}
