//! Statements as PostgreSQL logs them (manual, section 20.8, `log_statement`), without a line prefix.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

/// A statement with the values of its parameters.
#[derive(Debug, Default)]
pub(super) struct Logged {
    sql: String,
    values: BTreeMap<usize, Option<String>>,
}

impl Logged {
    /// Whether it takes the seats or the place in line.
    pub(super) fn updates_seats(&self) -> bool {
        self.sql.starts_with("UPDATE \"activity\"") && self.sql.contains("RETURNING")
    }

    /// Whether it writes the registration.
    pub(super) fn inserts_registration(&self) -> bool {
        self.sql.starts_with("INSERT INTO \"registration\" ")
    }

    /// The statement with what `written` makes of each value in the place of `$1`, `$2` and so on.
    pub(super) fn with_values(
        &self,
        written: impl Fn(&str) -> anyhow::Result<String>,
    ) -> anyhow::Result<String> {
        let mut parts = self.sql.split('$');
        let mut sql = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, rest) = part.split_at(digits);
            let value = self.values.get(&number.parse()?).context("a parameter without a value")?;
            sql.push_str(&value.as_deref().map_or(Ok("NULL".to_owned()), &written)?);
            sql.push_str(rest);
        }
        Ok(sql)
    }
}

/// The statements of a log, in their order.
pub(super) fn read_log(log: &str) -> anyhow::Result<Vec<Logged>> {
    let mut statements: Vec<Logged> = Vec::new();
    for entry in log.replace("\n\t", " ").lines() {
        if let Some(said) = entry.strip_prefix("LOG:  ") {
            let Some((how, sql)) = said.split_once(": ") else { continue };
            if how == "statement" || how.starts_with("execute ") {
                statements.push(Logged { sql: sql.to_owned(), values: BTreeMap::new() });
            }
        } else if let Some(values) = entry.strip_prefix("DETAIL:  parameters: ") {
            statements.last_mut().context("parameters of nothing")?.values = read_values(values)?;
        }
    }
    Ok(statements)
}

/// Reads `$1 = 'text', $2 = NULL`.
fn read_values(mut rest: &str) -> anyhow::Result<BTreeMap<usize, Option<String>>> {
    let mut values = BTreeMap::new();
    while !rest.is_empty() {
        let (place, after) = rest.split_once(" = ").context("a parameter without a value")?;
        let number: usize = place.trim_start_matches([',', ' ', '$']).parse()?;
        let (value, after) = match after.strip_prefix('\'') {
            Some(quoted) => {
                let (value, after) = read_quoted(quoted)?;
                (Some(value), after)
            }
            None => (None, after.strip_prefix("NULL").context("a value that cannot be read")?),
        };
        values.insert(number, value);
        rest = after;
    }
    Ok(values)
}

/// Reads to the closing quote; a quote inside is doubled.
fn read_quoted(text: &str) -> anyhow::Result<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    while let Some((part, after)) = rest.split_once('\'') {
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(inside) => {
                value.push('\'');
                rest = inside;
            }
            None => return Ok((value, after)),
        }
    }
    bail!("a quote that does not end: {text}")
}
