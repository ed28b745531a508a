//! Which gateway is calling: a box with a key, no person and no session.

use actix_web::dev::Payload;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use chrono::{DateTime, Utc};
use entity::{hut, hut_gateway};
use futures_util::future::LocalBoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::{ActiveValue, ConnectionTrait, DatabaseTransaction, EntityTrait, QuerySelect};
use serde::de::DeserializeOwned;
use sha2::Sha256;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::window::{Replayed, Window};
use crate::error::{ApiError, ApiResult};
use crate::hex::bytes_of;
use crate::http::client_address::ClientAddress;
use crate::http::extract;
use crate::http::known_names::KnownNames;
use crate::http::observation::Route;
use crate::huts::{FORMER_GATEWAY_KEY, GATEWAY_KEY};
use crate::state::AppState;
use crate::vault::{CellAddress, Column};

const GATEWAY: &str = "x-kangtu-gateway";
const SIGNATURE: &str = "x-kangtu-signature";

/// Headers of a message of a gateway, for the contract.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its description is used")]
pub(in crate::huts) struct GatewayHeaders {
    /// Id of the gateway
    #[param(rename = "X-Kangtu-Gateway")]
    gateway: Uuid,
    /// HMAC-SHA-256 in hexadecimal digits, with the key of the gateway, over the path of the operation, a line
    /// feed, and the body as it is sent
    #[param(rename = "X-Kangtu-Signature", example = "9b71d224bd62f3785d96d46ad3ea3d73...")]
    signature: String,
}

/// What every message of a gateway says of itself.
pub(in crate::huts) trait Envelope: DeserializeOwned {
    /// The message as the contract describes it.
    type Described: ToSchema;

    /// The gateway that it says it is from.
    fn gateway_id(&self) -> Uuid;
    /// Its number.
    fn seq(&self) -> i64;
    /// When it was sent, by the clock of the gateway.
    fn sent_at(&self) -> DateTime<Utc>;
}

/// A message that a gateway signed with a key that counts. Its number is not looked at yet: that happens in
/// the transaction of what it does, with `SignedMessage::take`.
#[derive(Debug)]
pub(in crate::huts) struct SignedMessage {
    pub(in crate::huts) hut: hut::Model,
    gateway_id: Uuid,
    by_current_key: bool,
    body: Bytes,
}

/// A message that counts.
#[derive(Clone, Debug)]
pub(in crate::huts) struct Message<B> {
    pub(in crate::huts) hut: hut::Model,
    pub(in crate::huts) gateway_id: Uuid,
    by_current_key: bool,
    pub(in crate::huts) body: B,
}

impl SignedMessage {
    /// Reads the body, which must name the gateway that signed it.
    ///
    /// # Errors
    /// 400 when it is not what is needed here.
    pub(in crate::huts) fn read<B: Envelope>(self) -> ApiResult<Message<B>> {
        let body: B = serde_json::from_slice(&self.body)
            .map_err(|source| extract::bad_json(&self.body, &source, &KnownNames::of::<B::Described>()))?;
        if body.gateway_id() != self.gateway_id {
            return Err(unknown_gateway());
        }
        Ok(Message { hut: self.hut, gateway_id: self.gateway_id, by_current_key: self.by_current_key, body })
    }
}

impl<B: Envelope> Message<B> {
    /// Uses the number of the message, first thing in its transaction: messages of one hut take turns.
    ///
    /// # Errors
    /// 409 `seq_used` or `seq_too_old` for a message that was sent again; 401 where the gateway was revoked
    /// meanwhile.
    pub(in crate::huts) async fn take(
        &self,
        transaction: &DatabaseTransaction,
        now: DateTime<Utc>,
    ) -> ApiResult<()> {
        // Everybody who changes something about a hut takes turns on the hut first.
        hut::Entity::find_by_id(self.hut.id).lock_exclusive().one(transaction).await?;
        let row = hut_gateway::Entity::find_by_id(self.gateway_id).lock_exclusive().one(transaction).await?;
        let row = row.filter(|row| row.status == hut_gateway::Status::Active).ok_or_else(unknown_gateway)?;
        let window = Window { last: row.last_seq, seen: row.seen_seqs };
        let window = window.with(self.body.seq()).map_err(replayed)?;
        let offset_ms = (now - self.body.sent_at()).num_milliseconds();
        let mut used = hut_gateway::ActiveModel {
            id: ActiveValue::Unchanged(self.gateway_id),
            last_seq: ActiveValue::Set(window.last),
            seen_seqs: ActiveValue::Set(window.seen),
            seen_at: ActiveValue::Set(Some(now.into())),
            clock_offset_ms: ActiveValue::Set(Some(offset_ms)),
            ..Default::default()
        };
        if self.by_current_key && row.former_key_cell.is_some() {
            // The new key has arrived, so nobody needs the former any more.
            used.former_key_cell = ActiveValue::Set(None);
            used.former_key_until = ActiveValue::Set(None);
        }
        hut_gateway::Entity::update(used).exec(transaction).await?;
        Ok(())
    }
}

