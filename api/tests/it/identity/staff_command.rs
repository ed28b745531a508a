//! `kangtu staff`, as an operator uses it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use kangtu::clock::Clock;
use serde_json::json;

use super::{PASSWORD, log_in, shown};
use crate::support::world::{World, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(in world:
    the_first_administrator_is_made_from_the_command_line,
    what_must_hold_holds_for_operators_too,
);

fn staff(world: &World, arguments: &[&str], input: &str) -> Output {
    let settings = world.settings();
    let mut command = Command::new(env!("CARGO_BIN_EXE_kangtu"));
    command
        .env_remove("DATABASE_URL")
        .env("KANGTU_DATA", &settings.data)
        .args(["staff"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(url) = settings.database_url {
        command.env("DATABASE_URL", url);
    }
    let mut child = command.spawn().unwrap();
    // A command that asks for nothing may have ended already.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(output: &Output) -> String {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr.clone()).unwrap()
}

async fn the_first_administrator_is_made_from_the_command_line(world: &World) {
    let told = done(&staff(world, &["add", "--name", "Chief", "--role", "admin"], &format!("{PASSWORD}\n")));
    let uri = told.lines().find(|line| line.starts_with("otpauth://")).unwrap().to_owned();
    assert!(told.contains("已建立账号 chief") && !told.contains(PASSWORD), "{told}");

    let app = TestApp::start(world.settings(), Clock::fixed(wednesday_morning())).await;
    log_in(&app, "127.0.0.1", "chief", PASSWORD, None).await.problem(401, "totp_required");
    let code = shown(&app, &json!(uri));
    assert_eq!(log_in(&app, "127.0.0.1", "chief", PASSWORD, Some(&code)).await.ok()["must_bind_totp"], false);
    app.stop().await;

    done(&staff(world, &["add", "--name", "second", "--role", "admin"], "a-river-of-seven-lamps\n"));
    done(&staff(world, &["reset-password", "--name", "chief", "--totp"], "another-long-sentence\n"));
    done(&staff(world, &["disable", "--name", "chief"], ""));
    let list = done(&staff(world, &["list"], ""));
    assert!(list.contains("chief") && list.contains("停用") && list.contains("admin@440000000000"), "{list}");
    let app = TestApp::start(world.settings(), Clock::fixed(wednesday_morning())).await;
    log_in(&app, "127.0.0.1", "chief", "another-long-sentence", None).await.problem(401, "login_failed");
    app.stop().await;
}

async fn what_must_hold_holds_for_operators_too(world: &World) {
    let input = format!("{PASSWORD}\n");
    done(&staff(world, &["add", "--name", "chief", "--role", "admin"], &input));
    assert!(refused(&staff(world, &["disable", "--name", "chief"], "")).contains("最后一位系统管理员"));
    let grant = ["grant", "--name", "chief", "--role", "auditor"];
    assert!(refused(&staff(world, &grant, "")).contains("审计岗位"));
    let weak = ["add", "--name", "li.si", "--role", "editor"];
    assert!(refused(&staff(world, &weak, "12345678\n")).contains("太常见"));
    let elsewhere = ["add", "--name", "li.si", "--role", "editor", "--region", "999"];
    assert!(refused(&staff(world, &elsewhere, &input)).contains("区划"));
    let unknown = ["add", "--name", "li.si", "--role", "emperor"];
    assert!(refused(&staff(world, &unknown, &input)).contains("没有这个岗位"));
    assert!(refused(&staff(world, &["enable", "--name", "nobody"], "")).contains("没有这个账号"));
    done(&staff(world, &["add", "--name", "li.si", "--role", "editor"], &input));
    done(&staff(world, &["grant", "--name", "li.si", "--role", "reviewer", "--region", "440307009000"], ""));
    done(&staff(world, &["revoke", "--name", "li.si", "--role", "editor"], ""));
    let list = done(&staff(world, &["list"], ""));
    assert!(list.contains("reviewer@440307009000") && !list.contains("editor@"), "{list}");
}
