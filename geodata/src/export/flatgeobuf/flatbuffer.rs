//! As much of the `FlatBuffers` wire format as `FlatGeobuf` needs, written from front to back.
//!
//! A table is written before what it refers to; references are 32-bit distances forward, filled in
//! when the target is known. Numbers are little-endian and aligned to their size, counted from the
//! length that stands before the buffer.

/// A value inside a table.
#[derive(Clone, Copy)]
pub(super) enum Field {
    U8(u8),
    U16(u16),
    I32(i32),
    U64(u64),
    /// A reference, to be filled in with [`Buffer::refer`].
    Reference,
}

impl Field {
    fn size(self) -> usize {
        match self {
            Self::U8(_) => 1,
            Self::U16(_) => 2,
            Self::I32(_) | Self::Reference => 4,
            Self::U64(_) => 8,
        }
    }
}

/// Where a reference stands that is not filled in yet.
#[derive(Clone, Copy)]
pub(super) struct Slot(usize);

/// A buffer that is being written behind whatever `out` held before.
pub(super) struct Buffer<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
}

impl<'o> Buffer<'o> {
    /// Begins a buffer with its length before it; returns the reference to the root table.
    pub(super) fn begin(out: &'o mut Vec<u8>) -> (Self, Slot) {
        let start = out.len();
        out.extend_from_slice(&[0; 8]);
        (Self { out, start }, Slot(start + 4))
    }

    /// Writes the length. The end is padded, so that buffers one behind the other stay aligned.
    pub(super) fn finish(mut self) {
        self.align(8, 0);
        let length = self.out.len() - self.start - 4;
        self.put_u32(self.start, length);
    }

    /// Fills in a reference to what comes next in the buffer.
    fn refer(&mut self, slot: Slot) {
        self.put_u32(slot.0, self.out.len().saturating_sub(slot.0));
    }

    fn put_u32(&mut self, at: usize, value: usize) {
        let bytes = u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
        if let Some(place) = self.out.get_mut(at..at + 4) {
            place.copy_from_slice(&bytes);
        }
    }

    /// Pads so that what follows `ahead` more bytes is aligned.
    fn align(&mut self, size: usize, ahead: usize) {
        let position = self.out.len() - self.start + ahead;
        let padding = position.next_multiple_of(size) - position;
        self.out.resize(self.out.len() + padding, 0);
    }

    /// Writes a table with these fields by their number, and returns its references in the same order.
    pub(super) fn table<const REFERENCES: usize>(
        &mut self,
        at: Slot,
        fields: &[(u16, Field)],
    ) -> [Slot; REFERENCES] {
        let numbers = fields.iter().map(|(number, _)| usize::from(*number) + 1).max().unwrap_or(0);
        let table_bytes =
            fields.iter().fold(4, |end: usize, (_, field)| end.next_multiple_of(field.size()) + field.size());
        let vtable_bytes = 4 + 2 * numbers;
        self.align(8, vtable_bytes);
        let vtable = self.out.len();
        self.out.resize(vtable + vtable_bytes, 0);
        self.refer(at);
        let table = self.out.len();
        self.put_u16(vtable, vtable_bytes);
        self.put_u16(vtable + 2, table_bytes);
        self.out.extend_from_slice(&[0; 4]);
        self.put_u32(table, vtable_bytes);
        let mut references = [Slot(table); REFERENCES];
        let mut slots = references.iter_mut();
        for (number, field) in fields {
            // The table is aligned to eight, so alignment counts from it.
            let offset = (self.out.len() - table).next_multiple_of(field.size());
            self.out.resize(table + offset, 0);
            self.put_u16(vtable + 4 + 2 * usize::from(*number), offset);
            match *field {
                Field::U8(value) => self.out.push(value),
                Field::U16(value) => self.out.extend_from_slice(&value.to_le_bytes()),
                Field::I32(value) => self.out.extend_from_slice(&value.to_le_bytes()),
                Field::U64(value) => self.out.extend_from_slice(&value.to_le_bytes()),
                Field::Reference => {
                    if let Some(slot) = slots.next() {
                        *slot = Slot(table + offset);
                    }
                    self.out.extend_from_slice(&[0; 4]);
                }
            }
        }
        references
    }

    fn put_u16(&mut self, at: usize, value: usize) {
        let bytes = u16::try_from(value).unwrap_or(u16::MAX).to_le_bytes();
        if let Some(place) = self.out.get_mut(at..at + 2) {
            place.copy_from_slice(&bytes);
        }
    }

    fn length(&mut self, length: usize) {
        self.out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    }

    /// Writes text.
    pub(super) fn string(&mut self, at: Slot, text: &str) {
        self.align(4, 0);
        self.refer(at);
        self.length(text.len());
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(0);
    }

    /// Writes bytes that `write` appends.
    pub(super) fn bytes(&mut self, at: Slot, write: impl FnOnce(&mut Vec<u8>)) {
        self.align(4, 0);
        self.refer(at);
        let length_at = self.out.len();
        self.length(0);
        write(self.out);
        self.put_u32(length_at, self.out.len() - length_at - 4);
    }

    /// Writes a list of 32-bit numbers.
    pub(super) fn u32s(&mut self, at: Slot, numbers: &[u32]) {
        self.align(4, 0);
        self.refer(at);
        self.length(numbers.len());
        for number in numbers {
            self.out.extend_from_slice(&number.to_le_bytes());
        }
    }

    /// Writes a list of `count` 64-bit numbers.
    pub(super) fn f64s(&mut self, at: Slot, count: usize, numbers: impl Iterator<Item = f64>) {
        self.align(8, 4);
        self.refer(at);
        self.length(count);
        self.out.reserve(count * 8);
        for number in numbers {
            self.out.extend_from_slice(&number.to_le_bytes());
        }
    }

    /// Writes a list of references to tables that follow.
    pub(super) fn references(&mut self, at: Slot, count: usize) -> Vec<Slot> {
        self.align(4, 0);
        self.refer(at);
        self.length(count);
        let first = self.out.len();
        self.out.resize(first + 4 * count, 0);
        (0..count).map(|index| Slot(first + 4 * index)).collect()
    }
}
