//! What residents write and show is looked at before others see it.

mod images;
mod queue;
mod texts;

use entity::moderation_item::{self, State};
use kangtu::identity::caller::Resident;
use kangtu::moderation::{Purpose, Standing, Subject, check_text, standing_of};
use sea_orm::{EntityTrait, QueryOrder};

use crate::support::TestApp;
use crate::support::callers::Caller;

fn as_resident(caller: &Caller) -> Resident {
    Resident { account_id: caller.id, person_id: caller.person_id.unwrap(), session_id: caller.session_id }
}

fn subject(caller: &Caller) -> Subject {
    Subject { kind: "person", id: caller.person_id.unwrap().to_string() }
}

/// Checks a nickname and writes the verdict, as a feature does that saves it.
async fn save_nickname(app: &TestApp, caller: &Caller, nickname: &str) -> Standing {
    let author = as_resident(caller);
    let checked = check_text(&app.state, &author, Purpose::Nickname, nickname).await.unwrap();
    let accepted = std::sync::Arc::new(checked.accepted("/name").unwrap());
    let (state, subject, now) = (app.state.clone(), subject(caller), app.clock.now());
    let saved = app.state.database.write(move |transaction| {
        let (state, subject, accepted) = (state.clone(), subject.clone(), std::sync::Arc::clone(&accepted));
        Box::pin(async move { accepted.record(&state, transaction, &subject, now).await })
    });
    saved.await.unwrap()
}

async fn standing(app: &TestApp, caller: &Caller, purpose: Purpose) -> Option<Standing> {
    standing_of(app.state.database.reader(), &subject(caller), purpose).await.unwrap()
}

async fn items(app: &TestApp) -> Vec<moderation_item::Model> {
    let query = moderation_item::Entity::find().order_by_asc(moderation_item::Column::Id);
    query.all(app.state.database.reader()).await.unwrap()
}

async fn states(app: &TestApp) -> Vec<State> {
    items(app).await.into_iter().map(|item| item.state).collect()
}
