//! A year of activities around the day of planting, marked as demonstration: a lecture each month, a
//! first-aid training, fitness mornings, and several that can be signed up for in the coming weeks.

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Asia::Shanghai;
use entity::activity::{self, Kind, Status, VenueType, WaitingList, WaitingOrder};
use entity::{activity_series, feature, lecturer, topic};
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use serde_json::json;

use crate::activities::{self, ActivityDraft, QuestionDraft};
use crate::clock::Clock;
use crate::database::Database;
use crate::error::ApiResult;

const STREET: &str = "440307009000";
const HOST: &str = "葵涌办事处民生保障办（示例）";

/// One lecture of the year: title, what it is about, topic, where it goes, community.
type Lecture = (&'static str, &'static str, &'static str, VenueType, &'static str);

const LECTURES: [Lecture; 12] = [
    (
        "高血压自我管理",
        "在家怎样量血压，什么时候要去看医生。",
        "hypertension",
        VenueType::Community,
        "440307009001",
    ),
    (
        "控糖过节：糖友怎么吃",
        "节日里怎样吃得高兴又不让血糖升高。",
        "diabetes",
        VenueType::Community,
        "440307009002",
    ),
    (
        "流感来了怎么办",
        "认识流感，接种疫苗，照顾好老人和孩子。",
        "infectious_vaccine",
        VenueType::School,
        "440307009003",
    ),
    ("颈椎腰椎保护", "久坐的人每天可以做的几个动作。", "occupational", VenueType::Enterprise, "440307009004"),
    ("少盐少油一家人", "教您看懂配料表，全家一起减盐减油。", "salt", VenueType::Family, "440307009005"),
    ("孩子的视力和户外活动", "每天户外两小时，远离近视。", "vision", VenueType::School, "440307009006"),
    ("更年期健康", "更年期常见的不舒服，怎样应对。", "menopause", VenueType::Community, "440307009008"),
    ("两癌筛查早知道", "宫颈癌、乳腺癌怎样早发现。", "two_cancers", VenueType::Enterprise, "440307009009"),
    (
        "中暑预防与户外作业",
        "高温天怎样保护自己和工友。",
        "occupational",
        VenueType::Enterprise,
        "440307009005",
    ),
    ("防跌倒，保骨骼", "家里哪些地方容易摔倒，怎样补钙。", "fall", VenueType::Family, "440307009001"),
    ("口腔健康从刷牙开始", "正确刷牙、窝沟封闭和洗牙。", "oral", VenueType::School, "440307009002"),
    ("睡个好觉", "睡不好怎么办，什么时候需要帮助。", "sleep", VenueType::Community, "440307009003"),
];

/// What can be signed up for soon: title, kind, days from now, seats, policy, least age, community.
type Soon = (&'static str, Kind, u64, i32, WaitingList, Option<i32>, &'static str);

const SOON: [Soon; 7] = [
    ("糖尿病足护理小课堂", Kind::Lecture, 3, 5, WaitingList::Automatic, None, "440307009001"),
    ("八段锦晨练", Kind::Fitness, 5, 30, WaitingList::Automatic, None, "440307009004"),
    ("60 岁以上老人骨密度筛查", Kind::Screening, 8, 40, WaitingList::Offer, Some(60), "440307009002"),
    ("家庭急救：心肺复苏体验", Kind::Training, 10, 20, WaitingList::Automatic, Some(14), "440307009001"),
    ("海边徒步 5 公里", Kind::Fitness, 12, 100, WaitingList::Off, Some(14), "440307009006"),
    ("健康厨房：少盐也好吃", Kind::Lecture, 17, 12, WaitingList::Automatic, None, "440307009005"),
    ("爱国卫生清洁月启动", Kind::Campaign, 20, 200, WaitingList::Off, None, "440307009000"),
];

/// Writes the activities if there are none yet; whether it did.
pub(super) async fn if_empty(database: &Database, clock: &Clock) -> ApiResult<bool> {
    // An office that took its activities away shall not find others.
    if activities::revision::current(database).await? > 0 {
        return Ok(false);
    }
    let now = clock.now();
    database.write(move |transaction| Box::pin(plant(transaction, now))).await
}

