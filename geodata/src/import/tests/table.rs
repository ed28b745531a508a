#![expect(clippy::unreadable_literal, reason = "coordinates are read against published tables")]

use super::*;
use crate::import::row::RowFault;

/// The shape of the real directory: a title, headings, two numbers in a cell, a torn name.
const DIRECTORY: &str = "2024年深圳市公园名录,,,,,,,\r\n\
    序号,公园名称,管理单位,联系方式,管理部门,公园大类,公园地址,面积（公顷）\r\n\
    1,土洋公园,葵涌办事处,84200001、84200002,大鹏新区城管局,社区公园,\"葵涌街道土洋社区\n东路\",1.226\r\n\
    2,\"盐村\n公园\",葵涌办事处,８４２００００３／84200004,大鹏新区城管局,社区公园,溪涌社区盐村,０.1612\r\n";

#[test]
fn directory_is_read_from_every_encoding_and_separator() {
    let gbk = encoding_rs::GB18030.encode(DIRECTORY).0.into_owned();
    let with_mark = [b"\xEF\xBB\xBF", DIRECTORY.as_bytes()].concat();
    let tabbed = DIRECTORY.replace(',', "\t").into_bytes();
    let semicolons = DIRECTORY.replace(',', ";").into_bytes();
    let expected = read_csv(DIRECTORY).unwrap();
    for bytes in [gbk, with_mark, tabbed, semicolons] {
        assert_eq!(read(&bytes, Format::Csv, &ReadOptions::default()).as_ref(), Ok(&expected));
    }
    let [first, second] = expected.as_slice() else { panic!("{expected:?}") };
    assert_eq!((first.number, first.key.as_str(), first.id.as_deref()), (3, "1", Some("1")));
    assert_eq!(first.address.as_deref(), Some("葵涌街道土洋社区东路"));
    assert_eq!(first.phone.as_deref(), Some("84200001；84200002"));
    assert_eq!(first.category.as_deref(), Some("社区公园"));
    assert_eq!(first.management_unit.as_deref(), Some("葵涌办事处"));
    assert_eq!(first.area_ha, Some(1.226));
    assert_eq!(first.properties["管理部门"], "大鹏新区城管局");
    assert_eq!(first.geometry, None);
    // The torn address of row 3 does not shift the number that a spreadsheet shows.
    assert_eq!((second.number, second.name.as_deref()), (4, Some("盐村公园")));
    assert_eq!(second.phone.as_deref(), Some("84200003；84200004"));
    assert_eq!(second.area_ha, Some(0.1612));
    assert!(expected.iter().all(|row| row.faults.is_empty()));
}

#[test]
fn positions_in_every_usual_form() {
    for (headings, cells) in [
        ("名称,经度,纬度", "葵涌,114.4134,22.63"),
        ("名称,lng,lat", "葵涌,１１４．４１３４,２２．６３"),
        ("名称,Longitude,Latitude", "葵涌,114°24'48.24\"E,22°37'48\"N"),
        ("名称,经度,纬度", "葵涌,114度24分48.24秒,北纬22.63"),
        // Both cells say that they are in the other column.
        ("名称,经度,纬度", "葵涌,22.63N,114.4134E"),
        ("名称,坐标", "葵涌,\"114.4134,22.63\""),
        ("名称,经纬度", "葵涌,(114.4134；22.63)"),
        ("名称,坐标", "葵涌,北纬22.63 东经114.4134"),
        ("名称,WKT", "葵涌,POINT(114.4134 22.63)"),
        ("名称,坐标", "葵涌,POINT(114.4134 22.63)"),
    ] {
        let text = format!("{headings}\n{}", cells.replace("°24'48.24\"E", "°24'48.24E"));
        let rows = read_csv(&text).unwrap();
        assert_near(point_of(&rows[0]), (114.4134, 22.63));
    }
}

#[test]
fn positions_in_other_datums_come_out_as_wgs_84() {
    let options = ReadOptions { datum: Datum::Gcj02, ..ReadOptions::default() };
    let rows = read("名称,x,y\n深圳湾,113.917176481,22.540796132".as_bytes(), Format::Csv, &options);
    assert_near(point_of(&rows.unwrap()[0]), (113.912316, 22.543847));
}

