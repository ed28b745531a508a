//! WeChat: the only room that opens outbound connections.
//!
//! [`client`] calls WeChat, [`push`] is called by it, [`crypto`] holds what both sides sign and encrypt,
//! [`fake`] plays WeChat on loopback for tests and for development, so that there is one code path and
//! nothing is stubbed. [`verification_files`] are what WeChat looks for to see whose a domain is.

pub mod client;
pub mod crypto;
pub mod message_values;

mod lenient;

pub use client::{WechatClient, WechatError};
