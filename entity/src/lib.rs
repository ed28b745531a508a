//! What each database table holds today, one file per table.
//!
//! Entities stay inside the server: they are never serialised, a feature's `dto` is.
//! How a table came to be is the `migration` crate's business; a test compares the two.
//! Instants are stored as UTC milliseconds since 1970, the one form that sorts alike on SQLite and
//! PostgreSQL.

#![expect(
    clippy::disallowed_methods,
    reason = "sea_orm::model generates nested saves that begin transactions; the server calls none of them"
)]

pub mod access_log;
pub mod account;
pub mod activity;
pub mod activity_key_group;
pub mod activity_lecturer;
pub mod activity_media;
pub mod activity_question;
pub mod activity_revision;
pub mod activity_series;
pub mod activity_team;
pub mod article;
pub mod article_draft;
pub mod article_event;
pub mod article_media;
pub mod article_presence;
pub mod article_release;
pub mod article_review;
pub mod article_revision;
pub mod article_revision_related;
pub mod article_revision_topic;
pub mod article_slug;
pub mod article_source;
pub mod assessment_band;
pub mod assessment_standard;
pub mod audit_event;
pub mod audit_head;
pub mod calendar_token;
pub mod check_in;
pub mod check_in_conflict;
pub mod consent;
pub mod consent_text;
pub mod data_key;
pub mod erasure;
pub mod erasure_record;
pub mod export_job;
pub mod family_member;
pub mod feature;
pub mod feature_entrance;
pub mod feature_source;
pub mod feedback;
pub mod hand_over;
pub mod health_day;
pub mod health_day_override;
pub mod health_day_topic;
pub mod health_goal;
pub mod health_reminder;
pub mod heartbeat;
pub mod idempotency_key;
pub mod key_group;
pub mod knowledge_revision;
pub mod layer;
pub mod lecturer;
pub mod login_throttle;
pub mod map_change;
pub mod map_revision;
pub mod measurement;
pub mod measurement_quarantine;
pub mod media;
pub mod media_check;
pub mod media_leftover;
pub mod media_variant;
pub mod message_credit;
pub mod message_outbox;
pub mod message_report;
pub mod message_template;
pub mod metric;
pub mod metric_component;
pub mod metric_unit;
pub mod moderation_item;
pub mod no_show_strike;
pub mod notice;
pub mod officer;
pub mod person;
pub mod playlist;
pub mod playlist_item;
pub mod proxy;
pub mod reading_count;
pub mod reading_reader;
pub mod record_alert;
pub mod record_digest;
pub mod record_share;
pub mod recovery_code;
pub mod refresh_token;
pub mod region;
pub mod registration;
pub mod registration_person;
pub mod review_check;
pub mod review_rule;
pub mod role;
pub mod role_permission;
pub mod screen;
pub mod screen_emergency;
pub mod screen_group;
pub mod screen_group_member;
pub mod screen_heartbeat;
pub mod screen_pairing;
pub mod screen_play;
pub mod screen_play_hour;
pub mod screen_slot;
pub mod screen_slot_exception;
pub mod screen_slot_group;
pub mod screen_slot_screen;
pub mod search_doc;
pub mod service;
pub mod service_topic;
pub mod session;
pub mod staff;
pub mod staff_known_address;
pub mod staff_role;
pub mod topic;
pub mod topic_synonym;
pub mod wechat_event;
