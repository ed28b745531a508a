//! Many at once: exactly as many get seats as there are, whatever the timing. The negative control counts
//! seats as software does that oversells; the same test must notice.

use actix_web::FromRequest;
use actix_web::dev::Payload;
use actix_web::test::TestRequest;
use futures_util::future::join_all;
use kangtu::idempotency::{Key, Principal};
use kangtu::identity::caller::Resident;
use kangtu::registrations::{NewRegistration, SeatGuard, audit_all, sign_up};
use kangtu::state::AppState;
use serde_json::{Value, json};

use super::{alone, audit, id_of, lecture_with, publish_at_once, sign_up as sign_up_over_http};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    of_32_at_once_exactly_as_many_get_seats_as_there_are,
    the_same_race_without_the_guard_is_noticed,
    giving_back_and_signing_up_at_once_adds_up,
    one_family_from_two_phones_is_signed_up_once,
);

const CALLERS: usize = 32;
const SEATS: usize = 5;

async fn callers(app: &TestApp) -> Vec<Caller> {
    let mut callers = Vec::with_capacity(CALLERS);
    for number in 0..CALLERS {
        callers.push(app.resident(&format!("racer-{number}")).await);
    }
    callers
}

/// One sign-up through the service, with the guard of this state.
async fn attempt(state: &AppState, caller: &Caller, id: i64) -> Result<Value, String> {
    let request = TestRequest::post().uri("/race").insert_header(("idempotency-key", caller.id.to_string()));
    let key = Key::from_request(&request.to_http_request(), &mut Payload::None).await.unwrap();
    let person_id = caller.person_id.unwrap();
    let resident = Resident { account_id: caller.id, person_id, session_id: caller.session_id };
    let wish = NewRegistration { person_ids: vec![person_id], answers: Vec::new(), declarations: Vec::new() };
    let principal = Principal::Account { account_id: caller.id, person_id };
    let call = key.call(principal, "race", &wish).unwrap();
    let answer = sign_up(state, resident, i32::try_from(id).unwrap(), wish, call).await;
    let answer = answer.map_err(|error| format!("{error:?}"))?;
    let body = actix_web::body::to_bytes(answer.into_body()).await.map_err(|error| error.to_string())?;
    serde_json::from_slice(&body).map_err(|error| error.to_string())
}

/// What is wrong after everybody tried at once, if anything is.
async fn race(state: &AppState, callers: &[Caller], id: i64) -> Result<(), String> {
    let answers = join_all(callers.iter().map(|caller| attempt(state, caller, id))).await;
    let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let of = |status: &str| answers.iter().filter(|answer| answer["status"] == status).count();
    if (of("confirmed"), of("waiting")) != (SEATS, CALLERS - SEATS) {
        return Err(format!("{} confirmed, {} waiting", of("confirmed"), of("waiting")));
    }
    let mut places: Vec<i64> = answers.iter().filter_map(|answer| answer["place_in_line"].as_i64()).collect();
    places.sort_unstable();
    if !places.iter().copied().eq(1..=27) {
        return Err(format!("places in line: {places:?}"));
    }
    let wrong = audit_all(state).await.map_err(|error| format!("{error:?}"))?;
    if wrong.is_empty() { Ok(()) } else { Err(format!("{wrong:?}")) }
}

async fn of_32_at_once_exactly_as_many_get_seats_as_there_are(app: TestApp) {
    let callers = callers(&app).await;
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": SEATS}))).await;
    race(&app.state, &callers, id).await.unwrap();
}

async fn the_same_race_without_the_guard_is_noticed(app: TestApp) {
    let callers = callers(&app).await;
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": SEATS}))).await;
    let unguarded = AppState { seat_guard: SeatGuard::ReadBefore, ..app.state.clone() };
    let noticed = race(&unguarded, &callers, id).await;
    assert!(noticed.is_err(), "the race proves nothing");
}

async fn giving_back_and_signing_up_at_once_adds_up(app: TestApp) {
    let callers = callers(&app).await;
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": SEATS}))).await;
    let (first, second) = callers.split_at(CALLERS / 2);
    let entering = first.iter().map(|caller| async move {
        let people = alone(caller);
        sign_up_over_http(caller, id, &people).await
    });
    let entries = join_all(entering).await;
    let entries: Vec<String> = entries.iter().map(id_of).collect();
    let leaving = first.iter().zip(&entries).map(|(caller, entry)| async move {
        caller.delete(&format!("/api/v1/registrations/{entry}")).await.status
    });
    let coming = second.iter().map(|caller| async move {
        let people = alone(caller);
        sign_up_over_http(caller, id, &people).await.status
    });
    let (left, came) = futures_util::join!(join_all(leaving), join_all(coming));
    assert!(
        left.iter().all(|status| *status == 204) && came.iter().all(|status| *status == 201),
        "{left:?} {came:?}"
    );
    let after = audit(&app, id).await;
    assert_eq!((&after["taken"], &after["waiting"]), (&json!(SEATS), &json!(CALLERS / 2 - SEATS)));
}

async fn one_family_from_two_phones_is_signed_up_once(app: TestApp) {
    let id = publish_at_once(&app, &lecture_with(app.clock.now(), &json!({"capacity": 20}))).await;
    let li = app.resident("li").await;
    let answers = join_all((0..8).map(|_| async {
        let people = alone(&li);
        sign_up_over_http(&li, id, &people).await
    }))
    .await;
    let ids: std::collections::BTreeSet<String> = answers.iter().map(id_of).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(audit(&app, id).await["taken"], 1);
}
