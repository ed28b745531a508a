//! What a file is, by its first bytes. Neither its name nor what the sender says counts.

use crate::error::ApiError;
use crate::http::field_errors::wrong;

/// Bytes that are needed to tell.
pub(super) const HEAD_BYTES: usize = 4_096;

/// A format that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    WebP,
    Gif,
    /// Video or sound in the ISO base media file format (ISO/IEC 14496-12).
    Mp4,
    Mp3,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Empty,
    /// HTML, SVG, XML: what a browser would act on.
    Markup,
    Heic,
    OtherPicture,
    QuickTime,
    OtherVideo,
    Document,
    Unknown,
    Damaged,
    TooManyPixels,
    Fragmented,
    Hevc,
    OtherCodec,
    OtherAudioCodec,
    TooLong,
    NoTrack,
}

impl Refusal {
    fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::Markup => "markup_refused",
            Self::Heic => "heic_refused",
            Self::QuickTime => "quicktime_refused",
            Self::Damaged => "damaged_file",
            Self::TooManyPixels => "too_many_pixels",
            Self::Fragmented => "fragmented_video",
            Self::Hevc => "hevc_refused",
            Self::OtherCodec | Self::OtherAudioCodec => "codec_refused",
            Self::TooLong => "too_long",
            Self::NoTrack => "nothing_to_play",
            Self::OtherPicture | Self::OtherVideo | Self::Document | Self::Unknown => "format_refused",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::Empty => "这个文件是空的，请重新选择。",
            Self::Markup => "不能上传网页或 SVG 图形。请把它保存成 JPG 或 PNG 图片后再传。",
            Self::Heic => {
                "这张照片是 HEIC 格式，很多手机打不开。请在苹果手机“设置－相机－格式”里选“兼容性最佳”后重拍，\
                 或用微信发给自己，再保存成 JPG 上传。"
            }
            Self::OtherPicture => "请把图片另存为 JPG、PNG 或 WebP 后再传。",
            Self::QuickTime => "这个视频是 MOV 格式。请用剪映或手机的“导出”功能存成 MP4 后再传。",
            Self::OtherVideo => "请把视频存成 MP4（H.264）后再传。",
            Self::Document => "这里只收图片、视频和录音。文档请用“导入文章”。",
            Self::Unknown => "认不出这个文件。请上传 JPG、PNG 图片，MP4 视频，或 MP3、M4A 录音。",
            Self::Damaged => "这个文件不完整或已损坏，请重新导出或下载后再传。",
            Self::TooManyPixels => "这张图片太大（超过 4000 万像素），请缩小后再传。",
            Self::Fragmented => "这个视频是分段的 MP4，显示屏放不了。请用剪映等重新导出为普通 MP4 后再传。",
            Self::Hevc => {
                "这个视频是 H.265（HEVC）编码，不少手机和显示屏放不了。\
                 请在手机相机设置里选“兼容性最佳”，或用剪映导出 H.264 后再传。"
            }
            Self::OtherCodec => "这个视频的编码不是 H.264，不少手机放不了。请用剪映导出 H.264 后再传。",
            Self::OtherAudioCodec => "声音的编码不是 AAC，不少手机放不了。请重新导出为 AAC 后再传。",
            Self::TooLong => "时间太长，最长 60 分钟，请剪短后再传。",
            Self::NoTrack => "里面没有可以播放的画面或声音，请换一个文件。",
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        wrong("/file", refusal.code(), refusal.message())
    }
}

/// Tells what a file is.
///
/// # Errors
/// What it is where it is not taken.
pub(super) fn format_of(head: &[u8]) -> Result<Format, Refusal> {
    let at = |place: usize, bytes: &[u8]| head.get(place..).is_some_and(|rest| rest.starts_with(bytes));
    match head {
        [] => Err(Refusal::Empty),
        [0xff, 0xd8, 0xff, ..] => Ok(Format::Jpeg),
        _ if at(0, b"\x89PNG\r\n\x1a\n") => Ok(Format::Png),
        _ if at(0, b"GIF87a") || at(0, b"GIF89a") => Ok(Format::Gif),
        _ if at(0, b"RIFF") && at(8, b"WEBP") => Ok(Format::WebP),
        _ if at(4, b"ftyp") => brand(head.get(8..12).unwrap_or_default()),
        _ if at(0, b"ID3") => Ok(Format::Mp3),
        _ if super::mp3::is_frame(head) => Ok(Format::Mp3),
        _ if at(4, b"moov") || at(4, b"mdat") || at(4, b"wide") => Err(Refusal::QuickTime),
        _ if at(0, b"BM") || at(0, b"II*\0") || at(0, b"MM\0*") || at(0, b"8BPS") => {
            Err(Refusal::OtherPicture)
        }
        _ if at(0, b"RIFF") || at(0, b"\x1a\x45\xdf\xa3") || at(0, b"FLV") || at(0, b"\x30\x26\xb2\x75") => {
            Err(Refusal::OtherVideo)
        }
        _ if at(0, b"PK\x03\x04") || at(0, b"%PDF") || at(0, b"\xd0\xcf\x11\xe0") => Err(Refusal::Document),
        _ if is_markup(head) => Err(Refusal::Markup),
        _ => Err(Refusal::Unknown),
    }
}

fn brand(brand: &[u8]) -> Result<Format, Refusal> {
    match brand {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => Err(Refusal::Heic),
        b"avif" | b"avis" => Err(Refusal::OtherPicture),
        b"qt  " => Err(Refusal::QuickTime),
        _ => Ok(Format::Mp4),
    }
}

fn is_markup(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().starts_with(b"<")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_and_not_the_name() {
        for (head, expected) in [
            (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], Ok(Format::Jpeg)),
            (b"GIF89a\x01\0", Ok(Format::Gif)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Ok(Format::WebP)),
            (b"\0\0\0\x18ftypisom", Ok(Format::Mp4)),
            (b"\0\0\0\x18ftypheic", Err(Refusal::Heic)),
            (b"\0\0\0\x18ftypqt  ", Err(Refusal::QuickTime)),
            (b"<svg xmlns=", Err(Refusal::Markup)),
            (b"\xef\xbb\xbf \n<!DOCTYPE html>", Err(Refusal::Markup)),
            (b"PK\x03\x04", Err(Refusal::Document)),
            (b"RIFF\0\0\0\0AVI ", Err(Refusal::OtherVideo)),
            (b"", Err(Refusal::Empty)),
            (b"hello", Err(Refusal::Unknown)),
        ] {
            assert_eq!(format_of(head), expected, "{head:?}");
        }
    }
}
