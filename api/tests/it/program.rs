//! The program as an operator meets it: started, watched, stopped, killed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use kangtu::database::{Database, Engine};
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::support::on_both_databases;
use crate::support::world::{World, in_world};

on_both_databases!(in world:
    a_newcomer_starts_it_and_stops_it,
    what_was_acknowledged_survives_a_kill,
    a_log_holds_nothing_of_what_people_asked,
);

/// The running program. It is killed when the test ends.
pub(crate) struct Program {
    child: Child,
    log: PathBuf,
    address: String,
    welcome: String,
}

fn kangtu(world: &World) -> Command {
    let settings = world.settings();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kangtu"));
    command
        .env_remove("DATABASE_URL")
        .env("KANGTU_DATA", &settings.data)
        .env("KANGTU_LISTEN", "127.0.0.1:0")
        .env("KANGTU_METRICS_LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(url) = settings.database_url {
        command.env("DATABASE_URL", url);
    }
    command
}

impl Program {
    pub(crate) fn start(world: &World) -> Self {
        // A file, because a pipe that nobody reads would stop the program once it is full.
        let log = world.folder.path().join("program.log");
        let stderr = File::create(&log).unwrap();
        let mut child = kangtu(world).env("KANGTU_LOG", "debug").stderr(stderr).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let mut welcome = String::new();
        while !welcome.contains("Ctrl+C") {
            let line = lines.next().expect("the program ended before it was ready").unwrap();
            welcome.push_str(&line);
            welcome.push('\n');
        }
        let at = welcome.find("http://").unwrap();
        let address = welcome[at..].split("/map").next().unwrap().to_owned();
        Self { child, log, address, welcome }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(self) {
        self.signal("-KILL");
        self.wait();
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    fn wait(mut self) -> Output {
        let mut output =
            Output { status: self.child.wait().unwrap(), stdout: Vec::new(), stderr: Vec::new() };
        self.child.stdout.take().unwrap().read_to_end(&mut output.stdout).unwrap();
        output.stderr = std::fs::read(&self.log).unwrap();
        output
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Already gone where the test waited for it.
        drop(self.child.kill());
    }
}

async fn a_newcomer_starts_it_and_stops_it(world: &World) {
    let program = Program::start(world);
    assert!(program.welcome.contains("示例"), "{}", program.welcome);
    for path in ["/map", "/api/v1/map/layers", "/readyz"] {
        let answer = reqwest::get(format!("{}{path}", program.address)).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    program.signal("-TERM");
    let output = program.wait();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("已停止"));
}

async fn what_was_acknowledged_survives_a_kill(world: &World) {
    let mut acknowledged = 0;
    for round in 0..3 {
        let program = Program::start(world);
        let http = reqwest::Client::new();
        let log_ins = (0..4).map(|client| {
            let (http, address) = (&http, &program.address);
            async move {
                let mut answered = 0;
                while answered < 10 + round * 5 {
                    let code = format!("{{\"code\": \"dev-{round}-{client}-{answered}\"}}");
                    let request = http.post(format!("{address}/api/v1/auth/wechat"));
                    match request.header("content-type", "application/json").body(code).send().await {
                        Ok(answer) if answer.status() == 200 => answered += 1,
                        _ => break,
                    }
                }
                answered
            }
        });
        acknowledged += futures_util::future::join_all(log_ins).await.into_iter().sum::<u64>();
        program.signal("-KILL");
        program.wait();
        let database = Database::open(&world.settings()).await.unwrap();
        let left = entity::account::Entity::find().count(database.reader()).await.unwrap();
        assert!(left >= acknowledged, "{left} of {acknowledged} acknowledged log-ins are left");
        database.close().await;
    }
    assert!(acknowledged > 100);
}

async fn a_log_holds_nothing_of_what_people_asked(world: &World) {
    let program = Program::start(world);
    for path in [
        "/api/v1/map/nearest?lon=114.24681357&lat=22.24681357",
        "/api/v1/me/13824681357?token=secret24681357",
        "/map/collections/park/items?bbox=24681357,2,3,4",
    ] {
        let request = reqwest::Client::new().get(format!("{}{path}", program.address));
        request.header("authorization", "Bearer secret24681357").send().await.unwrap();
    }
    program.signal("-TERM");
    let output = program.wait();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let requests = log.lines().filter(|line| line.contains("\"message\":\"request\"")).count();
    assert_eq!(requests, 3, "{log}");
    let first: serde_json::Value =
        serde_json::from_str(log.lines().find(|line| line.contains("\"request\"")).unwrap()).unwrap();
    assert!(first["request_id"].is_string() && first["route"].is_string() && first["status"].is_number());
    // Long enough that no time, port or identifier of the log holds it by chance; the two
    // beginnings are what a rounded position would leave.
    for asked in ["24681357", "114.2468", "22.2468"] {
        assert!(!log.contains(asked), "what a person asked stands in the log: {log}");
    }
}

#[test]
fn a_second_server_on_the_same_file_says_what_to_do() {
    in_world(Engine::Sqlite, async |world: &World| {
        let first = Program::start(world);
        let second = kangtu(world).output().unwrap();
        assert!(!second.status.success());
        assert!(String::from_utf8_lossy(&second.stderr).contains("stop that one first"));
        first.signal("-INT");
        assert!(first.wait().status.success());
    });
}

#[test]
fn commands_end_with_a_sentence_and_an_honest_exit_code() {
    in_world(Engine::Sqlite, async |world: &World| {
        for (command, sentence) in [("migrate", "最新"), ("seed", "没有改动"), ("openapi", "openapi: 3.1.0")]
        {
            let output = kangtu(world).arg(command).output().unwrap();
            assert!(output.status.success(), "{command}");
            assert!(String::from_utf8_lossy(&output.stdout).contains(sentence), "{command}");
        }
        let unusable = kangtu(world).arg("migrate").env("DATABASE_URL", "mysql://x").output().unwrap();
        assert!(!unusable.status.success());
        assert!(String::from_utf8_lossy(&unusable.stderr).contains("DATABASE_URL"));
        let nowhere = kangtu(world).arg("migrate").env("KANGTU_DATA", "/proc/nowhere").output().unwrap();
        assert!(!nowhere.status.success());
        assert!(String::from_utf8_lossy(&nowhere.stderr).contains("writable"));
    });
}

#[test]
fn help_names_every_variable_and_command() {
    let output = Command::new(env!("CARGO_BIN_EXE_kangtu")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let source =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config.rs")).unwrap();
    let variables: Vec<&str> =
        source.split("env = \"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(variables.len() > 10);
    for variable in variables {
        assert!(help.contains(variable), "{variable} is missing in --help");
    }
    for command in ["serve", "migrate", "seed", "import", "openapi"] {
        assert!(help.contains(command), "{command} is missing in --help");
    }
}
