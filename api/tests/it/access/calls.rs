//! How each operation is called, on things that belong to one resident or stand in one community.

use serde_json::{Value, json};

use super::HERE;
use crate::support::TestApp;
use crate::support::callers::Caller;

/// One call of an operation.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) headers: Vec<(&'static str, String)>,
}

/// What is called: things of one resident.
#[derive(Debug)]
pub(super) struct Objects {
    pub(super) app: TestApp,
    pub(super) owner: Caller,
}

impl Objects {
    pub(super) async fn new(app: &TestApp) -> Self {
        Self { app: app.clone(), owner: app.resident(&unique(app)).await }
    }

    /// Another resident, who has nothing to do with the first.
    pub(super) async fn other(&self) -> Caller {
        self.app.resident(&unique(&self.app)).await
    }
}

/// A name nobody else has.
fn unique(app: &TestApp) -> String {
    app.state.random.stamp().simple().to_string()
}

/// Whether an operation is for everybody, logged in or not.
pub(super) fn is_public(path: &str) -> bool {
    const OPEN: [&str; 6] = ["/healthz", "/readyz", "/.well-known/jwks.json", "/wechat/push", "/{file}", "/api/v1/regions"];
    OPEN.contains(&path)
        || path.starts_with("/map")
        || path.starts_with("/api/v1/map/")
        || path.starts_with("/api/v1/auth/") && path != "/api/v1/auth/logout"
}

fn get(path: impl Into<String>) -> Call {
    Call { path: path.into(), ..Call::default() }
}

fn send(path: impl Into<String>, body: Value) -> Call {
    Call { path: path.into(), body: Some(body), headers: Vec::new() }
}

fn edit(path: impl Into<String>, body: Value) -> Call {
    Call { headers: vec![("if-match", "\"1\"".to_owned())], ..send(path, body) }
}
