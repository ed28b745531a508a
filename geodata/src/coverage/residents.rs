//! Who lives where, as numbers at positions: households, buildings or cells of a grid.

use std::fmt::Write as _;

use csv::StringRecord;

use crate::crs::Wgs84;

/// The age bands, in years.
pub const AGE_BANDS: [&str; 3] = ["0-14", "15-59", "60+"];
/// Columns of the bands.
const AGE_COLUMNS: [&str; 3] = ["aged_0_14", "aged_15_59", "aged_60_plus"];
const NOT_TEXT: &str = "不是 UTF-8 的 CSV，请另存为“CSV UTF-8”";
/// Headings of other columns are told up to this number and length.
const MOST_HEADINGS: usize = 20;
const LONGEST_HEADING: usize = 30;
/// More positions than the buildings of a city of ten million people.
const MOST_POINTS: usize = 2_000_000;
/// No cell has more people.
const MOST_PERSONS: f64 = 1e6;

/// People at a position.
#[derive(Debug, Clone, PartialEq)]
pub struct Resident {
    /// Where.
    pub at: Wgs84,
    /// How many; weights of grids may be fractions.
    pub persons: f64,
    /// Of them so many in each of [`AGE_BANDS`].
    pub by_age: Option<[f64; 3]>,
    /// Code or name of their community, where the file says so.
    pub community: Option<String>,
}

/// All of a region.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Residents {
    /// In the order of the file.
    pub points: Vec<Resident>,
}

/// Why a file of residents cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResidentsError {
    /// A column is missing.
    #[error("缺少列“{0}”；需要 lon、lat、persons，可选 aged_0_14、aged_15_59、aged_60_plus、community")]
    MissingColumn(&'static str),
    /// Only some of the age columns are there.
    #[error("年龄列必须三列齐全：aged_0_14、aged_15_59、aged_60_plus")]
    SomeAges,
    /// A row cannot be read.
    #[error("第 {line} 行：{what}")]
    BadRow {
        /// 1-based line of the file.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// Nothing in it.
    #[error("文件里没有任何数据行")]
    Empty,
    /// More than fits.
    #[error("数据超过 {MOST_POINTS} 行，请先按楼栋或格网汇总")]
    TooMany,
}

struct Columns {
    position: [usize; 2],
    persons: usize,
    ages: Option<[usize; 3]>,
    community: Option<usize>,
}

impl Columns {
    fn of(headings: &StringRecord) -> Result<Self, ResidentsError> {
        let find = |name: &str| {
            let is_it =
                |heading: &str| heading.trim_start_matches('\u{feff}').trim().eq_ignore_ascii_case(name);
            headings.iter().position(is_it)
        };
        let need = |name: &'static str| find(name).ok_or(ResidentsError::MissingColumn(name));
        let [young, adult, old] = AGE_COLUMNS.map(find);
        let ages = match (young, adult, old) {
            (Some(young), Some(adult), Some(old)) => Some([young, adult, old]),
            (None, None, None) => None,
            _ => return Err(ResidentsError::SomeAges),
        };
        let position = [need("lon")?, need("lat")?];
        Ok(Self { position, persons: need("persons")?, ages, community: find("community") })
    }
}

impl Residents {
    /// Reads CSV in UTF-8 with a line of headings.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line.
    pub fn from_csv(bytes: &[u8]) -> Result<Self, ResidentsError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let bad = |line: u64, what: String| ResidentsError::BadRow { line, what };
        let headings = reader.headers().map_err(|_not_text| bad(1, NOT_TEXT.to_owned()))?;
        let columns = Columns::of(headings)?;
        let mut points = Vec::new();
        let mut row = StringRecord::new();
        loop {
            let line = reader.position().line();
            let more = reader.read_record(&mut row).map_err(|_not_text| bad(line, NOT_TEXT.to_owned()))?;
            if !more {
                break;
            }
            if points.len() >= MOST_POINTS {
                return Err(ResidentsError::TooMany);
            }
            let line = row.position().map_or(line, csv::Position::line);
            points.push(resident(&columns, &row).map_err(|what| bad(line, what))?);
        }
        if points.is_empty() { Err(ResidentsError::Empty) } else { Ok(Self { points }) }
    }

    /// Headings of the columns that [`Residents::from_csv`] does not read, for whoever misspelt one.
    pub fn unread_columns(bytes: &[u8]) -> Vec<String> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let Ok(headings) = reader.headers() else { return Vec::new() };
        let known = |heading: &str| {
            let mut names = ["lon", "lat", "persons", "community"].into_iter().chain(AGE_COLUMNS);
            names.any(|name| heading.eq_ignore_ascii_case(name))
        };
        let headings = headings.iter().map(|heading| heading.trim_start_matches('\u{feff}').trim());
        headings
            .filter(|heading| !heading.is_empty() && !known(heading))
            .take(MOST_HEADINGS)
            .map(|heading| heading.chars().take(LONGEST_HEADING).collect())
            .collect()
    }

    /// Writes CSV that reads the same; equal residents are equal bytes.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut out = "lon,lat,persons,".to_owned() + &AGE_COLUMNS.join(",") + ",community\n";
        let has_ages = self.points.iter().all(|point| point.by_age.is_some());
        if !has_ages {
            "lon,lat,persons,community\n".clone_into(&mut out);
        }
        for Resident { at, persons, by_age, community } in &self.points {
            // Writing to a string cannot fail.
            let _ = write!(out, "{:.7},{:.7},{persons}", at.lon, at.lat);
            for band in by_age.iter().filter(|_| has_ages).flatten() {
                let _ = write!(out, ",{band}");
            }
            let name = community.as_deref().unwrap_or_default().replace('"', "\"\"");
            let _ = writeln!(out, ",\"{name}\"");
        }
        out.into_bytes()
    }

    /// How many people there are.
    pub fn persons(&self) -> f64 {
        self.points.iter().map(|point| point.persons).sum()
    }

    /// Whether the ages of all are known.
    pub fn has_ages(&self) -> bool {
        !self.points.is_empty() && self.points.iter().all(|point| point.by_age.is_some())
    }
}

