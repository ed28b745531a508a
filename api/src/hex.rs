//! Bytes as text: hashes, versions of files, signatures of WeChat.

/// Two lower-case hexadecimal digits for each byte.
pub fn lower_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xF)]).collect()
}

/// Bytes in hexadecimal digits of either case.
pub fn bytes_of(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_pairs_of_digits_are_bytes() {
        assert_eq!(bytes_of("1E7f00"), Some(vec![0x1e, 0x7f, 0x00]));
        assert_eq!(bytes_of(""), Some(Vec::new()));
        for wrong in ["1", "1g", "0x", "中文", "1 "] {
            assert_eq!(bytes_of(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn bytes_are_read_as_they_were_written(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(bytes_of(&lower_hex(&bytes)), Some(bytes));
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".{0,40}") {
            let _ = bytes_of(&text);
        }
    }

    #[test]
    fn each_byte_has_two_digits() {
        assert_eq!(lower_hex(&[0x00, 0x0f, 0xa0, 0xff]), "000fa0ff");
        assert_eq!(lower_hex(&[]), "");
    }
}
