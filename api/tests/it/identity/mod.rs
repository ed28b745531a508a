//! Who is calling: log-in, sessions, tokens.

mod login;
mod refresh;
mod sessions;
mod tokens;
