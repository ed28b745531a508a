//! Characters above and below the line. A phone shows them, and search finds them, without any markup.

use std::borrow::Cow;

/// Where text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Script {
    #[default]
    OnLine,
    Above,
    Below,
}

/// Each character with the one that stands above the line by itself (Unicode, "Superscripts and Subscripts").
const ABOVE: [(char, char); 18] = [
    ('0', '⁰'),
    ('1', '¹'),
    ('2', '²'),
    ('3', '³'),
    ('4', '⁴'),
    ('5', '⁵'),
    ('6', '⁶'),
    ('7', '⁷'),
    ('8', '⁸'),
    ('9', '⁹'),
    ('+', '⁺'),
    ('-', '⁻'),
    ('−', '⁻'),
    ('=', '⁼'),
    ('(', '⁽'),
    (')', '⁾'),
    ('n', 'ⁿ'),
    ('i', 'ⁱ'),
];

const BELOW: [(char, char); 16] = [
    ('0', '₀'),
    ('1', '₁'),
    ('2', '₂'),
    ('3', '₃'),
    ('4', '₄'),
    ('5', '₅'),
    ('6', '₆'),
    ('7', '₇'),
    ('8', '₈'),
    ('9', '₉'),
    ('+', '₊'),
    ('-', '₋'),
    ('−', '₋'),
    ('=', '₌'),
    ('(', '₍'),
    (')', '₎'),
];

impl Script {
    /// The text as it stands there; `None` where one of its characters can only stand on the line.
    pub(super) fn written(self, text: &str) -> Option<Cow<'_, str>> {
        let forms: &[(char, char)] = match self {
            Self::OnLine => return Some(Cow::Borrowed(text)),
            Self::Above => &ABOVE,
            Self::Below => &BELOW,
        };
        let form = |character: char| {
            let known = forms.iter().find(|(plain, _)| *plain == character).map(|(_, form)| *form);
            known.or(character.is_whitespace().then_some(character))
        };
        text.chars().map(form).collect::<Option<String>>().map(Cow::Owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stay_where_they_stand() {
        assert_eq!(Script::Above.written("-9").as_deref(), Some("⁻⁹"));
        assert_eq!(Script::Below.written("2").as_deref(), Some("₂"));
        assert_eq!(Script::OnLine.written("9a").as_deref(), Some("9a"));
        assert_eq!(Script::Above.written("注1"), None);
    }
}
