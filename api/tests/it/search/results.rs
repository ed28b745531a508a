use entity::feature::Status;
use geo::Point;
use kangtu::map::edit::{FeatureDraft, FeatureEdit, commit};

use super::{ids, path, search, shown};
use crate::knowledge::{always, draft, publish};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    the_best_result_comes_first,
    whom_to_call_comes_before_everything,
    what_more_of_the_words_mean_comes_first,
    words_are_found_however_they_are_typed,
    what_comes_close_is_told_apart,
    hits_are_marked,
    pages_join_without_repeating,
    one_kind_can_be_asked_for,
    a_region_leaves_out_what_is_elsewhere,
    a_place_is_found_by_its_name_of_this_moment,
    articles_are_searched_within_a_topic,
    what_is_wrong_is_named,
);

async fn the_best_result_comes_first(app: TestApp) {
    for (typed, first) in [
        ("120", "service emergency-120"),
        ("高血压", "article video-blood-pressure-at-home"),
        ("量血压", "article home-blood-pressure"),
        ("土洋公园", "place"),
        ("心肺复苏怎么做", "service emergency-120"),
        ("葵涌社区健康专干", "officer officer-01"),
        ("谣言", "article health-rumours"),
        ("戒烟", "article quit-smoking"),
        ("刷牙", "article"),
    ] {
        let results = search(&app, typed).await;
        let found = ids(&results);
        assert!(found.first().is_some_and(|id| id.starts_with(first)), "{typed}: {found:?}");
        assert_eq!(results["similar"], false, "{typed}");
    }
}

async fn whom_to_call_comes_before_everything(app: TestApp) {
    let (lives, listens) = ("service emergency-120", "service psychological-12356");
    for typed in [
        "自杀",
        "轻生",
        "自残",
        "想死",
        "跳楼",
        "割腕",
        "不想活了",
        "zisha",
        "孩子 想不开 鼹鼠",
        "活够了",
        "活着好累",
        "没意思",
        "活着没意思",
    ] {
        let found = ids(&search(&app, typed).await);
        assert_eq!(found.get(..2), Some([listens.to_owned(), lives.to_owned()].as_slice()), "{typed}");
        let articles = app.get(&format!("{}&kind=article", path(typed))).await.ok();
        assert!(ids(&articles).iter().all(|id| id.starts_with("article")), "{typed}");
    }
    for (typed, first) in [
        ("打120", lives),
        ("鼹鼠打120", lives),
        ("12356是什么电话", listens),
        ("胸口痛", lives),
        ("噎住了", lives),
        ("胸痛", lives),
        ("喘不上气", lives),
        ("半边手脚没力", lives),
        ("爷爷晕倒了", lives),
        ("触电", lives),
        ("救护车", lives),
        ("CPR", lives),
    ] {
        assert_eq!(ids(&search(&app, typed).await).first().map(String::as_str), Some(first), "{typed}");
    }
    assert_ne!(ids(&search(&app, "慢性病").await)[0], lives, "a whole branch of topics is not urgent");
    assert_ne!(ids(&search(&app, "xt").await)[0], lives, "initials stand for many words");
    for typed in ["挂号", "guahao", "老人看病"] {
        assert!(ids(&search(&app, typed).await)[0].starts_with("service clinic"), "{typed}");
    }
}

async fn what_more_of_the_words_mean_comes_first(app: TestApp) {
    for (typed, first) in [
        ("老人摔倒", "article calcium-and-falls"),
        ("宫颈癌疫苗", "article hpv-and-two-cancers"),
        ("一天喝多少水", "article enough-water"),
        ("吃药", "article family-medicine-box"),
    ] {
        assert_eq!(ids(&search(&app, typed).await).first().map(String::as_str), Some(first), "{typed}");
    }
    // Of what only comes close, the one whose title holds the most of it, and not the newest.
    publish(&app, draft("whale", "怎样辨鲸鱼", "内容"), always(&app)).await;
    let close = search(&app, "怎样辨别蘑菇").await;
    assert_eq!((&close["similar"], ids(&close)[0].as_str()), (&true.into(), "article health-rumours"));
    assert!(ids(&close).contains(&"article whale".to_owned()));
    for typed in ["喘气", "腰痛", "吃药", "挂号"] {
        let results = search(&app, typed).await;
        assert!(!ids(&results).is_empty() && results["similar"] == false, "{typed}");
    }
    assert_eq!(ids(&search(&app, "gao'xueya").await), ids(&search(&app, "gaoxueya").await));
}

