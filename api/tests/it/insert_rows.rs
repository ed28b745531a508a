//! Many rows in one statement.

use entity::search_doc;
use kangtu::database::{InsertNumberedRows, InsertRows};
use sea_orm::prelude::ChronoUnixTimestampMillis;
use sea_orm::{ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::support::world::wednesday_morning;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    many_rows_are_numbered_in_their_order_and_keep_what_they_say,
    a_row_that_is_there_takes_over_what_changed,
);

/// Things of the search, all published at once.
fn docs(references: &[&str]) -> Vec<search_doc::ActiveModel> {
    let doc = |(place, reference): (u8, &&str)| search_doc::ActiveModel {
        id: ActiveValue::NotSet,
        kind: ActiveValue::Set("place".to_owned()),
        reference: ActiveValue::Set((*reference).to_owned()),
        published_at: ActiveValue::Set(ChronoUnixTimestampMillis(wednesday_morning())),
        expire_at: ActiveValue::Set((place == 1).then(|| ChronoUnixTimestampMillis(wednesday_morning()))),
        fingerprint: ActiveValue::Set(vec![place; 32]),
    };
    (0..).zip(references).map(doc).collect()
}

async fn many_rows_are_numbered_in_their_order_and_keep_what_they_say(app: TestApp) {
    let database = &app.state.database;
    let write = |references: &'static [&'static str]| {
        database.write(move |transaction| {
            Box::pin(async move {
                let backend = transaction.get_database_backend();
                Ok(InsertNumberedRows::of(backend, docs(references)).write(transaction).await?)
            })
        })
    };
    for references in [&["900003", "900001", "900002"][..], &["900004"], &["900006", "900005"]] {
        let ids = write(references).await.unwrap();
        assert_eq!(ids.len(), references.len());
        for ((id, reference), place) in ids.into_iter().zip(references).zip(0_u8..) {
            let row = search_doc::Entity::find_by_id(id).one(database.reader()).await.unwrap().unwrap();
            assert_eq!((row.reference.as_str(), row.kind.as_str()), (*reference, "place"));
            assert_eq!((row.fingerprint, row.expire_at.is_some()), (vec![place; 32], place == 1));
            assert_eq!(row.published_at.0, wednesday_morning());
        }
    }
    assert!(write(&["900007", "900001"]).await.is_err(), "one of the two is there");
    let kept = search_doc::Entity::find().filter(search_doc::Column::Reference.eq("900007"));
    assert!(kept.one(database.reader()).await.unwrap().is_none(), "all rows or none");
}

async fn a_row_that_is_there_takes_over_what_changed(app: TestApp) {
    use search_doc::Column;
    let database = &app.state.database;
    for (references, expected) in [(&["900001", "900002"][..], 2), (&["900003", "900002"], 3)] {
        let written = database.write(move |transaction| {
            Box::pin(async move {
                let backend = transaction.get_database_backend();
                let key = [Column::Kind, Column::Reference];
                let rows = InsertRows::replacing(backend, docs(references), &key, &[Column::Fingerprint]);
                Ok(rows.write(transaction).await?)
            })
        });
        written.await.unwrap();
        let mine = search_doc::Entity::find().filter(Column::Reference.starts_with("90000"));
        assert_eq!(mine.all(database.reader()).await.unwrap().len(), expected);
    }
    let second = search_doc::Entity::find().filter(Column::Reference.eq("900002"));
    let second = second.one(database.reader()).await.unwrap().unwrap();
    assert_eq!(second.fingerprint, [1; 32]);
}
