//! `kangtu serve`: the server.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{control, say};
use crate::app::{Application, StopHandle};
use crate::clock::Clock;
use crate::config::Settings;
use crate::seed;
use crate::telemetry;

pub(super) fn run(settings: Settings) -> anyhow::Result<()> {
    telemetry::start(&settings.log)?;
    actix_web::rt::System::new().block_on(serve(settings))
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    let application = Application::build(settings, Clock::system()).await?;
    // Before anybody is told that the server runs, so that a stop signal always finds its handler.
    let stopping = StopSignal::listen()?;
    if let Some(fake) = &application.state().wechat.fake {
        fake.report_media_checks_to(application.address());
    }
    let commands = control::listen(application.state());
    welcome(&application).await?;
    let drained = actix_web::rt::spawn(stopping.drain(application.stop_handle()));
    let served = application.run().await;
    drop(commands);
    drained.abort();
    served?;
    say("已停止，所有已接受的请求都已处理完。")
}

struct StopSignal {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignal {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn drain(mut self, stop: StopHandle) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        tracing::info!("stopping: accepted requests finish first");
        stop.drain().await;
    }
}

async fn welcome(application: &Application) -> anyhow::Result<()> {
    let state = application.state();
    let held = seed::held(&state.database).await?;
    let address = application.address();
    let log_in = if state.wechat.fake.is_some() {
        "开发模式：没有配置微信，任何人用 dev-名字 就能登录，不能用于正式服务。\n"
    } else {
        ""
    };
    say(&format!(
        "康图已启动。请打开：\n  \
         健康地图（网页、GIS）   http://{address}/map\n  \
         首页内容（手机接口）   http://{address}/api/v1/home\n  \
         手机接口示例           http://{address}/api/v1/map/view?bbox=114.33,22.58,114.53,22.69&zoom=13\n  \
         运行状态               http://{address}/readyz\n  \
         监控指标               http://{}/metrics\n\
         地图上有 {} 个地点，其中 {} 个是示例数据（\"demo\": true），不是真实地点；另有 {} 个地点等待核对。\n\
         有 {} 篇文章；随程序附带的文章是示例，还没有经过医务人员审核。\n\
         {log_in}\
         个人资料用 {} 里的密钥加密；请把这个文件另外备份，丢了它资料就再也打不开。\n\
         按 Ctrl+C 停止。",
        application.metrics_address(),
        held.published,
        held.demo,
        held.needs_review,
        held.articles,
        state.keys.path().display()
    ))
}
