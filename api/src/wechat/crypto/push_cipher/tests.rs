use proptest::prelude::*;

use super::super::signature::{SignedParts, sign, verify};
use super::*;

const APPID: &str = "wxba5fad812f8e6fb9";
const OFFICIAL: &str = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";
const MESSAGE: &str = r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#;

fn key() -> Secret {
    Secret::new("A".repeat(43))
}

fn cipher() -> PushCipher {
    PushCipher::new(&key(), APPID).unwrap()
}

fn token() -> Secret {
    Secret::new("AAAAA")
}

#[test]
fn the_official_push_is_signed_and_opens() {
    let parts = SignedParts { timestamp: "1714112445", nonce: "415670741", encrypt: Some(OFFICIAL) };
    assert!(verify(&token(), parts, "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"));
    // The signature of three parts, which does not cover the message, is not enough.
    assert!(!verify(&token(), parts, "6c5c811b55cc85e0e1b54100749188c20beb3f5d"));
    assert_eq!(std::str::from_utf8(&cipher().open(OFFICIAL).unwrap()).unwrap(), MESSAGE);
    assert_eq!(cipher().seal(MESSAGE.as_bytes(), *b"a8eedb185eb2fecf"), OFFICIAL);
}

#[test]
fn the_official_reply_is_sealed_and_signed_alike() {
    let encrypt = cipher().seal(br#"{"demo_resp":"good luck"}"#, *b"707722b803182950");
    assert_eq!(
        encrypt,
        "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    );
    let parts = SignedParts { timestamp: "1713424427", nonce: "415670741", encrypt: Some(&encrypt) };
    assert_eq!(sign(&token(), parts), "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1");
}

#[test]
fn a_message_to_another_program_is_refused() {
    for appid in ["wxba5fad812f8e6fb8", "wxba5fad812f8e6fb", "wxba5fad812f8e6fb9x", ""] {
        let other = PushCipher::new(&key(), appid).unwrap();
        assert_eq!(other.open(OFFICIAL), Err(UnreadableData), "{appid}");
    }
}

#[test]
fn a_length_that_lies_is_refused() {
    for length in [0_u32, 1, 3, 5, 4_000_000_000, u32::MAX] {
        let mut text = vec![7; RANDOM_BYTES];
        text.extend_from_slice(&length.to_be_bytes());
        text.extend_from_slice(b"abcd");
        text.extend_from_slice(APPID.as_bytes());
        let sealed = STANDARD.encode(block_mode::seal_256(&cipher().key, &cipher().iv(), &text));
        assert_eq!(cipher().open(&sealed), Err(UnreadableData), "{length}");
    }
    for length in 0..RANDOM_BYTES + LENGTH_BYTES {
        let sealed = STANDARD.encode(block_mode::seal_256(&cipher().key, &cipher().iv(), &vec![0; length]));
        assert_eq!(cipher().open(&sealed), Err(UnreadableData), "{length}");
    }
}

#[test]
fn a_key_with_stray_last_bits_is_taken_and_any_other_form_is_not() {
    let stray = Secret::new(format!("{}B", "A".repeat(42)));
    assert_eq!(PushCipher::new(&stray, APPID).unwrap().key, cipher().key);
    for text in
        [String::new(), "A".repeat(42), "A".repeat(44), format!("{}=", "A".repeat(42)), "键".repeat(43)]
    {
        assert!(PushCipher::new(&Secret::new(&text), APPID).is_err(), "{text}");
    }
    assert!(!format!("{:?}", cipher()).contains('0'));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(cipher().open(&STANDARD.encode(bytes)), Err(UnreadableData));
    }

    #[test]
    fn arbitrary_text_is_refused_without_panic(text in ".{0,200}") {
        prop_assert_eq!(cipher().open(&text), Err(UnreadableData));
    }

    /// The ends are the length, the appid and the padding; what lies between is held by the signature,
    /// where one flipped bit of `Encrypt` is enough.
    #[test]
    fn a_flipped_bit_is_refused(byte in 0_usize..224, bit in 0_u8..8) {
        let mut ciphertext = STANDARD.decode(OFFICIAL).unwrap();
        ciphertext[byte] ^= 1_u8 << bit;
        let flipped = STANDARD.encode(ciphertext);
        let parts = SignedParts { timestamp: "1714112445", nonce: "415670741", encrypt: Some(&flipped) };
        prop_assert!(!verify(&token(), parts, "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"));
        if byte >= 176 {
            prop_assert_eq!(cipher().open(&flipped), Err(UnreadableData));
        }
    }

    #[test]
    fn what_is_sealed_opens(message in prop::collection::vec(any::<u8>(), 0..300), random in any::<[u8; 16]>()) {
        let sealed = cipher().seal(&message, random);
        prop_assert_eq!(&*cipher().open(&sealed).unwrap(), &message);
    }
}
