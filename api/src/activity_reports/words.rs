//! What the office calls things.

use entity::activity::{Kind, VenueType};
use entity::check_in::Source;
use entity::person::Sex;
use entity::registration::{Channel, Status};

pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Lecture => "健康讲座",
        Kind::Training => "技能培训",
        Kind::Fitness => "健身活动",
        Kind::Screening => "健康筛查",
        Kind::Campaign => "主题活动",
    }
}

pub(super) fn venue(venue: VenueType) -> &'static str {
    match venue {
        VenueType::Community => "进社区",
        VenueType::Enterprise => "进企业",
        VenueType::School => "进学校",
        VenueType::Family => "进家庭",
    }
}

pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "已报名",
        Status::Waiting => "候补",
        Status::Offered => "待确认",
        Status::Cancelled => "已取消",
    }
}

pub(super) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Own => "本人或家人",
        Channel::Staff => "工作人员代报",
        Channel::WalkIn => "现场登记",
    }
}

pub(super) fn source(source: Source) -> &'static str {
    match source {
        Source::Scan => "扫码",
        Source::List => "名单",
        Source::Own => "自助",
        Source::Offline => "离线扫码",
        Source::WalkIn => "现场登记",
    }
}

pub(super) fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "女",
        Sex::Male => "男",
        Sex::Unknown => "",
    }
}