async fn words_are_found_however_they_are_typed(app: TestApp) {
    publish(&app, draft("no-smoking", "禁止控烟区吸烟的规定", "重症病房"), always(&app)).await;
    for typed in [
        "控烟",
        "控烟区",
        "kongyan",
        "KongYan",
        "ky",
        "kyq",
        "禁止控烟区",
        "ｋｙ",
        "jinzhikongyanqu",
        "重症",
        "煙",
    ] {
        let found = ids(&search(&app, typed).await);
        let expected = if typed == "煙" { "article quit-smoking" } else { "article no-smoking" };
        assert!(found.iter().any(|id| id == expected), "{typed}: {found:?}");
    }
    publish(&app, draft("flu", "H7N9禽流感怎么防", "内容"), always(&app)).await;
    for typed in ["H7N9", "h7n9禽流感", "禽流感", "Ｈ７Ｎ９", "qinliugan", "qlg"] {
        assert!(ids(&search(&app, typed).await).contains(&"article flu".to_owned()), "{typed}");
    }
}

async fn what_comes_close_is_told_apart(app: TestApp) {
    for (typed, meant) in [
        ("高雪压", "article home-blood-pressure"),
        ("空烟", "article quit-smoking"),
        ("糖鸟病", "article fasting-glucose-hba1c"),
        ("高雪压怎么办", "article home-blood-pressure"),
        ("怎样辨别蘑菇", "article health-rumours"),
    ] {
        let results = search(&app, typed).await;
        assert_eq!(results["similar"], true, "{typed}");
        assert!(ids(&results).contains(&meant.to_owned()), "{typed}: {:?}", ids(&results));
    }
    let nothing = search(&app, "鼹鼠").await;
    assert_eq!((nothing["items"].as_array().unwrap().len(), &nothing["similar"]), (0, &false.into()));
    let list = app.get("/api/v1/articles?q=高雪压").await.ok();
    assert_eq!(list["similar"], true);
}

async fn hits_are_marked(app: TestApp) {
    let mut marked = draft("marked", "在家量血压", "先坐五分钟。再把袖带绑好，量两次血压。记下来。");
    marked.elder_summary.push_str("每天量一次。");
    publish(&app, marked, always(&app)).await;
    for (typed, title, excerpt) in [
        ("血压", "在家量[血压]", "再把袖带绑好，量两次[血压]。"),
        ("xueya", "在家量[血压]", "再把袖带绑好，量两次[血压]。"),
        ("袖带", "在家量血压", "再把[袖带]绑好，量两次血压。"),
    ] {
        let results = search(&app, typed).await;
        let items = results["items"].as_array().unwrap();
        let hit = items.iter().find(|item| item["id"] == "marked").unwrap_or_else(|| panic!("{typed}"));
        assert_eq!(
            (shown(&hit["title_parts"]).as_str(), shown(&hit["excerpt_parts"]).as_str()),
            (title, excerpt)
        );
        assert_eq!(hit["title"], "在家量血压");
    }
}

async fn pages_join_without_repeating(app: TestApp) {
    let whole = ids(&search(&app, "健康").await);
    assert!(whole.len() > 20, "{whole:?}");
    let mut joined = Vec::new();
    let mut next = Some(format!("{}&limit=7", path("健康")));
    while let Some(path_of_page) = next {
        let page = app.get(&path_of_page).await.ok();
        joined.extend(ids(&page));
        next = page["next"].as_str().map(|cursor| format!("{}&limit=7&cursor={cursor}", path("健康")));
    }
    assert_eq!(joined, whole);
}

async fn one_kind_can_be_asked_for(app: TestApp) {
    for kind in ["article", "service", "officer", "place"] {
        let results = app.get(&format!("{}&kind={kind}&limit=100", path("健康"))).await.ok();
        let items = results["items"].as_array().unwrap();
        assert!(!items.is_empty() && items.iter().all(|item| item["kind"] == kind), "{kind}");
    }
}

