//! Memory for large answers, used again and again.
//!
//! An answer is copied into the connection's buffer as soon as it is written. With fresh memory each
//! time, both writing and copying it would wait for memory that no cache of the processor holds.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

use actix_web::web::Bytes;

/// Buffers that a thread keeps.
const KEPT: usize = 4;
/// Larger ones are given back: an unusual answer must not hold memory for good.
const LARGEST_KEPT_BYTES: usize = 512 * 1024;
/// Room that a new buffer has, enough for the view of a walking viewport.
const USUAL_BYTES: usize = 120 * 1024;

thread_local! {
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Memory to write an answer in. When the answer has been sent, the thread uses it for another one.
#[derive(Debug)]
pub struct BodyBuffer(Vec<u8>);

impl BodyBuffer {
    /// An empty buffer with the usual room.
    pub fn take() -> Self {
        let spare = SPARE.with_borrow_mut(Vec::pop);
        Self(spare.unwrap_or_else(|| Vec::with_capacity(USUAL_BYTES)))
    }

    /// What was written, as the body of an answer.
    pub fn into_body(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl Deref for BodyBuffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for BodyBuffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl AsRef<[u8]> for BodyBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for BodyBuffer {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.0);
        if buffer.capacity() > LARGEST_KEPT_BYTES {
            return;
        }
        buffer.clear();
        SPARE
            .try_with(|spare| {
                if let Ok(mut spare) = spare.try_borrow_mut()
                    && spare.len() < KEPT
                {
                    spare.push(buffer);
                }
            })
            // A thread that ends has nothing to keep it for.
            .unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sent_answer_leaves_its_memory_empty_to_the_next() {
        let mut first = BodyBuffer::take();
        first.extend_from_slice(b"first");
        let memory = first.as_ptr();
        let body = first.into_body();
        let second = BodyBuffer::take();
        assert_ne!(second.as_ptr(), memory, "the first is not sent yet");
        assert_eq!(body, "first");
        drop(body);
        let third = BodyBuffer::take();
        assert_eq!(third.as_ptr(), memory);
        assert!(third.is_empty());
    }

    #[test]
    fn an_unusually_large_answer_gives_its_memory_back() {
        let mut large = BodyBuffer::take();
        large.resize(LARGEST_KEPT_BYTES + 1, b' ');
        drop(large.into_body());
        assert!(BodyBuffer::take().capacity() <= LARGEST_KEPT_BYTES);
    }
}
