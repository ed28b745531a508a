//! A 64-bit hash of content that is the same in every process, on every platform and in every
//! release, so that two replicas with equal content give equal `ETag`s.
//!
//! The standard hasher promises none of this. The construction is the multiply-and-fold mixer of
//! wyhash (Wang Yi, 2019) over little-endian words; it is not meant to resist an attacker.

const SEED: u64 = 0xa076_1d64_78bd_642f;
const MULTIPLIER: u64 = 0xe703_7ed1_a0b4_28db;

/// Running hash over a sequence of values.
#[derive(Clone)]
pub(super) struct ContentHash(u64);

impl ContentHash {
    pub(super) fn new() -> Self {
        Self(SEED)
    }

    pub(super) fn number(&mut self, value: u64) -> &mut Self {
        self.0 = fold(self.0 ^ value, MULTIPLIER);
        self
    }

    /// Adds bytes with their length, so that `("ab", "c")` and `("a", "bc")` differ.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.number(u64::from_le_bytes(*word));
        }
        let last = rest.iter().rev().fold(0, |word, &byte| (word << 8) | u64::from(byte));
        self.number(last).number(bytes.len() as u64)
    }

    pub(super) fn finish(&self) -> u64 {
        fold(self.0 ^ SEED, SEED | 1)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of the product are meant")]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(parts: &[&str]) -> u64 {
        let mut hash = ContentHash::new();
        for part in parts {
            hash.bytes(part.as_bytes());
        }
        hash.finish()
    }

    #[test]
    fn value_is_fixed_for_all_time() {
        assert_eq!(hash(&["葵涌公园"]), 18_109_342_700_014_388_161);
    }

    #[test]
    fn boundaries_and_single_bits_count() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["", "a"]), hash(&["a", ""]));
        assert_ne!(hash(&["12345678"]), hash(&["12345679"]));
        assert_ne!(hash(&["a\0"]), hash(&["a"]));
    }
}
