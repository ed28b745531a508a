//! A running server and ways to call it.

use std::sync::Arc;

use actix_web::rt::task::JoinHandle;
use kangtu::app::{Application, StopHandle};
use kangtu::clock::Clock;
use kangtu::config::Settings;
use kangtu::state::AppState;
use reqwest::Method;
use tokio::sync::Mutex;

use super::response::TestResponse;
use super::{contract, logs};

/// A server of the test's own. Every answer it gives is checked against the contract.
#[derive(Clone, Debug)]
pub(crate) struct TestApp {
    pub(crate) base_url: String,
    pub(crate) metrics_url: String,
    pub(crate) clock: Clock,
    pub(crate) state: AppState,
    pub(crate) stop: StopHandle,
    logged_before: usize,
    http: reqwest::Client,
    running: Arc<Mutex<Option<JoinHandle<anyhow::Result<()>>>>>,
}

/// A request being made.
#[derive(Debug)]
pub(crate) struct TestRequest {
    method: Method,
    path: String,
    request: reqwest::RequestBuilder,
}

/// Reading the certificates of the machine takes longer than most tests, and nothing here is encrypted.
fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.tls_certs_only([]).build().unwrap()
}

impl TestApp {
    pub(crate) async fn start(settings: Settings, clock: Clock) -> Self {
        let logged_before = logs::keep();
        let application = Application::build(settings, clock.clone()).await.unwrap();
        Self {
            base_url: format!("http://{}", application.address()),
            metrics_url: format!("http://{}/metrics", application.metrics_address()),
            clock,
            state: application.state().clone(),
            stop: application.stop_handle(),
            logged_before,
            http: client(),
            running: Arc::new(Mutex::new(Some(actix_web::rt::spawn(application.run())))),
        }
    }

    /// Stops the server and waits until it is gone.
    pub(crate) async fn stop(&self) {
        self.stop.drain().await;
        if let Some(running) = self.running.lock().await.take() {
            running.await.unwrap().unwrap();
        }
        logs::assert_clean(self.logged_before);
    }

    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        self.request(Method::GET, path).send().await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> TestRequest {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base_url) };
        let path = url.strip_prefix(&self.base_url).unwrap_or(&url).to_owned();
        TestRequest { request: self.http.request(method.clone(), url), method, path }
    }
}

impl TestRequest {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if name.eq_ignore_ascii_case("authorization") {
            logs::remember(value.rsplit(' ').next().unwrap_or_default());
        }
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<reqwest::Body>) -> Self {
        self.request = self.request.body(body);
        self
    }

    pub(crate) fn json(self, body: &serde_json::Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub(crate) async fn send(self) -> TestResponse {
        let (http, request) = self.request.build_split();
        let request = request.unwrap();
        logs::remember_body(request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default());
        let response = TestResponse::read(http.execute(request).await.unwrap()).await;
        logs::remember_body(&response.body);
        contract::check(&self.method, &self.path, &response);
        response
    }
}
