//! Words that people in danger of their lives type, for databases that were filled before the program knew them: they
//! lead to whom to call. Where the topic is not there yet, it comes with them.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TOPIC: &str = "mental";
const WORDS: [&str; 11] =
    ["自杀", "轻生", "寻短见", "自残", "自伤", "想死", "跳楼", "割腕", "不想活", "不想活了", "活不下去"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for word in WORDS {
            let add = format!(
                "INSERT INTO topic_synonym (topic_id, word) SELECT t.id, '{word}' FROM topic t \
                 WHERE t.id = '{TOPIC}' AND NOT EXISTS \
                 (SELECT 1 FROM topic_synonym s WHERE s.topic_id = t.id AND s.word = '{word}')"
            );
            connection.execute_unprepared(&add).await?;
        }
        // Whoever was just editing the words is told, and does not take these away unseen.
        let raise = format!("UPDATE topic SET version = version + 1 WHERE id = '{TOPIC}'");
        connection.execute_unprepared(&raise).await?;
        Ok(())
    }
}
