//! The few things that the style of an element tells about its text.

use super::script::Script;

/// Smallest size in pixels at which a short line is meant as a heading.
pub(super) const HEADING_PX: u16 = 20;

/// Text of this size and smaller is not meant to be read.
const UNREADABLE_PX: u16 = 2;
/// What is moved so far lies off every page.
const OFF_PAGE_PX: f32 = -500.0;

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
    /// Whether it is too small to be seen, unless what stands within is larger again.
    pub(super) too_small: bool,
    /// Whether its lines have no height.
    pub(super) flat: bool,
    /// Whether it has no colour, unless what stands within has one again.
    pub(super) transparent: bool,
    /// Whether the ground shows in the shape of the text.
    pub(super) shows_ground: bool,
    /// Whether it is struck out.
    pub(super) struck: bool,
    /// Where it stands.
    pub(super) script: Script,
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
    /// Whether nobody sees text that looks so. A picture without text is seen whatever the size of text is.
    pub(super) fn hides_text(&self) -> bool {
        self.hidden || self.too_small || self.flat || (self.transparent && !self.shows_ground)
    }

    /// What the attribute changes.
    pub(super) fn apply(&mut self, attribute: &str) -> Remarks {
        let mut remarks = Remarks::default();
        let (mut no_height, mut overflow_hidden) = (false, false);
        let (mut positioned, mut off_page) = (false, false);
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
                        self.too_small = size <= UNREADABLE_PX;
                    }
                }
                "width" | "height" | "max-height" => {
                    let px = pixels(value);
                    remarks.tiny |= px.is_some_and(|px| px <= 2);
                    no_height |= name != "width" && px == Some(0);
                }
                "overflow" => overflow_hidden = value == "hidden",
                "white-space" => self.preformatted = value.starts_with("pre"),
                "color" | "-webkit-text-fill-color" => {
                    remarks.colour = true;
                    self.transparent = match value {
                        "inherit" | "currentcolor" | "unset" => self.transparent,
                        colour => is_transparent(colour),
                    };
                }
                "background-clip" | "-webkit-background-clip" => self.shows_ground = value.contains("text"),
                "background-color" => remarks.colour = true,
                "background" | "background-image" => {
                    remarks.background_picture |= value.contains("url(");
                    remarks.colour |= !value.contains("url(");
                }
                "line-height" => self.flat = pixels(value) == Some(0),
                "left" | "top" | "right" | "bottom" => off_page |= is_off_page(value),
                "text-indent" | "margin-left" | "margin-top" => self.hidden |= is_off_page(value),
                "transform" => self.hidden |= shrinks_to_nothing(value),
                "clip" | "clip-path" => self.hidden |= clips_everything(value),
                "text-decoration" | "text-decoration-line" => self.struck |= value.contains("line-through"),
                "vertical-align" if value == "super" => self.script = Script::Above,
                "vertical-align" if value == "sub" => self.script = Script::Below,
                "position" => {
                    positioned = value != "static";
                    remarks.position |= value == "fixed" || value == "absolute";
                }
                _ => {}
            }
        }
        self.hidden |= (no_height && overflow_hidden) || (positioned && off_page);
        remarks
    }
}

/// `transparent`, or a colour that lets through all that lies behind it.
fn is_transparent(colour: &str) -> bool {
    if let Some(digits) = colour.strip_prefix('#') {
        let alpha = match digits.len() {
            4 => digits.get(3..),
            8 => digits.get(6..),
            _ => None,
        };
        return alpha.is_some_and(|alpha| alpha.bytes().all(|digit| digit == b'0'));
    }
    let within = ["rgba(", "rgb(", "hsla(", "hsl("].iter().find_map(|function| colour.strip_prefix(function));
    let alpha = within.and_then(|parts| {
        parts.trim_end_matches(')').split([',', ' ', '/']).filter(|part| !part.is_empty()).nth(3)
    });
    let alpha = alpha.map(|alpha| alpha.trim_end_matches('%').parse::<f32>());
    colour == "transparent" || matches!(alpha, Some(Ok(alpha)) if alpha < 0.05)
}

