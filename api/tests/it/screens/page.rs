//! The player page as it is served.

use reqwest::Method;

use crate::support::{TestApp, on_both_databases};

on_both_databases!(the_player_is_served_with_a_policy_that_lets_nothing_else_in);

async fn the_player_is_served_with_a_policy_that_lets_nothing_else_in(app: TestApp) {
    let page = app.get("/screen?poll_s=0.5&heartbeat_s=1").await;
    assert_eq!((page.status, page.media_type()), (200, "text/html"));
    let policy = page.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    app.get("/screen?poll=5").await.problem(400, "bad_parameter");

    let worker = app.get("/screen/worker.js").await;
    assert_eq!((worker.status, worker.media_type()), (200, "text/javascript"));
    assert_eq!(worker.header("service-worker-allowed"), Some("/screen"));
    let tag = worker.header("etag").unwrap().to_owned();
    let again = app.request(Method::GET, "/screen/worker.js").header("if-none-match", &tag).send().await;
    assert_eq!(again.status, 304);
    assert_eq!(app.get("/screen/style.css").await.media_type(), "text/css");
    for missing in ["/screen/", "/screen/other.js", "/screen/..%2Fpage.html"] {
        app.get(missing).await.problem(404, "not_found");
    }
    // Every other answer keeps the policy under which nothing runs.
    let other = app.get("/map").await;
    assert!(!other.header("content-security-policy").unwrap().contains("script-src"));
}
