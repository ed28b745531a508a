//! How the database came to be: one file per step, never changed once released.
//!
//! A migration is history and an entity is today, so nothing here imports `entity`.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod first_consent_texts;
mod first_metrics;
mod m20261121_000001_create_heartbeat;
mod m20261121_000002_create_map;
mod m20261122_000003_create_identity;
mod m20261122_000005_create_audit;
mod m20261122_000010_create_wechat_event;
mod m20261122_000020_create_staff_security;
mod m20261122_000030_create_people;
mod m20261122_000040_create_messages;
mod m20261122_000050_create_knowledge;
mod m20261122_000051_create_search;
mod m20261128_000060_number_index_keys;
mod m20261128_000061_create_erasure_record;
mod m20261128_000062_index_access_log_reader;
mod m20261128_000070_create_publishing;
mod m20261128_000071_version_directory;
mod m20261128_000080_create_media;
mod m20261128_000090_create_screens;
mod m20261128_000100_create_activities;
mod m20261128_000101_create_registrations;
mod m20261128_000102_create_idempotency_key;
mod m20261128_000103_create_attendance;
mod m20261128_000104_create_notice;
mod m20261128_000110_permit_activity_figures;
mod m20261129_000120_create_metric;
mod m20261129_000121_create_measurement;
mod m20261129_000122_create_health_goal;
mod m20261129_000130_create_assessment;
mod m20261129_000131_create_record_share;
mod m20261129_000140_create_huts;
mod m20261129_000141_create_follow_ups;
mod m20261129_000150_create_feature_editing;
mod m20261129_000160_create_walking;
mod m20261129_000170_create_pregnancy;
mod m20261129_000180_narrow_search_index;
mod m20261130_000181_gather_search_index;
mod m20261130_000191_create_screen_alarm;
mod m20261130_000221_add_topic_words;

/// All steps in order.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_create_heartbeat::Migration),
            Box::new(m20261121_000002_create_map::Migration),
            Box::new(m20261122_000003_create_identity::Migration),
            Box::new(m20261122_000005_create_audit::Migration),
            Box::new(m20261122_000010_create_wechat_event::Migration),
            Box::new(m20261122_000020_create_staff_security::Migration),
            Box::new(m20261122_000030_create_people::Migration),
            Box::new(m20261122_000040_create_messages::Migration),
            Box::new(m20261122_000050_create_knowledge::Migration),
            Box::new(m20261122_000051_create_search::Migration),
            Box::new(m20261128_000060_number_index_keys::Migration),
            Box::new(m20261128_000061_create_erasure_record::Migration),
            Box::new(m20261128_000062_index_access_log_reader::Migration),
            Box::new(m20261128_000070_create_publishing::Migration),
            Box::new(m20261128_000071_version_directory::Migration),
            Box::new(m20261128_000080_create_media::Migration),
            Box::new(m20261128_000090_create_screens::Migration),
            Box::new(m20261128_000100_create_activities::Migration),
            Box::new(m20261128_000101_create_registrations::Migration),
            Box::new(m20261128_000102_create_idempotency_key::Migration),
            Box::new(m20261128_000103_create_attendance::Migration),
            Box::new(m20261128_000104_create_notice::Migration),
            Box::new(m20261128_000110_permit_activity_figures::Migration),
            Box::new(m20261129_000120_create_metric::Migration),
            Box::new(m20261129_000121_create_measurement::Migration),
            Box::new(m20261129_000122_create_health_goal::Migration),
            Box::new(m20261129_000130_create_assessment::Migration),
            Box::new(m20261129_000131_create_record_share::Migration),
            Box::new(m20261129_000140_create_huts::Migration),
            Box::new(m20261129_000141_create_follow_ups::Migration),
            Box::new(m20261129_000150_create_feature_editing::Migration),
            Box::new(m20261129_000160_create_walking::Migration),
            Box::new(m20261129_000170_create_pregnancy::Migration),
            Box::new(m20261129_000180_narrow_search_index::Migration),
            Box::new(m20261130_000181_gather_search_index::Migration),
            Box::new(m20261130_000191_create_screen_alarm::Migration),
            Box::new(m20261130_000221_add_topic_words::Migration),
        ]
    }
}
