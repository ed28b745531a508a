//! Text that must never be shown: keys, tokens, passwords.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Text whose `Debug` form tells nothing and whose memory is wiped when it is dropped.
///
/// It has no `Display` and no `Serialize`, so that it cannot reach a log, an error or an answer by
/// accident; whoever needs the text writes [`Secret::expose`], which is easily searched for.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one place that sends or computes with it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both hold the same text; the time taken tells at most whether they are of one length.
    pub fn equals(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nothing_and_compares() {
        let secret = Secret::new("mantis-4711");
        assert_eq!(format!("{secret:?} {:?}", Some(secret.clone())), "Secret(..) Some(Secret(..))");
        assert!(secret.equals("mantis-4711"));
        assert!(!secret.equals("mantis-4712"));
        assert!(!secret.equals("mantis-471"));
        assert!(!secret.is_empty());
    }
}