impl FromRequest for SignedMessage {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let state = request.app_data::<Data<AppState>>().cloned();
        let address = ClientAddress::of(request);
        let path = request.extensions().get::<Route>().and_then(|route| route.pattern().map(str::to_owned));
        let header =
            |name| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (gateway_id, signature) = (header(GATEWAY), header(SIGNATURE));
        let body = Bytes::from_request(request, payload);
        Box::pin(async move {
            let state =
                state.ok_or_else(|| ApiError::Internal(anyhow::anyhow!("the server has no state")))?;
            let body = body.await.map_err(|_unread| ApiError::BadRequest {
                code: "bad_body",
                detail: "内容没有完整送到，请重试。".into(),
                parameter: None,
            })?;
            let claim = Claim {
                gateway_id: gateway_id.and_then(|id| id.parse().ok()),
                signature: signature.and_then(|text| bytes_of(&text)),
                path: path.unwrap_or_default(),
                body,
            };
            let verified = claim.verified(&state).await;
            if let Err(ApiError::Unauthorized { .. }) = verified {
                state.refusals.count(address, "gateway", state.clock.now());
            }
            verified
        })
    }
}

/// Who somebody says they are.
struct Claim {
    gateway_id: Option<Uuid>,
    signature: Option<Vec<u8>>,
    path: String,
    body: Bytes,
}

impl Claim {
    async fn verified(self, state: &AppState) -> ApiResult<SignedMessage> {
        let (id, signature) = self.gateway_id.zip(self.signature).ok_or_else(unknown_gateway)?;
        let reader = state.database.reader();
        let row = hut_gateway::Entity::find_by_id(id).one(reader).await?.ok_or_else(unknown_gateway)?;
        let now = state.clock.now();
        let former = row.former_key_until.filter(|until| now < **until).and(row.former_key_cell.as_deref());
        let keys = [(row.key_cell.as_deref(), GATEWAY_KEY, true), (former, FORMER_GATEWAY_KEY, false)];
        for (cell, column, is_current) in keys {
            let Some(cell) = cell else { continue };
            let key = open(state, reader, column, id, cell).await?;
            if is_signed(key.as_bytes(), &self.path, &self.body, &signature) {
                let hut = hut::Entity::find_by_id(row.hut_id).one(reader).await?;
                let hut = hut.filter(|hut| hut.status == hut::Status::Open).ok_or_else(hut_closed)?;
                return Ok(SignedMessage {
                    hut,
                    gateway_id: id,
                    by_current_key: is_current,
                    body: self.body,
                });
            }
        }
        Err(unknown_gateway())
    }
}

async fn open(
    state: &AppState,
    connection: &impl ConnectionTrait,
    column: Column,
    gateway_id: Uuid,
    cell: &[u8],
) -> ApiResult<String> {
    let address = CellAddress { column, row: gateway_id.as_bytes() };
    state.vault.open_text(connection, address, cell).await
}

/// Compares in constant time.
fn is_signed(key: &[u8], path: &str, body: &[u8], signature: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return false };
    mac.update(path.as_bytes());
    mac.update(b"\n");
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}

/// One answer for whatever is wrong, so that nobody learns which gateways there are.
fn unknown_gateway() -> ApiError {
    ApiError::Unauthorized {
        code: "gateway_unknown",
        detail: "网关没有登记、密钥已更换或签名不正确，请到健康小屋管理页面核对网关密钥。".into(),
    }
}

fn hut_closed() -> ApiError {
    ApiError::Conflict {
        code: "hut_closed", detail: "这个健康小屋已经停用，不再接收数据。".into()
    }
}

fn replayed(replayed: Replayed) -> ApiError {
    match replayed {
        Replayed::Used => ApiError::Conflict {
            code: "seq_used",
            detail: "这个序号已经用过。没有收到回答时，请换一个新序号重新发送，已收到的数据不会重复。".into(),
        },
        Replayed::TooOld => ApiError::Conflict {
            code: "seq_too_old",
            detail: "这个序号太旧，请用比上次更大的序号重新发送。".into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_the_path_and_the_body() {
        // printf '/api/v1/gateway/readings\n{}' | openssl dgst -sha256 -hmac key
        let right = bytes_of("3195fe65e78e599bd79af30c9b124b7c96d719838b812bde870c959c9fbdfcb4").unwrap();
        assert!(is_signed(b"key", "/api/v1/gateway/readings", b"{}", &right));
        assert!(!is_signed(b"key", "/api/v1/gateway/sessions", b"{}", &right));
        assert!(!is_signed(b"key", "/api/v1/gateway/readings", b"{ }", &right));
        assert!(!is_signed(b"kez", "/api/v1/gateway/readings", b"{}", &right));
        assert!(!is_signed(b"key", "/api/v1/gateway/readings", b"{}", &right[..31]));
        assert!(!is_signed(b"key", "/api/v1/gateway/readings", b"{}", b""));
    }
}
