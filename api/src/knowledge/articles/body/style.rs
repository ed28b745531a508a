//! The few things that the style of an element tells about its text.

/// Smallest size in pixels at which a short line is meant as a heading.
pub(super) const HEADING_PX: u16 = 20;

/// How text looks; inherited by what stands within.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property of CSS and says nothing about the others"
)]
pub(super) struct Style {
    pub(super) strong: bool,
    pub(super) centred: bool,
    pub(super) hidden: bool,
    /// Of the text, in pixels; 0 where nothing says it.
    pub(super) size_px: u16,
    /// Whether spaces and line ends are kept.
    pub(super) preformatted: bool,
}

/// What a `style` attribute says beside the look of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a remark of its own; any of them may be made")]
pub(super) struct Remarks {
    pub(super) colour: bool,
    pub(super) size: bool,
    pub(super) background_picture: bool,
    pub(super) position: bool,
    pub(super) runs_programs: bool,
    /// Width or height of next to nothing, as of pictures that count readers.
    pub(super) tiny: bool,
}

impl Style {
    /// What the attribute changes.
    pub(super) fn apply(&mut self, attribute: &str) -> Remarks {
        let mut remarks = Remarks::default();
        let (mut no_height, mut overflow_hidden) = (false, false);
        for declaration in attribute.split(';') {
            let Some((name, value)) = declaration.split_once(':') else {
                continue;
            };
            let name = name.trim().to_ascii_lowercase();
            let value = value.trim().to_ascii_lowercase();
            let value = value.trim_end_matches("!important").trim();
            if value.contains("expression(") || value.contains("javascript:") || name == "behavior" {
                remarks.runs_programs = true;
            }
            match name.as_str() {
                "font-weight" => self.strong = is_bold(value),
                "text-align" => self.centred = value == "center",
                "display" if value == "none" => self.hidden = true,
                "visibility" if value == "hidden" || value == "collapse" => self.hidden = true,
                "opacity" if value.parse::<f32>().is_ok_and(|opacity| opacity < 0.05) => self.hidden = true,
                "font-size" => {
                    if let Some(size) = pixels(value) {
                        remarks.size = true;
                        self.size_px = size;
                        self.hidden |= size == 0;
                    }
                }
                "width" | "height" | "max-height" => {
                    let px = pixels(value);
                    remarks.tiny |= px.is_some_and(|px| px <= 2);
                    no_height |= name != "width" && px == Some(0);
                }
                "overflow" => overflow_hidden = value == "hidden",
                "white-space" => self.preformatted = value.starts_with("pre"),
                "color" | "background-color" => remarks.colour = true,
                "background" | "background-image" => {
                    remarks.background_picture |= value.contains("url(");
                    remarks.colour |= !value.contains("url(");
                }
                "position" => remarks.position |= value == "fixed" || value == "absolute",
                _ => {}
            }
        }
        self.hidden |= no_height && overflow_hidden;
        remarks
    }
}

fn is_bold(value: &str) -> bool {
    matches!(value, "bold" | "bolder") || value.parse::<u16>().is_ok_and(|weight| weight >= 600)
}

/// A length in pixels; points are 4/3 of one, other units are not counted.
fn pixels(value: &str) -> Option<u16> {
    let (number, per_unit) = match value.strip_suffix("px") {
        Some(number) => (number, 1.0),
        None => match value.strip_suffix("pt") {
            Some(number) => (number, 4.0 / 3.0),
            None if value == "0" => ("0", 1.0),
            None => return None,
        },
    };
    let px = number.trim().parse::<f32>().ok()? * per_unit;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range")]
    let whole = px.clamp(0.0, 1_000.0) as u16;
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styled(attribute: &str) -> (Style, Remarks) {
        let mut style = Style::default();
        let remarks = style.apply(attribute);
        (style, remarks)
    }

    #[test]
    fn the_look_of_text_is_read() {
        let (style, remarks) =
            styled("FONT-WEIGHT: 700 !important; text-align:center;font-size:16.5pt;color:red");
        assert_eq!(style, Style { strong: true, centred: true, size_px: 22, ..Style::default() });
        assert!(remarks.colour && remarks.size && !remarks.position);
    }

    #[test]
    fn what_nobody_shall_see_is_found() {
        for hidden in
            ["display:none", "visibility: hidden", "opacity:0", "font-size:0px", "height:0;overflow:hidden"]
        {
            assert!(styled(hidden).0.hidden, "{hidden}");
        }
        for shown in ["display:block", "opacity:0.9", "height:0", "overflow:hidden"] {
            assert!(!styled(shown).0.hidden, "{shown}");
        }
    }
}
