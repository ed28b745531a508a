//! Commands that write, carried out by whoever holds the database.
//!
//! A SQLite file belongs to one process. While the server runs, that is the server, so a command hands
//! itself over: as it was typed, through a socket in the data folder that only the owner of the server may
//! open. The answer is what the command would have said. PostgreSQL needs none of this.

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Parser;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use super::office::Office;
use super::{Kangtu, Said, in_words};
use crate::config::{DatabaseLocation, Settings};
use crate::state::AppState;

/// Far more than any command line has.
const LONGEST_BYTES: u64 = 1024 * 1024;
/// How long the server waits for a command that has connected.
const READING: Duration = Duration::from_secs(5);

/// A command as it was typed.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    /// Without the name of the program.
    arguments: Vec<String>,
    /// Where it was typed.
    folder: PathBuf,
    /// Hash of the password that was asked for at the terminal; the password itself stays there.
    password_hash: Option<String>,
}

impl Order {
    /// The command of this process.
    pub(super) fn as_typed(password_hash: Option<String>) -> anyhow::Result<Self> {
        let arguments = std::env::args_os().skip(1).map(|argument| {
            argument.into_string().map_err(|argument| {
                anyhow::anyhow!("{} is not UTF-8; rename the file", argument.to_string_lossy())
            })
        });
        let folder = std::env::current_dir().context("the current folder is gone")?;
        Ok(Self { arguments: arguments.collect::<Result<_, _>>()?, folder, password_hash })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn password_hash(&self) -> Option<&str> {
        self.password_hash.as_deref()
    }
}

/// What the server made of it.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    said: String,
    refusal: Option<String>,
}

fn socket(settings: &Settings) -> PathBuf {
    settings.data.join("control.sock")
}

/// Hands the command to the running server. `None` where none is running: then the command may open the
/// database itself.
///
/// # Errors
/// When the server does not answer as it should.
pub(super) async fn hand_over(settings: &Settings, order: &Order) -> anyhow::Result<Option<Said>> {
    if !matches!(settings.database()?, DatabaseLocation::Sqlite(_)) {
        return Ok(None);
    }
    let mut stream = match UnixStream::connect(socket(settings)).await {
        Ok(stream) => stream,
        // A server that was killed leaves its socket behind.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => {
            return Err(error).with_context(|| {
                format!(
                    "{} cannot be opened; run this as the user the server runs as",
                    socket(settings).display()
                )
            });
        }
    };
    send(&mut stream, order).await?;
    let answer: Answer = receive(&mut stream).await.context("the running server broke off")?;
    Ok(Some(Said { text: answer.said, refusal: answer.refusal }))
}

/// The server's side of the socket, until it is dropped.
#[derive(Debug)]
pub struct Listening {
    serving: JoinHandle<()>,
    path: PathBuf,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.serving.abort();
        // Another server may be starting; it makes its own.
        drop(fs::remove_file(&self.path));
    }
}

/// Begins to take commands, on SQLite. `None` where no socket is needed or none can be made: commands then
/// say what to do.
pub fn listen(state: &AppState) -> Option<Listening> {
    if !matches!(state.settings.database(), Ok(DatabaseLocation::Sqlite(_))) {
        return None;
    }
    let path = socket(&state.settings);
    match bind(&path) {
        Ok((listener, owner)) => {
            let state = state.clone();
            Some(Listening { serving: tokio::spawn(serve(listener, owner, state)), path })
        }
        Err(error) => {
            tracing::warn!(
                socket = %path.display(), error = %error,
                "commands cannot reach the running server; stop it before `import` and `staff`"
            );
            None
        }
    }
}

fn bind(path: &Path) -> std::io::Result<(UnixListener, u32)> {
    // Whoever holds the database is the only one who may be listening here.
    if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
        fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    let owner = fs::metadata(path)?.uid();
    Ok((listener, owner))
}

async fn serve(listener: UnixListener, owner: u32, state: AppState) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        // Whoever connected before the permissions were set is known by this.
        let is_owner = stream.peer_cred().is_ok_and(|peer| peer.uid() == owner || peer.uid() == 0);
        if !is_owner {
            tracing::warn!("somebody else than the owner tried to give a command");
            continue;
        }
        let state = state.clone();
        tokio::spawn(async move {
            if let Err(error) = answer(stream, &state).await {
                tracing::warn!(error = %format!("{error:#}"), "a command was not answered");
            }
        });
    }
}

async fn answer(mut stream: UnixStream, state: &AppState) -> anyhow::Result<()> {
    let order: Order = tokio::time::timeout(READING, receive(&mut stream)).await??;
    let answer = match carry_out(&order, state).await {
        Ok(Said { text, refusal }) => Answer { said: text, refusal },
        Err(error) => Answer { said: String::new(), refusal: Some(in_words(&error)) },
    };
    send(&mut stream, &answer).await
}

async fn carry_out(order: &Order, state: &AppState) -> anyhow::Result<Said> {
    let typed = std::iter::once("kangtu").chain(order.arguments.iter().map(String::as_str));
    let kangtu = Kangtu::try_parse_from(typed)?;
    let Some(command) = kangtu.command else {
        bail!("no command was given");
    };
    tracing::info!(command = command.name(), "carrying out a command");
    command.work(&Office::of(state, order.folder())?, order.password_hash()).await
}

async fn send(stream: &mut UnixStream, message: &impl Serialize) -> anyhow::Result<()> {
    let bytes = serde_json::to_vec(message)?;
    stream.write_u32(u32::try_from(bytes.len())?).await?;
    stream.write_all(&bytes).await?;
    Ok(stream.flush().await?)
}

async fn receive<T: DeserializeOwned>(stream: &mut UnixStream) -> anyhow::Result<T> {
    let length = u64::from(stream.read_u32().await?);
    if length > LONGEST_BYTES {
        bail!("a message of {length} bytes is too long");
    }
    let mut bytes = Vec::new();
    stream.take(length).read_to_end(&mut bytes).await?;
    Ok(serde_json::from_slice(&bytes)?)
}
