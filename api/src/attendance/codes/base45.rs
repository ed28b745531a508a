//! Base45 (RFC 9285): bytes in the alphabet that QR codes store most densely after digits.

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Two bytes become three characters, a last single byte two.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(2) * 3);
    for pair in bytes.chunks(2) {
        let (mut number, digits) = match pair {
            [high, low] => (usize::from(*high) * 256 + usize::from(*low), 3),
            _ => (pair.iter().map(|byte| usize::from(*byte)).sum(), 2),
        };
        for _ in 0..digits {
            text.extend(ALPHABET.get(number % 45).map(|byte| char::from(*byte)));
            number /= 45;
        }
    }
    text
}

/// The bytes, or nothing where the text is not what [`encode`] writes.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 3 * 2 + 1);
    for group in text.as_bytes().chunks(3) {
        let mut number = 0_u32;
        for character in group.iter().rev() {
            let digit = ALPHABET.iter().position(|known| known == character)?;
            number = number * 45 + u32::try_from(digit).ok()?;
        }
        match group.len() {
            3 => bytes.extend(u16::try_from(number).ok()?.to_be_bytes()),
            2 => bytes.push(u8::try_from(number).ok()?),
            _ => return None,
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_standard_hold() {
        for (plain, encoded) in [
            ("AB", "BB8"),
            ("Hello!!", "%69 VD92EX0"),
            ("base-45", "UJCLQE7W581"),
            ("ietf!", "QED8WEX0"),
            ("", ""),
        ] {
            assert_eq!(encode(plain.as_bytes()), encoded);
            assert_eq!(decode(encoded).unwrap(), plain.as_bytes());
        }
    }

    #[test]
    fn what_the_standard_forbids_is_not_read() {
        for wrong in [":::", "GGW", "::", "A", "BB8A", "bb8", "BB\u{e9}", "中文"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
        assert_eq!(decode("FGW"), Some(vec![0xff, 0xff]));
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_again(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn a_text_has_one_meaning_and_a_meaning_one_text(text in "[0-9A-Z $%*+./:-]{0,40}") {
            if let Some(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
