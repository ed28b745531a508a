//! The workbooks: sign-in sheet, ledger, statistics.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use entity::activity::{self, Kind, VenueType};
use entity::registration::Status;
use sea_orm::ActiveEnum;

use super::dto::{ActivityStatistics, LedgerLine, StatisticsNumbers};
use super::registrants::{Listed, ListedPerson};
use super::statistics::Grouping;
use super::words;
use crate::attendance::refusal::zone_of;
use crate::error::ApiResult;
use crate::workbook::{Cell, Column, OfficeTable};

/// Rows without a name at the end of a sign-in sheet, for those who come without having signed up.
const EMPTY_ROWS: i32 = 5;

const fn column(heading: &'static str, width: f64) -> Column {
    Column { heading, width }
}

/// What people sign at the door, and what is kept of it afterwards. Numbers are masked: the sheet lies
/// where everybody sees it.
pub(super) fn sign_in(
    activity: &activity::Model,
    registrations: &[Listed],
    now: DateTime<Utc>,
) -> ApiResult<Vec<u8>> {
    let zone = zone_of(activity);
    let people =
        || registrations.iter().flat_map(|listed| listed.people.iter().map(move |one| (listed, one)));
    // Whoever was taken out of a registration that goes on is not expected.
    let people = || {
        people().filter(|(listed, one)| {
            listed.row.status == Status::Cancelled || one.guest.row.status != Status::Cancelled
        })
    };
    let mut rows: Vec<Vec<Cell>> =
        people().zip(1_i32..).map(|((listed, one), number)| row(number, listed, one, zone)).collect();
    let named = i32::try_from(rows.len()).unwrap_or(i32::MAX);
    rows.extend((1..=EMPTY_ROWS).map(|extra| {
        let mut row = vec![Cell::Empty; SIGN_IN.len()];
        if let Some(first) = row.first_mut() {
            *first = Cell::count(named.saturating_add(extra));
        }
        row
    }));
    let came = people().filter(|(_, one)| one.guest.arrival.is_some()).count();
    let starts = activity.starts_at.with_timezone(&zone);
    let ends = activity.ends_at.with_timezone(&zone);
    let notes = vec![
        format!("时间：{} 至 {}", starts.format("%Y年%-m月%-d日 %H:%M"), ends.format("%H:%M")),
        format!("地点：{}    主办：{}", activity.place_name, activity.host),
        format!("座位 {} 个    名单 {named} 人    已签到 {came} 人", activity.capacity),
    ];
    let table = OfficeTable {
        name: "签到表",
        title: format!("{} 签到表", activity.title),
        notes,
        columns: SIGN_IN.to_vec(),
        rows,
        is_signed: true,
    };
    table.workbook(now.with_timezone(&zone))
}

const SIGN_IN: [Column; 11] = [
    column("序号", 6.0),
    column("姓名", 12.0),
    column("性别", 6.0),
    column("年龄", 6.0),
    column("联系电话", 14.0),
    column("报名方式", 14.0),
    column("状态", 9.0),
    column("签到时间", 17.0),
    column("签到方式", 11.0),
    column("签名", 14.0),
    column("备注", 14.0),
];

fn row(number: i32, listed: &Listed, one: &ListedPerson, zone: Tz) -> Vec<Cell> {
    let guest = &one.guest;
    let arrival = guest.arrival.as_ref();
    let name = match (guest.name.is_empty(), &guest.person) {
        (false, _) => guest.name.as_str(),
        (true, Some(_)) => "（未填姓名）",
        (true, None) => "（已删除）",
    };
    let sex = guest.person.as_ref().map_or("", |person| words::sex(person.sex));
    let remark = if guest.row.excused_at.is_some() { "不计缺席" } else { "" };
    let moment = |at: DateTime<Utc>| Cell::Moment(at.with_timezone(&zone).naive_local());
    vec![
        Cell::count(number),
        Cell::text(name),
        Cell::text(sex),
        one.age.map_or(Cell::Empty, Cell::count),
        Cell::maybe_text(listed.phone.as_deref().map(masked_phone)),
        Cell::text(words::channel(listed.row.channel)),
        Cell::text(words::status(guest.row.status)),
        arrival.map_or(Cell::Empty, |arrival| moment(*arrival.checked_in_at)),
        Cell::maybe_text(arrival.map(|arrival| words::source(arrival.source))),
        Cell::Empty,
        Cell::text(remark),
    ]
}

/// `138****5678`.
fn masked_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().collect();
    let (head, tail) = (digits.len().min(3), digits.len().saturating_sub(4));
    if tail <= head {
        return "*".repeat(digits.len());
    }
    let text = |part: &[char]| part.iter().collect::<String>();
    let (head, rest) = digits.split_at(head);
    let (middle, tail) = rest.split_at(tail - head.len());
    format!("{}{}{}", text(head), "*".repeat(middle.len()), text(tail))
}

/// What the title of an activity that never took place ends with.
const DEMO: &str = "（示例）";

const LEDGER: [Column; 20] = [
    column("序号", 6.0),
    column("日期", 17.0),
    column("结束", 17.0),
    column("活动名称", 30.0),
    column("类型", 10.0),
    column("系列", 18.0),
    column("四进", 9.0),
    column("区划", 14.0),
    column("地点", 24.0),
    column("主办单位", 18.0),
    column("主讲人", 14.0),
    column("服务单位", 16.0),
    column("合同编号", 14.0),
    column("状态", 9.0),
    column("座位", 7.0),
    column("报名人数", 9.0),
    column("签到人数", 9.0),
    column("签到率", 8.0),
    column("满意度", 8.0),
    column("佐证材料", 9.0),
];

