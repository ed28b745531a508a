//! The smallest workbook that Excel opens, as an uncompressed ZIP archive, for tests.

/// Sheets with their XML.
pub(super) struct Workbook {
    sheets: Vec<(String, String)>,
}

const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#;
const ROOT_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
/// Style 1 is a date, style 2 a time of day.
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="20"/></cellXfs></styleSheet>"#;

impl Workbook {
    /// One sheet of text cells; `=1.5` makes a number, `@45413` a date, `%0.354` a time of day,
    /// `!1+1=2` a formula with its saved value, and an empty text leaves the cell out.
    pub(super) fn of(rows: &[&[&str]]) -> Self {
        Self { sheets: Vec::new() }.with_sheet("名录", rows)
    }

    pub(super) fn with_sheet(mut self, name: &str, rows: &[&[&str]]) -> Self {
        let body: String = (1..).zip(rows).map(|(number, cells)| row_xml(number, cells)).collect();
        let xml = format!(
            r#"<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{body}</sheetData></worksheet>"#
        );
        self.sheets.push((name.to_owned(), xml));
        self
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let numbered = || (1_usize..).zip(&self.sheets);
        let list = numbered()
            .map(|(n, (name, _))| format!(r#"<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>"#))
            .collect::<Vec<_>>()
            .concat();
        let relations = numbered()
            .map(|(n, _)| format!(r#"<Relationship Id="rId{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{n}.xml"/>"#))
            .collect::<Vec<_>>().concat();
        let mut archive = Archive::default();
        archive.add("[Content_Types].xml", CONTENT_TYPES);
        archive.add("_rels/.rels", ROOT_RELATIONS);
        archive.add("xl/workbook.xml", &format!(r#"<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{list}</sheets></workbook>"#));
        archive.add("xl/_rels/workbook.xml.rels", &format!(r#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#));
        archive.add("xl/styles.xml", STYLES);
        for (n, (_, xml)) in numbered() {
            archive.add(&format!("xl/worksheets/sheet{n}.xml"), xml);
        }
        archive.finish()
    }
}

fn row_xml(number: usize, cells: &[&str]) -> String {
    let body: String = ('A'..='Z')
        .zip(cells)
        .filter(|(_, text)| !text.is_empty())
        .map(|(column, text)| cell_xml(&format!("{column}{number}"), text))
        .collect();
    format!(r#"<row r="{number}">{body}</row>"#)
}

fn cell_xml(at: &str, text: &str) -> String {
    let (mark, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    match mark {
        "=" => format!(r#"<c r="{at}"><v>{rest}</v></c>"#),
        "@" => format!(r#"<c r="{at}" s="1"><v>{rest}</v></c>"#),
        "%" => format!(r#"<c r="{at}" s="2"><v>{rest}</v></c>"#),
        "!" => {
            let (formula, value) = rest.split_once('=').unwrap();
            format!(r#"<c r="{at}"><f>{formula}</f><v>{value}</v></c>"#)
        }
        _ => format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#),
    }
}

#[derive(Default)]
struct Archive {
    body: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

impl Archive {
    fn add(&mut self, name: &str, content: &str) {
        let offset = u32::try_from(self.body.len()).unwrap();
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        let name_length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let crc = crc32(content.as_bytes()).to_le_bytes();
        // Version 2.0, no flags, stored, no date.
        let shared =
            [&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..], &crc, &size, &size, &name_length, &[0, 0]].concat();
        self.body.extend([b"PK\x03\x04", &shared[..], name.as_bytes(), content.as_bytes()].concat());
        let record = [b"PK\x01\x02\x14\x00", &shared[..], &[0; 10], &offset.to_le_bytes(), name.as_bytes()];
        self.directory.extend(record.concat());
        self.entries += 1;
    }

    fn finish(mut self) -> Vec<u8> {
        let start = u32::try_from(self.body.len()).unwrap().to_le_bytes();
        let size = u32::try_from(self.directory.len()).unwrap().to_le_bytes();
        let entries = self.entries.to_le_bytes();
        self.body.extend(self.directory);
        self.body.extend([b"PK\x05\x06\0\0\0\0", &entries[..], &entries, &size, &start, &[0, 0]].concat());
        self.body
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
            },
        )
    })
}