fn resident(columns: &Columns, row: &StringRecord) -> Result<Resident, String> {
    let text = |column: usize| row.get(column).unwrap_or_default().trim();
    let number = |column: usize, name: &str| {
        let read = text(column).parse::<f64>().ok().filter(|number| number.is_finite());
        read.ok_or_else(|| {
            format!("{name} 的值“{}”不是数字", text(column).chars().take(20).collect::<String>())
        })
    };
    let persons_of = |column: usize, name: &str| {
        number(column, name).and_then(|persons| {
            let is_lawful = (0.0..=MOST_PERSONS).contains(&persons);
            if is_lawful { Ok(persons) } else { Err(format!("{name} 应在 0 到 {MOST_PERSONS} 之间")) }
        })
    };
    let [lon, lat] = columns.position;
    let at = Wgs84::new(number(lon, "lon")?, number(lat, "lat")?).map_err(|error| error.to_string())?;
    let persons = persons_of(columns.persons, "persons")?;
    let by_age = columns.ages.map(|bands| -> Result<[f64; 3], String> {
        let [young, adult, old] = bands;
        let [a, b, c] = AGE_COLUMNS;
        let ages = [persons_of(young, a)?, persons_of(adult, b)?, persons_of(old, c)?];
        let sum: f64 = ages.iter().sum();
        // Estimates of grids do not add up to the last digit.
        if (sum - persons).abs() > 1.0 + persons * 0.01 {
            return Err(format!("各年龄人数之和 {sum} 与 persons {persons} 不符"));
        }
        Ok(ages)
    });
    let community = columns.community.map(text).filter(|name| !name.is_empty()).map(str::to_owned);
    Ok(Resident { at, persons, by_age: by_age.transpose()?, community })
}
