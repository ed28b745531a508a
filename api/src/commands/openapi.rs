//! `kangtu openapi`: the contract.

use super::say;
use crate::openapi;

pub(super) fn print() -> anyhow::Result<()> {
    say(openapi::yaml()?.trim_end())
}
