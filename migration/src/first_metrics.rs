//! The first catalogue of metrics.
//!
//! Names of units are those of UCUM, which Regenstrief's validator accepts; `mmHg` and `bpm` are none of
//! them. LOINC codes are those of HL7's vital signs where there is one (height 8302-2, BMI 39156-5). A hard
//! reject lies outside of what any cuff, scale or strip can show, so that no real crisis is turned away; what
//! lies between it and the range to ask again is taken once somebody confirmed it. Later changes are rows of
//! later migrations.

/// Code, Chinese name, LOINC code of the whole, and whether it is computed instead of entered.
pub(crate) const METRICS: [(&str, &str, Option<&str>, bool); 26] = [
    ("blood_pressure", "血压", Some("85354-9"), false),
    ("heart_rate", "心率", Some("8867-4"), false),
    ("weight", "体重", Some("29463-7"), false),
    ("height", "身高", Some("8302-2"), false),
    ("bmi", "体质指数", Some("39156-5"), true),
    ("waist", "腰围", Some("8280-0"), false),
    ("head_circumference", "头围", Some("9843-4"), false),
    ("glucose_fasting", "空腹血糖", Some("14770-2"), false),
    ("glucose_after_meal", "餐后两小时血糖", Some("14760-3"), false),
    ("glucose_random", "随机血糖", Some("14743-9"), false),
    ("hba1c", "糖化血红蛋白", Some("4548-4"), false),
    ("total_cholesterol", "总胆固醇", Some("14647-2"), false),
    ("triglycerides", "甘油三酯", Some("14927-8"), false),
    ("ldl_cholesterol", "低密度脂蛋白胆固醇", Some("22748-8"), false),
    ("hdl_cholesterol", "高密度脂蛋白胆固醇", Some("14646-4"), false),
    ("uric_acid", "尿酸", Some("14933-6"), false),
    ("oxygen_saturation", "血氧饱和度", Some("59408-5"), false),
    ("body_temperature", "体温", Some("8310-5"), false),
    ("respiration", "呼吸频率", Some("9279-1"), false),
    ("steps", "步数", Some("41950-7"), false),
    ("sleep", "睡眠时长", Some("93832-4"), false),
    ("vision_left", "左眼裸眼视力", Some("98498-9"), false),
    // The code of the right eye was not found, so there is none.
    ("vision_right", "右眼裸眼视力", None, false),
    ("bone_density_femur", "骨密度（股骨）", Some("38263-0"), false),
    ("bone_density_lumbar", "骨密度（腰椎）", Some("38267-1"), false),
    ("body_fat", "体脂率", Some("41982-0"), false),
];

/// One number of a metric.
pub(crate) struct Component {
    pub(crate) metric: &'static str,
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    /// Where it differs from that of the metric.
    pub(crate) loinc: Option<&'static str>,
    pub(crate) ucum: &'static str,
    pub(crate) unit_name: &'static str,
    /// Canonical steps in one unit.
    pub(crate) scale: i32,
    /// Decimals that are shown.
    pub(crate) decimals: i32,
    pub(crate) required: bool,
    /// Canonical steps outside of which a value is no measurement.
    pub(crate) reject: (i64, i64),
    /// Canonical steps outside of which a value is taken once it is confirmed.
    pub(crate) ask: (Option<i64>, Option<i64>),
}

/// A metric of one number that stands in `scale` canonical steps for each unit.
const fn single(
    metric: &'static str,
    (ucum, unit_name): (&'static str, &'static str),
    (scale, decimals): (i32, i32),
    reject: (i64, i64),
    ask: (Option<i64>, Option<i64>),
) -> Component {
    let (code, name) = ("value", "");
    Component {
        metric,
        code,
        name,
        loinc: None,
        ucum,
        unit_name,
        scale,
        decimals,
        required: true,
        reject,
        ask,
    }
}

const PER_MINUTE: (&str, &str) = ("/min", "次/分");
const MMOL: (&str, &str) = ("mmol/L", "mmol/L");
const PERCENT: (&str, &str) = ("%", "%");

const fn pressure(
    code: &'static str,
    name: &'static str,
    loinc: &'static str,
    reject: (i64, i64),
    ask: (i64, i64),
) -> Component {
    Component {
        metric: "blood_pressure",
        code,
        name,
        loinc: Some(loinc),
        ucum: "mm[Hg]",
        unit_name: "mmHg",
        scale: 1,
        decimals: 0,
        required: true,
        reject,
        ask: (Some(ask.0), Some(ask.1)),
    }
}

