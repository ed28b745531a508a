//! WeChat: the only room that opens outbound connections.
//!
//! [`client`] calls WeChat, [`push`] is called by it, [`crypto`] holds what both sides sign and encrypt,
//! [`fake`] plays WeChat on loopback for tests and for development, so that there is one code path and
//! nothing is stubbed. [`verification_files`] are what WeChat looks for to see whose a domain is.

pub mod client;
pub mod crypto;
pub mod fake;
pub mod message_values;
pub mod push;
pub mod verification_files;

mod lenient;
mod told;

use std::sync::Arc;

pub use client::{WechatClient, WechatError};

use self::client::Patience;
use self::fake::FakeWechat;
use self::push::PushKeys;
use self::verification_files::VerificationFiles;
use crate::clock::Clock;
use crate::config::{Settings, WechatConnection};
use crate::metrics::WechatCalls;
use crate::random::Random;

/// What the server has of WeChat. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Wechat {
    /// Calls WeChat.
    pub client: WechatClient,
    /// What pushes are verified with; none are accepted without.
    pub push: Option<Arc<PushKeys>>,
    /// The domain-verification files.
    pub verification_files: Arc<VerificationFiles>,
    /// The WeChat that the server plays itself, in development.
    pub fake: Option<FakeWechat>,
}

impl Wechat {
    /// Connects as the settings say. Without credentials, and not in production, a WeChat of the server's
    /// own is started on loopback.
    ///
    /// # Errors
    /// When the settings cannot be used, or production would run on a WeChat of our own.
    pub fn connect(
        settings: &Settings,
        clock: &Clock,
        random: &Random,
        calls: WechatCalls,
    ) -> anyhow::Result<Self> {
        let verification_files = VerificationFiles::read(settings.wechat.verification_source()?)?;
        let (client, push, fake) = if let Some(connection) =
            settings.wechat.connection(settings.production)?
        {
            let WechatConnection { base_url, credentials, push } = connection;
            let client = WechatClient::new(base_url, credentials, Patience::default(), clock.clone(), calls)?;
            (client, push, None)
        } else {
            let fake = FakeWechat::start(clock.clone(), random.clone())?;
            let patience = Patience::without_delays();
            let client =
                WechatClient::new(fake.base_url(), fake.credentials(), patience, clock.clone(), calls)?;
            (client, Some(fake.push_keys()), Some(fake))
        };
        Ok(Self { client, push: push.map(Arc::new), verification_files: Arc::new(verification_files), fake })
    }
}
