//! AES-CBC (NIST SP 800-38A §6.2) with strict PKCS#7 padding (RFC 5652 §6.3).

use aes::cipher::array::Array;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use aes::{Aes128, Aes256};
use zeroize::Zeroizing;

use super::UnreadableData;

const AES_BLOCK_BYTES: usize = 16;

/// Decrypts with AES-128-CBC and strips PKCS#7 padding of blocks of 16 bytes.
pub(super) fn open_128(
    key: &[u8; 16],
    iv: &[u8; 16],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, UnreadableData> {
    open::<cbc::Decryptor<Aes128>>(cbc::Decryptor::new(key.into(), iv.into()), ciphertext, 16)
}

/// Decrypts with AES-256-CBC and strips PKCS#7 padding of blocks of 32 bytes.
pub(super) fn open_256(
    key: &[u8; 32],
    iv: &[u8; 16],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, UnreadableData> {
    open::<cbc::Decryptor<Aes256>>(cbc::Decryptor::new(key.into(), iv.into()), ciphertext, 32)
}

/// Encrypts with AES-128-CBC and PKCS#7 padding of blocks of 16 bytes.
pub(super) fn seal_128(key: &[u8; 16], iv: &[u8; 16], plaintext: &[u8]) -> Vec<u8> {
    seal::<cbc::Encryptor<Aes128>>(cbc::Encryptor::new(key.into(), iv.into()), plaintext, 16)
}

/// Encrypts with AES-256-CBC and PKCS#7 padding of blocks of 32 bytes.
pub(super) fn seal_256(key: &[u8; 32], iv: &[u8; 16], plaintext: &[u8]) -> Vec<u8> {
    seal::<cbc::Encryptor<Aes256>>(cbc::Encryptor::new(key.into(), iv.into()), plaintext, 32)
}

fn open<D>(
    mut mode: D,
    ciphertext: &[u8],
    padding_block_bytes: u8,
) -> Result<Zeroizing<Vec<u8>>, UnreadableData>
where
    D: BlockModeDecrypt<BlockSize = aes::cipher::consts::U16>,
{
    if ciphertext.is_empty() || !ciphertext.len().is_multiple_of(usize::from(padding_block_bytes)) {
        return Err(UnreadableData);
    }
    let mut text = Zeroizing::new(ciphertext.to_vec());
    let (blocks, _rest) = Array::<u8, aes::cipher::consts::U16>::slice_as_chunks_mut(&mut text);
    mode.decrypt_blocks(blocks);
    let padding = padding_bytes(&text, padding_block_bytes).ok_or(UnreadableData)?;
    let length = text.len() - padding;
    text.truncate(length);
    Ok(text)
}

/// How many bytes of padding end `text`. The last byte says it, and all of them must agree; every
/// byte that could be padding is looked at, so that the time does not tell where the first
/// disagreement is.
fn padding_bytes(text: &[u8], padding_block_bytes: u8) -> Option<usize> {
    let &padding = text.last()?;
    let mut wrong = u8::from(padding == 0) | u8::from(padding > padding_block_bytes);
    for (distance, &byte) in (0..padding_block_bytes).zip(text.iter().rev()) {
        wrong |= u8::from(distance < padding) & u8::from(byte != padding);
    }
    (wrong == 0 && usize::from(padding) <= text.len()).then_some(usize::from(padding))
}

fn seal<E>(mut mode: E, plaintext: &[u8], padding_block_bytes: u8) -> Vec<u8>
where
    E: BlockModeEncrypt<BlockSize = aes::cipher::consts::U16>,
{
    let block_bytes = usize::from(padding_block_bytes).max(AES_BLOCK_BYTES);
    let padding = block_bytes - plaintext.len() % block_bytes;
    let mut text = Vec::with_capacity(plaintext.len() + padding);
    text.extend_from_slice(plaintext);
    text.resize(plaintext.len() + padding, u8::try_from(padding).unwrap_or(padding_block_bytes));
    let (blocks, _rest) = Array::<u8, aes::cipher::consts::U16>::slice_as_chunks_mut(&mut text);
    mode.encrypt_blocks(blocks);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_and_equal_padding_passes() {
        for (text, expected) in [
            (&[1, 2, 1][..], Some(1)),
            (&[1, 2, 2], Some(2)),
            (&[3, 3, 3], Some(3)),
            (&[2, 2, 0], None),
            (&[2, 1, 2], None),
            (&[4, 4, 4], None),
            (&[17; 40], None),
            (&[16; 40], Some(16)),
            (&[], None),
        ] {
            assert_eq!(padding_bytes(text, 16), expected, "{text:?}");
        }
        assert_eq!(padding_bytes(&[32; 64], 32), Some(32));
        assert_eq!(padding_bytes(&[33; 64], 32), None);
    }

    #[test]
    fn what_is_sealed_opens_at_every_length() {
        for length in 0..100 {
            let text = vec![7; length];
            let sealed = seal_128(&[1; 16], &[2; 16], &text);
            assert_eq!(sealed.len() % 16, 0);
            assert_eq!(*open_128(&[1; 16], &[2; 16], &sealed).unwrap(), text);
            let sealed = seal_256(&[1; 32], &[2; 16], &text);
            assert_eq!(sealed.len() % 32, 0);
            assert_eq!(*open_256(&[1; 32], &[2; 16], &sealed).unwrap(), text);
            assert_eq!(open_256(&[1; 32], &[2; 16], &sealed[..sealed.len() - 16]), Err(UnreadableData));
        }
    }
}
