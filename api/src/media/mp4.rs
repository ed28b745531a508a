//! The boxes of an MP4 file (ISO/IEC 14496-12): what is in it, and the same without what tells of its maker.
//!
//! Everything is read from slices with checked bounds; lengths are believed only as far as there are bytes.

use std::ops::Range;

use super::content::Refusal;

/// Boxes within boxes; a movie needs seven.
const DEEPEST: usize = 12;
const MOST_TRACKS: usize = 16;

/// A box at the top of a file or within another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BoxHeader {
    pub(super) kind: [u8; 4],
    pub(super) header_bytes: u64,
    /// With the header.
    pub(super) size_bytes: u64,
}

/// Most bytes that a header takes.
pub(super) const HEADER_BYTES: u64 = 16;

/// Reads the header of a box of which at most `available` bytes follow, the header included.
pub(super) fn header(bytes: &[u8], available: u64) -> Result<BoxHeader, Refusal> {
    let kind = bytes.get(4..8).and_then(|kind| kind.try_into().ok()).ok_or(Refusal::Damaged)?;
    let (header_bytes, size_bytes) = match u32_at(bytes, 0).ok_or(Refusal::Damaged)? {
        0 => (8, available),
        1 => (16, u64_at(bytes, 8).ok_or(Refusal::Damaged)?),
        size => (8, u64::from(size)),
    };
    if size_bytes < header_bytes || size_bytes > available {
        return Err(Refusal::Damaged);
    }
    Ok(BoxHeader { kind, header_bytes, size_bytes })
}

/// What can be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Movie {
    pub(super) duration_ms: u64,
    /// Width and height as shown; `None` where there is only sound.
    pub(super) picture: Option<(u32, u32)>,
}

/// Where bytes of the old file stand in the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) from: Range<u64>,
    pub(super) to: u64,
}

/// Reads the `moov` box, given without its header.
pub(super) fn movie(moov: &[u8]) -> Result<Movie, Refusal> {
    let (mut duration_ms, mut picture, mut sounds, mut tracks) = (None, None, 0, 0);
    for (kind, content) in children(moov)? {
        match &kind {
            b"mvex" => return Err(Refusal::Fragmented),
            b"mvhd" => duration_ms = Some(duration(content)?),
            b"trak" => {
                tracks += 1;
                match track(content)? {
                    Track::Video { codec, size } => {
                        check_video(codec)?;
                        picture.get_or_insert(size);
                    }
                    Track::Sound { codec } if codec == *b"mp4a" => sounds += 1,
                    Track::Sound { .. } => return Err(Refusal::OtherAudioCodec),
                    Track::Other => {}
                }
            }
            _ => {}
        }
    }
    if tracks > MOST_TRACKS {
        return Err(Refusal::Damaged);
    }
    if picture.is_none() && sounds == 0 {
        return Err(Refusal::NoTrack);
    }
    Ok(Movie { duration_ms: duration_ms.ok_or(Refusal::Damaged)?, picture })
}

fn check_video(codec: [u8; 4]) -> Result<(), Refusal> {
    match &codec {
        b"avc1" | b"avc3" => Ok(()),
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => Err(Refusal::Hevc),
        _ => Err(Refusal::OtherCodec),
    }
}

enum Track {
    Video { codec: [u8; 4], size: (u32, u32) },
    Sound { codec: [u8; 4] },
    Other,
}

fn track(trak: &[u8]) -> Result<Track, Refusal> {
    let header = child(trak, *b"tkhd")?.ok_or(Refusal::Damaged)?;
    let media = child(trak, *b"mdia")?.ok_or(Refusal::Damaged)?;
    let handler = child(media, *b"hdlr")?.ok_or(Refusal::Damaged)?;
    let codec = || -> Result<[u8; 4], Refusal> {
        let information = child(media, *b"minf")?.ok_or(Refusal::Damaged)?;
        let samples = child(information, *b"stbl")?.ok_or(Refusal::Damaged)?;
        let descriptions = child(samples, *b"stsd")?.ok_or(Refusal::Damaged)?;
        four(descriptions, 12).ok_or(Refusal::Damaged)
    };
    Ok(match four(handler, 8).as_ref() {
        Some(b"vide") => Track::Video { codec: codec()?, size: shown_size(header)? },
        Some(b"soun") => Track::Sound { codec: codec()? },
        _ => Track::Other,
    })
}

/// Width and height of a track header, swapped where its matrix turns the picture by a quarter.
fn shown_size(tkhd: &[u8]) -> Result<(u32, u32), Refusal> {
    let is_long = tkhd.first() == Some(&1);
    let matrix = if is_long { 52 } else { 40 };
    let (scale, turn) = (u32_at(tkhd, matrix), u32_at(tkhd, matrix + 4));
    // Fixed-point numbers with 16 bits behind the point.
    let side = |place| u32_at(tkhd, place).map(|side| side >> 16).filter(|side| *side > 0);
    let (width, height) = side(matrix + 36).zip(side(matrix + 40)).ok_or(Refusal::Damaged)?;
    let is_turned = scale == Some(0) && turn.is_some_and(|turn| turn != 0);
    Ok(if is_turned { (height, width) } else { (width, height) })
}

