//! What the migrations create is what the entities say.

use std::collections::BTreeMap;

use kangtu::database::{Database, Engine};
use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, Schema, Statement};

use crate::support::world::in_world;

/// Columns with their affinity, nullability and place in the primary key, then references.
type Shape = BTreeMap<String, Vec<String>>;

#[test]
fn migrations_create_what_entities_say() {
    in_world(Engine::Sqlite, async |world| {
        let migrated = Database::open(&world.settings()).await.unwrap();
        let mut migrated_shape = shape(migrated.reader()).await;
        for bookkeeping in ["seaql_migrations", "sqlite_sequence"] {
            migrated_shape.remove(bookkeeping);
        }
        // The index of the search is the engine's own and has no entity.
        migrated_shape.retain(|table, _| !table.starts_with("search_index"));
        migrated.close().await;

        let url = format!("sqlite:{}?mode=rwc", world.folder.path().join("entities.db").display());
        let described = sea_orm::Database::connect(url).await.unwrap();
        macro_rules! create_all {
            ($($table:ident)+) => { $(create(&described, entity::$table::Entity).await;)+ };
        }
        create_all!(
            region layer feature feature_entrance feature_source feature_revision feature_draft feature_photo map_review_rule map_revision map_change heartbeat
            person data_key account staff role role_permission staff_role session refresh_token
            login_throttle recovery_code staff_known_address
            audit_event audit_head wechat_event
            knowledge_revision topic topic_synonym article article_slug article_revision article_release article_draft
            article_review article_event article_presence review_rule review_check
            article_revision_topic article_revision_related service service_topic officer health_day
            health_day_topic health_day_override reading_count reading_reader search_doc
            family_member hand_over proxy consent_text consent access_log export_job erasure erasure_record
            playlist playlist_item screen screen_alarm screen_heartbeat screen_pairing screen_group screen_group_member
            screen_slot screen_slot_screen screen_slot_group screen_slot_exception screen_emergency screen_play
            screen_play_hour
            message_template message_credit message_report message_outbox moderation_item media_check
            media media_variant media_leftover article_media article_source
            activity_revision activity_series lecturer key_group activity activity_lecturer activity_team
            activity_key_group activity_question activity_media registration registration_person
            no_show_strike record_share assessment_standard assessment_band idempotency_key check_in check_in_conflict feedback calendar_token notice
            metric metric_component metric_unit measurement measurement_quarantine record_alert record_digest
            health_goal health_reminder pregnancy
            hut hut_device hut_gateway hut_supply hut_box_check hut_session hut_person_code hut_reading
            follow_up follow_up_result follow_up_figure referral
            walking_network walking_edit walking_revision residents_edition coverage_run
        );
        let mut described_shape = shape(&described).await;
        described_shape.remove("sqlite_sequence");
        forget_references_that_no_entity_uses(&mut migrated_shape, &described_shape);

        assert_eq!(described_shape, migrated_shape);
    });
}

/// An entity names a reference only where the server follows it.
fn forget_references_that_no_entity_uses(migrated: &mut Shape, described: &Shape) {
    for (table, lines) in migrated {
        lines.retain(|line| {
            !line.contains("->") || described.get(table).is_some_and(|own| own.contains(line))
        });
    }
}

async fn create(connection: &DatabaseConnection, entity: impl EntityTrait) {
    let table = Schema::new(connection.get_database_backend()).create_table_from_entity(entity);
    connection.execute(&table).await.unwrap();
}

async fn shape(connection: &DatabaseConnection) -> Shape {
    let mut shape = Shape::new();
    for table in rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table'").await {
        let columns = format!(
            "SELECT name || ' ' || CASE \
               WHEN type LIKE '%int%' OR type LIKE 'bool%' THEN 'integer' \
               WHEN type LIKE '%text%' OR type LIKE '%char%' OR type LIKE 'json%' THEN 'text' \
               WHEN type LIKE '%blob%' THEN 'blob' WHEN type LIKE '%double%' OR type LIKE '%real%' THEN 'real' ELSE lower(type) END \
             || ' ' || \"notnull\" || ' ' || pk AS name FROM pragma_table_info('{table}') ORDER BY name"
        );
        let references = format!(
            "SELECT \"from\" || ' -> ' || \"table\" || '.' || \"to\" AS name \
             FROM pragma_foreign_key_list('{table}') ORDER BY name"
        );
        let mut lines = rows(connection, &columns).await;
        lines.extend(rows(connection, &references).await);
        shape.insert(table, lines);
    }
    shape
}

async fn rows(connection: &DatabaseConnection, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "name").unwrap()).collect()
}
