use image::{ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

/// A picture whose left half is red.
fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(
        width,
        height,
        |x, _| if x * 2 < width { Rgb([220, 30, 30]) } else { Rgb([30, 30, 220]) },
    )
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(picture).unwrap();
    bytes
}

/// EXIF with an orientation and a position, put behind the first marker.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let tiff = [
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
        &[orientation, 0, 0, 0, 0, 0, 0],
        b"GPS 22.63N 114.42E",
    ]
    .concat();
    let length = u16::try_from(tiff.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &tiff, &jpeg[2..]].concat()
}

fn made(file: &[u8], format: Format) -> Vec<Rendition> {
    renditions(file, format).unwrap()
}

fn read(rendition: &Rendition) -> RgbImage {
    image::load_from_memory(&rendition.bytes).unwrap().into_rgb8()
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[test]
fn a_large_picture_is_made_in_every_size_and_a_small_one_is_never_enlarged() {
    let sizes = |file: &[u8]| -> Vec<_> {
        made(file, Format::Jpeg).iter().map(|one| (one.name, one.width, one.height)).collect()
    };
    let large =
        [("original", 1920, 10), ("1125", 1125, 6), ("750", 750, 4), ("320", 320, 2), ("cover", 12, 10)];
    assert_eq!(sizes(&jpeg(&picture(4_000, 20))), large);
    assert_eq!(sizes(&jpeg(&picture(300, 200))), [("original", 300, 200), ("cover", 250, 200)]);
    assert_eq!(sizes(&jpeg(&picture(1, 1))), [("original", 1, 1), ("cover", 1, 1)]);
}

#[test]
fn a_photo_stands_upright_and_tells_no_place() {
    let file = with_exif(&jpeg(&picture(200, 100)), 6);
    assert!(contains(&file, b"GPS"));
    for rendition in made(&file, Format::Jpeg) {
        assert!(
            !contains(&rendition.bytes, b"GPS") && !contains(&rendition.bytes, b"Exif"),
            "{}",
            rendition.name
        );
    }
    let upright = read(&made(&file, Format::Jpeg)[0]);
    assert_eq!(upright.dimensions(), (100, 200));
    // Turned by a quarter clockwise, what was left is above.
    assert!(upright.get_pixel(50, 20).0[0] > 150 && upright.get_pixel(50, 180).0[0] < 100);
}

#[test]
fn what_hides_behind_a_picture_does_not_get_through() {
    let mut file = jpeg(&picture(64, 64));
    file.extend(b"<script>alert(1)</script>PK\x03\x04");
    for rendition in made(&file, Format::Jpeg) {
        assert!(!contains(&rendition.bytes, b"<script") && !contains(&rendition.bytes, b"PK\x03\x04"));
    }
}

#[test]
fn what_is_transparent_stays_so() {
    let drawing = RgbaImage::from_fn(400, 400, |x, _| Rgba([10, 200, 10, if x < 200 { 0 } else { 255 }]));
    let mut file = Vec::new();
    PngEncoder::new(&mut file).write_image(&drawing, 400, 400, image::ExtendedColorType::Rgba8).unwrap();
    let made = made(&file, Format::Png);
    assert!(made.iter().all(|rendition| rendition.content_type == "image/png"));
    let opaque = RgbaImage::from_pixel(40, 40, Rgba([10, 200, 10, 255]));
    let mut file = Vec::new();
    PngEncoder::new(&mut file).write_image(&opaque, 40, 40, image::ExtendedColorType::Rgba8).unwrap();
    assert_eq!(renditions(&file, Format::Png).unwrap()[0].content_type, "image/jpeg");
}

#[test]
fn colours_of_another_profile_are_converted() {
    let mut file = Vec::new();
    let mut encoder = PngEncoder::new(&mut file);
    encoder.set_icc_profile(ColorProfile::new_display_p3().encode().unwrap()).unwrap();
    let green = RgbImage::from_pixel(40, 40, Rgb([100, 200, 100]));
    encoder.write_image(&green, 40, 40, image::ExtendedColorType::Rgb8).unwrap();
    let converted = read(&made(&file, Format::Png)[0]).get_pixel(20, 20).0;
    // The same green has less red where the primaries are nearer to each other.
    assert!(converted[0] < 90 && converted[1] > 195, "{converted:?}");
}

/// A PNG of which only the beginning is there, with these sides.
fn png_head(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    file.extend(&header);
    file.extend(flate2_crc(&header).to_be_bytes());
    file.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    file
}

fn flate2_crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[test]
fn a_picture_that_unfolds_into_gigabytes_is_refused_before_it_does() {
    for (width, height) in [(50_000, 50_000), (20_000, 20_000), (7_000, 7_000), (u32::MAX >> 1, 1)] {
        assert_eq!(
            renditions(&png_head(width, height), Format::Png).err(),
            Some(Refusal::TooManyPixels),
            "{width}"
        );
    }
}

#[test]
fn a_cut_off_or_foreign_file_is_damage() {
    let whole = jpeg(&picture(64, 64));
    assert!(renditions(&whole[..whole.len() / 3], Format::Jpeg).is_err());
    assert_eq!(renditions(b"\xff\xd8\xff<html>", Format::Jpeg).err(), Some(Refusal::Damaged));
    assert_eq!(renditions(&png_head(4, 4), Format::Png).err(), Some(Refusal::Damaged));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_damage_to_a_picture_breaks_the_decoder(place in 0_usize..2_000, byte in any::<u8>(), cut in 0_usize..400) {
        let mut file = jpeg(&picture(24, 16));
        let place = place % file.len();
        file[place] = byte;
        file.truncate(file.len() - cut % file.len());
        let _ = renditions(&file, Format::Jpeg);
    }
}
