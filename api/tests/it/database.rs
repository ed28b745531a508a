//! The database layer: nothing acknowledged is lost, nothing is locked out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use geodata::snapshot::LayerSnapshot;
use kangtu::app::Application;
use kangtu::clock::Clock;
use kangtu::database::{Database, Engine, Work};
use kangtu::error::{ApiError, ApiResult};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use tokio::sync::Notify;

use crate::support::world::{in_world, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    a_write_goes_on_when_its_caller_goes_away,
    a_write_that_fails_leaves_nothing_behind,
    a_write_that_fails_takes_nobody_with_it_who_shares_its_commit,
    a_request_that_finds_no_free_connection_is_told_to_come_back,
    the_server_starts_again_on_its_own_data,
);

async fn create_ledger(database: &Database) {
    database
        .write(|transaction| {
            Box::pin(async move {
                transaction
                    .execute_unprepared("CREATE TABLE ledger (entry INTEGER PRIMARY KEY, note TEXT)")
                    .await?;
                Ok(())
            })
        })
        .await
        .unwrap();
}

fn insert(transaction: &DatabaseTransaction, entry: usize) -> Work<'_, ()> {
    Box::pin(async move {
        let note = "x".repeat(500);
        let sql = format!("INSERT INTO ledger (entry, note) VALUES ({entry}, '{note}')");
        transaction.execute_unprepared(&sql).await?;
        Ok(())
    })
}

async fn record(database: &Database, entry: usize) -> ApiResult<()> {
    database.write(move |transaction| insert(transaction, entry)).await
}

async fn entries(database: &Database) -> BTreeSet<usize> {
    let reader = database.reader();
    let statement = Statement::from_string(reader.get_database_backend(), "SELECT entry FROM ledger");
    let rows = reader.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| usize::try_from(row.try_get::<i32>("", "entry").unwrap()).unwrap()).collect()
}

