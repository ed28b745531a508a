//! Sealing of whole files, each with a key of its own that is in turn a sealed cell.
//!
//! So the rotation of data keys need not touch files, and a file cannot be read once the keys of the
//! person are gone, wherever a copy of it lies.

use zeroize::Zeroizing;

use super::cell::{self, DataKey};
use super::{CellAddress, Vault};
use crate::error::{ApiError, ApiResult};

impl Vault {
    /// A new key for one file.
    pub fn new_file_key(&self) -> Zeroizing<[u8; 32]> {
        DataKey::new(self.0.random.bytes())
    }

    /// Seals a file for the place where it will stand.
    ///
    /// # Errors
    /// When the file is larger than the cipher allows.
    pub fn seal_file(
        &self,
        key: &Zeroizing<[u8; 32]>,
        address: CellAddress<'_>,
        plain: &[u8],
    ) -> ApiResult<Vec<u8>> {
        cell::seal(self.0.suite, key, 0, self.0.random.bytes(), &address, plain)
            .map_err(|error| ApiError::Internal(error.into()))
    }

    /// Opens a file where it stands.
    ///
    /// # Errors
    /// When it is damaged, was moved, or the key is not its own.
    pub fn open_file(
        &self,
        key: &[u8],
        address: CellAddress<'_>,
        sealed: &[u8],
    ) -> ApiResult<Zeroizing<Vec<u8>>> {
        let key: [u8; 32] = key
            .try_into()
            .map_err(|_wrong_length| ApiError::Internal(anyhow::anyhow!("a file key has a wrong length")))?;
        cell::open(&DataKey::new(key), &address, sealed).map_err(|error| ApiError::Internal(error.into()))
    }
}
