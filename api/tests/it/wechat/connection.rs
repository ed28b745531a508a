//! Which WeChat the server is connected to, and the files that prove whose a domain is.

use kangtu::app::Application;
use kangtu::clock::Clock;
use kangtu::config::Switch;
use kangtu::random::Random;
use kangtu::wechat::fake::FakeWechat;
use reqwest::Method;

use crate::support::world::{World, wednesday_morning};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(in world:
    production_does_not_start_on_what_lets_anybody_in,
    configured_credentials_are_used,
    verification_files_are_served_to_the_byte,
);

async fn production_does_not_start_on_what_lets_anybody_in(world: &World) {
    let clock = Clock::fixed(wednesday_morning());
    let mut settings = world.settings();
    settings.production = true;
    let refused = async |settings| match Application::build(settings, clock.clone()).await {
        Ok(_) => panic!("it was built"),
        Err(error) => format!("{error:#}"),
    };
    assert!(refused(settings.clone()).await.contains("KANGTU_WECHAT_APPID"));
    settings.wechat.wechat_appid = Some("wx1".into());
    assert!(refused(settings.clone()).await.contains("KANGTU_WECHAT_SECRET"));
    settings.wechat.wechat_secret = Some("mantis".to_owned().into());
    settings.wechat.wechat_base_url = "http://127.0.0.1:9".into();
    let told = refused(settings.clone()).await;
    assert!(told.contains("KANGTU_WECHAT_BASE_URL") && !told.contains("mantis"), "{told}");
    settings.wechat.wechat_base_url = "https://api.weixin.qq.com".into();
    settings.rate_limits = Switch::Off;
    assert!(refused(settings.clone()).await.contains("KANGTU_RATE_LIMITS"));
}

async fn configured_credentials_are_used(world: &World) {
    let clock = Clock::fixed(wednesday_morning());
    let fake = FakeWechat::start(clock.clone(), Random::seeded(1)).unwrap();
    let mut settings = world.settings();
    settings.wechat.wechat_appid = Some(fake.credentials().appid);
    settings.wechat.wechat_secret = Some(fake.credentials().secret);
    settings.wechat.wechat_base_url = fake.base_url().to_string();
    let app = TestApp::start(settings, clock).await;
    assert!(app.state.wechat.fake.is_none(), "the server plays WeChat although it has credentials");
    let code = fake.login_code("oLi");
    assert_eq!(app.state.wechat.client.login(&code).await.unwrap().openid, "oLi");
    app.get("/wechat/push?signature=a&timestamp=1&nonce=1&echostr=1")
        .await
        .problem(404, "push_not_configured");
    app.stop().await;
}

async fn verification_files_are_served_to_the_byte(world: &World) {
    let mut settings = world.settings();
    settings.wechat.wechat_verify_files = Some("6ynZPDvfTF.txt=a1b2=,MP_verify_0aZ.txt=0aZ".into());
    let app = TestApp::start(settings, Clock::fixed(wednesday_morning())).await;
    for (path, body) in [("/6ynZPDvfTF.txt", "a1b2="), ("/MP_verify_0aZ.txt", "0aZ")] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.text(), answer.media_type()), (200, body, "text/plain"));
    }
    for path in
        ["/robots.txt", "/.txt", "/6ynZPDvfTF", "/6ynZPDvfTF.html", "/x/6ynZPDvfTF.txt", "/%2e%2e.txt"]
    {
        app.get(path).await.problem(404, "not_found");
    }
    app.get("/6ynZPDvfTF.txt?x=1").await.problem(400, "bad_parameter");
    let post = app.request(Method::POST, "/6ynZPDvfTF.txt").send().await;
    post.problem(405, "method_not_allowed");
    app.stop().await;
}
