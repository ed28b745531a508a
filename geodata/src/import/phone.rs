//! Several telephone numbers in one cell.

use super::text::half_width;

/// The numbers in a cell, cleaned, in order, each once. Separators of any kind, names and remarks are
/// dropped; area codes, extensions (转) and masking asterisks are kept.
///
/// ```
/// use geodata::import::phone_numbers;
/// assert_eq!(phone_numbers("８４２００００１／84200002"), ["84200001", "84200002"]);
/// assert_eq!(phone_numbers("0755 8420 0001转801；138****4750（陈工）"), ["0755-8420-0001转801", "138****4750"]);
/// ```
pub fn phone_numbers(cell: &str) -> Vec<String> {
    let half = half_width(cell);
    let mut found = Vec::new();
    let mut current = Number::default();
    for character in half.chars() {
        if !current.push(character) {
            current.finish(&mut found);
            current = Number::default();
        }
    }
    current.finish(&mut found);
    found
}

/// Shortest number that is kept: 12345, 120 and 110 are hotlines.
const FEWEST_DIGITS: usize = 3;

#[derive(Default)]
struct Number {
    text: String,
    digits: usize,
    has_extension: bool,
    gap: bool,
}

impl Number {
    /// Whether the character continues the number.
    fn push(&mut self, character: char) -> bool {
        match character {
            '0'..='9' | '*' => {
                if self.gap && self.is_complete() {
                    return self.restart_with(character);
                }
                self.fill_gap();
                self.digits += 1;
                self.text.push(character);
                true
            }
            '+' if self.text.is_empty() => {
                self.text.push(character);
                true
            }
            '转' if self.digits > 0 => {
                self.has_extension = true;
                self.gap = false;
                self.text.push(character);
                true
            }
            '-' | '—' | '–' | ' ' | '(' | ')' => {
                self.gap = self.digits > 0 && !self.text.ends_with('转');
                true
            }
            _ => false,
        }
    }

    fn fill_gap(&mut self) {
        if std::mem::take(&mut self.gap) {
            self.text.push('-');
        }
    }

    /// A further digit group begins another number: signalled like a separator, but with the digit kept.
    fn restart_with(&mut self, character: char) -> bool {
        self.text.push('\n');
        self.text.push(character);
        self.gap = false;
        self.digits = 1;
        self.has_extension = false;
        true
    }

    /// Digits enough for a mobile number, an area code with a number, or a local number.
    fn is_complete(&self) -> bool {
        let last = self.text.rsplit('\n').next().unwrap_or_default();
        let needed = match last.chars().next() {
            Some('1' | '+') => 11,
            Some('0' | '4') => 10,
            _ => 7,
        };
        self.digits >= needed || self.has_extension
    }

    fn finish(&mut self, found: &mut Vec<String>) {
        for number in self.text.split('\n') {
            let number = number.trim_matches(['-', '转']);
            let digits = number.chars().filter(char::is_ascii_digit).count();
            if digits >= FEWEST_DIGITS && !found.iter().any(|known| known == number) {
                found.push(number.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_the_real_directory() {
        for (cell, expected) in [
            ("88982054", vec!["88982054"]),
            ("27763276、27763277", vec!["27763276", "27763277"]),
            ("27763276／27763277", vec!["27763276", "27763277"]),
            ("138****4750", vec!["138****4750"]),
            ("27763276\n27763276", vec!["27763276"]),
            ("27763276 27763277", vec!["27763276", "27763277"]),
            ("0755-27763276", vec!["0755-27763276"]),
            ("(0755)27763276", vec!["0755-27763276"]),
            ("138 0000 0000", vec!["138-0000-0000"]),
            ("+86 755 27763276", vec!["+86-755-27763276"]),
            ("400-800-1234 转 2", vec!["400-800-1234转2"]),
            ("急救120，市民热线12345", vec!["120", "12345"]),
            ("无", vec![]),
            ("/", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(phone_numbers(cell), expected, "{cell}");
        }
    }
}
