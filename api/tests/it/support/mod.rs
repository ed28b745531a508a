//! What tests stand on: a server of their own on a database of their own.

use std::io::Write;

pub(crate) mod app;
pub(crate) mod browser;
pub(crate) mod callers;
pub(crate) mod command;
pub(crate) mod contract;
pub(crate) mod logs;
pub(crate) mod postgres;
pub(crate) mod response;
pub(crate) mod scratch;
pub(crate) mod world;

pub(crate) use app::TestApp;
pub(crate) use response::TestResponse;

/// Says in one line that something was not tested. Written past the capture of the test runner, which
/// would hide it.
pub(crate) fn say_skipped(what: &str) {
    std::io::stderr().lock().write_all(format!("skipped: {what}\n").as_bytes()).unwrap();
}

/// Makes each named test function a test on SQLite and one on PostgreSQL.
///
/// A function that is not named is reported by the compiler as never used.
///
/// With `in world:` in front the functions take the [`world::World`] and start servers themselves.
macro_rules! on_both_databases {
    (in world: $($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $test() {
                $crate::support::world::in_world(kangtu::database::Engine::Sqlite, super::$test);
            })+
        }
        mod on_postgres {
            $(#[test] fn $test() {
                $crate::support::world::in_world(kangtu::database::Engine::Postgres, super::$test);
            })+
        }
    };
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $test() { $crate::support::world::run(kangtu::database::Engine::Sqlite, super::$test); })+
        }
        mod on_postgres {
            $(#[test] fn $test() { $crate::support::world::run(kangtu::database::Engine::Postgres, super::$test); })+
        }
    };
}
pub(crate) use on_both_databases;

#[test]
fn a_port_that_somebody_else_took_is_given_up() {
    let Some(binaries) = postgres::find_binaries() else {
        return;
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    assert!(postgres::PostgresServer::start_on(&binaries, port).is_none());
}
