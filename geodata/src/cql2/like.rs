//! Patterns of `LIKE` (OGC 21-065r2, section 8.2.1): `%` any characters, `_` one, `\` before a
//! character that means itself.

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// These characters.
    Exactly(String),
    /// One character.
    One,
    /// Any characters.
    Any,
}

impl Pattern {
    pub(super) fn new(pattern: &str) -> Self {
        let mut pieces = Vec::new();
        let mut characters = pattern.chars();
        while let Some(character) = characters.next() {
            let literal = match character {
                '%' if pieces.last() == Some(&Piece::Any) => continue,
                '%' => {
                    pieces.push(Piece::Any);
                    continue;
                }
                '_' => {
                    pieces.push(Piece::One);
                    continue;
                }
                '\\' => characters.next().unwrap_or('\\'),
                other => other,
            };
            match pieces.last_mut() {
                Some(Piece::Exactly(text)) => text.push(literal),
                _ => pieces.push(Piece::Exactly(literal.into())),
            }
        }
        Self { pieces }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self.pieces.as_slice() {
            [] => text.is_empty(),
            [Piece::Any] => true,
            [Piece::Exactly(whole)] => text == whole,
            [Piece::Exactly(start), Piece::Any] => text.starts_with(start.as_str()),
            [Piece::Any, Piece::Exactly(end)] => text.ends_with(end.as_str()),
            [Piece::Any, Piece::Exactly(part), Piece::Any] => match part.as_bytes() {
                // Setting up the search for a longer text costs more than this one.
                [byte] => text.as_bytes().contains(byte),
                _ => text.contains(part.as_str()),
            },
            pieces => matches_pieces(pieces, text),
        }
    }
}

/// Greedy: a later `%` makes up for whatever an earlier one took, so only the last one is tried
/// again, and the work stays within text times pattern.
fn matches_pieces(pieces: &[Piece], text: &str) -> bool {
    let (mut pieces, mut text) = (pieces, text);
    let mut retry: Option<(&[Piece], &str)> = None;
    loop {
        let step = match pieces.split_first() {
            None if text.is_empty() => return true,
            Some((Piece::Any, rest)) => {
                retry = Some((rest, text));
                pieces = rest;
                continue;
            }
            None => None,
            Some((Piece::One, rest)) => after_one(text).map(|left| (rest, left)),
            Some((Piece::Exactly(exact), rest)) => text.strip_prefix(exact.as_str()).map(|left| (rest, left)),
        };
        (pieces, text) = match (step, retry) {
            (Some(step), _) => step,
            (None, None) => return false,
            (None, Some((rest, from))) => {
                let Some(shorter) = after_one(from) else { return false };
                retry = Some((rest, shorter));
                (rest, shorter)
            }
        };
    }
}

fn after_one(text: &str) -> Option<&str> {
    let mut characters = text.chars();
    characters.next().map(|_| characters.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the standard says, without regard to time.
    fn by_the_book(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], _) => text.is_empty(),
            (['%', rest @ ..], _) => (0..=text.len()).any(|skipped| by_the_book(rest, &text[skipped..])),
            (['_', rest @ ..], [_, left @ ..]) => by_the_book(rest, left),
            (['\\', escaped, rest @ ..], [first, left @ ..]) => escaped == first && by_the_book(rest, left),
            ([one, rest @ ..], [first, left @ ..]) => one == first && by_the_book(rest, left),
            _ => false,
        }
    }

    #[test]
    fn patterns_of_the_standard_match() {
        for (pattern, text, expected) in [
            ("mapping%", "mapping agencies", true),
            ("%公园", "葵涌公园", true),
            ("葵_公%", "葵涌公园", true),
            ("", "", true),
            ("%", "", true),
            ("_%", "", false),
            (r"100\%", "100%", true),
            (r"100\%", "1000", false),
            ("a%b%c", "aXbXbc", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab%_\\\\公]{0,7}", text in "[ab公]{0,8}") {
            prop_assume!(!pattern.ends_with('\\'));
            let book = by_the_book(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
            prop_assert_eq!(Pattern::new(&pattern).matches(&text), book);
        }
    }
}
