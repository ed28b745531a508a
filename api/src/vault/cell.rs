//! One sealed field: its layout and its ciphers.
//!
//! `version(1) | data key id(4, big-endian) | nonce(12) | ciphertext | tag(16)`. The version names the
//! cipher: 1 is AES-256-GCM (NIST SP 800-38D), 3 is SM4-GCM (RFC 8998) with a key derived by HMAC-SM3, 2 the same
//! derived by HMAC-SHA-256, which is read and no longer written. Where a cell stands, down to the row, is
//! authenticated with it, so that it cannot be read anywhere else.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, AesGcm, Nonce};
use clap::ValueEnum;
use hkdf::Hkdf;
use sha2::Sha256;
use sm3::Sm3;
use sm4::Sm4;
use zeroize::Zeroizing;

use crate::keys::IndexSuite;

type Sm4Gcm = AesGcm<Sm4, U12>;

const HEADER_BYTES: usize = 5;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
/// What the key of SM4 is derived for.
const SM4_PURPOSE: &[u8] = b"kangtu sm4-gcm";

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
    /// What new keys of indexes are for, where this cipher is chosen.
    pub fn index_suite(self) -> IndexSuite {
        match self {
            Self::Aes256Gcm => IndexSuite::HmacSha256,
            Self::Sm4Gcm => IndexSuite::HmacSm3,
        }
    }

    /// How cells are sealed from now on.
    fn scheme(self) -> Scheme {
        match self {
            Self::Aes256Gcm => Scheme::Aes256Gcm,
            Self::Sm4Gcm => Scheme::Sm4GcmBySm3,
        }
    }
}

/// Cipher and derivation of its key; its number is the version of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Aes256Gcm = 1,
    Sm4GcmBySha256 = 2,
    Sm4GcmBySm3 = 3,
}

impl Scheme {
    fn of(version: u8) -> Result<Self, Unreadable> {
        let all = [Self::Aes256Gcm, Self::Sm4GcmBySha256, Self::Sm4GcmBySm3];
        all.into_iter().find(|scheme| *scheme as u8 == version).ok_or(Unreadable)
    }

    fn encrypt(
        self,
        key: &DataKey,
        nonce: &Nonce<U12>,
        payload: Payload<'_, '_>,
    ) -> Result<Vec<u8>, Unreadable> {
        let sealed = match self {
            Self::Aes256Gcm => Aes256Gcm::new((&**key).into()).encrypt(nonce, payload),
            Self::Sm4GcmBySha256 | Self::Sm4GcmBySm3 => self.sm4(key)?.encrypt(nonce, payload),
        };
        sealed.or(Err(Unreadable))
    }

    fn decrypt(
        self,
        key: &DataKey,
        nonce: &Nonce<U12>,
        payload: Payload<'_, '_>,
    ) -> Result<Vec<u8>, Unreadable> {
        let plain = match self {
            Self::Aes256Gcm => Aes256Gcm::new((&**key).into()).decrypt(nonce, payload),
            Self::Sm4GcmBySha256 | Self::Sm4GcmBySm3 => self.sm4(key)?.decrypt(nonce, payload),
        };
        plain.or(Err(Unreadable))
    }

