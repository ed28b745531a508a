//! Rows are kept for their time, and a log without the old ones is still verifiable.

use chrono::TimeDelta;
use kangtu::audit::{self, KEPT_FOR, Tampering};

use super::owner::{sign, tamper, verify, write_rows};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    old_rows_are_deleted_and_the_rest_stays_verifiable,
    nobody_but_the_server_shortens_the_log,
);

async fn old_rows_are_deleted_and_the_rest_stays_verifiable(app: TestApp) {
    write_rows(&app, 6).await;
    sign(&app).await;
    app.clock.advance(KEPT_FOR - TimeDelta::days(1));
    write_rows(&app, 4).await;
    assert_eq!(audit::purge(&app.state, app.clock.now()).await.unwrap(), 0, "all are young enough");
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(audit::purge(&app.state, app.clock.now()).await.unwrap(), 6);
    let found = verify(&app).await;
    // The purge itself is the last row.
    assert_eq!((found.rows, found.last, found.tampering), (5, 11, None));
    tamper(&app, &["DELETE FROM audit_event WHERE seq = 7"]).await;
    assert_eq!(verify(&app).await.tampering, Some(Tampering::Removed { seq: 7 }));
}

async fn nobody_but_the_server_shortens_the_log(app: TestApp) {
    write_rows(&app, 6).await;
    let moved = "UPDATE audit_head SET anchor_seq = 3, anchor_at = 0, \
         anchor_hash = (SELECT hash FROM audit_event WHERE seq = 3), anchor_signature = hash";
    tamper(&app, &[moved, "DELETE FROM audit_event WHERE seq <= 3"]).await;
    assert_eq!(verify(&app).await.tampering, Some(Tampering::ForgedPurge { seq: 3 }));
}
