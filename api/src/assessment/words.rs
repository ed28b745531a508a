//! What residents are told about a finding: what it means and what to do next, never a diagnosis.

mod body;

use std::fmt::Write as _;

use super::band::{Bands, Limits};
use super::finding::{About, Explanation, Finding, Level, Pattern};

/// Said of every value that only hints.
const REFERENCE_ONLY: &str = "指尖血或饭后的数值只供参考，不能代替医院抽静脉血的检查。";
/// From here on somebody is an adult.
const ADULT_MONTHS: i32 = 18 * 12;
/// Said of whatever is not as usual.
const NO_DIAGNOSIS: &str = "这不是诊断，是否患病要由医生判断。";

impl Bands {
    /// A finding in plain Chinese.
    pub fn explain(&self, finding: &Finding) -> Explanation {
        let words = words(finding);
        let mut meaning = words.meaning.to_owned();
        match finding.pattern {
            Some(Pattern::IsolatedSystolic) => meaning.push_str("只有收缩压（高压）偏高。"),
            Some(Pattern::IsolatedDiastolic) => meaning.push_str("只有舒张压（低压）偏高。"),
            None => {}
        }
        if finding.reference_only {
            meaning.push_str(REFERENCE_ONLY);
        }
        if finding.level > Level::Usual {
            meaning.push_str(NO_DIAGNOSIS);
        }
        let mut advice = words.advice.to_owned();
        if finding.pregnant && finding.about == About::BloodPressure && finding.level >= Level::High {
            advice.push_str("您在孕期，请当天联系产检医院。");
        }
        Explanation {
            title: title(finding.about),
            label: words.label.to_owned(),
            meaning,
            advice,
            rule: rule(finding),
            source: self.source(finding),
        }
    }

    fn source(&self, finding: &Finding) -> String {
        let Finding { standard, edition, .. } = finding;
        match self.title(standard, edition) {
            Some(title) if title.starts_with(standard.as_str()) => format!("《{title}》"),
            Some(title) => format!("{standard}—{edition}《{title}》"),
            None => format!("{standard}—{edition}"),
        }
    }
}

struct Words {
    label: &'static str,
    meaning: &'static str,
    advice: &'static str,
}

const fn say(label: &'static str, meaning: &'static str, advice: &'static str) -> Words {
    Words { label, meaning, advice }
}

fn title(about: About) -> &'static str {
    match about {
        About::BloodPressure => "血压",
        About::HeartRate => "脉搏",
        About::Respiration => "呼吸",
        About::Temperature => "体温",
        About::Bmi => "体质指数（BMI）",
        About::Waist => "腰围",
        About::Glucose => "血糖",
        About::Hba1c => "糖化血红蛋白",
        About::TotalCholesterol => "总胆固醇",
        About::Triglycerides => "甘油三酯",
        About::LdlCholesterol => "低密度脂蛋白胆固醇",
        About::HdlCholesterol => "高密度脂蛋白胆固醇",
        About::NonHdlCholesterol => "非高密度脂蛋白胆固醇",
        About::WeightForAge => "体重（按月龄）",
        About::HeightForAge => "身长（身高，按月龄）",
        About::PregnancyGain => "孕期增重",
        About::PregnancyWeeklyGain => "孕期每周增重",
        About::OxygenSaturation => "血氧饱和度",
        About::UricAcid => "尿酸",
    }
}

fn words(finding: &Finding) -> Words {
    let code = finding.code.as_str();
    let known = match finding.about {
        About::BloodPressure => blood_pressure(code),
        About::HeartRate | About::Respiration => pulse_or_breath(code),
        About::Temperature => temperature(code),
        About::Bmi => body::bmi(code, is_child(finding)),
        About::Waist => body::waist(code),
        About::Glucose => glucose(code),
        About::Hba1c => hba1c(code),
        About::TotalCholesterol
        | About::Triglycerides
        | About::LdlCholesterol
        | About::HdlCholesterol
        | About::NonHdlCholesterol => lipids(code),
        About::WeightForAge => body::weight_for_age(code),
        About::HeightForAge => body::height_for_age(code),
        About::PregnancyGain | About::PregnancyWeeklyGain => body::pregnancy(code),
        About::OxygenSaturation => oxygen_saturation(code),
        About::UricAcid => uric_acid(code),
    };
    known.unwrap_or_else(|| by_level(finding.level))
}