pub(crate) const COMPONENTS: [Component; 28] = [
    pressure("systolic", "收缩压（高压）", "8480-6", (50, 300), (70, 250)),
    pressure("diastolic", "舒张压（低压）", "8462-4", (30, 200), (40, 150)),
    Component {
        metric: "blood_pressure",
        code: "pulse",
        name: "脉搏",
        loinc: Some("8867-4"),
        ucum: "/min",
        unit_name: "次/分",
        scale: 1,
        decimals: 0,
        required: false,
        reject: (25, 250),
        ask: (Some(40), Some(180)),
    },
    single("heart_rate", PER_MINUTE, (1, 0), (25, 250), (Some(40), Some(180))),
    single("weight", ("kg", "公斤"), (1_000, 1), (500, 327_000), (None, None)),
    single("height", ("cm", "厘米"), (10, 1), (300, 2_500), (None, None)),
    single("bmi", ("kg/m2", "kg/m²"), (100, 1), (800, 8_000), (Some(1_200), Some(5_500))),
    single("waist", ("cm", "厘米"), (10, 1), (300, 2_000), (Some(450), Some(1_500))),
    single("head_circumference", ("cm", "厘米"), (10, 1), (200, 650), (None, None)),
    single("glucose_fasting", MMOL, (100, 1), (60, 4_000), (Some(220), Some(2_500))),
    single("glucose_after_meal", MMOL, (100, 1), (60, 4_000), (Some(280), Some(3_000))),
    single("glucose_random", MMOL, (100, 1), (60, 4_000), (Some(220), Some(3_000))),
    single("hba1c", PERCENT, (100, 1), (300, 2_000), (Some(400), Some(1_500))),
    single("total_cholesterol", MMOL, (100, 2), (50, 3_000), (None, None)),
    single("triglycerides", MMOL, (100, 2), (10, 6_000), (None, None)),
    single("ldl_cholesterol", MMOL, (100, 2), (10, 2_500), (None, None)),
    single("hdl_cholesterol", MMOL, (100, 2), (10, 600), (None, None)),
    single("uric_acid", ("umol/L", "μmol/L"), (1, 0), (30, 2_000), (None, None)),
    single("oxygen_saturation", PERCENT, (100, 0), (4_000, 10_000), (Some(8_500), None)),
    single("body_temperature", ("Cel", "℃"), (100, 1), (3_000, 4_500), (Some(3_500), Some(4_100))),
    single("respiration", PER_MINUTE, (1, 0), (4, 80), (None, None)),
    single("steps", ("{steps}", "步"), (1, 0), (0, 100_000), (None, Some(50_000))),
    single("sleep", ("h", "小时"), (60, 1), (0, 1_440), (None, Some(840))),
    single("vision_left", ("1", "五分记录"), (100, 1), (300, 530), (None, None)),
    single("vision_right", ("1", "五分记录"), (100, 1), (300, 530), (None, None)),
    single("bone_density_femur", ("{T-score}", "T 值"), (100, 1), (-800, 800), (None, None)),
    single("bone_density_lumbar", ("{T-score}", "T 值"), (100, 1), (-800, 800), (None, None)),
    single("body_fat", PERCENT, (100, 1), (200, 7_000), (None, None)),
];

type Of = &'static [(&'static str, &'static str)];

const PRESSURES: Of = &[("blood_pressure", "systolic"), ("blood_pressure", "diastolic")];
const RATES: Of = &[("blood_pressure", "pulse"), ("heart_rate", "value"), ("respiration", "value")];
const LENGTHS: Of = &[("height", "value"), ("waist", "value"), ("head_circumference", "value")];
const GLUCOSES: Of =
    &[("glucose_fasting", "value"), ("glucose_after_meal", "value"), ("glucose_random", "value")];
const CHOLESTEROLS: Of =
    &[("total_cholesterol", "value"), ("ldl_cholesterol", "value"), ("hdl_cholesterol", "value")];
const LIPIDS: Of = &[
    ("total_cholesterol", "value"),
    ("ldl_cholesterol", "value"),
    ("hdl_cholesterol", "value"),
    ("triglycerides", "value"),
];
const PERCENTS: Of = &[("hba1c", "value"), ("oxygen_saturation", "value"), ("body_fat", "value")];
const EYES: Of = &[("vision_left", "value"), ("vision_right", "value")];
const BONES: Of = &[("bone_density_femur", "value"), ("bone_density_lumbar", "value")];
const WEIGHT: Of = &[("weight", "value")];
const BMI: Of = &[("bmi", "value")];
const TEMPERATURE: Of = &[("body_temperature", "value")];
const URIC_ACID: Of = &[("uric_acid", "value")];
const TRIGLYCERIDES: Of = &[("triglycerides", "value")];
const HBA1C: Of = &[("hba1c", "value")];
const STEPS: Of = &[("steps", "value")];
const SLEEP: Of = &[("sleep", "value")];

