//! Signing up on PostgreSQL, beside the very statements of a sign-up in the hands of pgbench.
//!
//! The statements are those that the database writes into its log while one resident signs up. What differs
//! from one resident to the next becomes a variable of the script; everything else stays as it was sent.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use entity::{account, idempotency_key, registration, registration_person};
use kangtu::database::Engine;
use kangtu::registrations::audit_all;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::signing_up::{self, CLIENTS};
use super::statement_log::{Logged, read_log};
use crate::postgres::{PostgresServer, find_binaries};
use crate::records::Archive;
use crate::residents::{self, Resident};
use crate::server::Server;
use crate::table::Figure;

const DATABASE: &str = "sign_ups";
/// Sign-ups of each client, through the server and in pgbench.
const EACH: usize = 32;
const SIGN_UPS: usize = CLIENTS * EACH;
/// One more than are measured: the resident whose statements are read.
const RESIDENTS: usize = 2 * SIGN_UPS + 1;
/// Measures both on the same database.
pub(crate) async fn measure() -> anyhow::Result<Option<Figure>> {
    let Some(archive) = Archive::empty(Engine::Postgres, DATABASE).await? else { return Ok(None) };
    let Some(postgres) = PostgresServer::shared() else { return Ok(None) };
    let url = postgres.url(DATABASE);
    let admin = sea_orm::Database::connect(&url).await?;
    let server = Server::start(archive.settings()?)?;
    let residents = residents::log_in(&server, RESIDENTS).await?;
    let burst = signing_up::burst(&server, SIGN_UPS).await?;
    let others = not_signed_up(&admin, residents).await?;
    let (read, others) = others.split_last().context("everybody signed up")?;
    let statements = statements_of(&admin, &server, read).await?;
    let script = script(&statements, &Signed::find(&admin, read).await?)?;
    number(&admin, others).await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("sign_up.pgbench");
    std::fs::write(&file, script)?;
    let per_second = run(&file, &url)?;
    let wrong = audit_all(&server.state).await;
    ensure!(wrong.is_ok_and(|wrong| wrong.is_empty()), "what pgbench wrote does not add up");
    admin.close().await?;
    server.stop().await?;
    Ok(Some(Figure::at_least(
        format!(
            "sign-ups on PostgreSQL, {CLIENTS} clients, against their {} statements in pgbench",
            statements.len()
        ),
        burst.per_second / per_second,
        0.6,
        format!("{:.0}/s and {per_second:.0}/s", burst.per_second),
    )))
}

async fn not_signed_up(
    admin: &DatabaseConnection,
    mut residents: Vec<Resident>,
) -> anyhow::Result<Vec<Resident>> {
    let rows = registration_person::Entity::find().all(admin).await?;
    let signed_up: HashSet<String> = rows.iter().map(|row| row.person_id.to_string()).collect();
    residents.retain(|resident| !signed_up.contains(&resident.person_id));
    ensure!(residents.len() == SIGN_UPS + 1, "{} have not signed up", residents.len());
    Ok(residents)
}

/// What the database is asked while one resident signs up.
async fn statements_of(
    admin: &DatabaseConnection,
    server: &Server,
    resident: &Resident,
) -> anyhow::Result<Vec<Logged>> {
    let log = log_file(admin).await?;
    let activity_id = residents::activity_for_all(&server.state).await?;
    log_statements(admin, "all").await?;
    let before = std::fs::metadata(&log)?.len();
    signing_up::alone(server, activity_id, resident).await?;
    let bytes = std::fs::read(&log)?;
    log_statements(admin, "none").await?;
    let new = bytes.get(usize::try_from(before)?..).unwrap_or_default();
    let statements = read_log(std::str::from_utf8(new)?)?;
    ensure!(statements.iter().any(Logged::updates_seats), "no seats were taken in the log");
    Ok(statements)
}

/// The throwaway server writes its log beside its data.
async fn log_file(admin: &DatabaseConnection) -> anyhow::Result<PathBuf> {
    let data = shown(admin, "data_directory").await?;
    Ok(Path::new(&data).with_file_name("log"))
}

async fn log_statements(admin: &DatabaseConnection, which: &str) -> anyhow::Result<()> {
    admin.execute_unprepared("ALTER SYSTEM SET log_line_prefix = ''").await?;
    admin.execute_unprepared(&format!("ALTER SYSTEM SET log_statement = '{which}'")).await?;
    admin.execute_unprepared("SELECT pg_reload_conf()").await?;
    while shown(admin, "log_statement").await? != which {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    Ok(())
}

async fn shown(admin: &DatabaseConnection, setting: &str) -> anyhow::Result<String> {
    let asked = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, format!("SHOW {setting}"));
    let row = admin.query_one_raw(asked).await?;
    Ok(row.context("a setting is not shown")?.try_get("", setting)?)
}

