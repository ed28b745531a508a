//! What `kangtu audit verify` finds.

use kangtu::audit::Tampering;

use super::owner::{checkpoint_file, cut_after, sign, tamper, verify, write_rows};
use crate::support::command::{complained, kangtu, said};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    an_honest_log_is_found_whole,
    a_changed_row_is_named,
    a_row_that_was_replaced_by_another_is_named,
    a_removed_row_is_named,
    swapped_rows_are_named,
    an_inserted_row_is_named,
    a_missing_end_is_named,
    a_log_that_was_written_anew_is_not_the_one_that_was_signed,
    a_forged_checkpoint_is_named,
    an_operator_verifies_beside_the_running_server,
);

async fn tampering(app: &TestApp) -> Option<Tampering> {
    verify(app).await.tampering
}

async fn an_honest_log_is_found_whole(app: TestApp) {
    assert_eq!(tampering(&app).await, None, "an empty log is whole");
    write_rows(&app, 3).await;
    sign(&app).await;
    write_rows(&app, 2).await;
    sign(&app).await;
    write_rows(&app, 1).await;
    let found = verify(&app).await;
    assert_eq!((found.rows, found.last, found.checkpoints, found.tampering), (6, 6, 2, None));
}

async fn a_changed_row_is_named(app: TestApp) {
    write_rows(&app, 10).await;
    tamper(&app, &["UPDATE audit_event SET outcome = 'failed' WHERE seq = 5"]).await;
    assert_eq!(tampering(&app).await, Some(Tampering::Changed { seq: 5 }));
}

async fn a_row_that_was_replaced_by_another_is_named(app: TestApp) {
    write_rows(&app, 10).await;
    tamper(&app, &["CREATE TABLE later AS SELECT * FROM audit_event WHERE seq > 5"]).await;
    cut_after(&app, 4).await;
    app.clock.advance(chrono::TimeDelta::seconds(1));
    // Another row 5, right in itself and right after row 4.
    write_rows(&app, 1).await;
    tamper(
        &app,
        &[
            "INSERT INTO audit_event SELECT * FROM later",
            "UPDATE audit_head SET seq = 10, hash = (SELECT hash FROM audit_event WHERE seq = 10)",
        ],
    )
    .await;
    assert_eq!(tampering(&app).await, Some(Tampering::Unlinked { seq: 6 }));
}

async fn a_removed_row_is_named(app: TestApp) {
    write_rows(&app, 10).await;
    tamper(&app, &["DELETE FROM audit_event WHERE seq IN (4, 7)"]).await;
    assert_eq!(tampering(&app).await, Some(Tampering::Removed { seq: 4 }));
    tamper(&app, &["DELETE FROM audit_event WHERE seq = 1"]).await;
    assert_eq!(tampering(&app).await, Some(Tampering::Removed { seq: 1 }));
}

async fn swapped_rows_are_named(app: TestApp) {
    write_rows(&app, 10).await;
    tamper(
        &app,
        &[
            "UPDATE audit_event SET seq = 100 WHERE seq = 5",
            "UPDATE audit_event SET seq = 5 WHERE seq = 6",
            "UPDATE audit_event SET seq = 6 WHERE seq = 100",
        ],
    )
    .await;
    assert_eq!(tampering(&app).await, Some(Tampering::Changed { seq: 5 }));
}

async fn an_inserted_row_is_named(app: TestApp) {
    write_rows(&app, 11).await;
    // Row 11 is right in itself and continues row 10, but the log never counted it.
    tamper(&app, &["UPDATE audit_head SET seq = 10, hash = (SELECT hash FROM audit_event WHERE seq = 10)"])
        .await;
    assert_eq!(tampering(&app).await, Some(Tampering::Inserted { seq: 11 }));
    tamper(
        &app,
        &[
            "DELETE FROM audit_event WHERE seq = 11",
            "INSERT INTO audit_event (seq, at, action, actor_kind, outcome, detail, prev_hash, hash) \
             SELECT 11, at, action, actor_kind, outcome, detail, hash, prev_hash FROM audit_event WHERE seq = 10",
        ],
    )
    .await;
    assert_eq!(tampering(&app).await, Some(Tampering::Changed { seq: 11 }));
}

async fn a_missing_end_is_named(app: TestApp) {
    write_rows(&app, 10).await;
    sign(&app).await;
    tamper(&app, &["DELETE FROM audit_event WHERE seq > 7"]).await;
    assert_eq!(tampering(&app).await, Some(Tampering::Truncated { seq: 8 }));
    cut_after(&app, 6).await;
    assert_eq!(tampering(&app).await, Some(Tampering::Truncated { seq: 7 }), "only the checkpoint tells");
    std::fs::remove_file(checkpoint_file(&app)).unwrap();
    assert_eq!(tampering(&app).await, None, "without a checkpoint nobody can");
}

async fn a_log_that_was_written_anew_is_not_the_one_that_was_signed(app: TestApp) {
    write_rows(&app, 4).await;
    sign(&app).await;
    write_rows(&app, 6).await;
    sign(&app).await;
    app.clock.advance(chrono::TimeDelta::seconds(1));
    cut_after(&app, 4).await;
    write_rows(&app, 8).await;
    assert_eq!(tampering(&app).await, Some(Tampering::Rewritten { after: 4, seq: 10 }));
    cut_after(&app, 0).await;
    write_rows(&app, 12).await;
    assert_eq!(tampering(&app).await, Some(Tampering::Rewritten { after: 0, seq: 4 }));
}

async fn a_forged_checkpoint_is_named(app: TestApp) {
    write_rows(&app, 5).await;
    sign(&app).await;
    let file = checkpoint_file(&app);
    let genuine = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, genuine.replace("\"seq\":5", "\"seq\":4")).unwrap();
    assert_eq!(tampering(&app).await, Some(Tampering::ForgedCheckpoint { seq: 4 }));
    std::fs::write(&file, genuine).unwrap();
    assert_eq!(tampering(&app).await, None);
}

async fn an_operator_verifies_beside_the_running_server(app: TestApp) {
    let settings = (*app.state.settings).clone();
    write_rows(&app, 5).await;
    assert!(said(&kangtu(&settings, &["audit", "checkpoint"]).await).contains("已签名到第 5 行"));
    let whole = said(&kangtu(&settings, &["audit", "verify"]).await);
    assert!(whole.contains("审计日志完整：共 5 行") && whole.contains("签名检查点相符"), "{whole}");
    tamper(&app, &["UPDATE audit_event SET detail = '{}' || ' ' WHERE seq = 3"]).await;
    let broken = complained(&kangtu(&settings, &["audit", "verify"]).await);
    assert!(broken.contains("第 3 行被改动过"), "{broken}");
    let keys = settings.key_file();
    std::fs::rename(&keys, keys.with_extension("away")).unwrap();
    let lost = complained(&kangtu(&settings, &["audit", "verify"]).await);
    assert!(lost.contains("KANGTU_KEYS"), "{lost}");
}