fn duration(mvhd: &[u8]) -> Result<u64, Refusal> {
    let (scale, length) = if mvhd.first() == Some(&1) {
        (u32_at(mvhd, 20), u64_at(mvhd, 24))
    } else {
        (u32_at(mvhd, 12), u32_at(mvhd, 16).map(u64::from))
    };
    let (scale, length) = scale.zip(length).filter(|(scale, _)| *scale > 0).ok_or(Refusal::Damaged)?;
    u64::try_from(u128::from(length) * 1_000 / u128::from(scale)).map_err(|_too_long| Refusal::TooLong)
}

/// Blanks in a `moov` box, given without its header, what tells of place, maker and device, and every
/// track that neither shows nor sounds; then points its chunks to where they stand in the new file.
pub(super) fn rewrite(moov: &mut [u8], moved: &[Moved]) -> Result<(), Refusal> {
    rewrite_within(moov, moved, 0)
}

fn rewrite_within(bytes: &mut [u8], moved: &[Moved], depth: usize) -> Result<(), Refusal> {
    if depth > DEEPEST {
        return Err(Refusal::Damaged);
    }
    let mut place = 0;
    while place < bytes.len() {
        let rest = &mut bytes[place..];
        let found = header(rest, rest.len() as u64)?;
        let (size, header_bytes) = (length(found.size_bytes)?, length(found.header_bytes)?);
        let (head, content) = rest[..size].split_at_mut(header_bytes);
        match &found.kind {
            b"udta" | b"meta" | b"uuid" | b"free" | b"skip" => blank(head, content),
            b"trak" if matches!(track(content)?, Track::Other) => blank(head, content),
            b"trak" | b"mdia" | b"minf" | b"stbl" | b"edts" => rewrite_within(content, moved, depth + 1)?,
            b"stco" => move_chunks::<4>(content, moved)?,
            b"co64" => move_chunks::<8>(content, moved)?,
            // The data may lie in this file only.
            b"hdlr" => blank_name(content),
            _ => {}
        }
        place += size;
    }
    Ok(())
}

fn blank(head: &mut [u8], content: &mut [u8]) {
    if let Some(kind) = head.get_mut(4..8) {
        kind.copy_from_slice(b"free");
    }
    content.fill(0);
}

/// The name of a handler is free text of the program that wrote it.
fn blank_name(hdlr: &mut [u8]) {
    if let Some(name) = hdlr.get_mut(24..) {
        name.fill(0);
    }
}

fn move_chunks<const BYTES: usize>(table: &mut [u8], moved: &[Moved]) -> Result<(), Refusal> {
    let count = u32_at(table, 4).ok_or(Refusal::Damaged)?;
    let entries = table.get_mut(8..).unwrap_or_default();
    let needed = length(u64::from(count))?.checked_mul(BYTES).ok_or(Refusal::Damaged)?;
    let entries = entries.get_mut(..needed).ok_or(Refusal::Damaged)?;
    for entry in entries.chunks_exact_mut(BYTES) {
        let from = entry.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        let part = moved.iter().find(|part| part.from.contains(&from)).ok_or(Refusal::Damaged)?;
        let to = part.to + (from - part.from.start);
        let written = to.to_be_bytes();
        let (high, low) = written.split_at(8 - BYTES);
        if high.iter().any(|byte| *byte != 0) {
            return Err(Refusal::Damaged);
        }
        entry.copy_from_slice(low);
    }
    Ok(())
}

/// Kind and content of a box.
type Part<'b> = ([u8; 4], &'b [u8]);

fn children(bytes: &[u8]) -> Result<Vec<Part<'_>>, Refusal> {
    let (mut found, mut place) = (Vec::new(), 0);
    while place < bytes.len() {
        let rest = &bytes[place..];
        let one = header(rest, rest.len() as u64)?;
        let (size, header_bytes) = (length(one.size_bytes)?, length(one.header_bytes)?);
        found.push((one.kind, &rest[header_bytes..size]));
        place += size;
    }
    Ok(found)
}

fn child(bytes: &[u8], kind: [u8; 4]) -> Result<Option<&[u8]>, Refusal> {
    Ok(children(bytes)?.into_iter().find(|(found, _)| *found == kind).map(|(_, content)| content))
}

fn length(bytes: u64) -> Result<usize, Refusal> {
    usize::try_from(bytes).map_err(|_too_long| Refusal::Damaged)
}

fn four(bytes: &[u8], place: usize) -> Option<[u8; 4]> {
    bytes.get(place..place + 4)?.try_into().ok()
}

fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    four(bytes, place).map(u32::from_be_bytes)
}

