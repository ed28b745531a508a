//! Where a request comes from, for sessions, for the audit log and for counting failures.

use actix_web::{HttpMessage, HttpRequest};

use super::client;
use crate::audit::{Action, Actor, AuditEvent};
use crate::http::client_address::ClientAddress;
use crate::http::observation::RequestId;

/// What is known of whoever sent a request, besides who it is.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The address of the client.
    pub address: ClientAddress,
    /// Kind of device in words its owner recognises.
    pub device: String,
    /// What the log calls the request.
    pub request_id: Option<String>,
}

impl Origin {
    /// Where this request comes from.
    pub fn of(request: &HttpRequest) -> Self {
        Self {
            address: ClientAddress::of(request),
            device: client::device(request),
            request_id: request.extensions().get::<RequestId>().map(|id| id.0.clone()),
        }
    }

    /// Something that this request did.
    pub fn event(&self, action: Action, actor: Actor) -> AuditEvent {
        AuditEvent {
            request_id: self.request_id.clone(),
            client_prefix: Some(self.address.neighbourhood()),
            ..AuditEvent::new(action, actor)
        }
    }
}