/// The ledger of a year (台账).
pub(super) fn ledger(
    year: i32,
    place: &str,
    lines: &[LedgerLine],
    zone: Tz,
    now: DateTime<Utc>,
) -> ApiResult<Vec<u8>> {
    let rows = lines.iter().zip(1_i32..).map(|(line, number)| ledger_row(number, line, zone)).collect();
    let held = lines.iter().filter(|line| line.state == "held");
    let (sessions, people) = (held.clone().count(), held.map(|line| line.came).sum::<i64>());
    let table = OfficeTable {
        name: "活动台账",
        title: format!("{place}{year}年健康活动台账"),
        notes: vec![format!("已举办 {sessions} 场，参加 {people} 人次。")],
        columns: LEDGER.to_vec(),
        rows,
        is_signed: false,
    };
    table.workbook(now.with_timezone(&zone))
}

fn ledger_row(number: i32, line: &LedgerLine, zone: Tz) -> Vec<Cell> {
    let moment = |at: DateTime<Utc>| Cell::Moment(at.with_timezone(&zone).naive_local());
    let kind = Kind::try_from_value(&line.kind).map_or("", words::kind);
    let venue = line.venue_type.as_ref().and_then(|venue| VenueType::try_from_value(venue).ok());
    let state = match line.state.as_str() {
        "held" => "已举办",
        "planned" => "待举办",
        _ => "已取消",
    };
    let demo = if line.demo && !line.title.ends_with(DEMO) { DEMO } else { "" };
    vec![
        Cell::count(number),
        moment(line.starts_at),
        moment(line.ends_at),
        Cell::text(format!("{}{demo}", line.title)),
        Cell::text(kind),
        Cell::maybe_text(line.series.as_deref()),
        Cell::maybe_text(venue.map(words::venue)),
        Cell::text(&line.region),
        Cell::text(&line.place),
        Cell::text(&line.host),
        Cell::text(line.lecturers.join("、")),
        Cell::maybe_text(line.provider.as_deref()),
        Cell::maybe_text(line.contract_reference.as_deref()),
        Cell::text(state),
        Cell::count(line.seats),
        number_cell(line.confirmed),
        number_cell(line.came),
        Cell::maybe_share(line.attendance_rate),
        line.satisfaction.map_or(Cell::Empty, stars),
        number_cell(line.evidence),
    ]
}

const STATISTICS: [Column; 13] = [
    column("分组", 26.0),
    column("举办场次", 10.0),
    column("有佐证", 9.0),
    column("待举办", 9.0),
    column("已取消", 9.0),
    column("座位", 9.0),
    column("报名人数", 10.0),
    column("参加人次", 10.0),
    column("签到率", 9.0),
    column("满意度", 9.0),
    column("评价份数", 10.0),
    column("全年目标", 10.0),
    column("还差", 8.0),
];

/// The numbers of a year.
pub(super) fn statistics(
    place: &str,
    grouping: Grouping,
    numbers: &ActivityStatistics,
    zone: Tz,
    now: DateTime<Utc>,
) -> ApiResult<Vec<u8>> {
    let mut rows: Vec<Vec<Cell>> = numbers
        .items
        .iter()
        .map(|group| {
            let mut row = numbers_row(&group.title, &group.numbers);
            let progress = group.progress;
            row.push(progress.map_or(Cell::Empty, |progress| Cell::count(progress.target)));
            row.push(progress.map_or(Cell::Empty, |progress| number_cell(progress.missing)));
            row
        })
        .collect();
    let mut total = numbers_row("合计", &numbers.total);
    total.extend([Cell::Empty, Cell::Empty]);
    rows.push(total);
    let table = OfficeTable {
        name: "活动统计",
        title: format!("{place}{}年健康活动统计", numbers.year),
        notes: vec![format!("按{}统计", grouping.title())],
        columns: STATISTICS.to_vec(),
        rows,
        is_signed: false,
    };
    table.workbook(now.with_timezone(&zone))
}

fn numbers_row(title: &str, numbers: &StatisticsNumbers) -> Vec<Cell> {
    vec![
        Cell::text(title),
        number_cell(numbers.sessions),
        number_cell(numbers.with_evidence),
        number_cell(numbers.planned),
        number_cell(numbers.cancelled),
        number_cell(numbers.seats),
        number_cell(numbers.registered),
        number_cell(numbers.people),
        Cell::maybe_share(numbers.attendance_rate),
        numbers.satisfaction.map_or(Cell::Empty, stars),
        number_cell(numbers.answers),
    ]
}

fn number_cell(number: i64) -> Cell {
    Cell::count(i32::try_from(number).unwrap_or(i32::MAX))
}

/// Stars to two decimals, as the office reports them.
fn stars(mean: f64) -> Cell {
    Cell::Number((mean * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_on_a_sheet_is_told_by_its_ends() {
        for (phone, shown) in [
            ("13812345678", "138****5678"),
            ("+85291234567", "+85*****4567"),
            ("12345678", "123*5678"),
            ("1234567", "*******"),
            ("", ""),
        ] {
            assert_eq!(masked_phone(phone), shown);
        }
    }
}