fn u64_at(bytes: &[u8], place: usize) -> Option<u64> {
    bytes.get(place..place + 8)?.try_into().ok().map(u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn boxed(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
        let mut bytes = u32::try_from(content.len() + 8).unwrap().to_be_bytes().to_vec();
        bytes.extend(kind);
        bytes.extend(content);
        bytes
    }

    /// A track with one chunk at 1000, turned by a quarter.
    fn trak(handler: [u8; 4], codec: [u8; 4]) -> Vec<u8> {
        let mut tkhd = vec![0; 84];
        tkhd[44..48].copy_from_slice(&0x1_0000_u32.to_be_bytes());
        tkhd[76..80].copy_from_slice(&(1_280_u32 << 16).to_be_bytes());
        tkhd[80..84].copy_from_slice(&(720_u32 << 16).to_be_bytes());
        let mut hdlr = vec![0; 8];
        hdlr.extend(handler);
        hdlr.extend([0; 12]);
        hdlr.extend(b"phone of Li\0");
        let stsd = [&[0; 12][..], &codec, &[0; 8]].concat();
        let stco = [&[0, 0, 0, 0, 0, 0, 0, 1][..], &1_000_u32.to_be_bytes()].concat();
        let stbl = boxed(*b"stbl", &[boxed(*b"stsd", &stsd), boxed(*b"stco", &stco)].concat());
        let mdia = boxed(*b"mdia", &[boxed(*b"hdlr", &hdlr), boxed(*b"minf", &stbl)].concat());
        boxed(*b"trak", &[boxed(*b"tkhd", &tkhd), mdia, boxed(*b"udta", b"\xa9xyz+22.63+114.42")].concat())
    }

    fn mvhd() -> Vec<u8> {
        let mut mvhd = vec![0; 100];
        mvhd[12..16].copy_from_slice(&600_u32.to_be_bytes());
        mvhd[16..20].copy_from_slice(&1_500_u32.to_be_bytes());
        boxed(*b"mvhd", &mvhd)
    }

    #[test]
    fn a_movie_tells_its_length_and_the_size_it_is_shown_in() {
        let moov = [mvhd(), trak(*b"vide", *b"avc1"), trak(*b"soun", *b"mp4a")].concat();
        assert_eq!(movie(&moov), Ok(Movie { duration_ms: 2_500, picture: Some((720, 1_280)) }));
        let sound = [mvhd(), trak(*b"soun", *b"mp4a")].concat();
        assert_eq!(movie(&sound), Ok(Movie { duration_ms: 2_500, picture: None }));
    }

    #[test]
    fn what_phones_cannot_play_is_refused_by_its_name() {
        for (tracks, refusal) in [
            (trak(*b"vide", *b"hvc1"), Refusal::Hevc),
            (trak(*b"vide", *b"av01"), Refusal::OtherCodec),
            (trak(*b"soun", *b"ac-3"), Refusal::OtherAudioCodec),
            (boxed(*b"mvex", &[]), Refusal::Fragmented),
            (trak(*b"meta", *b"mebx"), Refusal::NoTrack),
            (b"\0\0\0\xfftrak".to_vec(), Refusal::Damaged),
        ] {
            assert_eq!(movie(&[mvhd(), tracks].concat()), Err(refusal));
        }
    }

    #[test]
    fn nothing_tells_the_place_any_more_and_the_chunks_are_found() {
        let mut moov = [mvhd(), trak(*b"vide", *b"avc1"), trak(*b"meta", *b"mebx")].concat();
        let before = moov.len();
        rewrite(&mut moov, &[Moved { from: 900..2_000, to: 500 }]).unwrap();
        assert_eq!(moov.len(), before);
        let text = String::from_utf8_lossy(&moov);
        assert!(!text.contains("22.63") && !text.contains("Li") && !text.contains("mebx"), "{text}");
        assert!(moov.windows(4).any(|bytes| bytes == 600_u32.to_be_bytes()));
        assert_eq!(movie(&moov).unwrap().picture, Some((720, 1_280)));
    }

    #[test]
    fn a_chunk_that_points_out_of_the_file_is_damage() {
        let mut moov = [mvhd(), trak(*b"vide", *b"avc1")].concat();
        assert_eq!(rewrite(&mut moov, &[Moved { from: 0..1_000, to: 0 }]), Err(Refusal::Damaged));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(mut bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = movie(&bytes);
            let _ = rewrite(&mut bytes, &[Moved { from: 0..u64::MAX, to: 7 }]);
        }

        #[test]
        fn no_damage_to_a_movie_breaks_it(place in 0_usize..700, byte in any::<u8>(), cut in 0_usize..700) {
            let mut moov = [mvhd(), trak(*b"vide", *b"avc1")].concat();
            let place = place % moov.len();
            moov[place] = byte;
            moov.truncate(moov.len().saturating_sub(cut % 50));
            let _ = movie(&moov);
            let _ = rewrite(&mut moov, &[Moved { from: 0..2_000, to: 0 }]);
        }
    }
}