#[test]
fn unreadable_positions_are_faults_of_their_row() {
    let text = "名称,经度,纬度\n\
        甲,22.63,114.4134\n乙,114.4134,\n丙,不详,22.63\n丁,0,0\n戊,506123.5,2503456.1\n\
        己,114.41E,22.63E\n庚,114°75',22.63\n辛,114.41,22.63\n壬,,\n";
    let rows = read_csv(text).unwrap();
    let codes: Vec<_> = rows.iter().map(|row| row.faults.first().map_or("", RowFault::code)).collect();
    assert_eq!(
        codes,
        [
            "axes_swapped",
            "half_a_position",
            "not_an_angle",
            "zero_position",
            "projected",
            "axes_contradict",
            "not_an_angle",
            "",
            ""
        ]
    );
    assert!(!rows[0].is_bad() && rows[1].is_bad());
    assert!(rows[8].geometry.is_none() && rows[8].faults.is_empty());
    let swapped = &rows[0].faults[0];
    assert!(swapped.to_string().contains("经度 114.4134、纬度 22.63"), "{swapped}");
}

#[test]
fn headings_given_by_hand_win() {
    let mut columns: ColumnMapping = "lon=高德经度".parse().unwrap();
    columns.extend("lat=高德纬度".parse().unwrap());
    columns.extend("name=点位".parse().unwrap());
    let options = ReadOptions { datum: Datum::Gcj02, columns, ..ReadOptions::default() };
    let text = "点位,高德经度,高德纬度,经度\n深圳湾,113.917176481,22.540796132,备注\n";
    let rows = read(text.as_bytes(), Format::Csv, &options).unwrap();
    assert_near(point_of(&rows[0]), (113.912316, 22.543847));
    assert_eq!(rows[0].name.as_deref(), Some("深圳湾"));
    assert_eq!(rows[0].properties["经度"], "备注");

    let missing = read("点位,高德经度\n甲,114".as_bytes(), Format::Csv, &options).unwrap_err();
    assert!(missing.to_string().contains("高德纬度"), "{missing}");
}

#[test]
fn files_without_usable_headings_are_refused_with_what_was_seen() {
    let error = read_csv("甲,乙\n1,2\n").unwrap_err();
    assert_eq!(error, ImportError::NoHeadings { row: 1, headings: "甲、乙".to_owned() });
    assert!(error.to_string().contains("--column"));
    assert_eq!(read_csv("名称,地址\n"), Err(ImportError::Empty));
}

#[test]
fn broken_quoting_names_its_row() {
    let open = "名称,地址\n甲,\"东路\n乙,西路\n";
    assert_eq!(read_csv(open), Err(ImportError::UnclosedQuote { row: 2, line: 2 }));
    let trailing = "名称,地址\n\"甲\n店\",东路\n\"乙\"旧,西路\n";
    assert_eq!(read_csv(trailing), Err(ImportError::TextAfterQuote { row: 3, line: 4 }));
    let lawful = read_csv("名称,地址\n\"甲\"\"一\"\"\",8\"管旁\n").unwrap();
    assert_eq!(lawful[0].name.as_deref(), Some("甲\"一\""));
    assert_eq!(lawful[0].address.as_deref(), Some("8\"管旁"));
}

#[test]
fn areas_in_every_unit_are_hectares() {
    for (heading, cell, expected) in [
        ("面积（公顷）", "9.08769135074", Some(9.087691)),
        ("面积（平方米）", "１２，５００", Some(1.25)),
        ("面积（平方米）", "\"12,500\"", Some(1.25)),
        ("面积(亩)", "15", Some(1.0)),
        ("面积", "3.5公顷", Some(3.5)),
        ("面积", "约2000平方米", Some(0.2)),
        ("面积", "无", None),
        ("面积", "", None),
    ] {
        let rows = read_csv(&format!("名称,{heading}\n甲,{cell}\n")).unwrap();
        let found = rows[0].area_ha;
        let is_equal = match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
            (found, expected) => found == expected,
        };
        assert!(is_equal, "{heading} {cell}: {found:?}");
    }
    let rows = read_csv("名称,面积\n甲,很大\n乙,-3\n").unwrap();
    assert!(rows.iter().all(|row| matches!(row.faults[..], [RowFault::NotANumber { .. }])));
}

