//! The same request sent twice has one effect: `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
//!
//! A phone makes a key when a form opens and sends it with every try. The first request that comes through
//! leaves its answer under the key, in the transaction of what it did, so that a crash leaves both or
//! neither. A repeat gets the same answer, byte for byte, with `Idempotent-Replayed: true`; another request
//! under the key is 422; a repeat that comes while the first is still at work is 409 with `Retry-After`.
//!
//! What a repeat would only find in the way of nobody is not kept: faults of the server, "busy" and "too
//! many". Keys belong to whoever asked and to the operation, so nobody reads another's answer.
//!
//! A handler takes [`Key`] and calls [`once`] with work that ends with [`Ticket::keep`] in its transaction,
//! or [`write_once`], which does that by itself.

mod answer;
mod holding;
mod key;
mod store;

pub use self::answer::Answer;
pub(crate) use self::holding::HOLDING;
pub use self::key::{Key, PARAMETER};
pub use self::store::{
    Call, InFlight, KEPT_FOR, Principal, Ticket, answered, in_the_way, once, sweep, write_once,
};
