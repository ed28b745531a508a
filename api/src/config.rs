//! Every setting of the server, its variable and its default; nothing else reads the environment.

mod wechat;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, ValueEnum};
use ipnet::IpNet;

pub use self::wechat::{VerificationSource, WechatConnection, WechatSettings};
use crate::http::client_address::parse_network;
use crate::identity::password::rules::PasswordRules;
use crate::knowledge::import::PictureOrigin;
use crate::vault::CipherSuite;

/// What an operator may set. Each line of `kangtu --help` is one of these.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Settings (flag or variable)")]
pub struct Settings {
    /// Address the server listens on
    #[arg(
        long,
        env = "KANGTU_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS",
        global = true
    )]
    pub listen: SocketAddr,

    /// Address for Prometheus metrics, on a listener of their own
    #[arg(
        long,
        env = "KANGTU_METRICS_LISTEN",
        default_value = "127.0.0.1:9090",
        value_name = "ADDRESS",
        global = true
    )]
    pub metrics_listen: SocketAddr,

    /// Folder for the SQLite database and files
    #[arg(
        long = "data-folder",
        env = "KANGTU_DATA",
        default_value = "data",
        value_name = "FOLDER",
        global = true
    )]
    pub data: PathBuf,

    /// `postgres://…`, or `sqlite:PATH`; SQLite inside the data folder when absent
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL", global = true)]
    pub database_url: Option<String>,

    /// File with the keys that personal data is sealed with; `keys.json` in the data folder when absent.
    /// Back it up apart from the database: without it nothing that was sealed can be read
    #[arg(long, env = "KANGTU_KEYS", value_name = "FILE", global = true)]
    pub keys: Option<PathBuf>,

    /// Cipher for personal data; what was sealed with the other one stays readable
    #[arg(
        long,
        env = "KANGTU_CIPHER_SUITE",
        value_enum,
        default_value = "aes-256-gcm",
        value_name = "SUITE",
        global = true
    )]
    pub cipher_suite: CipherSuite,

    /// File for signed checkpoints of the audit log; `audit-checkpoints.jsonl` in the data folder when
    /// absent. Keep copies where the owner of the database cannot change them
    #[arg(long, env = "KANGTU_AUDIT_CHECKPOINTS", value_name = "FILE", global = true)]
    pub audit_checkpoints: Option<PathBuf>,

    /// File that says what was erased, so that a restored backup brings nobody back; `erasures.jsonl` in the
    /// data folder when absent. Keep a copy apart from the database
    #[arg(long, env = "KANGTU_ERASURES", value_name = "FILE", global = true)]
    pub erasures: Option<PathBuf>,

    /// Read connections; 4 on SQLite and 10 on PostgreSQL when absent
    #[arg(long, env = "KANGTU_DATABASE_CONNECTIONS", value_name = "NUMBER", global = true)]
    pub database_connections: Option<u32>,

    /// How long a request may wait for a database connection before it is answered 503
    #[arg(
        long,
        env = "KANGTU_DATABASE_WAIT_MS",
        default_value_t = 2_000,
        value_name = "MILLISECONDS",
        global = true
    )]
    pub database_wait_ms: u64,

    /// How many short writes, such as sign-ups, may stand in line on SQLite before more are answered 503;
    /// with 0 each has a commit of its own
    #[arg(long, env = "KANGTU_WRITE_LINE", default_value_t = 8_192, value_name = "NUMBER", global = true)]
    pub write_line: usize,

    /// Address under which clients reach this server, such as `https://health.example.cn`; links are
    /// written with it. Taken from the request when absent
    #[arg(long, env = "KANGTU_PUBLIC_URL", value_name = "URL", global = true)]
    pub public_url: Option<String>,

    /// Web origins that may call the server from a browser, separated by commas; `*` for any
    #[arg(long, env = "KANGTU_CORS_ORIGINS", value_delimiter = ',', value_name = "ORIGINS", global = true)]
    pub cors_origins: Vec<String>,

    /// Proxies in front of this server, as addresses or networks separated by commas; only they are
    /// believed about the address of a client (`X-Forwarded-For`)
    #[arg(
        long,
        env = "KANGTU_TRUSTED_PROXIES",
        value_delimiter = ',',
        value_parser = parse_network,
        value_name = "NETWORKS",
        global = true
    )]
    pub trusted_proxies: Vec<IpNet>,

    /// Whether requests are limited by address and account; `off` is for measurements
    #[arg(
        long,
        env = "KANGTU_RATE_LIMITS",
        value_enum,
        default_value = "on",
        value_name = "SWITCH",
        global = true
    )]
    pub rate_limits: Switch,

    /// Which passwords staff may choose: `length` counts characters and refuses common ones;
    /// `level_protection` also demands the four kinds of characters and the change every 90 days that 等保
    /// assessors ask for
    #[arg(
        long,
        env = "KANGTU_PASSWORD_RULES",
        value_enum,
        default_value = "length",
        value_name = "RULES",
        global = true
    )]
    pub password_rules: PasswordRules,

    /// Whether this process does what the server does by itself: sending messages, building exports,
    /// erasing. `off` is for replicas that shall only answer; at least one must do it
    #[arg(long, env = "KANGTU_JOBS", value_enum, default_value = "on", value_name = "SWITCH", global = true)]
    pub jobs: Switch,

    /// Worker threads; one per core when absent
    #[arg(long, env = "KANGTU_WORKERS", value_name = "NUMBER", global = true)]
    pub workers: Option<usize>,

    /// Largest request body
    #[arg(
        long,
        env = "KANGTU_BODY_LIMIT_BYTES",
        default_value_t = 1_048_576,
        value_name = "BYTES",
        global = true
    )]
    pub body_limit_bytes: usize,

    /// How long a request may take, and how long a client may take to send its body
    #[arg(
        long,
        env = "KANGTU_REQUEST_TIMEOUT_MS",
        default_value_t = 15_000,
        value_name = "MILLISECONDS",
        global = true
    )]
    pub request_timeout_ms: u64,

    /// How long the server still answers after a stop signal while it reports itself not ready, so
    /// that a load balancer can turn away first
    #[arg(
        long,
        env = "KANGTU_DRAIN_DELAY_MS",
        default_value_t = 0,
        value_name = "MILLISECONDS",
        global = true
    )]
    pub drain_delay_ms: u64,

    /// How long accepted requests may take to finish after that
    #[arg(long, env = "KANGTU_DRAIN_LIMIT_S", default_value_t = 30, value_name = "SECONDS", global = true)]
    pub drain_limit_s: u64,

    /// How often a replica on PostgreSQL looks for changes of the map made by others
    #[arg(
        long,
        env = "KANGTU_MAP_POLL_MS",
        default_value_t = 500,
        value_name = "MILLISECONDS",
        global = true
    )]
    pub map_poll_ms: u64,

    /// Refuse everything that is only for development; set it wherever residents log in
    #[arg(long, env = "KANGTU_PRODUCTION", global = true)]
    pub production: bool,

    /// File of words that residents' texts are looked through for, beside those that come with the
    /// server: lines `[category reject]` or `[category review]`, then one word a line
    #[arg(long, env = "KANGTU_WORD_LIST", value_name = "FILE", global = true)]
    pub word_list: Option<PathBuf>,

    /// Hosts that pictures of imported articles are fetched from, separated by commas; one that begins with a
    /// dot stands for all names below it
    #[arg(
        long,
        env = "KANGTU_PICTURE_HOSTS",
        value_delimiter = ',',
        default_value = "mmbiz.qpic.cn,mmbiz.qlogo.cn,.xiumi.us,.135editor.com",
        value_name = "HOSTS",
        global = true
    )]
    pub picture_hosts: Vec<String>,

    /// Where the names of those hosts lead; only tests lead them elsewhere.
    #[arg(skip)]
    pub picture_origin: PictureOrigin,

    /// The mini-program.
    #[command(flatten)]
    pub wechat: WechatSettings,

    /// What is logged: `error`, `warn`, `info`, `debug`, or a filter such as `info,kangtu=debug`
    #[arg(long, env = "KANGTU_LOG", default_value = "info", value_name = "FILTER", global = true)]
    pub log: String,
}

