//! What kind of device a log-in came from, in words its owner recognises. Nothing finer is kept.

use actix_web::HttpRequest;
use actix_web::http::header;

/// Names the device of a request.
pub(super) fn device(request: &HttpRequest) -> String {
    let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    named(agent.unwrap_or_default())
}

fn named(user_agent: &str) -> String {
    let has = |word: &str| user_agent.contains(word);
    let program = if has("MicroMessenger") {
        "微信"
    } else if has("Mozilla/") {
        "浏览器"
    } else {
        "其他程序"
    };
    let system = [
        ("HarmonyOS", "鸿蒙"),
        ("OpenHarmony", "鸿蒙"),
        ("iPad", "iPad"),
        ("iPhone", "iPhone"),
        ("Android", "安卓"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("Linux", "Linux"),
    ];
    match system.iter().find(|(word, _)| has(word)) {
        Some((_, name)) => format!("{program}（{name}）"),
        None => program.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_device_is_named_as_its_owner_would() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0.50 Language/zh_CN",
                "微信（iPhone）",
            ),
            ("Mozilla/5.0 (Linux; Android 14; V2309A) MicroMessenger/8.0.50", "微信（安卓）"),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0", "浏览器（Windows）"),
            ("curl/8.5.0", "其他程序"),
            ("", "其他程序"),
        ] {
            assert_eq!(named(agent), name, "{agent}");
        }
    }
}
