//! One sealed field: its layout and its ciphers.
//!
//! `version(1) | data key id(4, big-endian) | nonce(12) | ciphertext | tag(16)`. The version names the
//! cipher: 1 is AES-256-GCM (NIST SP 800-38D), 2 is SM4-GCM (RFC 8998). Where a cell stands, down to the
//! row, is authenticated with it, so that it cannot be read anywhere else.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, AesGcm, Nonce};
use clap::ValueEnum;
use hkdf::Hkdf;
use sha2::Sha256;
use sm4::Sm4;
use zeroize::Zeroizing;

type Sm4Gcm = AesGcm<Sm4, U12>;

const HEADER_BYTES: usize = 5;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Which cipher seals new cells. Cells of the other one stay readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CipherSuite {
    /// AES-256-GCM.
    #[value(name = "aes-256-gcm")]
    Aes256Gcm,
    /// SM4-GCM, where GB/T 39786 is demanded.
    #[value(name = "sm4-gcm")]
    Sm4Gcm,
}

/// A column that holds sealed cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    /// Table it is in.
    pub table: &'static str,
    /// Its name.
    pub column: &'static str,
}

/// Where one cell stands.
#[derive(Clone, Copy, Debug)]
pub struct CellAddress<'r> {
    /// Its column.
    pub column: Column,
    /// Primary key of its row.
    pub row: &'r [u8],
}

/// 32 bytes that seal cells; wiped from memory when dropped.
pub(super) type DataKey = Zeroizing<[u8; 32]>;

/// A cell that cannot be read: damaged, moved, or of another key. One kind for every cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed cell cannot be read")]
pub struct Unreadable;

impl CipherSuite {
    fn version(self) -> u8 {
        match self {
            Self::Aes256Gcm => 1,
            Self::Sm4Gcm => 2,
        }
    }

    fn of(version: u8) -> Result<Self, Unreadable> {
        match version {
            1 => Ok(Self::Aes256Gcm),
            2 => Ok(Self::Sm4Gcm),
            _ => Err(Unreadable),
        }
    }
}

/// Seals `plain` at `address`.
pub(super) fn seal(
    suite: CipherSuite,
    key: &DataKey,
    key_id: u32,
    nonce: [u8; NONCE_BYTES],
    address: &CellAddress<'_>,
    plain: &[u8],
) -> Result<Vec<u8>, Unreadable> {
    let mut cell = Vec::with_capacity(HEADER_BYTES + NONCE_BYTES + plain.len() + TAG_BYTES);
    cell.push(suite.version());
    cell.extend(key_id.to_be_bytes());
    let bound = bound_to(&cell, address);
    let payload = Payload { msg: plain, aad: &bound };
    let nonce_ref = &Nonce::<U12>::from(nonce);
    let sealed = match suite {
        CipherSuite::Aes256Gcm => Aes256Gcm::new((&**key).into()).encrypt(nonce_ref, payload),
        CipherSuite::Sm4Gcm => sm4(key)?.encrypt(nonce_ref, payload),
    };
    cell.extend(nonce);
    cell.extend(sealed.or(Err(Unreadable))?);
    Ok(cell)
}

/// Which data key a cell was sealed with.
pub(super) fn key_id(cell: &[u8]) -> Result<u32, Unreadable> {
    let id = cell.get(1..HEADER_BYTES).ok_or(Unreadable)?;
    Ok(u32::from_be_bytes(id.try_into().or(Err(Unreadable))?))
}

/// Reads a cell where it stands.
pub(super) fn open(
    key: &DataKey,
    address: &CellAddress<'_>,
    cell: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    let (header, rest) = cell.split_at_checked(HEADER_BYTES).ok_or(Unreadable)?;
    let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES).ok_or(Unreadable)?;
    let suite = CipherSuite::of(*header.first().ok_or(Unreadable)?)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().or(Err(Unreadable))?;
    let bound = bound_to(header, address);
    let payload = Payload { msg: sealed, aad: &bound };
    let nonce_ref = &Nonce::<U12>::from(nonce);
    let plain = match suite {
        CipherSuite::Aes256Gcm => Aes256Gcm::new((&**key).into()).decrypt(nonce_ref, payload),
        CipherSuite::Sm4Gcm => sm4(key)?.decrypt(nonce_ref, payload),
    };
    plain.map(Zeroizing::new).or(Err(Unreadable))
}

/// SM4 keys have 128 bits: half of a data key would do, but deriving keeps the two ciphers apart.
fn sm4(key: &DataKey) -> Result<Sm4Gcm, Unreadable> {
    let mut short = Zeroizing::new([0; 16]);
    Hkdf::<Sha256>::new(None, &**key).expand(b"kangtu sm4-gcm", &mut *short).or(Err(Unreadable))?;
    Ok(Sm4Gcm::new((&*short).into()))
}

fn bound_to(header: &[u8], address: &CellAddress<'_>) -> Vec<u8> {
    let mut bound = header.to_vec();
    for part in [address.column.table.as_bytes(), address.column.column.as_bytes(), address.row] {
        bound.extend((part.len() as u64).to_be_bytes());
        bound.extend(part);
    }
    bound
}