/// What the sign-up that was read made or named, each with the variable that stands for it.
struct Signed {
    variables: Vec<(String, &'static str)>,
    wait_number: i64,
}

impl Signed {
    async fn find(admin: &DatabaseConnection, resident: &Resident) -> anyhow::Result<Self> {
        let person_id: Uuid = resident.person_id.parse()?;
        let own = account::Column::PersonId.eq(person_id);
        let account = account::Entity::find().filter(own).one(admin).await?.context("no account")?;
        let own = registration_person::Column::PersonId.eq(person_id);
        let person =
            registration_person::Entity::find().filter(own).one(admin).await?.context("no person")?;
        let row = registration::Entity::find_by_id(person.registration_id).one(admin).await?;
        let row = row.context("no registration")?;
        let principal = format!("account:{}", account.id);
        let own = idempotency_key::Column::Principal.eq(principal.as_str());
        let kept = idempotency_key::Entity::find().filter(own).one(admin).await?.context("no kept answer")?;
        let variables = vec![
            (account.id.to_string(), "account_id"),
            (person_id.to_string(), "person_id"),
            (principal, "principal"),
            (row.id.to_string(), "registration_id"),
            (person.id.to_string(), "registration_person_id"),
            (kept.id.to_string(), "kept_id"),
            (kept.key, "kept_key"),
        ];
        Ok(Self { variables, wait_number: row.wait_number.context("the resident does not wait")? })
    }

    /// A parameter as the script has it: a variable where it is another one for everybody.
    fn value(&self, statement: &Logged, value: &str) -> anyhow::Result<String> {
        if let Some((_, name)) = self.variables.iter().find(|(known, _)| known == value) {
            return Ok(format!(":{name}"));
        }
        if statement.inserts_registration() && value == self.wait_number.to_string() {
            return Ok(":wait_sequence".to_owned());
        }
        let has_variable =
            value.split(':').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
        ensure!(!has_variable, "pgbench would take a part of {value} for a variable");
        Ok(format!("'{}'", value.replace('\'', "''")))
    }
}

/// Finds the next resident for a client of pgbench and makes what a sign-up makes anew.
fn next_resident() -> String {
    format!(
        "\\set n :client_id * {EACH} + :done\n\
         SELECT account_id, person_id, principal, gen_random_uuid() AS registration_id, \
         gen_random_uuid() AS registration_person_id, gen_random_uuid() AS kept_id, \
         'pgbench-' || :n AS kept_key FROM pgbench_resident WHERE n = :n \\gset\n\
         \\set done :done + 1\n"
    )
}

fn script(statements: &[Logged], signed: &Signed) -> anyhow::Result<String> {
    let mut script = next_resident();
    for statement in statements {
        script.push_str(&statement.with_values(|value| signed.value(statement, value))?);
        // What the row of the activity says afterwards tells the place in line.
        script.push_str(if statement.updates_seats() { " \\gset\n" } else { ";\n" });
    }
    Ok(script)
}

/// Numbers the residents who sign up in pgbench.
async fn number(admin: &DatabaseConnection, residents: &[Resident]) -> anyhow::Result<()> {
    let ids: Vec<String> =
        residents.iter().enumerate().map(|(n, one)| format!("({n}, '{}'::uuid)", one.person_id)).collect();
    admin
        .execute_unprepared(&format!(
            "CREATE TABLE pgbench_resident AS SELECT v.n, a.id AS account_id, a.person_id, \
             'account:' || a.id AS principal FROM (VALUES {}) v (n, person_id) JOIN account a USING (person_id)",
            ids.join(", ")
        ))
        .await?;
    admin.execute_unprepared("CREATE UNIQUE INDEX ON pgbench_resident (n)").await?;
    admin.execute_unprepared("ANALYZE").await?;
    Ok(())
}

/// Transactions per second.
fn run(script: &Path, url: &str) -> anyhow::Result<f64> {
    let program = find_binaries().context("no PostgreSQL binaries")?.join("pgbench");
    let clients = CLIENTS.to_string();
    let output = Command::new(program)
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--define=done=0", "--client", &clients])
        .args(["--transactions", &EACH.to_string(), "--file"])
        .arg(script)
        .arg(url)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "pgbench failed: {}", String::from_utf8_lossy(&output.stderr));
    ensure!(
        said.contains(&format!("actually processed: {SIGN_UPS}/{SIGN_UPS}")),
        "pgbench lost some: {said}"
    );
    let tps = said.lines().find_map(|line| line.strip_prefix("tps = "));
    Ok(tps.and_then(|rest| rest.split(' ').next()).context("pgbench tells no rate")?.parse()?)
}
