//! Commands beside the running server: whoever holds the SQLite file carries them out.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use kangtu::clock::Clock;
use kangtu::commands::control;
use kangtu::config::Settings;
use kangtu::database::Engine;
use serde_json::json;

use crate::support::TestApp;
use crate::support::command::{complained, said};
use crate::support::world::{World, in_world, wednesday_morning};

const PASSWORD: &str = "mx7-lantern-rope";
const PLACES: &str = "名称,经度,纬度\n测试公园,114.42,22.64\n";

/// Runs a command in a folder, with something on its standard input.
async fn run(settings: &Settings, folder: &std::path::Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kangtu"));
    command.env_remove("DATABASE_URL").env("KANGTU_DATA", &settings.data).current_dir(folder);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        child.wait_with_output().unwrap()
    })
    .await
    .unwrap()
}

#[test]
fn commands_that_write_are_carried_out_by_the_running_server() {
    in_world(Engine::Sqlite, async |world: &World| {
        let app = TestApp::start(world.settings(), Clock::fixed(wednesday_morning())).await;
        let settings = (*app.state.settings).clone();
        let typed = tempfile::tempdir().unwrap();
        std::fs::write(typed.path().join("places.csv"), PLACES).unwrap();
        let add = ["staff", "add", "--name", "chief", "--role", "admin"];
        let input = format!("{PASSWORD}\n");
        let refused = complained(&run(&settings, typed.path(), &add, &input).await);
        assert!(refused.contains("stop that one first"), "nobody listens yet: {refused}");

        let listening = control::listen(&app.state).unwrap();
        let socket = settings.data.join("control.sock");
        assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
        let told = said(&run(&settings, typed.path(), &add, &input).await);
        assert!(told.contains("otpauth://") && told.contains("已建立账号 chief"), "{told}");
        let login = json!({"username": "chief", "password": PASSWORD});
        app.post("/api/v1/auth/staff", &login).await.problem(401, "totp_required");
        let weak = ["staff", "add", "--name", "li.si", "--role", "editor"];
        assert!(complained(&run(&settings, typed.path(), &weak, "12345678\n").await).contains("太常见"));
        let last = ["staff", "disable", "--name", "chief"];
        assert!(complained(&run(&settings, typed.path(), &last, "").await).contains("最后一位系统管理员"));

        let before = app.get("/map/collections/park/items?limit=100").await.ok();
        let import = [
            "import",
            "park",
            "places.csv",
            "--region",
            "440307009",
            "--source",
            "测试",
            "--report",
            "rows.csv",
        ];
        let told = said(&run(&settings, typed.path(), &import, "").await);
        assert!(told.contains("rows.csv") && typed.path().join("rows.csv").is_file(), "{told}");
        let after = app.get("/map/collections/park/items?limit=100").await.ok();
        let count = |items: &serde_json::Value| items["numberMatched"].as_u64().unwrap();
        assert_eq!(count(&after), count(&before) + 1, "the server shows at once what was imported");
        let bad = ["import", "park", "missing.csv", "--region", "440307009"];
        assert!(complained(&run(&settings, typed.path(), &bad, "").await).contains("missing.csv"));
        let index = said(&run(&settings, typed.path(), &["search", "rebuild"], "").await);
        assert!(index.contains("已重建"), "{index}");

        drop(listening);
        assert!(!socket.exists());
        app.stop().await;
        // Without a server the command opens the file itself.
        let list = said(&run(&settings, typed.path(), &["staff", "list"], "").await);
        assert!(list.contains("chief"), "{list}");
    });
}

#[test]
fn what_comes_through_the_socket_is_not_trusted() {
    in_world(Engine::Sqlite, async |world: &World| {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let app = TestApp::start(world.settings(), Clock::fixed(wednesday_morning())).await;
        let _listening = control::listen(&app.state).unwrap();
        let socket = app.state.settings.data.join("control.sock");
        let ask = async |bytes: Vec<u8>| {
            let mut stream = tokio::net::UnixStream::connect(&socket).await.unwrap();
            // The server may hang up before it has read everything.
            drop(stream.write_all(&bytes).await);
            drop(stream.shutdown().await);
            let mut answer = Vec::new();
            drop(stream.read_to_end(&mut answer).await);
            String::from_utf8_lossy(&answer).into_owned()
        };
        let order = |arguments: serde_json::Value| {
            let order = json!({"arguments": arguments, "folder": "/", "password_hash": null}).to_string();
            let mut bytes = u32::try_from(order.len()).unwrap().to_be_bytes().to_vec();
            bytes.extend(order.into_bytes());
            bytes
        };
        assert_eq!(ask(u32::MAX.to_be_bytes().to_vec()).await, "");
        assert_eq!(ask(b"\0\0\0\x04nope".to_vec()).await, "");
        for arguments in [json!([]), json!(["serve"]), json!(["restore", "/x"]), json!(["nonsense"])] {
            let answer = ask(order(arguments.clone())).await;
            assert!(answer.contains("\"refusal\":\""), "{arguments}: {answer}");
        }
        let no_password = ask(order(json!(["staff", "add", "--name", "x1", "--role", "editor"]))).await;
        assert!(no_password.contains("没有读到密码"), "{no_password}");
        assert!(ask(order(json!(["staff", "list"]))).await.contains("共 0 个账号"));
        app.stop().await;
    });
}