fn blood_pressure(code: &str) -> Option<Words> {
    Some(match code {
        "normal" => say("正常范围", "这次血压在正常范围。", "继续保持，成年人每年至少量一次血压。"),
        "elevated" => say(
            "正常高值",
            "这次血压比正常稍高，还没有到高血压的界线。",
            "少吃盐、多活动、控制体重，每半年量一次血压。",
        ),
        "low" => say(
            "偏低",
            "这次血压比一般人低。",
            "如果没有头晕、乏力，平时注意就好；起身时慢一点。如果不舒服，请坐下或躺下，并去看医生。",
        ),
        "grade_1" => say(
            "偏高（1级范围）",
            "这次血压落在“1级”的范围。一次测量说明不了问题。",
            "请在不同的三天各量一次；如果三天都达到 140/90，请去社区卫生服务中心看医生。",
        ),
        "grade_2" => say(
            "偏高（2级范围）",
            "这次血压落在“2级”的范围。一次测量说明不了问题。",
            "请安静休息后再量一次，这几天内去社区卫生服务中心看医生。正在吃降压药的，不要自己停药、加药。",
        ),
        "grade_3" | "very_high" => say(
            "很高，请马上复测",
            "这次血压达到或超过 180/110，需要马上重视。",
            "请安静休息 5 到 10 分钟，再量两次。如果还是这么高，请现在就去医院；如果有胸痛、气短、剧烈头痛、说话不清、\
             手脚无力或看不清，请立即拨打 120。",
        ),
        "home_usual" => {
            say("家庭血压正常范围", "在家量的血压低于 135/85，在家庭血压的正常范围。", "继续保持，按时测量。")
        }
        "home_raised" => say(
            "家庭血压偏高",
            "在家量的血压达到或超过 135/85。",
            "请连续七天早晚各量两次并记下来，去掉第一天后看平均值；平均仍达到 135/85，请带着记录去看医生。",
        ),
        "child_usual" => {
            say("正常范围", "这次血压低于同年龄、同性别、同身高孩子的界值。", "继续保持，每年量一次血压。")
        }
        "child_raised" => say(
            "偏高，需要复测",
            "这次血压达到同年龄、同性别、同身高孩子的第 95 百分位，筛查为偏高。",
            "请让孩子安静休息，在另外两天再各量一次；三天都偏高，请带孩子去看医生。",
        ),
        _ => return None,
    })
}

fn pulse_or_breath(code: &str) -> Option<Words> {
    Some(match code {
        "usual" => say("正常范围", "安静时的次数在正常范围。", "继续保持。"),
        "low" => say(
            "偏慢",
            "安静时的次数比一般人少；经常锻炼的人也可能这样。",
            "如果头晕、乏力或胸闷，请去看医生；没有不舒服，可以改天再量。",
        ),
        "high" => say(
            "偏快",
            "安静时的次数比一般人多；刚活动过、紧张、发热也会这样。",
            "请静坐 10 分钟再量一次；多次都偏快或者不舒服，请去看医生。",
        ),
        _ => return None,
    })
}

fn temperature(code: &str) -> Option<Words> {
    Some(match code {
        "usual" => say("正常范围", "体温（腋下）在正常范围。", "继续保持。"),
        "low" => say("偏低", "体温比一般人低，也可能是没有夹好。", "请擦干腋下，夹紧 5 分钟以上再量一次。"),
        "high" => say(
            "偏高",
            "体温（腋下）高于 37 ℃。",
            "请多喝水、多休息，过一会儿再量；持续发热或精神不好，请去看医生。",
        ),
        _ => return None,
    })
}

