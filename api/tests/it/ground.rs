//! What holds for every request, whatever it asks.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use actix_web::web::{self, Json, Path};
use kangtu::app::Application;
use kangtu::clock::Clock;
use kangtu::database::Engine;
use reqwest::Method;
use serde_json::json;
use tokio::sync::Notify;

use crate::support::world::{in_world, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    an_unknown_address_is_a_problem,
    a_wrong_method_is_told_which_are_right,
    unknown_and_repeated_parameters_are_refused,
    a_compressed_body_is_refused_unread,
    a_large_body_is_refused_whether_announced_or_not,
    head_answers_like_get_without_a_body,
    every_answer_carries_the_security_headers,
    only_configured_origins_may_call_from_a_browser,
    answers_are_compressed_as_the_client_prefers,
    what_one_person_reads_is_compressed_anew_each_time,
    links_for_one_host_are_never_shown_to_another,
    health_and_readiness_and_metrics_are_there,
    hostile_addresses_never_break_the_server,
);

async fn an_unknown_address_is_a_problem(app: TestApp) {
    let problem = app.get("/api/v1/nothing/here").await.problem(404, "not_found");
    assert!(problem["detail"].as_str().unwrap().contains("没有找到"));
}

async fn a_wrong_method_is_told_which_are_right(app: TestApp) {
    let answer = app.request(Method::DELETE, "/healthz").send().await;
    answer.problem(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"));
    let options = app.request(Method::OPTIONS, "/healthz").send().await;
    assert_eq!((options.status, options.header("allow")), (204, Some("GET, HEAD, OPTIONS")));
}

async fn unknown_and_repeated_parameters_are_refused(app: TestApp) {
    let problem = app.get("/healthz?verbose=1").await.problem(400, "bad_parameter");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("第 1 个参数") && !detail.contains("verbose"),
        "a name may be somebody's: {detail}"
    );
    app.get("/readyz?x=1&x=2").await.problem(400, "bad_parameter");
    app.get("/readyz?%ff=1").await.problem(400, "bad_parameter");
}

async fn a_compressed_body_is_refused_unread(app: TestApp) {
    for encoding in ["gzip", "br", "zstd", "gzip, identity", "nonsense"] {
        let request = app.request(Method::POST, "/api/v1/anything").header("content-encoding", encoding);
        request.body(vec![0_u8; 100]).send().await.problem(415, "unsupported_media_type");
    }
    let identity = app.request(Method::POST, "/api/v1/anything").header("content-encoding", "identity");
    identity.body("{}").send().await.problem(404, "not_found");
}

async fn a_large_body_is_refused_whether_announced_or_not(app: TestApp) {
    let large = vec![b' '; 1_048_577];
    let announced = app.request(Method::POST, "/api/v1/anything").body(large.clone()).send().await;
    announced.problem(413, "payload_too_large");

    let mut stream = connect(&app);
    stream
        .write_all(b"POST /api/v1/anything HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        .unwrap();
    for chunk in large.chunks(65_536) {
        // The server may close early, which is an answer too.
        if write!(stream, "{:x}\r\n", chunk.len()).and_then(|()| stream.write_all(chunk)).is_err()
            || stream.write_all(b"\r\n").is_err()
        {
            break;
        }
    }
    // The body has no end, and the server does not wait for one.
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "the connection stays open"),
    }
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("connection: close"), "{answer}");
}

