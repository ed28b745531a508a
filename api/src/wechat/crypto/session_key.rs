//! The key that WeChat shares with us for one user.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::UnreadableData;
use crate::hex::lower_hex;
use crate::random::Random;
use crate::secret::Secret;

/// The `session_key` of a user: 16 bytes, exchanged as 24 characters of base64. It never leaves the
/// server.
#[derive(Clone, Debug)]
pub struct SessionKey(Secret);

impl SessionKey {
    /// Takes the key as WeChat gives it.
    ///
    /// # Errors
    /// When it is not 16 bytes in base64.
    pub fn from_base64(text: Secret) -> Result<Self, UnreadableData> {
        let key = Self(text);
        key.bytes()?;
        Ok(key)
    }

    /// A new key, as the fake WeChat gives it.
    pub fn generate(random: &Random) -> Self {
        Self(Secret::new(STANDARD.encode(random.bytes::<16>())))
    }

    /// The key as WeChat gives it, to be stored encrypted.
    pub fn expose_base64(&self) -> &str {
        self.0.expose()
    }

    pub(super) fn bytes(&self) -> Result<Zeroizing<[u8; 16]>, UnreadableData> {
        sixteen_bytes(self.0.expose()).map(Zeroizing::new)
    }

    /// What `checksession` wants as proof that the key is known: the HMAC-SHA256 of the empty message,
    /// keyed with the base64 text itself, in hexadecimal.
    pub fn proof(&self) -> String {
        // HMAC takes a key of any length, so this never fails.
        Hmac::<Sha256>::new_from_slice(self.0.expose().as_bytes())
            .map(|mac| lower_hex(&mac.finalize().into_bytes()))
            .unwrap_or_default()
    }

    /// Whether `signature` is that of `raw_data`: SHA-1 of the data and the key's text, in hexadecimal.
    pub fn signed(&self, raw_data: &str, signature: &str) -> bool {
        let mut hash = Sha1::new();
        hash.update(raw_data.as_bytes());
        hash.update(self.0.expose().as_bytes());
        lower_hex(&hash.finalize()).as_bytes().ct_eq(signature.as_bytes()).into()
    }
}

/// Exactly 16 bytes in base64.
pub(super) fn sixteen_bytes(base64: &str) -> Result<[u8; 16], UnreadableData> {
    if base64.len() != 24 {
        return Err(UnreadableData);
    }
    let bytes = Zeroizing::new(STANDARD.decode(base64).map_err(|_undecodable| UnreadableData)?);
    <[u8; 16]>::try_from(bytes.as_slice()).map_err(|_other_length| UnreadableData)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> SessionKey {
        SessionKey::from_base64(Secret::new(text)).unwrap()
    }

    #[test]
    fn the_proof_of_the_specification() {
        assert_eq!(
            key("o0q0otL8aEzpcZL/FT9WsQ==").proof(),
            "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128"
        );
    }

    #[test]
    fn the_official_raw_data_signature() {
        let key = key("HyVFkGl5F5OQWJZZaNzBBg==");
        let raw_data = r#"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}"#;
        let signature = "75e81ceda165f4ffa64f4068af58c64b8f54b88c";
        assert!(key.signed(raw_data, signature));
        assert!(!key.signed(&raw_data.replace("Band", "Bond"), signature));
        assert!(!key.signed(raw_data, &signature[1..]));
        assert!(!key.signed(raw_data, ""));
    }

    #[test]
    fn only_sixteen_bytes_make_a_key() {
        for text in
            ["", "o0q0otL8aEzpcZL/FT9WsQ", "o0q0otL8aEzpcZL/FT9W", "o0q0otL8aEzpcZL/FT9WsQ0=", "=", "键"]
        {
            assert!(SessionKey::from_base64(Secret::new(text)).is_err(), "{text}");
        }
    }
}