/// Of which components, code, Chinese name, UCUM code, method, and multiplier, addend and divisor.
type Unit = (Of, &'static str, &'static str, Option<&'static str>, &'static str, (i64, i64, i64));

pub(crate) const UNITS: [Unit; 31] = [
    (PRESSURES, "mm[Hg]", "mmHg", Some("mm[Hg]"), "linear", (1, 0, 1)),
    // 1 kPa is 7.50062 mmHg.
    (PRESSURES, "kPa", "kPa", Some("kPa"), "linear", (750_062, 0, 100_000)),
    (RATES, "/min", "次/分", Some("/min"), "linear", (1, 0, 1)),
    (WEIGHT, "kg", "公斤", Some("kg"), "linear", (1_000, 0, 1)),
    (WEIGHT, "jin", "斤", None, "linear", (500, 0, 1)),
    (WEIGHT, "g", "克", Some("g"), "linear", (1, 0, 1)),
    (WEIGHT, "[lb_av]", "磅", Some("[lb_av]"), "linear", (45_359_237, 0, 100_000)),
    (LENGTHS, "cm", "厘米", Some("cm"), "linear", (10, 0, 1)),
    (LENGTHS, "m", "米", Some("m"), "linear", (1_000, 0, 1)),
    (LENGTHS, "mm", "毫米", Some("mm"), "linear", (1, 0, 1)),
    (BMI, "kg/m2", "kg/m²", Some("kg/m2"), "linear", (100, 0, 1)),
    (GLUCOSES, "mmol/L", "mmol/L", Some("mmol/L"), "linear", (100, 0, 1)),
    // 1 mmol/L of glucose is 18.016 mg/dL.
    (GLUCOSES, "mg/dL", "mg/dL", Some("mg/dL"), "linear", (100_000, 0, 18_016)),
    (LIPIDS, "mmol/L", "mmol/L", Some("mmol/L"), "linear", (100, 0, 1)),
    // 1 mmol/L of cholesterol is 38.67 mg/dL, of triglycerides 88.57 mg/dL.
    (CHOLESTEROLS, "mg/dL", "mg/dL", Some("mg/dL"), "linear", (10_000, 0, 3_867)),
    (TRIGLYCERIDES, "mg/dL", "mg/dL", Some("mg/dL"), "linear", (10_000, 0, 8_857)),
    (URIC_ACID, "umol/L", "μmol/L", Some("umol/L"), "linear", (1, 0, 1)),
    // 1 mg/dL of uric acid is 59.48 µmol/L.
    (URIC_ACID, "mg/dL", "mg/dL", Some("mg/dL"), "linear", (5_948, 0, 100)),
    (PERCENTS, "%", "%", Some("%"), "linear", (100, 0, 1)),
    // NGSP % = 0.09148 × IFCC + 2.152.
    (HBA1C, "mmol/mol", "mmol/mol", Some("mmol/mol"), "linear", (9_148, 215_200, 1_000)),
    (TEMPERATURE, "Cel", "℃", Some("Cel"), "linear", (100, 0, 1)),
    (TEMPERATURE, "[degF]", "℉", Some("[degF]"), "linear", (500, -16_000, 9)),
    (STEPS, "{steps}", "步", Some("{steps}"), "linear", (1, 0, 1)),
    (SLEEP, "h", "小时", Some("h"), "linear", (60, 0, 1)),
    (SLEEP, "min", "分钟", Some("min"), "linear", (1, 0, 1)),
    // GB/T 11533: the record in five points is 5 + lg of the decimal one.
    (EYES, "1", "五分记录", Some("1"), "linear", (100, 0, 1)),
    (EYES, "decimal", "小数记录", None, "five_point", (1, 0, 1)),
    (BONES, "{T-score}", "T 值", Some("{T-score}"), "linear", (100, 0, 1)),
    (RATES, "{beats}/min", "次/分", Some("{beats}/min"), "linear", (1, 0, 1)),
    (RATES, "{breaths}/min", "次/分", Some("{breaths}/min"), "linear", (1, 0, 1)),
    (STEPS, "1", "步", Some("1"), "linear", (1, 0, 1)),
];