/// Whether the words are for whoever brings up a child.
fn is_child(finding: &Finding) -> bool {
    finding.age_months.is_some_and(|age| age < ADULT_MONTHS)
}

fn oxygen_saturation(code: &str) -> Option<Words> {
    Some(match code {
        "usual" => say("正常范围", "这次血氧饱和度在正常范围。", "继续保持。"),
        "near_limit" => say(
            "稍低",
            "这次血氧饱和度比一般稍低；手指凉、没有夹好、涂了指甲油也会这样。",
            "请搓热手指、静坐 5 分钟，再测一次；多次都这样，请去看医生。",
        ),
        "low" => say(
            "偏低，请复测",
            "这次血氧饱和度低于 94%；手指凉、没有夹好、涂了指甲油也会这样。",
            "请搓热手指、静坐 5 分钟，再测一次。还是低于 94%，请当天去看医生；气促、胸闷、嘴唇发紫或者人不清醒，\
             请立即拨打 120。",
        ),
        _ => return None,
    })
}

fn uric_acid(code: &str) -> Option<Words> {
    Some(match code {
        "usual" => say("正常范围", "这次尿酸没有超过 420 μmol/L。", "继续保持。"),
        "high" => say(
            "偏高",
            "这次尿酸超过 420 μmol/L。一次化验说明不了问题。",
            "请换一天空腹再查一次，还是偏高请带着化验单去看医生；多喝水，少喝酒和甜饮料，少吃动物内脏。\
             关节突然红肿疼痛，请尽快就医。",
        ),
        _ => return None,
    })
}

fn glucose(code: &str) -> Option<Words> {
    Some(match code {
        "normal" => say("正常范围", "这次血糖在正常范围。", "继续保持；40 岁以上每年查一次空腹血糖。"),
        "low" => say(
            "偏低，请马上处理",
            "这次血糖低于 3.9 mmol/L。",
            "如果心慌、出汗、手抖或饿得难受，请马上吃 3 到 4 块方糖或喝半杯含糖饮料，15 分钟后再测；没有好转或者人不清醒，\
             请立即拨打 120。",
        ),
        "raised" => say(
            "偏高",
            "这次血糖比正常高，还没有到糖尿病的界线。",
            "请去医院查静脉血的空腹血糖，平时少吃甜食、多活动，每半年查一次。",
        ),
        "high" => say(
            "高",
            "这次血糖达到需要进一步检查的界线。",
            "请尽快去医院查静脉血糖和糖化血红蛋白；口渴、尿多、明显变瘦或恶心呕吐，请当天就去。",
        ),
        _ => return None,
    })
}

fn hba1c(code: &str) -> Option<Words> {
    Some(match code {
        "usual" => {
            say("低于 6.5%", "过去两三个月的平均血糖没有到糖尿病的界线。", "继续保持，按医生要求复查。")
        }
        "high" => say(
            "达到 6.5%",
            "过去两三个月的平均血糖偏高。",
            "请带着化验单去看医生；已经确诊的，请问医生您的控制目标是多少。",
        ),
        _ => return None,
    })
}

fn lipids(code: &str) -> Option<Words> {
    Some(match code {
        "ideal" | "suitable" => {
            say("合适范围", "在低危人群的合适范围。", "继续保持；有糖尿病、冠心病的人要求更低，请问医生。")
        }
        "borderline" => {
            say("边缘升高", "比合适范围稍高。", "少吃肥肉、油炸食品和甜食，多活动，三到六个月后复查。")
        }
        "high" => say("升高", "明显高于合适范围。", "请带着化验单去看医生；已经在吃药的，不要自己停药。"),
        "low" => say(
            "偏低",
            "高密度脂蛋白（“好胆固醇”）偏低。",
            "多活动、不吸烟、控制体重，复查时请医生一起看其他几项。",
        ),
        _ => return None,
    })
}

