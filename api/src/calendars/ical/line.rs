//! Content lines: escaped, folded at 75 octets, ended with CR LF (RFC 5545, sections 3.1 and 3.3.11).

/// Longest line in octets, without its end.
const LONGEST_OCTETS: usize = 75;

/// The lines written so far.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    /// A property whose value needs no escaping: numbers, dates, words of the standard.
    pub(super) fn raw(&mut self, name: &str, value: &str) {
        self.fold(&format!("{name}:{value}"));
    }

    /// An address. It is not text, so nothing of it is escaped, and nothing in it may end the line.
    pub(super) fn uri(&mut self, name: &str, value: &str) {
        let address: String = value.chars().filter(|character| !character.is_control()).collect();
        self.fold(&format!("{name}:{address}"));
    }

    /// A property that holds text.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.fold(&format!("{name}:{}", escaped(value)));
    }

    /// A property that holds several texts.
    pub(super) fn texts(&mut self, name: &str, values: &[String]) {
        let escaped: Vec<String> = values.iter().map(|value| escaped(value)).collect();
        self.fold(&format!("{name}:{}", escaped.join(",")));
    }

    /// Everything that was written.
    pub(super) fn finish(self) -> String {
        self.0
    }

    /// Breaks a line before it gets too long, never inside a character.
    fn fold(&mut self, line: &str) {
        let mut octets = 0;
        for character in line.chars() {
            if octets + character.len_utf8() > LONGEST_OCTETS {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(character);
            octets += character.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// Text as a value: what has a meaning is escaped, line ends become `\n`, other control characters go.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' => escaped.push_str("\\n"),
            '\t' => escaped.push(' '),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_meaning_is_escaped_and_control_characters_go() {
        assert_eq!(escaped("a,b;c\\d\r\ne\rf\ng\th\u{0}\u{7f}"), "a\\,b\\;c\\\\d\\ne\\nf\\ng h");
        assert_eq!(escaped("冒号: \"引号\""), "冒号: \"引号\"");
    }

    #[test]
    fn a_line_of_75_octets_is_whole_and_one_more_is_folded() {
        let written = |length: usize| {
            let mut lines = Lines::default();
            lines.raw("X", &"a".repeat(length - 2));
            lines.finish()
        };
        assert_eq!(written(75).matches("\r\n").count(), 1);
        assert!(written(76).ends_with("\r\n a\r\n"));
        // 73 octets and one character of three do not fit.
        let mut lines = Lines::default();
        lines.text("X", &format!("{}健", "a".repeat(71)));
        assert!(lines.finish().ends_with("a\r\n 健\r\n"));
    }
}