async fn a_region_leaves_out_what_is_elsewhere(app: TestApp) {
    let mut here = draft("whale-here", "葵涌的鲸鱼", "内容");
    here.region_code = Some("440307009001".to_owned());
    publish(&app, here, always(&app)).await;
    publish(&app, draft("whale-everywhere", "到处的鲸鱼", "内容"), always(&app)).await;
    let of = async |typed: &str, region: &str| {
        let results = app.get(&format!("{}&limit=100&region={region}", path(typed))).await.ok();
        ids(&results)
    };
    assert_eq!(of("鲸鱼", "440307009001").await.len(), 2);
    assert_eq!(of("鲸鱼", "440307009002").await, ["article whale-everywhere"]);
    let officers = of("健康专干", "440307009002").await;
    let posts: Vec<_> = officers.iter().filter(|id| id.starts_with("officer")).collect();
    assert_eq!(posts.len(), 1, "{officers:?}");
    let (park, elsewhere) = (of("土洋公园", "440307009005").await, of("土洋公园", "440307010000").await);
    assert!(
        park.iter().any(|id| id.starts_with("place")) && !elsewhere.iter().any(|id| id.starts_with("place"))
    );
    app.get("/api/v1/search?q=x&region=1").await.problem(400, "bad_parameter");
}

async fn a_place_is_found_by_its_name_of_this_moment(app: TestApp) {
    let named = |name: &str, status| FeatureDraft {
        layer_id: "health_hut".to_owned(),
        region_code: "440307009001".to_owned(),
        name: name.to_owned(),
        address: Some("金业大道".to_owned()),
        phone: None,
        opening_hours: None,
        facilities: vec!["轮椅坡道".to_owned()],
        geometry: Some(Point::new(114.42, 22.63).into()),
        entrances: Vec::new(),
        properties: serde_json::Map::new(),
        status,
        review_reasons: Vec::new(),
        source: "test".to_owned(),
        source_licence: None,
        demo: false,
    };
    commit(&app.state, vec![FeatureEdit::Add(Box::new(named("鲸鱼小屋", Status::Published)), None)])
        .await
        .unwrap();
    let hit = search(&app, "鲸鱼").await["items"][0].clone();
    assert_eq!((&hit["kind"], &hit["layer"]), (&"place".into(), &"health_hut".into()));
    for typed in ["jingyu", "jyxw", "鲸鱼小屋", "轮椅坡道"] {
        assert_eq!(search(&app, typed).await["items"][0]["id"], hit["id"], "{typed}");
    }
    let id = hit["id"].as_str().unwrap().parse().unwrap();
    commit(&app.state, vec![FeatureEdit::Replace(id, Box::new(named("海豚小屋", Status::Published)), None)])
        .await
        .unwrap();
    assert_eq!(search(&app, "海豚").await["items"][0]["id"], hit["id"]);
    assert_eq!(ids(&search(&app, "鲸鱼").await), Vec::<String>::new());
    commit(&app.state, vec![FeatureEdit::Replace(id, Box::new(named("海豚小屋", Status::Retired)), None)])
        .await
        .unwrap();
    assert_eq!(ids(&search(&app, "海豚").await), Vec::<String>::new());
}

async fn articles_are_searched_within_a_topic(app: TestApp) {
    let list = app.get("/api/v1/articles?q=血压&topic=salt").await.ok();
    let slugs: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["daily-salt"]);
    let first = app.get("/api/v1/articles?q=健康&limit=2").await.ok();
    let next = first["next"].as_str().unwrap();
    let second = app.get(&format!("/api/v1/articles?q=健康&limit=2&cursor={next}")).await.ok();
    assert_ne!(first["items"], second["items"]);
}

async fn what_is_wrong_is_named(app: TestApp) {
    for (query, parameter) in [
        ("", "q"),
        ("q=", "q"),
        ("q=x&kind=book", "kind"),
        ("q=x&cursor=-1", "cursor"),
        ("q=x&limit=0", "limit"),
    ] {
        let problem = app.get(&format!("/api/v1/search?{query}")).await.problem(400, "bad_parameter");
        assert_eq!(problem["parameter"], parameter, "{query}");
    }
}