#[test]
fn repeated_ids_and_names_are_told_apart() {
    let rows = read_csv("序号,名称\n1,甲\n1,乙\n").unwrap();
    assert!(matches!(&rows[1].faults[..], [RowFault::DuplicateId { first: 2, .. }]));
    let rows = read_csv("名称,地址\n甲,东路\n甲,西路\n甲,东路\n").unwrap();
    let keys: Vec<_> = rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, ["甲|东路", "甲|西路", "甲|东路#2"]);
}

#[test]
fn ragged_and_blank_rows_are_handled() {
    let rows = read_csv("名称,地址\n\n甲\n,,\n乙,东路,多余\n").unwrap();
    let numbers: Vec<_> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [3, 5]);
    assert!(matches!(rows[1].faults[..], [RowFault::TooManyCells { expected: 2, found: 3 }]));
}

#[test]
fn wide_and_long_tables_are_refused() {
    let wide = format!("名称{}\n", ",x".repeat(MOST_COLUMNS));
    assert_eq!(read_csv(&wide), Err(ImportError::TooManyColumns { row: 1 }));
    let longest = format!("名称\n{}", "甲\n".repeat(MOST_ROWS));
    assert_eq!(read_csv(&longest).map(|rows| rows.len()), Ok(MOST_ROWS));
    let long = format!("名录\n{longest}甲\n");
    assert_eq!(read_csv(&long), Err(ImportError::TooManyRows));
}

#[test]
fn workbooks_give_the_values_that_readers_see() {
    let workbook = Workbook::of(&[
        &["2024年名录"],
        &["序号", "名称", "面积（平方米）", "建成日期", "开放时间", "经度", "纬度", "备注"],
        &[
            "=1",
            "土洋公园",
            "!1000*2=2000",
            "@45413",
            "%0.354166666666667",
            "114.4034",
            "=22.615858",
            "=440307009001",
        ],
        &["=2", "盐村公园", "", "", "全天", "", "", ""],
    ]);
    let rows = read(&workbook.bytes(), Format::Xlsx, &ReadOptions::default()).unwrap();
    let [park, village] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((park.number, park.key.as_str()), (3, "1"));
    assert_eq!(park.area_ha, Some(0.2));
    assert_eq!(park.properties["建成日期"], "2024-05-01");
    assert_eq!(park.opening_hours.as_deref(), Some("08:30"));
    assert_eq!(park.properties["备注"], "440307009001");
    assert_near(point_of(park), (114.4034, 22.615858));
    assert_eq!((village.number, village.opening_hours.as_deref()), (4, Some("全天")));
    assert!(village.geometry.is_none());
}

#[test]
fn sheets_are_found_by_name_or_by_their_headings() {
    let workbook = Workbook::of(&[&["说明"], &["请填写下表"]])
        .with_sheet("公园", &[&["名称"], &["土洋公园"]])
        .with_sheet("球场", &[&["名称"], &["篮球场"]]);
    let read_sheet = |sheet: Option<&str>| {
        let options = ReadOptions { sheet: sheet.map(str::to_owned), ..ReadOptions::default() };
        read(&workbook.bytes(), Format::Xlsx, &options)
    };
    let name_in = |sheet| read_sheet(sheet).unwrap()[0].name.clone().unwrap();
    assert_eq!(name_in(None), "土洋公园");
    assert_eq!(name_in(Some("球场")), "篮球场");
    let error = read_sheet(Some("步道")).unwrap_err();
    assert!(error.to_string().contains("名录、公园、球场"), "{error}");
}

#[test]
fn workbooks_that_unpack_to_gigabytes_are_refused_unopened() {
    let mut bytes = Workbook::of(&[&["名称"], &["土洋公园"]]).bytes();
    let entry = bytes.windows(4).position(|mark| mark == b"PK\x01\x02").unwrap();
    bytes[entry + 24..entry + 28].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = read(&bytes, Format::Xlsx, &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("512 MiB"), "{error}");
}