async fn plant(transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<bool> {
    // Replicas that start together take turns on this row; the second finds the work done.
    activities::revision::raise(transaction, now).await?;
    if activity::Entity::find().count(transaction).await? > 0 {
        return Ok(false);
    }
    let today = now.with_timezone(&Shanghai).date_naive();
    let lecturers = plant_lecturers(transaction, now).await?;
    let tour = plant_series(transaction, ("健康巡讲（示例）", Kind::Lecture, Some(11)), now).await?;
    let first_aid =
        plant_series(transaction, ("应急救护技能培训（示例）", Kind::Training, Some(1)), now).await?;
    let mornings = plant_series(transaction, ("工间操与晨练（示例）", Kind::Fitness, None), now).await?;
    // Half of the year lies behind, half before us.
    for (nth, lecture) in (0_u32..).zip(LECTURES) {
        let month =
            today.checked_sub_months(Months::new(6)).and_then(|day| day.checked_add_months(Months::new(nth)));
        let Some(day) = month.map(|day| saturday(day, today)) else {
            continue;
        };
        let (title, summary, topic, venue, region) = lecture;
        let speaker = lecturers.get(nth as usize % lecturers.len().max(1)).copied();
        let planned = Planned {
            title,
            summary,
            region,
            day,
            hour: 9,
            hours: 2,
            seats: 60,
            kind: Kind::Lecture,
            series: Some(tour),
            topic: Some(topic),
            venue: Some(venue),
            waiting: WaitingList::Automatic,
            min_age: None,
            speaker,
        };
        planned.plant(transaction, now).await?;
    }
    if let Some(day) = today.checked_sub_months(Months::new(2)) {
        let planned = Planned {
            title: "心肺复苏与自动除颤器（AED）培训",
            summary: "人工呼吸、胸外按压和 AED 的使用，人人动手练习。",
            region: "440307009001",
            day: saturday(day, today),
            hour: 14,
            hours: 3,
            seats: 40,
            kind: Kind::Training,
            series: Some(first_aid),
            topic: Some("first_aid"),
            venue: Some(VenueType::Community),
            waiting: WaitingList::Automatic,
            min_age: Some(14),
            speaker: lecturers.last().copied(),
        };
        planned.plant(transaction, now).await?;
    }
    for (title, kind, days, seats, waiting, min_age, region) in SOON {
        let Some(day) = today.checked_add_days(Days::new(days)) else {
            continue;
        };
        let planned = Planned {
            title,
            region,
            day,
            seats,
            kind,
            waiting,
            min_age,
            summary: "名额有限，来不了请提前取消，把名额让给别人。",
            hour: if kind == Kind::Fitness { 7 } else { 9 },
            hours: 2,
            series: (kind == Kind::Fitness).then_some(mornings),
            topic: None,
            venue: Some(VenueType::Community),
            speaker: None,
        };
        planned.plant(transaction, now).await?;
    }
    Ok(true)
}

/// The Saturday on or after a day; never today, so that what lies behind lies behind.
fn saturday(day: NaiveDate, today: NaiveDate) -> NaiveDate {
    use chrono::Datelike as _;
    let until = (5 + 7 - u64::from(day.weekday().num_days_from_monday())) % 7;
    let saturday = day.checked_add_days(Days::new(until)).unwrap_or(day);
    if saturday == today { saturday.checked_add_days(Days::new(7)).unwrap_or(saturday) } else { saturday }
}

struct Planned {
    title: &'static str,
    summary: &'static str,
    region: &'static str,
    day: NaiveDate,
    hour: u32,
    hours: i64,
    seats: i32,
    kind: Kind,
    series: Option<i32>,
    topic: Option<&'static str>,
    venue: Option<VenueType>,
    waiting: WaitingList,
    min_age: Option<i32>,
    speaker: Option<i32>,
}

impl Planned {
    async fn plant(&self, transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<()> {
        let time = NaiveTime::from_hms_opt(self.hour, 0, 0).unwrap_or(NaiveTime::MIN);
        let local = Shanghai.from_local_datetime(&self.day.and_time(time)).earliest();
        let starts_at = local.map_or(now, |at| at.with_timezone(&Utc));
        let ends_at = starts_at + TimeDelta::hours(self.hours);
        let opens_at = starts_at - TimeDelta::days(30);
        let place = place(transaction, self.region).await?;
        let topic = match self.topic {
            Some(id) => topic::Entity::find_by_id(id).one(transaction).await?.map(|topic| topic.id),
            None => None,
        };
        let place_name =
            place.as_ref().map_or_else(|| "葵涌文体中心（示例）".to_owned(), |place| place.name.clone());
        let row = activity::ActiveModel {
            kind: ActiveValue::Set(self.kind),
            series_id: ActiveValue::Set(self.series),
            topic_id: ActiveValue::Set(topic),
            title: ActiveValue::Set(format!("{}（示例）", self.title)),
            summary: ActiveValue::Set(self.summary.to_owned()),
            description: ActiveValue::Set(format!(
                "{}\n请提前十分钟到场签到。这是示例活动，不会真的举办。",
                self.summary
            )),
            region_code: ActiveValue::Set(self.region.to_owned()),
            venue_type: ActiveValue::Set(self.venue),
            feature_id: ActiveValue::Set(place.map(|place| place.id)),
            place_name: ActiveValue::Set(place_name),
            address: ActiveValue::Set(Some("深圳市大鹏新区葵涌街道（示例）".to_owned())),
            host: ActiveValue::Set(HOST.to_owned()),
            contact_phone: ActiveValue::Set(None),
            provider: ActiveValue::Set(None),
            contract_reference: ActiveValue::Set(None),
            time_zone: ActiveValue::Set("Asia/Shanghai".to_owned()),
            starts_at: ActiveValue::Set(starts_at.into()),
            ends_at: ActiveValue::Set(ends_at.into()),
            needs_signup: ActiveValue::Set(true),
            signup_opens_at: ActiveValue::Set(opens_at.into()),
            signup_closes_at: ActiveValue::Set((starts_at - TimeDelta::hours(1)).into()),
            check_in_opens_at: ActiveValue::Set((starts_at - TimeDelta::hours(1)).into()),
            check_in_closes_at: ActiveValue::Set(ends_at.into()),
            self_check_in: ActiveValue::Set(true),
            self_check_in_radius_m: ActiveValue::Set(None),
            target_capacity: ActiveValue::Set(self.seats),
            waiting_list: ActiveValue::Set(self.waiting),
            waiting_order: ActiveValue::Set(WaitingOrder::Strict),
            waiting_limit: ActiveValue::Set(None),
            family_limit: ActiveValue::Set(4),
            min_age: ActiveValue::Set(self.min_age),
            max_age: ActiveValue::Set(None),
            sex: ActiveValue::Set(None),
            eligible_region_code: ActiveValue::Set(None),
            counts_no_shows: ActiveValue::Set(false),
            status: ActiveValue::Set(Status::Published),
            drafted_by: ActiveValue::Set(None),
            edited_by: ActiveValue::Set(None),
            reviewed_by: ActiveValue::Set(None),
            reviewed_at: ActiveValue::Set(None),
            published_at: ActiveValue::Set(Some(Ord::min(now, opens_at).into())),
            cancelled_at: ActiveValue::Set(None),
            cancel_reason: ActiveValue::Set(None),
            copied_from: ActiveValue::Set(None),
            demo: ActiveValue::Set(true),
            ..Default::default()
        };
        let questions = match self.kind {
            Kind::Fitness | Kind::Training => vec![QuestionDraft {
                id: None,
                kind: entity::activity_question::Kind::YesNo,
                label: "最近身体有没有不舒服？".to_owned(),
                options: Vec::new(),
                required: false,
                per_person: true,
            }],
            _ => Vec::new(),
        };
        let draft = ActivityDraft {
            row,
            key_groups: Vec::new(),
            lecturers: self.speaker.into_iter().collect(),
            team: Vec::new(),
            questions,
            media: Vec::new(),
        };
        let id = activities::insert(transaction, &draft, now).await?;
        if let Some(row) = activity::Entity::find_by_id(id).one(transaction).await? {
            activities::search::reindex(transaction, &row).await?;
        }
        Ok(())
    }
}

/// A place of the community where something can be held.
async fn place(transaction: &DatabaseTransaction, region: &str) -> ApiResult<Option<feature::Model>> {
    Ok(feature::Entity::find()
        .filter(feature::Column::RegionCode.eq(region))
        .filter(feature::Column::LayerId.is_in(["health_base", "health_hut", "activity_point"]))
        .filter(feature::Column::Status.eq(feature::Status::Published))
        .order_by_asc(feature::Column::Id)
        .one(transaction)
        .await?)
}

async fn plant_series(
    transaction: &DatabaseTransaction,
    (title, kind, target): (&str, Kind, Option<i32>),
    now: DateTime<Utc>,
) -> ApiResult<i32> {
    let row = activity_series::ActiveModel {
        title: ActiveValue::Set(title.to_owned()),
        kind: ActiveValue::Set(kind),
        region_code: ActiveValue::Set(STREET.to_owned()),
        target_per_year: ActiveValue::Set(target),
        demo: ActiveValue::Set(true),
        version: ActiveValue::Set(1),
        created_at: ActiveValue::Set(now.into()),
        updated_at: ActiveValue::Set(now.into()),
        ..Default::default()
    };
    Ok(activity_series::Entity::insert(row).exec(transaction).await?.last_insert_id)
}

async fn plant_lecturers(transaction: &DatabaseTransaction, now: DateTime<Utc>) -> ApiResult<Vec<i32>> {
    let roster = [
        ("陈医生（示例）", "主任医师", "心血管、慢性病管理"),
        ("李营养师（示例）", "注册营养师", "合理膳食、三减"),
        ("王护士（示例）", "主管护师", "急救培训、护理"),
    ];
    let mut ids = Vec::new();
    for (name, title, expertise) in roster {
        let row = lecturer::ActiveModel {
            name: ActiveValue::Set(name.to_owned()),
            title: ActiveValue::Set(title.to_owned()),
            organisation: ActiveValue::Set("健康葵涌讲师团（示例）".to_owned()),
            introduction: ActiveValue::Set(format!("擅长{expertise}。示例人物。")),
            expertise: ActiveValue::Set(json!(expertise.split('、').collect::<Vec<_>>())),
            region_code: ActiveValue::Set(STREET.to_owned()),
            active: ActiveValue::Set(true),
            demo: ActiveValue::Set(true),
            version: ActiveValue::Set(1),
            created_at: ActiveValue::Set(now.into()),
            updated_at: ActiveValue::Set(now.into()),
            ..Default::default()
        };
        ids.push(lecturer::Entity::insert(row).exec(transaction).await?.last_insert_id);
    }
    Ok(ids)
}
