//! What passes between the server and WeChat, against a WeChat of our own.

mod calls;
mod connection;
mod inbox;
mod messages;
mod push;
mod secrecy;
mod tokens;

use std::time::Duration;

use chrono::{DateTime, Utc};
use kangtu::clock::Clock;
use kangtu::metrics::WechatCalls;
use kangtu::random::Random;
use kangtu::wechat::WechatClient;
use kangtu::wechat::client::{Endpoint, Patience, Scene, TextCheck};
use kangtu::wechat::fake::FakeWechat;

use crate::support::world::wednesday_morning;

/// A WeChat and a client of it, on one clock.
struct Line {
    clock: Clock,
    fake: FakeWechat,
    client: WechatClient,
}

impl Line {
    fn new() -> Self {
        Self::with(Patience::without_delays())
    }

    /// With a client that soon stops waiting.
    fn hasty() -> Self {
        Self::with(Patience { exchange: Duration::from_millis(150), ..Patience::without_delays() })
    }

    fn with(patience: Patience) -> Self {
        let clock = Clock::fixed(wednesday_morning());
        let fake = FakeWechat::start(clock.clone(), Random::seeded(7)).unwrap();
        let client = WechatClient::new(
            fake.base_url(),
            fake.credentials(),
            patience,
            clock.clone(),
            WechatCalls::default(),
        )
        .unwrap();
        Self { clock, fake, client }
    }

    fn count(&self, endpoint: Endpoint) -> usize {
        self.fake.calls(endpoint).len()
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

fn remark(content: &str) -> TextCheck<'_> {
    TextCheck { openid: "oLi", scene: Scene::Comment, content, nickname: None }
}
