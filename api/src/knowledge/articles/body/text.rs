//! A line of text as it is put together.

use super::{Line, Span};

/// Collects the text of one paragraph, item or cell. Spaces are folded as browsers do; between Chinese
/// characters a line end of the source is nothing.
#[derive(Clone, Debug, Default)]
pub struct LineBuilder {
    line: Line,
    /// A space that is written once something follows; whether it was a line end.
    waiting: Option<Waiting>,
    chars: usize,
    large_chars: usize,
    strong_chars: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Space,
    LineEnd,
}

impl LineBuilder {
    /// Adds text of one look.
    pub fn push(&mut self, text: &str, strong: bool) {
        self.push_sized(text, strong, false, false);
    }

    pub(super) fn push_sized(&mut self, text: &str, strong: bool, large: bool, preformatted: bool) {
        for character in text.chars() {
            match character {
                '\n' if preformatted => {
                    self.break_line();
                }
                '\n' | '\r' => self.waiting = Some(Waiting::LineEnd),
                ' ' | '\t' | '\u{a0}' | '\u{c}' if self.waiting.is_none() => {
                    self.waiting = Some(Waiting::Space);
                }
                ' ' | '\t' | '\u{a0}' | '\u{c}' => {}
                character if is_invisible(character) => {}
                character => self.put(character, strong, large),
            }
        }
    }

    fn put(&mut self, character: char, strong: bool, large: bool) {
        if let Some(waiting) = self.waiting.take()
            && let Some(last) = self.last_char()
            && last != '\n'
            && !(waiting == Waiting::LineEnd && is_cjk(last) && is_cjk(character))
        {
            self.append(' ', strong);
        }
        // An ideographic space at the beginning is how paragraphs are set in.
        if character == '\u{3000}' && self.last_char().is_none_or(|last| last == '\n') {
            return;
        }
        self.append(character, strong);
        if !character.is_whitespace() {
            self.chars += 1;
            self.large_chars += usize::from(large);
            self.strong_chars += usize::from(strong);
        }
    }

    fn append(&mut self, character: char, strong: bool) {
        match self.line.last_mut() {
            Some(span) if span.strong == strong => span.text.push(character),
            _ => self.line.push(Span { text: character.to_string(), strong }),
        }
    }

    fn last_char(&self) -> Option<char> {
        self.line.last().and_then(|span| span.text.chars().next_back())
    }

    /// Begins a new line within the paragraph; whether it had just begun one.
    pub fn break_line(&mut self) -> bool {
        self.waiting = None;
        match self.last_char() {
            None => false,
            Some('\n') => true,
            Some(_) => {
                if let Some(span) = self.line.last_mut() {
                    span.text.push('\n');
                }
                false
            }
        }
    }

    /// Characters that show.
    pub(super) fn chars(&self) -> usize {
        self.chars
    }

    pub(super) fn is_large(&self) -> bool {
        self.chars > 0 && self.large_chars == self.chars
    }

    pub(super) fn is_strong(&self) -> bool {
        self.chars > 0 && self.strong_chars == self.chars
    }

    /// The text, without space at its end, and a new beginning. `None` where nothing shows.
    pub fn take(&mut self) -> Option<Line> {
        let mut whole = std::mem::take(self);
        while let Some(last) = whole.line.last_mut() {
            last.text.truncate(last.text.trim_end().len());
            if !last.text.is_empty() {
                break;
            }
            whole.line.pop();
        }
        (whole.chars > 0).then_some(whole.line)
    }

    /// Adds a line that was finished, as a line of its own.
    pub fn append_line(line: &mut Line, more: Line) {
        if let Some(last) = line.last_mut() {
            last.text.push('\n');
        }
        for span in more {
            match line.last_mut() {
                Some(last) if last.strong == span.strong => last.text.push_str(&span.text),
                _ => line.push(span),
            }
        }
    }
}

/// Characters that have no look of their own, but turn others around, hide or mark them. The joiner of
/// emoji stays.
fn is_invisible(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character,
            '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}')
}

/// Han characters and the punctuation that is set among them.
fn is_cjk(character: char) -> bool {
    matches!(character,
        '\u{2e80}'..='\u{303f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// A line as plain text.
pub(super) fn plain(line: &Line) -> String {
    line.iter().map(|span| span.text.as_str()).collect::<String>().replace('\n', " ")
}

/// A line with nothing of it marked as strong.
pub(super) fn unmarked(mut line: Line) -> Line {
    for span in &mut line {
        span.strong = false;
    }
    line
}

/// Whether a line ends as sentences and their parts do, which headings do not.
pub(super) fn ends_a_sentence(line: &Line) -> bool {
    plain(line).ends_with(['。', '，', '；', '、', '.', ',', ';'])
}
