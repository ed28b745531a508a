//! The safe mode of pushes: AES-256-CBC with a padding to blocks of 32 bytes, and the appid inside.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use zeroize::Zeroizing;

use super::{UnreadableData, block_mode};
use crate::secret::Secret;

const RANDOM_BYTES: usize = 16;
const LENGTH_BYTES: usize = 4;

/// The last of the 43 characters of an `EncodingAESKey` carries two bits too many, which the console
/// does not clear.
const KEY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Opens and seals messages of the push's safe mode.
#[derive(Clone)]
pub struct PushCipher {
    key: Zeroizing<[u8; 32]>,
    appid: String,
}

/// The `EncodingAESKey` is not 43 characters of base64.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("must be the 43 letters and digits shown as EncodingAESKey in the mini-program's console")]
pub struct UnusableAesKey;

impl PushCipher {
    /// A cipher with the console's `EncodingAESKey`, for messages to `appid`.
    ///
    /// # Errors
    /// When the key is not 43 characters of base64.
    pub fn new(encoding_aes_key: &Secret, appid: impl Into<String>) -> Result<Self, UnusableAesKey> {
        if encoding_aes_key.expose().len() != 43 {
            return Err(UnusableAesKey);
        }
        let bytes = KEY_BASE64.decode(encoding_aes_key.expose()).map_err(|_undecodable| UnusableAesKey)?;
        let bytes = Zeroizing::new(bytes);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_other_length| UnusableAesKey)?;
        Ok(Self { key: Zeroizing::new(key), appid: appid.into() })
    }

    /// Opens an `Encrypt` value: 16 random bytes, the length as 4 bytes, the message, our appid.
    ///
    /// # Errors
    /// The one error, whatever is wrong.
    pub fn open(&self, encrypt: &str) -> Result<Zeroizing<Vec<u8>>, UnreadableData> {
        let ciphertext = STANDARD.decode(encrypt).map_err(|_undecodable| UnreadableData)?;
        let text = block_mode::open_256(&self.key, &self.iv(), &ciphertext)?;
        self.message(&text).map(|message| Zeroizing::new(message.to_vec())).ok_or(UnreadableData)
    }

    fn message<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let (_random, rest) = text.split_at_checked(RANDOM_BYTES)?;
        let (length, rest) = rest.split_first_chunk::<LENGTH_BYTES>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (message, appid) = rest.split_at_checked(length)?;
        (appid == self.appid.as_bytes()).then_some(message)
    }

    /// Seals a message as an `Encrypt` value; `random` must be new each time.
    pub fn seal(&self, message: &[u8], random: [u8; RANDOM_BYTES]) -> String {
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        let mut text = Zeroizing::new(Vec::with_capacity(
            RANDOM_BYTES + LENGTH_BYTES + message.len() + self.appid.len(),
        ));
        text.extend_from_slice(&random);
        text.extend_from_slice(&length.to_be_bytes());
        text.extend_from_slice(message);
        text.extend_from_slice(self.appid.as_bytes());
        STANDARD.encode(block_mode::seal_256(&self.key, &self.iv(), &text))
    }

    /// WeChat takes the first half of the key.
    fn iv(&self) -> [u8; 16] {
        let mut iv = [0; 16];
        for (to, from) in iv.iter_mut().zip(self.key.iter()) {
            *to = *from;
        }
        iv
    }
}

impl fmt::Debug for PushCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushCipher").field("appid", &self.appid).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
