//! Times of day as people write them: `08:00`, and `24:00` for the end of a day.

/// Minutes of a civil day.
pub(super) fn minutes(text: &str) -> Option<i32> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (i32, i32) = (hour.parse().ok()?, minute.parse().ok()?);
    let in_day = hour < 24 && minute < 60 || hour == 24 && minute == 0;
    in_day.then_some(hour * 60 + minute)
}

/// A time at which something begins: before midnight.
pub(super) fn begin(text: &str) -> Option<i32> {
    minutes(text).filter(|minutes| *minutes < 24 * 60)
}

/// A time at which something ends: midnight is the end of a day.
pub(super) fn end(text: &str) -> Option<i32> {
    minutes(text).map(|minutes| if minutes == 0 { 24 * 60 } else { minutes })
}

/// As people write them.
pub(super) fn text(minutes: i32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read_as_they_are_written() {
        for (written, read) in [("00:00", 0), ("08:05", 485), ("23:59", 1439), ("24:00", 1440)] {
            assert_eq!(minutes(written), Some(read));
            assert_eq!(text(read), written);
        }
        for wrong in ["8:00", "08:60", "24:01", "25:00", "0800", "", "08:00:00", "-1:00", "０８:00"] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
        assert_eq!((begin("24:00"), end("00:00"), end("06:00")), (None, Some(1440), Some(360)));
    }
}
