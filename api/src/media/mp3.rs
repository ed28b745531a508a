//! Sound in MP3 (ISO/IEC 11172-3, layer III): the frames, without the tags around them.

use super::content::Refusal;

/// Frames that must follow each other before it is believed to be sound.
const FEWEST_FRAMES: u32 = 5;
/// Bytes between frames that a careless recorder may have left.
const MOST_STRAY_BYTES: usize = 4_096;

/// What was kept.
pub(super) struct Sound {
    /// The frames.
    pub(super) bytes: Vec<u8>,
    pub(super) duration_ms: u64,
}

struct Frame {
    bytes: usize,
    samples: u64,
    rate: u64,
}

/// Whether a frame begins here.
pub(super) fn is_frame(bytes: &[u8]) -> bool {
    frame(bytes).is_some()
}

/// Keeps the frames: tags may hold pictures, names, and whatever else somebody put there.
pub(super) fn frames(file: &[u8]) -> Result<Sound, Refusal> {
    let mut kept = Vec::with_capacity(file.len());
    let (mut place, mut count, mut stray) = (tag_bytes(file), 0_u32, 0_usize);
    let mut micros = 0_u64;
    while let Some(rest) = file.get(place..).filter(|rest| !rest.is_empty()) {
        match frame(rest).filter(|frame| frame.bytes <= rest.len()) {
            Some(frame) => {
                kept.extend_from_slice(&rest[..frame.bytes]);
                micros += frame.samples * 1_000_000 / frame.rate;
                place += frame.bytes;
                count += 1;
            }
            // The tags at the end are not frames, nor is a last one that was cut off.
            None if rest.starts_with(b"TAG") || rest.starts_with(b"APETAGEX") => break,
            None => {
                place += 1;
                stray += 1;
                if stray > MOST_STRAY_BYTES {
                    return Err(Refusal::Damaged);
                }
            }
        }
    }
    if count < FEWEST_FRAMES {
        return Err(Refusal::Damaged);
    }
    Ok(Sound { bytes: kept, duration_ms: micros / 1_000 })
}

/// Length of the tag at the beginning (`ID3v2`), whose length is written in sevens of bits.
fn tag_bytes(file: &[u8]) -> usize {
    match file {
        [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] => {
            [a, b, c, d].iter().fold(0_usize, |length, byte| (length << 7) | usize::from(**byte & 0x7f)) + 10
        }
        _ => 0,
    }
}

fn frame(bytes: &[u8]) -> Option<Frame> {
    const KBITS_1: [usize; 16] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
    const KBITS_2: [usize; 16] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
    let [0xff, second, third, ..] = *bytes else {
        return None;
    };
    // Eleven bits set, then version, layer III, and whether a checksum follows.
    if second & 0xe0 != 0xe0 || second & 0x06 != 0x02 {
        return None;
    }
    let version = (second >> 3) & 0x03;
    let (rates, kbits, samples) = match version {
        3 => ([44_100, 48_000, 32_000], KBITS_1, 1_152),
        2 => ([22_050, 24_000, 16_000], KBITS_2, 576),
        0 => ([11_025, 12_000, 8_000], KBITS_2, 576),
        _ => return None,
    };
    let rate = *rates.get(usize::from((third >> 2) & 0x03))?;
    let bits = *kbits.get(usize::from(third >> 4)).filter(|kbits| **kbits > 0)? * 1_000;
    let padding = usize::from((third >> 1) & 1);
    Some(Frame { bytes: samples / 8 * bits / rate + padding, samples: samples as u64, rate: rate as u64 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 128 kbit/s at 44.1 kHz: 417 bytes.
    fn one_frame() -> Vec<u8> {
        let mut frame = vec![0x55; 417];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
        frame
    }

    #[test]
    fn only_the_frames_are_kept() {
        let mut file = b"ID3\x04\0\0\0\0\0\x14<script>1</script>ab".to_vec();
        file.extend(one_frame().repeat(100));
        file.extend(b"TAG<html>");
        let sound = frames(&file).unwrap();
        assert_eq!(sound.bytes, one_frame().repeat(100));
        assert_eq!(sound.duration_ms, 2_612);
    }

    #[test]
    fn what_only_begins_like_sound_is_refused() {
        let mut file = one_frame();
        file.extend(b"<html>".repeat(1_000));
        assert!(frames(&file).is_err());
        assert!(frames(b"ID3").is_err());
    }

    proptest! {
        #[test]
        fn no_file_breaks_it(file in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            let _ = frames(&file);
        }
    }
}
