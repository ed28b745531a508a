//! Names as they stand on screens where others look over the shoulder: at a door, in a hut.

/// The first character and, from three on, the last: 李*英.
pub fn masked(name: &str) -> String {
    let characters: Vec<char> = name.trim().chars().collect();
    match characters.as_slice() {
        [] => String::new(),
        [first] | [first, _] => format!("{first}*"),
        [first, middle @ .., last] => format!("{first}{}{last}", "*".repeat(middle.len().min(3))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_by_its_ends() {
        for (name, shown) in [
            ("李秀英", "李*英"),
            ("欧阳娜娜", "欧**娜"),
            ("李四", "李*"),
            ("李", "李*"),
            ("", ""),
            ("阿卜杜拉·买买提", "阿***提"),
            ("John Smith", "J***h"),
        ] {
            assert_eq!(masked(name), shown);
        }
    }
}
