//! What every request passes through, from the outside in, and small HTTP values without business
//! words.

pub mod accept;
pub mod body_buffer;
pub mod client_address;
pub mod compression;
pub mod contract;
pub mod cors;
pub mod error_form;
pub mod error_page;
pub mod etag;
pub mod extract;
pub mod field_errors;
pub mod if_match;
pub mod intake;
pub mod known_names;
pub mod observation;
pub mod other_form;
pub mod page_url;
pub mod parameters;
pub mod patch;
pub mod personal;
pub mod range;
pub mod ready;
pub mod unread;
pub mod unreadable;
pub mod upload;