async fn head_answers_like_get_without_a_body(app: TestApp) {
    for path in ["/healthz", "/api/v1/map/layers", "/nowhere"] {
        let get = app.get(path).await;
        let head = app.request(Method::HEAD, path).send().await;
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty());
        for name in ["content-type", "etag", "content-length", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
}

async fn every_answer_carries_the_security_headers(app: TestApp) {
    for path in ["/healthz", "/nowhere", "/healthz?x=1", "/map", "/api/v1/map/layers"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
        assert!(answer.header("server").is_none());
    }
}

async fn only_configured_origins_may_call_from_a_browser(app: TestApp) {
    let from =
        async |origin: &str| app.request(Method::GET, "/healthz").header("origin", origin).send().await;
    let allowed = from("https://map.example.cn").await;
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://map.example.cn"));
    for origin in [
        "null",
        "https://evil.cn",
        "https://map.example.cn.evil.cn",
        "http://map.example.cn",
        "https://map.example.cn:8443",
        "https://MAP.example.cn.",
    ] {
        let refused = from(origin).await;
        assert!(refused.header("access-control-allow-origin").is_none(), "{origin}");
    }
    let preflight = app
        .request(Method::OPTIONS, "/healthz")
        .header("origin", "https://map.example.cn")
        .header("access-control-request-method", "GET")
        .send()
        .await;
    assert_eq!(preflight.header("access-control-allow-origin"), Some("https://map.example.cn"));
}

async fn answers_are_compressed_as_the_client_prefers(app: TestApp) {
    let layers = "/api/v1/map/layers";
    let plain = app.get(layers).await;
    assert!(plain.header("content-encoding").is_none());
    assert!(plain.header("vary").unwrap().to_lowercase().contains("accept-encoding"));
    for (accept, encoding) in [("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0.1, gzip;q=0.9", "gzip")] {
        for _ in 0..2 {
            let packed = app.request(Method::GET, layers).header("accept-encoding", accept).send().await;
            assert_eq!(packed.header("content-encoding"), Some(encoding));
            assert!(packed.raw.len() < plain.raw.len());
            assert_eq!(packed.body, plain.body);
            let tag = packed.header("etag").unwrap();
            assert_ne!(Some(tag), plain.header("etag"), "a strong tag stands for exact bytes");
            let again = app
                .request(Method::GET, layers)
                .header("accept-encoding", accept)
                .header("if-none-match", tag)
                .send()
                .await;
            assert_eq!((again.status, again.header("etag"), again.raw.len()), (304, Some(tag), 0));
        }
    }
}

/// Two things that were made at the same address both carry the tag of a first version.
async fn what_one_person_reads_is_compressed_anew_each_time(app: TestApp) {
    let host = app.staff("activity_host", "440307009000").await;
    for (name, key) in [("陈医生", "lecturer-1"), ("李医生", "lecturer-2")] {
        let lecturer = json!({
            "name": name,
            "region_code": "440307009000",
            "active": true,
            "introduction": "在社区讲了很多年的课。".repeat(40),
        });
        let request = host.request(Method::POST, "/api/v1/lecturers").json(&lecturer);
        let request = request.header("idempotency-key", key).header("accept-encoding", "gzip");
        let made = request.send().await;
        assert_eq!((made.status, made.header("content-encoding")), (201, Some("gzip")), "{}", made.text());
        assert_eq!(made.json()["content"]["name"], name);
    }
}

async fn links_for_one_host_are_never_shown_to_another(app: TestApp) {
    for _ in 0..2 {
        for host in ["map.example.cn", "evil.example"] {
            let request = app.request(Method::GET, "/map/collections?f=json").header("host", host);
            let answer = request.header("accept-encoding", "br").send().await;
            let links = answer.ok()["links"].to_string();
            assert!(links.contains(&format!("http://{host}/map")), "{links}");
        }
    }
    let list = "/map/collections/park/items?limit=5";
    for host in ["map.example.cn", "evil.example", "map.example.cn"] {
        let request = app.request(Method::GET, list).header("host", host).header("accept-encoding", "br");
        let answer = request.send().await;
        assert_eq!(answer.header("content-encoding"), Some("br"));
        assert!(answer.ok()["links"].to_string().contains(host), "{host}");
    }
    let hostile =
        app.request(Method::GET, "/map?f=html").header("host", "\"><script>x</script>").send().await;
    assert!(!hostile.text().contains("<script>"));
}

async fn health_and_readiness_and_metrics_are_there(app: TestApp) {
    assert_eq!(app.get("/healthz").await.ok()["status"], "ok");
    assert_eq!(app.get("/readyz").await.ok()["status"], "ready");
    app.get("/api/v1/secret/13800000000?token=abc").await.problem(404, "not_found");
    let metrics = reqwest::get(&app.metrics_url).await.unwrap().text().await.unwrap();
    assert!(
        metrics.contains("kangtu_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"}"),
        "{metrics}"
    );
    assert!(metrics.contains("kangtu_map_features"));
    assert!(
        !metrics.contains("13800000000") && !metrics.contains("secret"),
        "an address got into the metrics"
    );
}

async fn hostile_addresses_never_break_the_server(app: TestApp) {
    for path in [
        "/%00",
        "/healthz%00",
        "/api/v1/map/features/%ff",
        "/api/v1/map/features/9999999999999999999999",
        "/map/collections/%00/items",
        "/map/collections/..%2f..%2fetc/items",
        "/api/v1/map/view?bbox=%00",
        "/api/v1/map/view?bbox=1,2,3,4'%20OR%201=1--",
    ] {
        let status = app.get(path).await.status;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
    let long = format!("/api/v1/map/view?bbox={}", "1".repeat(20_000));
    assert!((400..500).contains(&app.get(&long).await.status));
    app.get("/healthz").await.ok();
}

fn connect(app: &TestApp) -> TcpStream {
    let address = app.base_url.strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Routes that only these tests need: the product has none yet that reads JSON or waits.
fn test_routes(services: &mut web::ServiceConfig) {
    services
        .route("/test/echo", web::post().to(async |body: Json<Vec<u32>>| Json(body.into_inner())))
        .route("/test/number/{number}", web::get().to(async |number: Path<u32>| number.to_string()))
        .route("/test/forever", web::get().to(async || std::future::pending::<String>().await))
        .route("/test/wait", web::get().to(wait));
}

static ENTERED: LazyLock<Notify> = LazyLock::new(Notify::new);
static PROCEED: LazyLock<Notify> = LazyLock::new(Notify::new);

async fn wait() -> &'static str {
    ENTERED.notify_one();
    PROCEED.notified().await;
    "done"
}

#[test]
fn bodies_and_paths_that_cannot_be_read_are_problems() {
    in_world(Engine::Sqlite, async |world| {
        let clock = Clock::fixed(wednesday_morning());
        let application = Application::build_with(world.settings(), clock, test_routes).await.unwrap();
        let base = format!("http://{}", application.address());
        let stop = application.stop_handle();
        let running = actix_web::rt::spawn(application.run());
        let http = reqwest::Client::new();
        let post = async |content_type: &str, body: &'static str| {
            let request =
                http.post(format!("{base}/test/echo")).header("content-type", content_type).body(body);
            let response = request.send().await.unwrap();
            let (status, kind) = (response.status().as_u16(), response.headers()["content-type"].clone());
            (status, kind.to_str().unwrap().to_owned(), response.text().await.unwrap())
        };
        let json = "application/json";
        assert_eq!(post(json, "[1,2]").await, (200, json.to_owned(), "[1,2]".to_owned()));
        for (content_type, body, status, code) in [
            (json, "[1,", 400, "bad_json"),
            (json, "{\"a\":1}", 400, "bad_json"),
            (json, "[-1]", 400, "bad_json"),
            (json, "", 400, "bad_json"),
            ("text/plain", "[1]", 415, "unsupported_media_type"),
        ] {
            let (got, kind, text) = post(content_type, body).await;
            assert_eq!((got, kind.as_str()), (status, "application/problem+json"), "{body:?}");
            assert!(text.contains(code), "{text}");
        }
        let deep: &'static str = Box::leak("[".repeat(100_000).into_boxed_str());
        assert_eq!(post(json, deep).await.0, 400);
        let bad_path = http.get(format!("{base}/test/number/many")).send().await.unwrap();
        assert_eq!(bad_path.status(), 404);
        assert_eq!(bad_path.headers()["content-type"], "application/problem+json");
        stop.drain().await;
        running.await.unwrap().unwrap();
    });
}

#[test]
fn slow_bodies_and_slow_answers_are_cut_off() {
    in_world(Engine::Sqlite, async |world| {
        let mut settings = world.settings();
        settings.request_timeout_ms = 200;
        let clock = Clock::fixed(wednesday_morning());
        let application = Application::build_with(settings, clock, test_routes).await.unwrap();
        let address = application.address();
        let stop = application.stop_handle();
        let running = actix_web::rt::spawn(application.run());

        let slow_answer = reqwest::get(format!("http://{address}/test/forever")).await.unwrap();
        assert_eq!(slow_answer.status(), 503);
        assert!(slow_answer.headers().contains_key("retry-after"));

        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream
                .write_all(b"POST /test/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n[1,")
                .unwrap();
            let mut answer = Vec::new();
            drop(stream.read_to_end(&mut answer));
            String::from_utf8_lossy(&answer).into_owned()
        });
        let answer = answer.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("request_timeout"), "{answer}");
        stop.drain().await;
        running.await.unwrap().unwrap();
    });
}