/// Something that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// In force.
    On,
    /// Not in force.
    Off,
}

/// Where the data is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseLocation {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(String),
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{variable}: {reason}")]
pub struct SettingError {
    variable: &'static str,
    reason: String,
}

impl SettingError {
    fn new(variable: &'static str, reason: impl Into<String>) -> Self {
        Self { variable, reason: reason.into() }
    }
}

impl Settings {
    /// Every setting as it is when neither flag nor variable says otherwise; what tests and benchmarks
    /// start from.
    ///
    /// # Errors
    /// When a variable of the environment holds something unusable.
    pub fn from_defaults() -> Result<Self, clap::Error> {
        #[derive(Parser)]
        struct Defaults {
            #[command(flatten)]
            settings: Settings,
        }
        Ok(Defaults::try_parse_from(["kangtu"])?.settings)
    }

    /// Finds settings that no server may be started with, before anything is opened.
    ///
    /// # Errors
    /// When WeChat is configured halfway, or production would run on what is only for development.
    pub fn check(&self) -> Result<(), SettingError> {
        self.wechat.connection(self.production)?;
        if self.production && self.rate_limits == Switch::Off {
            return Err(SettingError::new("KANGTU_RATE_LIMITS", "must not be off in production"));
        }
        Ok(())
    }

    /// Where the data is kept.
    ///
    /// # Errors
    /// When `DATABASE_URL` names neither SQLite nor PostgreSQL.
    pub fn database(&self) -> Result<DatabaseLocation, SettingError> {
        let Some(url) = self.database_url.as_deref().filter(|url| !url.is_empty()) else {
            return Ok(DatabaseLocation::Sqlite(self.data.join("kangtu.db")));
        };
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(DatabaseLocation::Postgres(url.to_owned()));
        }
        match url.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() && !path.contains("memory") => {
                let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
                Ok(DatabaseLocation::Sqlite(PathBuf::from(path)))
            }
            _ => Err(SettingError {
                variable: "DATABASE_URL",
                reason: "must start with postgres:// or be sqlite:PATH (a file)".into(),
            }),
        }
    }

    /// Where the keys are.
    pub fn key_file(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| self.data.join("keys.json"))
    }

    /// Where checkpoints of the audit log are kept.
    pub fn audit_checkpoints(&self) -> PathBuf {
        self.audit_checkpoints.clone().unwrap_or_else(|| self.data.join("audit-checkpoints.jsonl"))
    }

    /// Where it is kept what was erased.
    pub fn erasures(&self) -> PathBuf {
        self.erasures.clone().unwrap_or_else(|| self.data.join("erasures.jsonl"))
    }

    /// How long a request may take.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    /// How long a request may wait for a database connection.
    pub fn database_wait(&self) -> Duration {
        Duration::from_millis(self.database_wait_ms)
    }
}
