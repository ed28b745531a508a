//! Opening hours in words that people read, from the syntax of OpenStreetMap.

const WORDS: [(&str, &str); 10] = [
    ("Mo", "周一"),
    ("Tu", "周二"),
    ("We", "周三"),
    ("Th", "周四"),
    ("Fr", "周五"),
    ("Sa", "周六"),
    ("Su", "周日"),
    ("PH", "法定节假日"),
    ("off", "休息"),
    ("closed", "休息"),
];

/// The hours in Chinese; the text itself where it holds a word that is not known here.
pub(super) fn in_words(hours: &str) -> String {
    if hours.trim() == "24/7" {
        return "全天开放".into();
    }
    translated(hours).unwrap_or_else(|| hours.to_owned())
}

fn translated(hours: &str) -> Option<String> {
    let mut words = String::with_capacity(hours.len() * 2);
    let mut rest = hours;
    while let Some(next) = rest.chars().next() {
        let length = rest.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(rest.len());
        if length > 0 {
            let (word, after) = rest.split_at_checked(length)?;
            let (_, translation) = WORDS.iter().find(|(known, _)| *known == word)?;
            words.push_str(translation);
            rest = after;
            continue;
        }
        rest = rest.get(next.len_utf8()..)?;
        match next {
            '-' => words.push('至'),
            ',' => words.push('、'),
            ';' => words.push('；'),
            ' ' if words.ends_with(['；', '、']) => {}
            '0'..='9' | ':' | ' ' => words.push(next),
            _ => return None,
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hours_are_told_in_chinese() {
        assert_eq!(
            in_words("Mo-Sa 08:30-12:00,14:00-17:30; PH off"),
            "周一至周六 08:30至12:00、14:00至17:30；法定节假日 休息"
        );
        assert_eq!(in_words("24/7"), "全天开放");
    }

    #[test]
    fn unknown_words_leave_the_text_alone() {
        for hours in ["sunrise-sunset", "Apr-Oct 08:00-20:00", "早上八点", "Mo 08:00+"] {
            assert_eq!(in_words(hours), hours);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_told(hours in "\\PC{0,40}") {
            let _ = in_words(&hours);
        }
    }
}
