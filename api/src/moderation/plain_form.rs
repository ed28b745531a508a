//! The form in which texts and words are compared: without what is used to dress a word up.

/// Traditional and odd characters that stand for those of the list; not a conversion of the language.
const SIMPLIFIED: &[(char, char)] = &[
    ('樂', '乐'),
    ('網', '网'),
    ('絡', '络'),
    ('賭', '赌'),
    ('場', '场'),
    ('線', '线'),
    ('臺', '台'),
    ('檯', '台'),
    ('時', '时'),
    ('機', '机'),
    ('門', '门'),
    ('圍', '围'),
    ('註', '注'),
    ('約', '约'),
    ('賣', '卖'),
    ('買', '买'),
    ('務', '务'),
    ('藥', '药'),
    ('槍', '枪'),
    ('彈', '弹'),
    ('發', '发'),
    ('辦', '办'),
    ('證', '证'),
    ('銀', '银'),
    ('購', '购'),
    ('價', '价'),
    ('現', '现'),
    ('無', '无'),
    ('貸', '贷'),
    ('錢', '钱'),
    ('媽', '妈'),
    ('雜', '杂'),
    ('種', '种'),
    ('賤', '贱'),
    ('壓', '压'),
    ('傳', '传'),
    ('醫', '医'),
    ('復', '复'),
    ('複', '复'),
    ('號', '号'),
    ('掃', '扫'),
    ('碼', '码'),
    ('進', '进'),
    ('領', '领'),
    ('優', '优'),
    ('賺', '赚'),
    ('單', '单'),
    ('職', '职'),
    ('開', '开'),
    ('貨', '货'),
    ('爾', '尔'),
    ('裡', '里'),
    ('佈', '布'),
    ('當', '当'),
    ('頭', '头'),
    ('聽', '听'),
    ('話', '话'),
    ('屄', '逼'),
    ('ⅴ', 'v'),
    ('ｖ', 'v'),
    ('徽', '微'),
    ('訊', '讯'),
    ('態', '态'),
];

/// Lower case, half width, simplified, and nothing but letters and digits.
pub(super) fn plain_form(text: &str) -> String {
    text.chars()
        .map(half_width)
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .map(simplified)
        .collect()
}

/// `Ａ` as `A` (Unicode block Halfwidth and Fullwidth Forms).
fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

fn simplified(c: char) -> char {
    SIMPLIFIED.iter().find_map(|(from, to)| (*from == c).then_some(*to)).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dress_is_taken_off() {
        for (text, plain) in [
            ("ＡＢＣ１２３", "abc123"),
            ("Ａ b-C_d", "abcd"),
            ("百家樂", "百家乐"),
            ("看\u{200B}不\u{202E}见", "看不见"),
            ("😀！。\u{3000}", ""),
        ] {
            assert_eq!(plain_form(text), plain);
        }
    }

    proptest! {
        #[test]
        fn a_plain_form_stays_as_it_is(text in ".{0,40}") {
            let plain = plain_form(&text);
            prop_assert_eq!(plain_form(&plain), plain);
        }
    }
}
