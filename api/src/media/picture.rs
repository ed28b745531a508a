//! Pictures: decoded within limits, turned upright, made sRGB, and written anew.
//!
//! Only colours of pixels get through. What was hidden in the file or behind it, where it was taken, by
//! which camera, is not in what is written.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use super::content::{Format, Refusal};

/// Largest file of a picture.
pub const MOST_PICTURE_BYTES: usize = 20 * 1024 * 1024;
/// Name of the largest size.
pub(super) const ORIGINAL: &str = "original";
/// Every other size: its name and width.
pub(super) const WIDTHS: [(&str, u32); 3] = [("1125", 1_125), ("750", 750), ("320", 320)];
/// Name of the size for covers, which WeChat shows 5:4.
pub(super) const COVER: &str = "cover";

const MOST_PIXELS: u64 = 40_000_000;
const LONGEST_SIDE: u32 = 20_000;
/// Of pixels as decoded; three bytes each, or four with transparency, twice that for 16 bits.
const MOST_DECODED_BYTES: u64 = 192 * 1024 * 1024;
/// Side of a full-HD screen.
const ORIGINAL_SIDE: u32 = 1_920;
const COVER_SIZE: (u32, u32) = (750, 600);
const MOST_PROFILE_BYTES: usize = 4 * 1024 * 1024;
const JPEG_QUALITY: u8 = 82;

/// A picture in one size.
pub(super) struct Rendition {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: &'static str,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Makes every size of a picture, the original first; a size that the picture does not reach is left out.
pub(super) fn renditions(file: &[u8], format: Format) -> Result<Vec<Rendition>, Refusal> {
    let upright = decode(file, format)?;
    let mut current = fitted(&upright, ORIGINAL_SIDE, ORIGINAL_SIDE);
    drop(upright);
    let cover = cut_to_cover(&current);
    let mut made = vec![encode(ORIGINAL, &current)?];
    for (name, width) in WIDTHS {
        if current.width() > width {
            current = fitted(&current, width, u32::MAX);
            made.push(encode(name, &current)?);
        }
    }
    made.push(encode(COVER, &cover)?);
    Ok(made)
}

fn decode(file: &[u8], format: Format) -> Result<DynamicImage, Refusal> {
    let format = match format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::WebP => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
        Format::Mp4 | Format::Mp3 => return Err(Refusal::Unknown),
    };
    // The decoder would fill up what is missing with grey.
    if format == ImageFormat::Jpeg && !is_whole_jpeg(file) {
        return Err(Refusal::Damaged);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_DECODED_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_DECODED_BYTES {
        return Err(Refusal::TooManyPixels);
    }
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let decoded = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    let mut plain = eight_bits(decoded);
    if let Some(profile) = profile.filter(|profile| profile.len() <= MOST_PROFILE_BYTES) {
        to_srgb(&mut plain, &profile);
    }
    plain.apply_orientation(orientation);
    Ok(plain)
}

/// Whether the end marker stands behind the pixels (ISO/IEC 10918-1, B.1.1). Segments before them may hold a small
/// picture with an end of its own.
fn is_whole_jpeg(file: &[u8]) -> bool {
    let mut rest = file.get(2..).unwrap_or_default();
    while let [0xff, kind, after @ ..] = rest {
        match (kind, after) {
            (0xff, _) => rest = &rest[1..],
            (0xda, pixels) => return pixels.windows(2).any(|marker| marker == [0xff, 0xd9]),
            (_, [high, low, ..]) => {
                rest = after.get(usize::from(u16::from_be_bytes([*high, *low]))..).unwrap_or_default();
            }
            _ => return false,
        }
    }
    false
}

fn refusal(error: &image::ImageError) -> Refusal {
    match error {
        image::ImageError::Limits(_) => Refusal::TooManyPixels,
        _ => Refusal::Damaged,
    }
}

/// Three channels, or four where something is transparent.
fn eight_bits(decoded: DynamicImage) -> DynamicImage {
    if !decoded.color().has_alpha() {
        return DynamicImage::ImageRgb8(decoded.into_rgb8());
    }
    let with_alpha = decoded.into_rgba8();
    if with_alpha.pixels().any(|pixel| pixel.0[3] < u8::MAX) {
        DynamicImage::ImageRgba8(with_alpha)
    } else {
        DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(with_alpha).into_rgb8())
    }
}

/// Converts colours that were measured in another profile. One that cannot be used changes nothing.
fn to_srgb(picture: &mut DynamicImage, profile: &[u8]) {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else {
        return;
    };
    if profile.color_space != DataColorSpace::Rgb {
        return;
    }
    let (layout, channels, width) = match picture {
        DynamicImage::ImageRgb8(pixels) => (Layout::Rgb, 3, pixels.width()),
        DynamicImage::ImageRgba8(pixels) => (Layout::Rgba, 4, pixels.width()),
        _ => return,
    };
    let srgb = ColorProfile::new_srgb();
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, layout, TransformOptions::default())
    else {
        return;
    };
    let pixels: &mut [u8] = match picture {
        DynamicImage::ImageRgb8(pixels) => pixels,
        DynamicImage::ImageRgba8(pixels) => pixels,
        _ => return,
    };
    let row_bytes = width as usize * channels;
    let mut converted = vec![0; row_bytes];
    for row in pixels.chunks_exact_mut(row_bytes.max(1)) {
        if transform.transform(row, &mut converted).is_ok() {
            row.copy_from_slice(&converted);
        }
    }
}

/// The picture within these sides, never made larger.
fn fitted(picture: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    let (from_width, from_height) = (picture.width(), picture.height());
    if from_width <= width && from_height <= height {
        return picture.clone();
    }
    let scale = (f64::from(width) / f64::from(from_width)).min(f64::from(height) / f64::from(from_height));
    let side = |from: u32| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "smaller than a u32")]
        let side = (f64::from(from) * scale).round() as u32;
        side.max(1)
    };
    scaled(picture, side(from_width), side(from_height))
}

fn scaled(picture: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    // Averaging first what is far too large costs a fraction, and nobody sees it.
    let (twice_width, twice_height) = (width.saturating_mul(2), height.saturating_mul(2));
    if picture.width() > twice_width && picture.height() > twice_height {
        let halved = picture.thumbnail_exact(twice_width, twice_height);
        return halved.resize_exact(width, height, FilterType::CatmullRom);
    }
    picture.resize_exact(width, height, FilterType::CatmullRom)
}

/// The middle of the picture, 5:4.
fn cut_to_cover(picture: &DynamicImage) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    let (ratio_width, ratio_height) = (5, 4);
    let cut_width = width.min(height.saturating_mul(ratio_width) / ratio_height).max(1);
    let cut_height = height.min(width.saturating_mul(ratio_height) / ratio_width).max(1);
    let cut = picture.crop_imm((width - cut_width) / 2, (height - cut_height) / 2, cut_width, cut_height);
    fitted(&cut, COVER_SIZE.0, COVER_SIZE.1)
}

fn encode(name: &'static str, picture: &DynamicImage) -> Result<Rendition, Refusal> {
    let (width, height) = (picture.width(), picture.height());
    let mut bytes = Vec::new();
    let colour = picture.color().into();
    let (written, content_type) = if picture.color().has_alpha() {
        let encoder = PngEncoder::new(&mut bytes);
        (encoder.write_image(picture.as_bytes(), width, height, colour), "image/png")
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        (encoder.write_image(picture.as_bytes(), width, height, colour), "image/jpeg")
    };
    written.map_err(|_unwritable| Refusal::Damaged)?;
    Ok(Rendition { name, bytes, content_type, width, height })
}

#[cfg(test)]
mod tests;
