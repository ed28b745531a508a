//! Two things that somebody would type for each topic, in the words of residents.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{ids, search};
use crate::knowledge::{always, draft, each, publish};
use crate::support::{TestApp, on_both_databases};

on_both_databases!(
    every_topic_is_found_by_what_people_type,
    part_of_what_a_topic_is_called_leads_to_it,
    a_longer_word_for_a_topic_leads_to_it_last,
);

const QUERIES: [(&str, [&str; 2]); 49] = [
    ("reduce_add_healthy", ["三减三健", "健康生活方式"]),
    ("reduce", ["口味重怎么改", "清淡饮食"]),
    ("salt", ["吃盐多少", "菜太咸"]),
    ("oil", ["炒菜油", "kongyouhu"]),
    ("sugar", ["奶茶", "孩子爱喝可乐"]),
    ("add", ["营养不够", "补营养"]),
    ("micronutrients", ["维生素", "补钙"]),
    ("protein", ["喝奶", "豆腐"]),
    ("vegetables_fruit_tubers", ["青菜", "番薯能当饭吗"]),
    ("water", ["一天几杯水", "heshui"]),
    ("healthy", ["五健康", "wjk"]),
    ("weight", ["减肥", "大肚腩"]),
    ("vision", ["近视", "孩子看不清黑板"]),
    ("oral", ["牙疼", "shuaya"]),
    ("bone", ["腰酸背痛", "钙片"]),
    ("reproductive", ["避孕", "生殖健康"]),
    ("physical_activity", ["广场舞", "散步有用吗"]),
    ("diet", ["吃什么好", "食谱"]),
    ("chronic", ["三高", "mxb"]),
    ("hypertension", ["血压高", "gxy"]),
    ("diabetes", ["血糖高", "tangniaobing"]),
    ("lipids", ["血脂高", "胆固醇"]),
    ("heart_stroke", ["胸口痛", "卒中"]),
    ("copd", ["老慢支", "喘不上气"]),
    ("cancer", ["肿瘤", "防癌"]),
    ("osteoporosis", ["骨质疏松", "驼背"]),
    ("gout", ["尿酸高", "痛风"]),
    ("women", ["妇科", "女人健康"]),
    ("two_cancers", ["两癌筛查", "免费筛查"]),
    ("cervix", ["HPV", "九价"]),
    ("breast", ["乳房肿块", "乳腺"]),
    ("menopause", ["更年期", "潮热"]),
    ("pre_pregnancy", ["备孕", "叶酸"]),
    ("pregnancy", ["怀孕", "坐月子"]),
    ("child_growth", ["小胖墩", "长高"]),
    ("adolescent", ["学习压力", "网瘾"]),
    ("elders", ["老人家", "爸妈"]),
    ("fall", ["摔倒", "滑倒了怎么办"]),
    ("dementia", ["记性差", "认知障碍"]),
    ("elder_weight", ["老人太瘦", "掉秤"]),
    ("sleep", ["睡不着", "shimian"]),
    ("mental", ["心情不好", "压力大"]),
    ("tobacco_alcohol", ["戒烟", "二手烟"]),
    ("infectious_vaccine", ["打针", "流感疫苗"]),
    ("first_aid", ["心肺复苏", "被狗咬"]),
    ("occupational", ["颈椎", "久坐"]),
    ("tcm", ["艾灸", "拔罐"]),
    ("environment", ["垃圾分类", "爱国卫生"]),
    ("health_information", ["谣言", "过期药"]),
];

async fn every_topic_is_found_by_what_people_type(app: TestApp) {
    let mut missed = Vec::new();
    for (topic, queries) in QUERIES {
        let about = about(&app, topic).await;
        for typed in queries {
            let results = search(&app, typed).await;
            if results["similar"] == true || !ids(&results).iter().any(|id| about.contains(id)) {
                missed.push(format!("{topic}: {typed} finds {:?}", ids(&results)));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    let known = topics(&app.get("/api/v1/topics").await.ok()["items"]);
    let asked: BTreeSet<String> = QUERIES.iter().map(|(topic, _)| (*topic).to_owned()).collect();
    assert_eq!(asked, known);
}

async fn part_of_what_a_topic_is_called_leads_to_it(app: TestApp) {
    for (typed, topic) in [
        ("蛋白质", "protein"),
        ("danbaizhi", "protein"),
        ("生殖", "reproductive"),
        ("卒中", "heart_stroke"),
        ("脑卒中", "heart_stroke"),
        ("老年痴呆", "dementia"),
        ("癌症", "cancer"),
        ("肿瘤", "cancer"),
        ("肺癌", "cancer"),
        ("微量营养", "micronutrients"),
        ("蔬果", "vegetables_fruit_tubers"),
    ] {
        let results = search(&app, typed).await;
        let (found, about) = (ids(&results), about(&app, topic).await);
        assert!(!about.is_empty() && about.iter().all(|id| found.contains(id)), "{typed}: {found:?}");
        assert_eq!(results["similar"], false, "{typed}");
    }
}

async fn a_longer_word_for_a_topic_leads_to_it_last(app: TestApp) {
    publish(&app, draft("whale", "鲸鱼的心肌", "内容"), always(&app)).await;
    publish(&app, draft("dolphin", "海豚", "它的心肌也强壮。"), always(&app)).await;
    // 心肌梗死 is a word for heart and stroke.
    let results = search(&app, "心肌").await;
    let (found, about) = (ids(&results), about(&app, "heart_stroke").await);
    assert_eq!((found[0].as_str(), &results["similar"]), ("article whale", &false.into()));
    let place = |id: &str| found.iter().position(|found| found == id).unwrap();
    for id in &about {
        assert!(place("article dolphin") < place(id), "{id}: {found:?}");
    }
    let list = app.get("/api/v1/articles?q=心肌&limit=100").await.ok();
    assert_eq!(each(&list, "slug")[0], "whale");
}

/// What is about the topic or one below it.
async fn about(app: &TestApp, topic: &str) -> BTreeSet<String> {
    let articles = app.get(&format!("/api/v1/articles?topic={topic}&limit=100")).await.ok();
    let mut about: BTreeSet<String> =
        each(&articles, "slug").into_iter().map(|slug| format!("article {slug}")).collect();
    let services = app.get("/api/v1/services").await.ok();
    for service in services["items"].as_array().unwrap() {
        if service["topics"].as_array().unwrap().iter().any(|known| known["id"] == topic) {
            about.insert(format!("service {}", service["id"].as_str().unwrap()));
        }
    }
    about
}

fn topics(nodes: &Value) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for node in nodes.as_array().unwrap() {
        ids.insert(node["id"].as_str().unwrap().to_owned());
        ids.extend(topics(&node["children"]));
    }
    ids
}
