//! `pg_dump` and `pg_restore`, the programs that come with PostgreSQL.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use reqwest::Url;

/// Parameters of a connection address that libpq takes from its environment.
const PARAMETERS: [(&str, &str); 7] = [
    ("host", "PGHOST"),
    ("port", "PGPORT"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("options", "PGOPTIONS"),
];

/// Runs one of the programs on a database. The address is handed over in the environment, because arguments
/// show in the list of processes.
///
/// # Errors
/// When the program is not installed or fails, with what it said.
pub(super) fn run(program: &str, url: &str, arguments: &[OsString]) -> anyhow::Result<()> {
    let environment = environment(url)?;
    let mut command = Command::new(find(program));
    command.args(arguments).envs(environment).arg("--no-password");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(
                "没有找到 {program}：请安装与数据库版本相同或更新的 PostgreSQL 客户端程序（如 postgresql-client）"
            );
        }
        Err(error) => return Err(error).with_context(|| format!("{program} 启动不了")),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{program} 没有成功：{}", said.trim());
    }
    Ok(())
}

/// The newest one installed where Debian puts them, or else the one on the path.
fn find(program: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path())))
        .map(|(version, folder)| (version, folder.join("bin").join(program)))
        .filter(|(_, path)| path.is_file())
        .max();
    newest.map_or_else(|| PathBuf::from(program), |(_, path)| path)
}

fn environment(url: &str) -> anyhow::Result<Vec<(&'static str, String)>> {
    // The address holds a password, so no error may quote it.
    let url = Url::parse(url).map_err(|_quotes_it| anyhow::anyhow!("DATABASE_URL 不是可用的地址"))?;
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut environment = Vec::new();
    let mut set = |name, value: String| {
        if !value.is_empty() {
            environment.push((name, value));
        }
    };
    set("PGHOST", url.host_str().map(|host| decode(host.trim_matches(['[', ']']))).unwrap_or_default());
    set("PGPORT", url.port().map(|port| port.to_string()).unwrap_or_default());
    set("PGUSER", decode(url.username()));
    set("PGPASSWORD", url.password().map(decode).unwrap_or_default());
    set("PGDATABASE", decode(url.path().trim_start_matches('/')));
    for (name, value) in url.query_pairs() {
        if let Some((_, variable)) = PARAMETERS.iter().find(|(parameter, _)| **parameter == *name) {
            set(variable, value.into_owned());
        }
    }
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_what_the_programs_understand() {
        let url = "postgres://kang%40tu:p%2Fw%20d@[::1]:5433/my%20db?sslmode=verify-full&application_name=x";
        let environment = environment(url).unwrap();
        let of = |name: &str| {
            let found = environment.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(of("PGHOST"), Some("::1"));
        assert_eq!(of("PGPORT"), Some("5433"));
        assert_eq!(of("PGUSER"), Some("kang@tu"));
        assert_eq!(of("PGPASSWORD"), Some("p/w d"));
        assert_eq!(of("PGDATABASE"), Some("my db"));
        assert_eq!(of("PGSSLMODE"), Some("verify-full"));
        assert_eq!(environment.len(), 6);
        let error = super::environment("postgres://a:secret@:x/").unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_named_with_what_to_install() {
        let error = run("pg_nothing", "postgres://127.0.0.1/x", &[]).unwrap_err().to_string();
        assert!(error.contains("pg_nothing") && error.contains("postgresql-client"), "{error}");
    }
}