    /// SM4 keys have 128 bits: half of a data key would do, but deriving keeps the two ciphers apart.
    fn sm4(self, key: &DataKey) -> Result<Sm4Gcm, Unreadable> {
        let mut short = Zeroizing::new([0; 16]);
        let derived = match self {
            Self::Sm4GcmBySm3 => Hkdf::<Sm3>::new(None, &**key).expand(SM4_PURPOSE, &mut *short),
            _ => Hkdf::<Sha256>::new(None, &**key).expand(SM4_PURPOSE, &mut *short),
        };
        derived.or(Err(Unreadable))?;
        Ok(Sm4Gcm::new((&*short).into()))
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
    cell.push(suite.scheme() as u8);
    cell.extend(key_id.to_be_bytes());
    let bound = bound_to(&cell, address);
    let payload = Payload { msg: plain, aad: &bound };
    let nonce_ref = &Nonce::<U12>::from(nonce);
    let sealed = suite.scheme().encrypt(key, nonce_ref, payload)?;
    cell.extend(nonce);
    cell.extend(sealed);
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
    let scheme = Scheme::of(*header.first().ok_or(Unreadable)?)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().or(Err(Unreadable))?;
    let bound = bound_to(header, address);
    let payload = Payload { msg: sealed, aad: &bound };
    let nonce_ref = &Nonce::<U12>::from(nonce);
    scheme.decrypt(key, nonce_ref, payload).map(Zeroizing::new)
}

fn bound_to(header: &[u8], address: &CellAddress<'_>) -> Vec<u8> {
    let mut bound = header.to_vec();
    for part in [address.column.table.as_bytes(), address.column.column.as_bytes(), address.row] {
        bound.extend((part.len() as u64).to_be_bytes());
        bound.extend(part);
    }
    bound
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAME: Column = Column { table: "person", column: "name_cell" };
    const SUITES: [CipherSuite; 2] = [CipherSuite::Aes256Gcm, CipherSuite::Sm4Gcm];

    fn hex(text: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(digit).collect()
    }

    fn nonce(text: &str) -> Nonce<U12> {
        let bytes: [u8; 12] = hex(text).try_into().unwrap();
        bytes.into()
    }

    /// RFC 8998, appendix A.1.
    #[test]
    fn sm4_gcm_is_that_of_rfc_8998() {
        let cipher = Sm4Gcm::new_from_slice(&hex("0123456789ABCDEFFEDCBA9876543210")).unwrap();
        let plain = hex("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD\
             EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA");
        let aad = hex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2");
        let sealed = hex("17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735\
             D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D\
             83DE3541E4C2B58177E065A9BF7B62EC");
        let payload = Payload { msg: &plain, aad: &aad };
        assert_eq!(cipher.encrypt(&nonce("00001234567800000000ABCD"), payload).unwrap(), sealed);
    }

    /// `McGrew` and Viega, The Galois/Counter Mode of Operation, test case 16, as in NIST's validation.
    #[test]
    fn aes_256_gcm_is_that_of_nist() {
        let key = "feffe9928665731c6d6a8f9467308308".repeat(2);
        let cipher = Aes256Gcm::new_from_slice(&hex(&key)).unwrap();
        let plain = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
             1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
        let aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let sealed = hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
             8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662\
             76fc6ece0f4e1768cddf8853bb2d551b");
        let payload = Payload { msg: &plain, aad: &aad };
        assert_eq!(cipher.encrypt(&nonce("cafebabefacedbaddecaf888"), payload).unwrap(), sealed);
    }

    #[test]
    fn cells_whose_key_was_derived_by_sha_256_stay_readable() {
        let address = CellAddress { column: NAME, row: b"1" };
        let key = DataKey::new([7; 32]);
        let mut cell = vec![Scheme::Sm4GcmBySha256 as u8];
        cell.extend(9_u32.to_be_bytes());
        let bound = bound_to(&cell, &address);
        let payload = Payload { msg: b"plain", aad: &bound };
        cell.extend([3; NONCE_BYTES]);
        cell.extend(Scheme::Sm4GcmBySha256.encrypt(&key, &[3; NONCE_BYTES].into(), payload).unwrap());
        assert_eq!(*open(&key, &address, &cell).unwrap(), b"plain");
        // The version is authenticated: a cell cannot be passed off as one of another scheme.
        cell[0] = Scheme::Sm4GcmBySm3 as u8;
        assert_eq!(open(&key, &address, &cell), Err(Unreadable));
        assert_eq!(sealed(CipherSuite::Sm4Gcm, b"1", b"plain")[0], 3);
    }

    fn sealed(suite: CipherSuite, row: &[u8], plain: &[u8]) -> Vec<u8> {
        let address = CellAddress { column: NAME, row };
        seal(suite, &DataKey::new([7; 32]), 9, [3; 12], &address, plain).unwrap()
    }

    #[test]
    fn a_cell_is_read_where_it_stands_and_nowhere_else() {
        let here = CellAddress { column: NAME, row: b"1" };
        for suite in SUITES {
            let cell = sealed(suite, b"1", "李大爷".as_bytes());
            assert_eq!(key_id(&cell), Ok(9));
            assert_eq!(*open(&DataKey::new([7; 32]), &here, &cell).unwrap(), "李大爷".as_bytes());
            let elsewhere = [
                CellAddress { column: NAME, row: b"2" },
                CellAddress { column: Column { column: "birth_date_cell", ..NAME }, row: b"1" },
                CellAddress { column: Column { table: "account", ..NAME }, row: b"1" },
                CellAddress { column: Column { table: "personname_cell", column: "" }, row: b"1" },
            ];
            for address in elsewhere {
                assert_eq!(open(&DataKey::new([7; 32]), &address, &cell), Err(Unreadable), "{address:?}");
            }
            assert_eq!(open(&DataKey::new([8; 32]), &here, &cell), Err(Unreadable));
        }
    }

    proptest! {
        #[test]
        fn any_flipped_bit_makes_a_cell_unreadable(
            plain in prop::collection::vec(any::<u8>(), 0..64),
            at in any::<prop::sample::Index>(),
            bit in 0_u8..8,
            suite in prop::sample::select(SUITES.to_vec()),
        ) {
            let mut cell = sealed(suite, b"1", &plain);
            let at = at.index(cell.len());
            cell[at] ^= 1 << bit;
            let address = CellAddress { column: NAME, row: b"1" };
            prop_assert_eq!(open(&DataKey::new([7; 32]), &address, &cell), Err(Unreadable));
        }

        #[test]
        fn anything_else_is_no_cell(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let address = CellAddress { column: NAME, row: b"1" };
            prop_assert_eq!(open(&DataKey::new([7; 32]), &address, &bytes), Err(Unreadable));
        }
    }
}
