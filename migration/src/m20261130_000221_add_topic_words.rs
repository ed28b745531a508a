//! Words that people type, for databases that were filled before the program knew them: first of all those of people
//! in danger of their lives, which lead to whom to call. Where a topic is not there yet, it comes with its words.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const WORDS: [(&str, &[&str]); 13] = [
    ("salt", &["食盐"]),
    ("protein", &["蛋白质", "蛋白"]),
    ("water", &["喝多少水", "多喝水"]),
    ("bone", &["腰痛", "腰疼"]),
    ("reproductive", &["生殖"]),
    (
        "heart_stroke",
        &[
            "卒中",
            "胸痛",
            "胸闷",
            "心绞痛",
            "半边手脚没力",
            "半边身子没力",
            "手脚没力",
            "手脚无力",
            "半边麻木",
            "半身不遂",
            "偏瘫",
            "口齿不清",
        ],
    ),
    ("copd", &["喘气", "气短"]),
    ("cancer", &["癌"]),
    ("gout", &["痛风病"]),
    ("menopause", &["更年"]),
    (
        "mental",
        &[
            "自杀",
            "轻生",
            "寻短见",
            "自残",
            "自伤",
            "想死",
            "跳楼",
            "割腕",
            "不想活",
            "不想活了",
            "活不下去",
            "活够了",
            "活腻了",
            "活着好累",
            "活着累",
            "活得好累",
            "活得累",
            "没意思",
            "撑不下去",
            "熬不下去",
            "死了算了",
            "不如死了",
            "绝望",
            "上吊",
            "跳海",
        ],
    ),
    (
        "first_aid",
        &[
            "喘不上气",
            "喘不过气",
            "透不过气",
            "呼吸困难",
            "没有呼吸",
            "没呼吸",
            "大出血",
            "流血不止",
            "出血不止",
            "晕倒",
            "晕过去",
            "昏迷",
            "叫不醒",
            "抽搐",
            "触电",
            "救护车",
            "中毒",
            "喝农药",
            "服毒",
            "噎着",
            "休克",
            "蛇咬",
            "车祸",
        ],
    ),
    ("health_information", &["挂号", "吃药", "用药"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for (topic, words) in WORDS {
            for word in words {
                let add = format!(
                    "INSERT INTO topic_synonym (topic_id, word) SELECT t.id, '{word}' FROM topic t \
                     WHERE t.id = '{topic}' AND NOT EXISTS \
                     (SELECT 1 FROM topic_synonym s WHERE s.topic_id = t.id AND s.word = '{word}')"
                );
                connection.execute_unprepared(&add).await?;
            }
            // Whoever was just editing the words is told, and does not take these away unseen.
            let raise = format!("UPDATE topic SET version = version + 1 WHERE id = '{topic}'");
            connection.execute_unprepared(&raise).await?;
        }
        Ok(())
    }
}
