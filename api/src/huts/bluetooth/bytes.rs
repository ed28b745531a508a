//! Fields of a payload, one after the other, low byte first.

use chrono::{NaiveDate, NaiveDateTime};

use super::Unreadable;
use super::number::Number;

/// What is left of a payload.
pub(super) struct Bytes<'p>(pub(super) &'p [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or(Unreadable::TooShort)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Unreadable> {
        self.take().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Unreadable> {
        self.take().map(u16::from_le_bytes)
    }

    pub(super) fn i16(&mut self) -> Result<i16, Unreadable> {
        self.take().map(i16::from_le_bytes)
    }

    /// A number, or nothing where the device says that it has none.
    pub(super) fn sfloat(&mut self) -> Result<Option<Number>, Unreadable> {
        self.take().map(Number::sfloat)
    }

    pub(super) fn float(&mut self) -> Result<Option<Number>, Unreadable> {
        self.take().map(Number::float)
    }

    /// Date Time of the GATT specification: year, month, day, hour, minute, second, without a zone. Nothing
    /// where a part is unknown, which devices say with 0.
    pub(super) fn date_time(&mut self) -> Result<Option<NaiveDateTime>, Unreadable> {
        let year = self.u16()?;
        let [month, day, hour, minute, second] = self.take()?;
        let date = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
        Ok(date.and_then(|date| date.and_hms_opt(u32::from(hour), u32::from(minute), u32::from(second))))
    }
}
