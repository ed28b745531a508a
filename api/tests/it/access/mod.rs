//! Who may call what: every operation of the contract, called by everybody, compared with a committed
//! matrix.
//!
//! A new operation fails this test until `calls` says how it is called and `matrix.txt` what each caller
//! gets. `KANGTU_WRITE_MATRIX=1` writes the matrix as it is, to be read before it is committed.
//!
//! Callers log in once, and what is called is made once for each operation. Whatever a call may have
//! changed, the things and whoever called, is made anew for the next: nobody meets what another left.

mod activity_calls;
mod attendance_calls;
mod calls;
mod exchange_calls;
mod follow_up_calls;
mod hut_calls;
mod map_calls;
mod records_calls;
mod screen_calls;
mod walking_calls;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use entity::login_throttle;
use reqwest::Method;
use sea_orm::EntityTrait;
use utoipa::openapi::path::PathItem;

use self::calls::{Call, Objects};
use crate::support::callers::Caller;
use crate::support::{TestApp, on_both_databases};

on_both_databases!(everybody_gets_what_the_matrix_says);

/// Street in which everything that is called stands.
pub(crate) const HERE: &str = "440307009001";
/// A neighbouring community.
pub(crate) const ELSEWHERE: &str = "440307009002";

const MATRIX: &str = include_str!("matrix.txt");

