use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::secret::Secret;

const APPID: &str = "wx4f4bc4dec97d474b";
const SESSION_KEY: &str = "tiihtNczf5v6AKRyjwEUhQ==";
const IV: &str = "r7BXXKkLb8qrSNn05n0qiA==";
const OPENID: &str = "oGZUI0egBJY1zhBYw2KhdUfwVJJE";
const OFFICIAL: &str = "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew==";
const PLAINTEXT: &str = r#"{"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/aSKcBBPpibyKNicHNTMM0qJVh8Kjgiak2AHWr8MHM4WgMEm7GFhsf8OYrySdbvAMvTsw3mo8ibKicsnfN5pRjl1p8HQ/0","unionId":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA","watermark":{"timestamp":1477314187,"appid":"wx4f4bc4dec97d474b"}}"#;

fn key() -> SessionKey {
    SessionKey::from_base64(Secret::new(SESSION_KEY)).unwrap()
}

fn expected() -> Expected<'static> {
    Expected { appid: APPID, openid: OPENID, now: DateTime::from_timestamp_secs(1_477_314_187).unwrap() }
}

fn open_official(expected: Expected<'_>) -> Result<Value, UnreadableData> {
    open(&key(), OFFICIAL, IV, expected)
}

#[test]
fn the_official_data_opens_to_the_byte() {
    let ciphertext = STANDARD.decode(OFFICIAL).unwrap();
    let text =
        block_mode::open_128(&key().bytes().unwrap(), &sixteen_bytes(IV).unwrap(), &ciphertext).unwrap();
    assert_eq!(std::str::from_utf8(&text).unwrap(), PLAINTEXT);
    assert_eq!(open_official(expected()).unwrap()["nickName"], "Band");
    assert_eq!(seal(&key(), PLAINTEXT.as_bytes(), IV).unwrap(), OFFICIAL);
}

#[test]
fn data_of_another_program_person_or_time_is_refused() {
    assert!(open_official(Expected { appid: "wx0000000000000000", ..expected() }).is_err());
    assert!(open_official(Expected { openid: "oSomebodyElse", ..expected() }).is_err());
    for (seconds, accepted) in [(300, true), (-300, true), (301, false), (-301, false)] {
        let now = expected().now + TimeDelta::seconds(seconds);
        assert_eq!(open_official(Expected { now, ..expected() }).is_ok(), accepted, "{seconds}");
    }
}

#[test]
fn data_without_a_watermark_is_refused() {
    for text in [
        "{}",
        "[]",
        "null",
        r#"{"watermark":{}}"#,
        r#"{"watermark":{"appid":"wx4f4bc4dec97d474b"}}"#,
        r#"{"watermark":{"appid":"wx4f4bc4dec97d474b","timestamp":9223372036854775807}}"#,
        "\u{0}",
    ] {
        let sealed = seal(&key(), text.as_bytes(), IV).unwrap();
        assert_eq!(open::<Value>(&key(), &sealed, IV, expected()), Err(UnreadableData), "{text}");
    }
}

#[test]
fn data_in_another_form_is_refused() {
    let sealed = |text: &str, iv: &str| open::<Value>(&key(), text, iv, expected());
    for (text, iv) in [
        ("", IV),
        ("AAAA", IV),
        (&OFFICIAL[..OFFICIAL.len() - 8], IV),
        (OFFICIAL, ""),
        (OFFICIAL, "r7BXXKkLb8qrSNn05n0q"),
        (OFFICIAL, "r7BXXKkLb8qrSNn05n0qiAAA"),
        ("这不是数据", IV),
    ] {
        assert_eq!(sealed(text, iv), Err(UnreadableData), "{text}");
    }
    assert_eq!(sealed(&"A".repeat(LARGEST_BASE64_BYTES + 4), IV), Err(UnreadableData));
}

/// A case of `WxJava`'s `WxMaCryptUtilsTest` passes there only because a bad padding is ignored: its text
/// opens to garbage that ends with 40. Here its key and vector, then text that ends in the same way.
#[test]
fn a_padding_that_others_forgive_is_refused() {
    let key = SessionKey::from_base64(Secret::new("7MG7jbTToVVRWRXVA885rg==")).unwrap();
    let opened = open::<Value>(&key, OFFICIAL, "TarMFjnzHVxy8pdS93wQbw==", expected());
    assert_eq!(opened, Err(UnreadableData));
    let mut blocks = PLAINTEXT.as_bytes().to_vec();
    blocks.resize(blocks.len().next_multiple_of(16), 40);
    let padded = block_mode::seal_128(&self::key().bytes().unwrap(), &sixteen_bytes(IV).unwrap(), &blocks);
    // Without the block of padding that sealing added, the text ends with the bytes 40.
    let forgiven = STANDARD.encode(&padded[..padded.len() - 16]);
    assert_eq!(open::<Value>(&self::key(), &forgiven, IV, expected()), Err(UnreadableData));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), iv in any::<[u8; 16]>()) {
        let opened = open::<Value>(&key(), &STANDARD.encode(bytes), &STANDARD.encode(iv), expected());
        prop_assert_eq!(opened, Err(UnreadableData));
    }

    #[test]
    fn arbitrary_text_is_refused_without_panic(text in ".{0,200}", iv in ".{0,40}") {
        prop_assert_eq!(open::<Value>(&key(), &text, &iv, expected()), Err(UnreadableData));
    }

    /// The last two blocks hold the watermark and the padding. (CBC has no seal of its own: a flipped
    /// bit elsewhere may garble only a name, which is why nothing but the watermark is trusted.)
    #[test]
    fn a_flipped_bit_of_the_watermark_or_padding_is_refused(byte in 352_usize..400, bit in 0_u8..8) {
        let mut ciphertext = STANDARD.decode(OFFICIAL).unwrap();
        ciphertext[byte] ^= 1_u8 << bit;
        let opened = open::<Value>(&key(), &STANDARD.encode(ciphertext), IV, expected());
        prop_assert_eq!(opened, Err(UnreadableData));
    }
}
