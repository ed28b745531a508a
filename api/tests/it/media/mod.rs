//! Pictures, videos and spoken texts: what is taken, what is made of it, and how it is served.

mod changes;
mod corpus;
mod serving;
mod uploads;

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use reqwest::Method;
use serde_json::Value;

use crate::access::HERE;
use crate::support::callers::Caller;
use crate::support::{TestApp, TestResponse};

pub(crate) const VIDEO: &[u8] = include_bytes!("../../../../seeds/videos/01-less-salt.mp4");

/// A photo that no other test makes.
pub(crate) fn photo(width: u32, height: u32, shade: u8) -> Vec<u8> {
    let picture =
        RgbImage::from_fn(width, height, |x, y| Rgb([shade, x.to_le_bytes()[0], y.to_le_bytes()[0]]));
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 80).encode_image(&picture).unwrap();
    bytes
}

/// The video as somebody else's: another file of the same content.
pub(crate) fn another_video() -> Vec<u8> {
    let mut file = VIDEO.to_vec();
    file.extend(b"\0\0\0\x10uuid........");
    file
}

pub(crate) async fn editor(app: &TestApp) -> Caller {
    app.staff("editor", HERE).await
}

pub(crate) async fn upload(caller: &Caller, file: Vec<u8>) -> TestResponse {
    caller.request(Method::POST, "/api/v1/media").body(file).send().await
}

/// Uploads a file that is taken.
pub(crate) async fn uploaded(caller: &Caller, file: Vec<u8>) -> Value {
    let answer = upload(caller, file).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}