/// Somebody who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Who {
    Anonymous,
    /// The resident whose things are called.
    Owner,
    OtherResident,
    /// Staff with a role where the things are.
    Here(&'static str),
    /// Staff with the same role next door.
    Elsewhere(&'static str),
    /// Staff with the same role for all regions.
    Everywhere(&'static str),
}

const ROLES: [&str; 11] = [
    "admin",
    "security_admin",
    "auditor",
    "region_admin",
    "editor",
    "reviewer",
    "health_officer",
    "activity_host",
    "hut_keeper",
    "indicator_clerk",
    "supervisor",
];

impl Who {
    fn all() -> impl Iterator<Item = Self> {
        let staff = |place: fn(&'static str) -> Self| ROLES.into_iter().map(place);
        [Self::Anonymous, Self::Owner, Self::OtherResident]
            .into_iter()
            .chain(staff(Self::Here))
            .chain(staff(Self::Elsewhere))
            .chain(staff(Self::Everywhere))
    }
}

/// What each caller of one operation got.
type Row = Vec<(Who, u16)>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Operation {
    path: String,
    method: String,
}

fn operations() -> Vec<Operation> {
    let document = kangtu::openapi::document();
    let methods = |path: &str, item: &PathItem| {
        let all = [
            ("GET", &item.get),
            ("POST", &item.post),
            ("PUT", &item.put),
            ("PATCH", &item.patch),
            ("DELETE", &item.delete),
        ];
        let there = all.into_iter().filter(|(_, operation)| operation.is_some());
        there
            .map(|(method, _)| Operation { path: path.to_owned(), method: method.to_owned() })
            .collect::<Vec<_>>()
    };
    let mut all: Vec<_> = document.paths.paths.iter().flat_map(|(path, item)| methods(path, item)).collect();
    all.sort();
    all
}

async fn everybody_gets_what_the_matrix_says(app: TestApp) {
    let mut lines = String::new();
    let mut staff = Staff { app: app.clone(), logged_in: HashMap::new() };
    for operation in operations() {
        let row = Box::pin(row(&app, &mut staff, &operation)).await;
        assert_law(&operation, &row);
        writeln!(lines, "{} {}\n{}", operation.method, operation.path, told(&row)).unwrap();
    }
    if std::env::var_os("KANGTU_WRITE_MATRIX").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/access/matrix.txt");
        std::fs::write(file, &lines).unwrap();
        return;
    }
    let committed = entries(MATRIX);
    for (operation, told) in entries(&lines) {
        let expected = committed.get(operation).unwrap_or_else(|| panic!("{operation} is not in matrix.txt"));
        assert_eq!(&told, expected, "{operation}");
    }
    assert_eq!(committed.len(), operations().len(), "matrix.txt tells of operations that do not exist");
}

fn entries(matrix: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut entries: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut operation = "";
    for line in matrix.lines() {
        if line.starts_with(' ') {
            entries.entry(operation).or_default().push(line);
        } else {
            operation = line;
        }
    }
    entries
}

/// What holds whatever the matrix says.
fn assert_law(operation: &Operation, row: &Row) {
    let name = format!("{} {}", operation.method, operation.path);
    for (who, status) in row {
        assert!(*status < 500, "{name} for {who:?} failed with {status}");
        if *who == Who::Anonymous && !calls::is_public(&operation.method, &operation.path) {
            assert_eq!(*status, 401, "{name} answers somebody who is not logged in");
        }
    }
}

/// Staff who are logged in, each until a call of theirs changed something.
struct Staff {
    app: TestApp,
    logged_in: HashMap<Who, Caller>,
}

impl Staff {
    async fn member(&mut self, who: Who, role: &str, region_code: &str) -> Caller {
        if let Some(known) = self.logged_in.get(&who) {
            return known.clone();
        }
        let new = self.app.staff(role, region_code).await;
        self.logged_in.insert(who, new.clone());
        new
    }
}

/// What is called, as nobody has touched it yet.
struct Scene {
    objects: Objects,
    call: Call,
}

impl Scene {
    async fn new(app: &TestApp, operation: &Operation) -> Self {
        let objects = Objects::new(app).await;
        let call = calls::call(&operation.method, &operation.path, &objects).await;
        Self { objects, call }
    }
}

async fn row(app: &TestApp, staff: &mut Staff, operation: &Operation) -> Row {
    let mut row = Row::new();
    let mut untouched = None;
    for who in Who::all() {
        if calls::counts_failures(&operation.path) {
            forget_failed_log_ins(app).await;
        }
        let scene = match untouched.take() {
            Some(scene) => scene,
            None => Scene::new(app, operation).await,
        };
        let status = status(app, staff, who, &scene, operation).await;
        row.push((who, status));
        if operation.method == "GET" || status >= 400 {
            untouched = Some(scene);
        } else {
            staff.logged_in.remove(&who);
        }
    }
    row
}

/// All call from one address: wrong passwords of one do not count against the next.
async fn forget_failed_log_ins(app: &TestApp) {
    let forgotten = app.state.database.write(|transaction| {
        Box::pin(async move { Ok(login_throttle::Entity::delete_many().exec(transaction).await?) })
    });
    forgotten.await.unwrap();
}

async fn status(app: &TestApp, staff: &mut Staff, who: Who, scene: &Scene, operation: &Operation) -> u16 {
    let method: Method = operation.method.parse().unwrap();
    let Scene { objects, call } = scene;
    let request = match who {
        Who::Anonymous => app.request(method, &call.path),
        Who::Owner => objects.owner.request(method, &call.path),
        Who::OtherResident => objects.other().await.request(method, &call.path),
        Who::Here(role) => staff.member(who, role, HERE).await.request(method, &call.path),
        Who::Elsewhere(role) => staff.member(who, role, ELSEWHERE).await.request(method, &call.path),
        Who::Everywhere(role) => {
            let root = app.state.regions.current().root().unwrap().to_owned();
            staff.member(who, role, &root).await.request(method, &call.path)
        }
    };
    // Whoever may not do something may not do it with a key either.
    let request = request.header("idempotency-key", &app.state.random.stamp().to_string());
    let request = call.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
    let request = match (&call.file, &call.body) {
        (Some(file), _) => request.body(file.clone()),
        (None, Some(body)) => request.json(body),
        (None, None) => request,
    };
    request.send().await.status
}

/// The row in words: staff by what most roles get, then those that get something else.
fn told(row: &Row) -> String {
    let of = |who: Who| row.iter().find(|(caller, _)| *caller == who).map_or(0, |(_, status)| *status);
    let staff = |place: fn(&'static str) -> Who| {
        let statuses: Vec<(&str, u16)> = ROLES.iter().map(|role| (*role, of(place(role)))).collect();
        let count = |status: u16| statuses.iter().filter(|(_, other)| *other == status).count();
        let usual = statuses.iter().map(|(_, status)| *status).max_by_key(|status| (count(*status), *status));
        let usual = usual.unwrap_or_default();
        let mut told = usual.to_string();
        for (role, status) in statuses.iter().filter(|(_, status)| *status != usual) {
            write!(told, ", {role} {status}").unwrap();
        }
        told
    };
    format!(
        "  anonymous {}; owner {}; other resident {}\n  staff here {}\n  staff elsewhere {}\n  \
         staff everywhere {}",
        of(Who::Anonymous),
        of(Who::Owner),
        of(Who::OtherResident),
        staff(Who::Here),
        staff(Who::Elsewhere),
        staff(Who::Everywhere),
    )
}
