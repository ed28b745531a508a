//! Nothing that belongs to somebody reaches a log or an error.

use std::io::Write;
use std::sync::{Arc, Mutex};

use kangtu::wechat::client::{Endpoint, MiniProgramState, SubscribeMessage};
use kangtu::wechat::fake::Answer;
use kangtu::wechat::message_values::MessageValues;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use super::{Line, remark};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Everything that can go wrong, with recognisable words in every place, quoted back by WeChat too.
async fn live_through_everything(line: &Line) -> String {
    let quoting = "argument invalid! data.thing3.value mantisOpenid mantisContent rid: 6a21-77";
    for endpoint in [Endpoint::Login, Endpoint::TextCheck, Endpoint::SubscribeSend, Endpoint::PhoneNumber] {
        line.fake.answer_next(
            endpoint,
            [
                Answer::Errcode(47003, quoting),
                Answer::Errcode(43101, quoting),
                Answer::Errcode(40125, quoting),
                Answer::Json(json!({"openid": ["mantisOpenid"], "result": "mantisContent", "errcode": 0})),
                Answer::Html,
                Answer::Redirect,
                Answer::Status(500),
                Answer::Silence,
            ],
        );
    }
    let values = MessageValues::fit([("thing1", "mantisContent")]).unwrap();
    let message = SubscribeMessage {
        openid: "mantisOpenid",
        template_id: "t",
        page: None,
        values: &values,
        state: MiniProgramState::Formal,
    };
    let mut told = vec![format!("{:?} {message:?} {:?}", line.client, remark("mantisContent"))];
    for _ in 0..10 {
        told.push(format!("{:?}", line.client.login("dev-mantisOpenid").await));
        told.push(format!("{:?}", line.client.phone_number("dev-13812345678", "mantisOpenid").await));
        told.push(format!("{:?}", line.client.check_text(&remark("mantisContent")).await));
        told.push(format!("{:?}", line.client.send_subscribe_message(&message).await));
    }
    told.concat()
}

#[actix_web::test]
async fn logs_and_errors_hold_no_secret_and_nobody() {
    let line = Line::hasty();
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_env_filter("trace").with_writer(log.clone()).with_ansi(false).finish();
    let listening = tracing::subscriber::set_default(subscriber);
    let told = live_through_everything(&line).await;
    drop(listening);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();

    for known in ["/sns/jscode2session", "errcode=47003", "rid=\"6a21-77\"", "status=500", "did not answer"] {
        assert!(log.contains(known), "{known} is missing in the log");
    }
    let session = line.client.login("dev-mantisOpenid").await.unwrap();
    let token = line.fake.calls(Endpoint::TextCheck)[0].query["access_token"].clone();
    let credentials = line.fake.credentials();
    let keys: Vec<String> = line
        .fake
        .calls(Endpoint::Login)
        .iter()
        .map(|call| call.query["secret"].clone())
        .chain([credentials.secret.expose().to_owned(), token])
        .chain([session.session_key.expose_base64().to_owned()])
        .collect();
    for secret in
        keys.iter().map(String::as_str).chain(["mantis", "13812345678", "access_token=", "js_code="])
    {
        assert!(!log.contains(secret), "the log holds {secret}");
        assert!(!told.contains(secret), "an error or Debug text holds {secret}");
    }
}