/// For a band of a later edition whose words this version does not know.
fn by_level(level: Level) -> Words {
    match level {
        Level::Usual => say("正常范围", "这次数值在正常范围。", "继续保持。"),
        Level::Attention => say("需要留意", "这次数值不在常见范围。", "请过几天再量一次；不舒服请去看医生。"),
        Level::High => {
            say("偏离较多", "这次数值离常见范围较远。", "请再量一次，并去社区卫生服务中心看医生。")
        }
        Level::Urgent => {
            say("请马上复测", "这次数值需要马上重视。", "请休息后再量；仍然这样请现在就去医院。")
        }
    }
}

fn rule(finding: &Finding) -> String {
    let (unit, decimals) = unit(finding.about);
    let mut text = String::from("按未经四舍五入的数值比较：");
    let Limits { lower, lower_included, upper, upper_included } = finding.limits;
    if let Some(lower) = lower {
        let sign = if lower_included { "≥" } else { ">" };
        // Writing to a text cannot fail.
        let _ = write!(text, "{sign}{}", decimal(lower, decimals));
    }
    if let Some(upper) = upper {
        let sign = if upper_included { "≤" } else { "<" };
        let space = if lower.is_some() { " 且 " } else { "" };
        let _ = write!(text, "{space}{sign}{}", decimal(upper, decimals));
    }
    let _ = write!(text, " {unit}");
    text
}

/// Unit to be shown, and how many decimals the canonical number has in it.
fn unit(about: About) -> (&'static str, u32) {
    match about {
        About::BloodPressure => ("mmHg", 0),
        About::HeartRate | About::Respiration => ("次/分", 0),
        About::Temperature => ("℃", 2),
        About::Bmi => ("kg/m²", 2),
        About::Waist | About::HeightForAge => ("cm", 1),
        About::Glucose
        | About::TotalCholesterol
        | About::Triglycerides
        | About::LdlCholesterol
        | About::HdlCholesterol
        | About::NonHdlCholesterol => ("mmol/L", 2),
        About::Hba1c | About::OxygenSaturation => ("%", 2),
        About::WeightForAge | About::PregnancyGain => ("kg", 3),
        About::PregnancyWeeklyGain => ("kg/周", 3),
        About::UricAcid => ("μmol/L", 0),
    }
}

/// A whole number with its decimals, without zeros at the end.
fn decimal(value: i64, decimals: u32) -> String {
    let scale = 10_i64.pow(decimals);
    let (sign, value) = if value < 0 { ("-", -value) } else { ("", value) };
    if decimals == 0 {
        return format!("{sign}{value}");
    }
    let width = decimals as usize;
    let text = format!("{sign}{}.{:0width$}", value / scale, value % scale);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_children_are_told_what_holds_for_children() {
        let told = |code: &str, age_months| {
            let finding = Finding {
                about: About::Bmi,
                code: code.to_owned(),
                level: Level::Attention,
                pattern: None,
                value: None,
                limits: Limits { lower: None, lower_included: true, upper: None, upper_included: false },
                standard: "WS/T 428".to_owned(),
                edition: "2013".to_owned(),
                age_months: Some(age_months),
                reference_only: false,
                pregnant: false,
            };
            let Words { meaning, advice, .. } = words(&finding);
            format!("{meaning}{advice}")
        };
        for code in ["overweight", "obese"] {
            assert!(told(code, 215).contains("孩子"), "{code}");
            assert!(!told(code, 216).contains("孩子"), "{code}");
        }
    }

    #[test]
    fn numbers_are_written_without_needless_zeros() {
        for (value, decimals, text) in [
            (1_640, 2, "16.4"),
            (2_800, 2, "28"),
            (5, 2, "0.05"),
            (0, 3, "0"),
            (140, 0, "140"),
            (-370, 3, "-0.37"),
        ] {
            assert_eq!(decimal(value, decimals), text);
        }
    }
}
