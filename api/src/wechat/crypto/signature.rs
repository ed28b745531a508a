//! The signature of pushes: SHA-1 of the sorted parts, which WeChat prescribes.

use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

use crate::hex::lower_hex;
use crate::secret::Secret;

/// What a push claims in its address.
#[derive(Clone, Copy, Debug)]
pub struct SignedParts<'p> {
    /// Seconds since 1970, as text.
    pub timestamp: &'p str,
    /// A number chosen by the sender, as text.
    pub nonce: &'p str,
    /// The encrypted message in safe mode. It belongs under the signature there: without it anybody
    /// who saw one push could put another message into it.
    pub encrypt: Option<&'p str>,
}

/// The signature: the parts and the token sorted bytewise, joined, SHA-1, in hexadecimal.
pub fn sign(token: &Secret, parts: SignedParts<'_>) -> String {
    let mut sorted: Vec<&str> =
        [Some(token.expose()), Some(parts.timestamp), Some(parts.nonce), parts.encrypt]
            .into_iter()
            .flatten()
            .collect();
    sorted.sort_unstable();
    let mut hash = Sha1::new();
    for part in sorted {
        hash.update(part.as_bytes());
    }
    lower_hex(&hash.finalize())
}

/// Whether `signature` is the one of the parts; takes the same time wherever it differs.
pub fn verify(token: &Secret, parts: SignedParts<'_>, signature: &str) -> bool {
    sign(token, parts).as_bytes().ct_eq(signature.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_official_signatures() {
        let token = Secret::new("AAAAA");
        for (timestamp, nonce, signature) in [
            ("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
            ("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
            ("1714112445", "415670741", "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
        ] {
            let parts = SignedParts { timestamp, nonce, encrypt: None };
            assert!(verify(&token, parts, signature));
            assert!(!verify(&Secret::new("AAAAB"), parts, signature));
            assert!(!verify(&token, SignedParts { nonce: "1", ..parts }, signature));
            assert!(!verify(&token, SignedParts { encrypt: Some(""), timestamp: "1", nonce }, signature));
            assert!(!verify(&token, parts, &signature.to_uppercase()));
            assert!(!verify(&token, parts, ""));
        }
    }
}