fn is_bold(value: &str) -> bool {
    matches!(value, "bold" | "bolder") || value.parse::<u16>().is_ok_and(|weight| weight >= 600)
}

/// Whether a length, in whatever unit, moves something off every page.
fn is_off_page(value: &str) -> bool {
    let number =
        value.trim_end_matches(|character: char| character.is_ascii_alphabetic() || character == '%');
    let farthest = if value.ends_with("em") { OFF_PAGE_PX / 10.0 } else { OFF_PAGE_PX };
    number.parse::<f32>().is_ok_and(|length| length <= farthest)
}

/// `scale(0)`, also of one direction.
fn shrinks_to_nothing(value: &str) -> bool {
    ["scale(", "scalex(", "scaley(", "scale3d("].iter().any(|function| {
        let factors = value.split_once(function).and_then(|(_, rest)| rest.split_once(')'));
        factors.is_some_and(|(factors, _)| {
            factors
                .split(',')
                .any(|factor| factor.trim().parse::<f32>().is_ok_and(|factor| factor.abs() < 0.05))
        })
    })
}

/// A rectangle of no size: `rect(0 0 0 0)`, `rect(1px, 1px, 1px, 1px)`, or set in by half from every side.
fn clips_everything(value: &str) -> bool {
    let within = |function: &str| value.strip_prefix(function).and_then(|rest| rest.strip_suffix(')'));
    if let Some(sides) = within("rect(") {
        let sides: Vec<u16> =
            sides.split([',', ' ']).filter(|side| !side.is_empty()).filter_map(pixels).collect();
        return matches!(sides.as_slice(), [top, right, bottom, left] if bottom <= top || right <= left);
    }
    let inset = within("inset(").and_then(|sides| sides.trim().strip_suffix('%'));
    inset.and_then(|percent| percent.parse::<f32>().ok()).is_some_and(|percent| percent >= 50.0)
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
        for hidden in [
            "display:none",
            "visibility: hidden",
            "opacity:0",
            "font-size:0px",
            "font-size: 1px",
            "line-height:0",
            "height:0;overflow:hidden",
            "position:absolute; left:-9999px",
            "top:-999em;position:relative",
            "text-indent:-9999px",
            "transform: scale(0)",
            "transform:rotate(1deg) scale(0, 1)",
            "position:absolute;clip:rect(0 0 0 0)",
            "clip: rect(1px, 1px, 1px, 1px)",
            "clip-path:inset(50%)",
            "color:transparent",
            "color: rgba(0, 0, 0, 0) !important",
            "color:rgb(0 0 0 / 0%)",
            "color:#ffffff00",
        ] {
            assert!(styled(hidden).0.hides_text(), "{hidden}");
        }
        for shown in [
            "display:block",
            "opacity:0.9",
            "height:0",
            "overflow:hidden",
            "font-size:12px",
            "line-height:1.75",
            "left:-9999px",
            "position:relative;left:-8px",
            "text-indent:2em",
            "text-indent:-2em",
            "margin-left:-15px",
            "transform:scale(0.9)",
            "clip:rect(0px,60px,200px,0px)",
            "clip-path:inset(10%)",
            "color:rgba(0,0,0,.8)",
            "color:#000",
            "color:transparent;background-image:linear-gradient(red,blue);-webkit-background-clip:text",
            "background-color:transparent",
        ] {
            assert!(!styled(shown).0.hides_text(), "{shown}");
        }
    }

    #[test]
    fn what_stands_within_may_be_large_enough_again() {
        let mut style = styled("font-size:0;line-height:0").0;
        assert!(style.hides_text() && !style.hidden, "a picture in it is seen");
        style.apply("font-size:15px;line-height:1.6");
        assert!(!style.hides_text());
    }
}
