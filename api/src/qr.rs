//! QR codes as SVG.

use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use crate::error::{ApiError, ApiResult};

/// Side of one module in pixels, where nothing says otherwise.
const MODULE_PX: u32 = 8;

/// A code with its quiet zone of four modules, black on white whatever the phone's theme, with error
/// correction M.
pub(crate) fn svg(text: &str) -> ApiResult<String> {
    let drawn = encoded(text)?.render::<svg::Color<'_>>().module_dimensions(MODULE_PX, MODULE_PX).build();
    // The declaration would keep it from standing inside a page.
    Ok(drawn.split_once("?>").map_or(drawn.as_str(), |(_, svg)| svg).to_owned())
}

/// Modules along one side of the code of a text, without the quiet zone.
#[cfg(test)]
pub(crate) fn modules(text: &str) -> ApiResult<usize> {
    Ok(encoded(text)?.width())
}

fn encoded(text: &str) -> ApiResult<QrCode> {
    QrCode::with_error_correction_level(text, EcLevel::M)
        .map_err(|error| ApiError::Internal(anyhow::anyhow!("a QR code cannot be drawn: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_black_on_white_with_a_quiet_zone() {
        let svg = svg("KT1:%69 VD92EX0").unwrap();
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""), "{svg}");
        assert!(svg.contains("fill=\"#fff\"") && svg.contains("fill=\"#000\""));
        let first = svg.split("d=\"M").nth(1).unwrap().split('h').next().unwrap();
        assert_eq!(first, "32 32", "the first dark module stands behind four light ones");
    }
}