async fn a_write_goes_on_when_its_caller_goes_away(app: TestApp) {
    let database = app.state.database.clone();
    create_ledger(&database).await;
    let (entered, proceed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let caller = {
        let (database, entered, proceed) = (database.clone(), Arc::clone(&entered), Arc::clone(&proceed));
        actix_web::rt::spawn(async move {
            database
                .write(move |transaction| {
                    let (entered, proceed) = (Arc::clone(&entered), Arc::clone(&proceed));
                    Box::pin(async move {
                        entered.notify_one();
                        proceed.notified().await;
                        insert(transaction, 7).await
                    })
                })
                .await
        })
    };
    entered.notified().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    proceed.notify_one();
    // The next write waits its turn behind the abandoned one on SQLite; on PostgreSQL it may pass it.
    record(&database, 8).await.unwrap();
    while entries(&database).await != BTreeSet::from([7, 8]) {
        tokio::task::yield_now().await;
    }
}

async fn a_write_that_fails_leaves_nothing_behind(app: TestApp) {
    let database = &app.state.database;
    create_ledger(database).await;
    record(database, 1).await.unwrap();
    let refused = database
        .write(|transaction| {
            Box::pin(async move {
                insert(transaction, 2).await?;
                insert(transaction, 1).await
            })
        })
        .await;
    assert!(refused.is_err());
    record(database, 3).await.unwrap();
    assert_eq!(entries(database).await, BTreeSet::from([1, 3]));
}

/// Writes these in turn with whoever else is in line.
async fn record_together(database: &Database, some: &'static [usize]) -> ApiResult<()> {
    let write = database.write_together(move |transaction| {
        Box::pin(async move {
            for entry in some {
                insert(transaction, *entry).await?;
            }
            Ok(())
        })
    });
    write.await
}

/// Writes one, and is then refused by a rule.
async fn record_and_be_refused(database: &Database, entry: usize) -> ApiResult<()> {
    let write = database.write_together(move |transaction| {
        Box::pin(async move {
            insert(transaction, entry).await?;
            Err(ApiError::Conflict { code: "refused", detail: String::new() })
        })
    });
    write.await
}

async fn a_write_that_fails_takes_nobody_with_it_who_shares_its_commit(app: TestApp) {
    let database = &app.state.database;
    create_ledger(database).await;
    record(database, 1).await.unwrap();
    let began = Arc::new(Notify::new());
    let entered = Arc::clone(&began);
    let (open, opened) = tokio::sync::watch::channel(false);
    // The first waits in its transaction until all others are in line behind it.
    let first = database.write_together(move |transaction| {
        let (entered, mut opened) = (Arc::clone(&entered), opened.clone());
        Box::pin(async move {
            entered.notify_one();
            opened.wait_for(|open| *open).await.unwrap();
            insert(transaction, 10).await
        })
    });
    let (first, second, refused, third, repeated, last, ()) = tokio::join!(
        biased;
        first,
        record_together(database, &[11]),
        record_and_be_refused(database, 12),
        record_together(database, &[13]),
        record_together(database, &[14, 1]),
        record_together(database, &[15]),
        async {
            began.notified().await;
            open.send(true).unwrap();
        },
    );
    for kept in [first, second, third, last] {
        kept.unwrap();
    }
    assert_eq!(refused.unwrap_err().code(), "refused");
    assert!(matches!(repeated.unwrap_err(), ApiError::Database(_)));
    assert_eq!(entries(database).await, BTreeSet::from([1, 10, 11, 13, 15]));
    assert!(record_and_be_refused(database, 16).await.is_err());
    record_together(database, &[17]).await.unwrap();
    assert_eq!(entries(database).await, BTreeSet::from([1, 10, 11, 13, 15, 17]));
}

async fn a_request_that_finds_no_free_connection_is_told_to_come_back(app: TestApp) {
    let mut settings = (*app.state.settings).clone();
    app.stop().await;
    settings.database_wait_ms = 100;
    settings.database_connections = Some(1);
    let crowded = TestApp::start(settings, Clock::fixed(wednesday_morning())).await;
    let (entered, proceed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let holder = loop {
        let (database, inside, go_on) =
            (crowded.state.database.clone(), Arc::clone(&entered), Arc::clone(&proceed));
        let mut holder = actix_web::rt::spawn(async move {
            database
                .write(move |_| {
                    let (inside, go_on) = (Arc::clone(&inside), Arc::clone(&go_on));
                    Box::pin(async move {
                        inside.notify_one();
                        go_on.notified().await;
                        Ok(())
                    })
                })
                .await
        });
        // On a slow machine the only connection may be elsewhere for longer than the wait.
        tokio::select! {
            () = entered.notified() => break holder,
            ended = &mut holder => assert!(ended.unwrap().is_err(), "nobody let it go on"),
        }
    };
    let turned_away = crowded.get("/readyz").await;
    turned_away.problem(503, "busy");
    assert_eq!(turned_away.header("retry-after"), Some("1"));
    assert_eq!(crowded.get("/healthz").await.status, 200);
    proceed.notify_one();
    holder.await.unwrap().unwrap();
    crowded.get("/readyz").await.ok();
    crowded.stop().await;
}

async fn the_server_starts_again_on_its_own_data(app: TestApp) {
    let before = app.get("/readyz").await.ok();
    let settings = (*app.state.settings).clone();
    app.stop().await;
    let again = TestApp::start(settings, Clock::fixed(wednesday_morning())).await;
    assert_eq!(again.get("/readyz").await.ok(), before);
    again.stop().await;
}

#[test]
fn two_writers_and_twenty_readers_never_see_a_locked_database() {
    in_world(Engine::Sqlite, async |world| {
        let database = Database::open(&world.settings()).await.unwrap();
        create_ledger(&database).await;
        let writing = Arc::new(AtomicBool::new(true));
        let reads = Arc::new(AtomicUsize::new(0));
        let readers: Vec<_> = (0..20)
            .map(|_| {
                let (database, writing, reads) = (database.clone(), Arc::clone(&writing), Arc::clone(&reads));
                actix_web::rt::spawn(async move {
                    while writing.load(Ordering::Relaxed) {
                        entries(&database).await;
                        reads.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let database = database.clone();
                actix_web::rt::spawn(async move {
                    for entry in 0..150 {
                        record(&database, writer * 1_000 + entry).await.unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        writing.store(false, Ordering::Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!(entries(&database).await.len(), 300);
        assert!(reads.load(Ordering::Relaxed) >= 20, "the readers did not get through");
        assert_eq!(database.write_retries(), 0, "a writer met a lock");
        database.close().await;
    });
}

#[test]
fn a_second_process_on_the_same_file_is_refused() {
    in_world(Engine::Sqlite, async |world| {
        let first = Database::open(&world.settings()).await.unwrap();
        let refused = Database::open(&world.settings()).await.unwrap_err().to_string();
        assert!(refused.contains("in use by another kangtu process"), "{refused}");
        first.close().await;
        Database::open(&world.settings()).await.unwrap().close().await;
    });
}

#[test]
fn replicas_that_start_together_on_an_empty_database_migrate_and_seed_it_once() {
    in_world(Engine::Postgres, async |world| {
        let database = Database::open(&world.settings()).await.unwrap();
        database
            .write(|transaction| {
                Box::pin(async move {
                    transaction.execute_unprepared("DROP SCHEMA public CASCADE").await?;
                    transaction.execute_unprepared("CREATE SCHEMA public").await?;
                    Ok(())
                })
            })
            .await
            .unwrap();
        database.close().await;
        let clock = Clock::fixed(wednesday_morning());
        let (one, two, three) = tokio::join!(
            Application::build(world.settings(), clock.clone()),
            Application::build(world.settings(), clock.clone()),
            Application::build(world.settings(), clock.clone()),
        );
        let counts: Vec<usize> = [one, two, three]
            .into_iter()
            .map(|replica| {
                let map = replica.unwrap().state().map.current().clone();
                map.snapshot.layers().map(LayerSnapshot::count).sum()
            })
            .collect();
        assert!(counts.iter().all(|count| *count > 50 && *count == counts[0]), "{counts:?}");
    });
}

#[test]
fn an_edit_on_one_replica_reaches_the_others() {
    in_world(Engine::Postgres, async |world| {
        let clock = Clock::fixed(wednesday_morning());
        let one = TestApp::start(world.settings(), clock.clone()).await;
        let other = TestApp::start(world.settings(), clock).await;
        let hut =
            one.get("/map/collections/health_hut/items?limit=1").await.ok()["features"][0]["id"].clone();
        let address = format!("/api/v1/map/features/{hut}");
        other.get(&address).await.ok();
        let id = i32::try_from(hut.as_i64().unwrap()).unwrap();
        one.state.database.write(move |transaction| Box::pin(retire(transaction, id))).await.unwrap();
        one.state.map.refresh(&one.state.database, &one.state.metrics).await.unwrap();
        assert_eq!(one.get(&address).await.status, 404, "visible at once where it was made");
        while other.get(&address).await.status != 404 {
            tokio::task::yield_now().await;
        }
        let revision = one.get("/readyz").await.ok()["map_revision"].clone();
        assert_eq!(other.get("/readyz").await.ok()["map_revision"], revision);
        one.stop().await;
        other.stop().await;
    });
}

async fn retire(transaction: &DatabaseTransaction, id: i32) -> ApiResult<()> {
    let sql = format!("UPDATE feature SET status = 'retired' WHERE id = {id}");
    transaction.execute_unprepared(&sql).await?;
    transaction.execute_unprepared("UPDATE map_revision SET revision = revision + 1").await?;
    let log = format!(
        "INSERT INTO map_change (revision, feature_id, changed_at) SELECT revision, {id}, 0 FROM map_revision"
    );
    transaction.execute_unprepared(&log).await?;
    Ok(())
}

/// What is acknowledged before, while and after the disk is full is there after a restart, and
/// nothing that was refused is.
#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    in_world(Engine::Sqlite, async |world| {
        let disk = SmallDisk::mount(world.folder.path());
        let mut settings = world.settings();
        settings.data.clone_from(&disk.folder);
        let database = Database::open(&settings).await.unwrap();
        create_ledger(&database).await;
        let mut acknowledged = BTreeSet::new();
        let mut refused = 0;
        for round in 0..3 {
            for entry in 0..50 {
                record(&database, round * 10_000 + entry).await.unwrap();
                acknowledged.insert(round * 10_000 + entry);
            }
            disk.fill(&database).await;
            for entry in 1_000..1_400 {
                match record(&database, round * 10_000 + entry).await {
                    Ok(()) => drop(acknowledged.insert(round * 10_000 + entry)),
                    Err(error) => {
                        assert_eq!(error.code(), "storage_full", "{:?}", error.log_text());
                        refused += 1;
                    }
                }
            }
            assert_eq!(entries(&database).await, acknowledged, "a full disk must not stop reading");
            disk.free(&database).await;
        }
        assert!(refused > 0, "the disk never was full");
        for entry in 90_000..90_050 {
            record(&database, entry).await.unwrap();
            acknowledged.insert(entry);
        }
        database.close().await;
        let reopened = Database::open(&settings).await.unwrap();
        assert_eq!(entries(&reopened).await, acknowledged);
        reopened.close().await;
    });
}

/// A disk of a few megabytes where the test may mount one, else a limit on the database's pages.
struct SmallDisk {
    folder: PathBuf,
    mounted: bool,
}

impl SmallDisk {
    fn mount(parent: &Path) -> Self {
        let folder = parent.join("disk");
        std::fs::create_dir(&folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(&folder);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        Self { folder, mounted }
    }

    async fn fill(&self, database: &Database) {
        if self.mounted {
            let filler = self.folder.join("filler");
            // Writing ends with an error once the disk is full, which is the point.
            assert!(std::fs::write(filler, vec![0_u8; 16 * 1024 * 1024]).is_err());
        } else {
            limit_pages(database, 1).await;
        }
    }

    async fn free(&self, database: &Database) {
        if self.mounted {
            std::fs::remove_file(self.folder.join("filler")).unwrap();
        } else {
            limit_pages(database, 1_000_000).await;
        }
    }
}

/// SQLite takes the current size where the limit is below it, so 1 means "no page more".
async fn limit_pages(database: &Database, pages: u32) {
    let sql = format!("PRAGMA max_page_count = {pages}");
    let limited = database
        .write(move |transaction| {
            let sql = sql.clone();
            Box::pin(async move {
                transaction.execute_unprepared(&sql).await?;
                Ok(())
            })
        })
        .await;
    // While the disk is full the probe is refused first; the connection it ran on is replaced, and
    // with it goes the limit.
    drop(limited);
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if self.mounted {
            let unmounted = Command::new("umount").arg("-l").arg(&self.folder).status();
            assert!(unmounted.is_ok_and(|status| status.success()), "the small disk could not be unmounted");
        }
    }
}
