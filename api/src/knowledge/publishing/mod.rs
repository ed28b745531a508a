//! How articles come to the public.
//!
//! Workers write in a working copy beside what is live; it is saved as often as one likes and nothing of it is
//! public. Handing it in freezes a revision, which never changes. One to three people who did not write it agree
//! to the revision, or return it with a reason. Then somebody publishes it, at once or by a schedule, and
//! somebody withdraws it or its term ends.
//!
//! A schedule is a release whose term has not begun ([`crate::knowledge::articles::terms`]): nothing fires, so
//! nothing can fire twice, late or not at all. The job in [`due`] only tells the history what the time did.
//!
//! `drafts` is the working copy, `review` the steps, `releases` publishing, `revisions` and `compare` what was
//! before, `listing` what workers find, `standing` how far an article is, `history` what was done to it.

mod bin;
mod compare;
mod drafts;
mod dto;
pub mod due;
mod history;
mod listing;
mod local_time;
mod media;
mod presence;
mod preview;
mod preview_page;
mod releases;
mod review;
mod revision_dto;
mod revisions;
mod routes;
mod rules;
mod rules_dto;
mod slugs;
mod standing;
mod warnings;
pub(super) mod worker;

pub use self::bin::purge;
pub use self::drafts::prepare;
use utoipa_actix_web::service_config::ServiceConfig;

/// Adds what workers do with articles below `/api/v1`.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(routes::drafts::create_article)
        .service(routes::drafts::list_article_drafts)
        .service(routes::drafts::get_article_draft)
        .service(routes::drafts::save_article)
        .service(routes::drafts::bin_article)
        .service(routes::drafts::recover_article)
        .service(routes::drafts::copy_article)
        .service(routes::drafts::enter_article)
        .service(routes::drafts::leave_article)
        .service(routes::process::submit_article)
        .service(routes::process::recall_article)
        .service(routes::process::approve_article)
        .service(routes::process::return_article)
        .service(routes::process::publish_article)
        .service(routes::process::schedule_article)
        .service(routes::process::unschedule_article)
        .service(routes::process::withdraw_article)
        .service(routes::process::move_article)
        .service(routes::revisions::list_article_revisions)
        .service(routes::revisions::compare_article_revisions)
        .service(routes::revisions::get_article_revision)
        .service(routes::revisions::restore_article_revision)
        .service(routes::revisions::get_article_history)
        .service(routes::revisions::get_preview_link)
        .service(routes::revisions::get_article_preview)
        .service(routes::rules::list_review_rules)
        .service(routes::rules::put_review_rule)
        .service(routes::rules::delete_review_rule)
        .service(routes::rules::list_review_checks)
        .service(routes::rules::put_review_check)
        .service(routes::rules::list_reviews_due);
}

/// Adds the page that shows an article before it is public.
pub(super) fn configure_pages(services: &mut ServiceConfig<'_>) {
    services.service(routes::revisions::show_article_preview);
}
