//! A request whose body was refused before its end.
//!
//! The HTTP server reads on and throws away what still comes in pieces, for as long as the client sends, if
//! nobody holds the body any more when the answer is sent. Held until then, it makes the server close the
//! connection instead.

use std::convert::Infallible;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::web::Bytes;

/// The rest of a body that nobody reads. It is handed on among the extensions of the answer.
pub struct Unread(pub Payload);

impl Unread {
    /// The body of the answer, which holds the rest of the request until it has been sent.
    pub fn held_by(self, answer: Vec<u8>) -> BoxBody {
        BoxBody::new(Holding { answer: answer.into(), _rest: self.0 })
    }
}

struct Holding {
    answer: Bytes,
    _rest: Payload,
}

impl MessageBody for Holding {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.answer.len() as u64)
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let answer = mem::take(&mut self.get_mut().answer);
        Poll::Ready((!answer.is_empty()).then_some(Ok(answer)))
    }
}
