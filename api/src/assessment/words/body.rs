//! What is told about weight, height and waist, of adults, of children, and in a pregnancy.

use super::{Words, say};

pub(super) fn bmi(code: &str, is_child: bool) -> Option<Words> {
    Some(match code {
        "overweight" if is_child => say(
            "超重范围",
            "孩子的体重比身高相称的范围高。",
            "少吃油炸食品和甜食，每天活动 1 小时以上；孩子正在长身体，不要节食，请在医生指导下调整。",
        ),
        "obese" if is_child => say(
            "肥胖范围",
            "孩子的体重明显高于身高相称的范围。",
            "请带孩子到社区卫生服务中心或医院检查，在医生指导下控制体重；孩子正在长身体，不要节食或吃减肥药。",
        ),
        "normal" | "suitable" => say("适宜范围", "体重和身高相称。", "继续保持，定期称体重。"),
        "low" => say(
            "体重偏低",
            "体重比身高相称的范围低。",
            "请按时吃饭，多吃蛋、奶、鱼、肉和豆制品；近期明显变瘦，请去看医生。",
        ),
        "overweight" => say(
            "超重范围",
            "体重比身高相称的范围高。",
            "少油、少糖、多活动，慢慢减；不要靠节食或减肥药快速减重。",
        ),
        "obese" => say(
            "肥胖范围",
            "体重明显高于身高相称的范围。",
            "请到社区卫生服务中心查血压、血糖和血脂，在医生指导下控制体重；不要自己吃减肥药。",
        ),
        "below_suitable" => say(
            "低于老年人适宜范围",
            "体重比老年人的适宜范围低，容易没力气、跌倒和生病。",
            "请多吃蛋、奶、鱼、肉和豆制品，每月称两次体重；三个月内轻了 5% 以上，请去看医生。",
        ),
        "above_suitable" => say(
            "高于老年人适宜范围",
            "体重比老年人的适宜范围高。",
            "保持体重平稳，不要快速减重；想减重请先问医生。",
        ),
        "wasting_mild" => say(
            "轻度消瘦范围",
            "孩子的体重比同龄人低。",
            "请检查一日三餐和零食，保证奶、蛋、肉；一两个月后再量，没有好转请去看医生。",
        ),
        "wasting_moderate" => say(
            "中重度消瘦范围",
            "孩子的体重明显比同龄人低。",
            "请尽快带孩子去社区卫生服务中心或医院，请医生找原因。",
        ),
        _ => return None,
    })
}

pub(super) fn waist(code: &str) -> Option<Words> {
    Some(match code {
        "normal" => say("正常范围", "腰围在正常范围。", "继续保持。"),
        "near_limit" => {
            say("接近超标", "腰围快到中心型肥胖的界线了。", "少吃油腻和甜食，每周活动 150 分钟以上。")
        }
        "central_obesity" => say(
            "超标",
            "腰围达到中心型肥胖的界线，肚子上的脂肪偏多。",
            "请查一次血压、血糖和血脂，少油少糖、多活动，需要时请医生帮忙。",
        ),
        _ => return None,
    })
}

pub(super) fn weight_for_age(code: &str) -> Option<Words> {
    Some(match code {
        "within" => say("正常范围", "孩子的体重在同月龄孩子的正常范围。", "继续按时体检。"),
        "low" => say(
            "偏轻",
            "孩子的体重比同月龄的大多数孩子轻。",
            "请带孩子去儿保门诊；早产的孩子由医生按矫正月龄看。",
        ),
        "very_low" => say("明显偏轻", "孩子的体重明显比同月龄的孩子轻。", "请尽快带孩子去儿保门诊或医院。"),
        "above" => say(
            "偏重",
            "孩子的体重比同月龄的大多数孩子重；是不是胖，要和身高一起看。",
            "下次体检时请儿保医生按身高看一看，不要给孩子节食。",
        ),
        _ => return None,
    })
}

pub(super) fn height_for_age(code: &str) -> Option<Words> {
    Some(match code {
        "within" => say("正常范围", "孩子的身长（身高）在同月龄孩子的正常范围。", "继续按时体检。"),
        "low" => {
            say("偏矮", "孩子比同月龄的大多数孩子矮。", "请带孩子去儿保门诊；早产的孩子由医生按矫正月龄看。")
        }
        "very_low" => say("明显偏矮", "孩子明显比同月龄的孩子矮。", "请尽快带孩子去儿保门诊或医院。"),
        "above" => say("偏高", "孩子比同月龄的大多数孩子高。", "继续按时体检。"),
        _ => return None,
    })
}

pub(super) fn pregnancy(code: &str) -> Option<Words> {
    Some(match code {
        "within" => say("推荐范围", "孕期增重在推荐范围。", "继续保持，按时产检。"),
        "below" => {
            say("偏少", "孕期增重比推荐范围少。", "请下次产检时告诉医生；吃不下或一直在变轻，请提前去。")
        }
        "above" => say(
            "偏多",
            "孕期增重比推荐范围多。",
            "少吃甜食和油腻，按医生允许的程度多走走，产检时请医生看一看。",
        ),
        _ => return None,
    })
}
