//! The wire format of protocol buffers, as far as `.osm.pbf` needs it. Fields are slices of the block they
//! were read from; nothing is allocated, and no length is believed before it was compared with what is there.

/// Bytes that are no protocol buffer message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The value of a field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'b> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 2: a string, a message or packed numbers.
    Bytes(&'b [u8]),
    /// Wire types 1 and 5, which no field of the format has.
    Other,
}

/// Reads the fields of a message in their order.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    pub(crate) fn of(message: &'b [u8]) -> Self {
        Self(message)
    }

    fn read(&mut self) -> Result<(u64, Value<'b>), Malformed> {
        let key = varint(&mut self.0)?;
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut self.0)?),
            1 => self.take(8).map(|_| Value::Other)?,
            2 => {
                let length = usize::try_from(varint(&mut self.0)?).map_err(|_too_large| Malformed)?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Other)?,
            _ => return Err(Malformed),
        };
        Ok((key >> 3, value))
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = Result<(u64, Value<'b>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let read = self.read();
        if read.is_err() {
            // Nothing after it can be told apart.
            self.0 = &[];
        }
        Some(read)
    }
}

/// Packed varints.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Packed<'b>(&'b [u8]);

impl<'b> Packed<'b> {
    pub(crate) fn of(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// The numbers as differences of signed numbers, each added to those before.
    pub(crate) fn deltas(self) -> impl Iterator<Item = Result<i64, Malformed>> {
        self.scan(0_i64, |sum, number| {
            Some(number.map(|number| {
                *sum = sum.wrapping_add(signed(number));
                *sum
            }))
        })
    }
}

#[expect(clippy::copy_iterator, reason = "the same numbers are read twice, in step with others")]
impl Iterator for Packed<'_> {
    type Item = Result<u64, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let read = varint(&mut self.0);
        if read.is_err() {
            self.0 = &[];
        }
        Some(read)
    }
}

/// Undoes the zig-zag of `sint64`.
pub(crate) fn signed(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(Malformed)?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_protocol_buffers_write_them() {
        let read = |mut bytes: &[u8]| varint(&mut bytes);
        assert_eq!(read(&[0x96, 0x01]), Ok(150));
        assert_eq!(read(&[0xff; 9]), Err(Malformed));
        assert_eq!(read(&[0xff; 11]), Err(Malformed));
        assert_eq!([0, 1, 2, 3, u64::MAX].map(signed), [0, -1, 1, -2, i64::MIN]);
    }

    #[test]
    fn a_length_beyond_the_message_is_refused() {
        let fields: Vec<_> = Fields::of(&[0x0a, 0x05, 1, 2]).collect();
        assert!(matches!(fields.as_slice(), [Err(Malformed)]));
    }
}