#[test]
fn a_stopping_server_waits_no_longer_than_its_limit() {
    in_world(Engine::Sqlite, async |world| {
        let mut settings = world.settings();
        settings.drain_limit_s = 1;
        settings.request_timeout_ms = 60_000;
        let clock = Clock::fixed(wednesday_morning());
        let application = Application::build_with(settings, clock, test_routes).await.unwrap();
        let address = application.address();
        let stop = application.stop_handle();
        let running = actix_web::rt::spawn(application.run());
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /test/forever HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        while !reqwest::get(format!("http://{address}/readyz")).await.unwrap().status().is_success() {}
        let asked = Instant::now();
        stop.drain().await;
        running.await.unwrap().unwrap();
        assert!(asked.elapsed() < Duration::from_secs(20), "{:?}", asked.elapsed());
    });
}

#[test]
fn a_stopping_server_finishes_what_it_accepted_and_takes_nothing_new() {
    in_world(Engine::Sqlite, async |world| {
        let clock = Clock::fixed(wednesday_morning());
        let application = Application::build_with(world.settings(), clock, test_routes).await.unwrap();
        let address = application.address();
        let stop = application.stop_handle();
        let running = actix_web::rt::spawn(application.run());
        let accepted = actix_web::rt::spawn(async move {
            reqwest::get(format!("http://{address}/test/wait")).await.unwrap().text().await.unwrap()
        });
        ENTERED.notified().await;
        let stopping = actix_web::rt::spawn(async move { stop.drain().await });
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        assert!(!running.is_finished(), "the server must wait for the accepted request");
        PROCEED.notify_one();
        assert_eq!(accepted.await.unwrap(), "done");
        stopping.await.unwrap();
        running.await.unwrap().unwrap();
    });
}
