//! Telephone numbers as people write them into one cell, taken apart for one-tap calls.

/// Digits of a number that can be dialled without an area code.
const LOCAL_DIGITS: usize = 7;
/// Longest number by ITU-T E.164, with an international prefix in front.
const MOST_DIGITS: usize = 17;

/// The numbers in a text such as `0755-84206001、138 0013 8000`, in their order, each once: digits
/// and hyphens with a leading `+` where there was one. Extensions (`转 8001`) are left out, since a
/// phone cannot dial them in one go; what cannot be a number is left out too.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    for part in text.split(is_separator).flat_map(|part| part.split(['或', '和'])) {
        let main = part.split(['转', '#', 'x', 'X']).next().unwrap_or_default();
        for number in joined(main) {
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
    }
    numbers
}

fn is_separator(character: char) -> bool {
    matches!(character, '、' | '，' | ',' | '；' | ';' | '/' | '／' | '\\' | '|' | '｜' | '\n' | '\r' | '\t')
}

/// Joins the groups of digits that one number is written in.
fn joined(text: &str) -> Vec<String> {
    let mut numbers: Vec<String> = Vec::new();
    let mut current = String::new();
    for group in text.split_whitespace().map(dialled).filter(|group| digits(group) > 0) {
        current.push_str(&group);
        if digits(&current) >= wanted_digits(&current) {
            numbers.push(std::mem::take(&mut current));
        }
    }
    match numbers.last_mut() {
        // Too short to be a number of its own: the end of the one before.
        Some(last) if is_rest(&current) => last.push_str(&current),
        _ => numbers.push(current),
    }
    numbers.retain(|number| is_number(number));
    numbers
}

/// Keeps what is dialled, with full-width digits made plain.
fn dialled(group: &str) -> String {
    let mut dialled = String::new();
    for character in group.chars() {
        match character {
            '0'..='9' => dialled.push(character),
            '０'..='９' => dialled.extend(full_width_digit(character)),
            '+' | '＋' if dialled.is_empty() => dialled.push('+'),
            '-' | '－' | '–' | '—' | ')' | '）' if dialled.ends_with(|last: char| last.is_ascii_digit()) =>
            {
                dialled.push('-');
            }
            _ => {}
        }
    }
    dialled.trim_end_matches('-').to_owned()
}

fn full_width_digit(character: char) -> Option<char> {
    char::from_digit(u32::from(character).checked_sub(u32::from('０'))?, 10)
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// How many digits a number has that begins like this.
fn wanted_digits(text: &str) -> usize {
    let digits: String = text.chars().filter(char::is_ascii_digit).take(3).collect();
    match digits.as_bytes() {
        [b'8', b'6', ..] if text.starts_with('+') => 12,
        [b'1', b'3'..=b'9', ..] => 11,
        [b'0', ..] | [b'4' | b'8', b'0', b'0'] => 10,
        _ => LOCAL_DIGITS,
    }
}

fn is_rest(text: &str) -> bool {
    digits(text) < LOCAL_DIGITS && !is_service_number(text)
}

/// Short numbers of public services: 120, 12320, 95598.
fn is_service_number(text: &str) -> bool {
    (3..=6).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text.starts_with('1') || text.starts_with('9'))
}

fn is_number(text: &str) -> bool {
    (LOCAL_DIGITS..=MOST_DIGITS).contains(&digits(text)) || is_service_number(text)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn numbers_are_taken_apart_however_they_are_written() {
        let table: [(&str, &[&str]); 18] = [
            ("26992276／26992093", &["26992276", "26992093"]),
            ("0755-84206001、13800138000", &["0755-84206001", "13800138000"]),
            ("0755 84206001 84206002", &["075584206001", "84206002"]),
            ("（0755）84206001", &["0755-84206001"]),
            ("138 0013 8000", &["13800138000"]),
            ("138 0013 8000 139 0013 9000", &["13800138000", "13900139000"]),
            ("+86 755 8420 6001", &["+8675584206001"]),
            ("400 800 8820", &["4008008820"]),
            ("０７５５－８４２０６００１", &["0755-84206001"]),
            ("0755-84206001转8001", &["0755-84206001"]),
            ("120", &["120"]),
            ("12320，120", &["12320", "120"]),
            ("84206001或84206002", &["84206001", "84206002"]),
            ("84206001；84206001", &["84206001"]),
            ("电话：84206001（办公室）", &["84206001"]),
            ("暂无", &[]),
            ("", &[]),
            ("84206001/2", &["84206001"]),
        ];
        for (text, expected) in table {
            assert_eq!(split(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_dialled_is_left_out() {
        assert!(split(&"9".repeat(10_000)).is_empty());
        assert!(split("\0--+++（）").is_empty());
    }
}
