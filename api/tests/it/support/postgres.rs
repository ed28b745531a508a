//! A throwaway PostgreSQL server for the test run, started from the installed binaries.
//!
//! It lives in a temporary folder and listens on loopback only. A small shell watches the test
//! process through a pipe: whenever that ends, even killed, the server is stopped and its folder
//! removed. PostgreSQL refuses to run as root, so a test run as root starts it as another user.
//!
//! A free port may be taken by somebody else before the server binds it; then another one is tried.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::{say_skipped, scratch};

/// Ports that are tried.
const ATTEMPTS: usize = 5;
/// Place of the server's state in `postmaster.pid`.
const STATE_LINE: usize = 7;

/// Stops the server and removes its folder when standard input ends.
const WATCH: &str = r#"
trap '' INT TERM HUP
"$1/postgres" -D "$2/data" -p "$3" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$2" \
  -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=400 \
  -c autovacuum=off -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=1GB -c checkpoint_timeout=1h \
  -c shared_buffers=64MB -c timezone=UTC >"$2/log" 2>&1 </dev/null &
server=$!
read -r _
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$2"
"#;

#[derive(Debug)]
pub(crate) struct PostgresServer {
    port: u16,
    /// Its standard input is what the watching shell waits for.
    _watcher: Child,
}

impl PostgresServer {
    /// The server of this test run, or `None` with one line said where there are no binaries.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<PostgresServer>> = OnceLock::new();
        SERVER.get_or_init(Self::start_if_installed).as_ref()
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://kangtu@127.0.0.1:{}/{database}", self.port)
    }

    fn start_if_installed() -> Option<Self> {
        let binaries = find_binaries();
        if binaries.is_none() {
            let required = std::env::var_os("KANGTU_REQUIRE_POSTGRES").is_some_and(|value| value == "1");
            assert!(!required, "KANGTU_REQUIRE_POSTGRES=1, but no PostgreSQL binaries were found");
            say_skipped("the PostgreSQL half of the tests, because no PostgreSQL binaries were found");
        }
        binaries.map(|binaries| Self::start(&binaries))
    }

    fn start(binaries: &Path) -> Self {
        (0..ATTEMPTS).find_map(|_| Self::start_on(binaries, free_port())).expect("no port stays free")
    }

    /// `None` where somebody else has the port.
    pub(crate) fn start_on(binaries: &Path, port: u16) -> Option<Self> {
        let folder = scratch::folder().keep();
        let owner = unprivileged_user();
        if let Some((uid, gid)) = owner {
            chown(&folder, Some(uid), Some(gid)).unwrap();
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        let mut init = as_user(Command::new(binaries.join("initdb")), owner);
        init.arg("-D").arg(folder.join("data"));
        init.args(["-U", "kangtu", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"])
            .current_dir(&folder);
        let made = init.output().unwrap();
        assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));

        let mut watcher = as_user(Command::new("sh"), owner);
        watcher.arg("-c").arg(WATCH).arg("watch").arg(binaries).arg(&folder).arg(port.to_string());
        watcher
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        // Given up where the port is taken: the watching shell then removes the folder.
        let server = Self { port, _watcher: watcher.spawn().unwrap() };
        is_ready(&folder).then_some(server)
    }
}

/// Where the programs of PostgreSQL are.
pub(crate) fn find_binaries() -> Option<PathBuf> {
    let asked = Command::new("pg_config").arg("--bindir").output().ok();
    let asked = asked.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let installed = fs::read_dir("/usr/lib/postgresql").ok().map(|versions| {
        let mut folders: Vec<PathBuf> =
            versions.flatten().map(|version| version.path().join("bin")).collect();
        folders.sort();
        folders.reverse();
        folders
    });
    asked
        .into_iter()
        .chain(on_path.unwrap_or_default())
        .chain(installed.unwrap_or_default())
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// User and group to run as when the tests run as root: `postgres` where it exists, else `nobody`.
fn unprivileged_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    ["postgres", "nobody"].iter().find_map(|wanted| {
        users.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            (fields.first() == Some(wanted)).then(|| (fields[2].parse().unwrap(), fields[3].parse().unwrap()))
        })
    })
}

fn as_user(mut command: Command, owner: Option<(u32, u32)>) -> Command {
    if let Some((uid, gid)) = owner {
        command.uid(uid).gid(gid);
    }
    command
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until the server itself says that it is ready; whoever else has the port could answer there.
/// `false` where it says that the port is taken.
fn is_ready(folder: &Path) -> bool {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let state = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        if state.lines().nth(STATE_LINE).is_some_and(|state| state.trim() == "ready") {
            return true;
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        if log.contains("could not create any TCP/IP sockets") {
            return false;
        }
        assert!(Instant::now() < deadline, "PostgreSQL did not start: {log}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
