//! Answers to the questions of an activity: rules without a database.

use std::collections::BTreeMap;

use entity::activity_question::{self, Kind};
use serde_json::Value;

use super::dto::Answered;
use crate::http::field_errors::FieldErrors;

/// Longest text of an answer in characters.
const LONGEST: usize = 200;

/// The answers of one person by the number of the question.
pub(super) type Answers = BTreeMap<i32, Value>;

/// Sorts answers to the people who gave them, and notes what is missing or wrong. `people` is who is there,
/// in their order; an answer without a person is everybody's.
pub(super) fn sorted<P: PartialEq + Copy>(
    questions: &[activity_question::Model],
    answers: &[(Option<P>, &Answered)],
    people: &[P],
    errors: &mut FieldErrors,
) -> Vec<Answers> {
    let mut sorted = vec![Answers::new(); people.len()];
    for (at, (person, answered)) in answers.iter().enumerate() {
        let Some(question) = questions.iter().find(|question| question.id == answered.question_id) else {
            let message = "这个问题已经不存在，请刷新报名表后重新填写。";
            errors.add(format!("/answers/{at}/question_id"), "unknown_question", message);
            continue;
        };
        if !fits(question, &answered.value) {
            let message = format!("“{}”的回答不正确，请按题目要求填写。", question.label);
            errors.add(format!("/answers/{at}/value"), "bad_answer", message);
            continue;
        }
        let whose: Vec<usize> = match person {
            Some(person) if question.per_person => {
                people.iter().position(|known| known == person).into_iter().collect()
            }
            None if !question.per_person => (0..people.len()).collect(),
            _ => Vec::new(),
        };
        if whose.is_empty() {
            let message = format!("请为每位报名的人分别填写需要各自回答的问题：“{}”。", question.label);
            errors.add(format!("/answers/{at}/person_id"), "bad_person", message);
        }
        for one in whose {
            sorted[one].insert(question.id, answered.value.clone());
        }
    }
    for question in questions.iter().filter(|question| question.required) {
        if sorted.iter().any(|answers| !answers.contains_key(&question.id)) {
            let message = format!("请回答“{}”。", question.label);
            errors.add("/answers", "answer_missing", message);
        }
    }
    sorted
}

fn fits(question: &activity_question::Model, value: &Value) -> bool {
    let options = question.options.as_array().map(Vec::as_slice).unwrap_or_default();
    match question.kind {
        Kind::Text => value.as_str().is_some_and(|text| {
            let length = text.trim().chars().count();
            length <= LONGEST && (length > 0 || !question.required)
        }),
        Kind::YesNo => value.is_boolean(),
        Kind::Number => value.as_f64().is_some_and(|number| number.abs() < 1e9),
        Kind::OneOf => value.is_string() && options.contains(value),
        Kind::SomeOf => value.as_array().is_some_and(|chosen| {
            chosen.iter().all(|one| options.contains(one))
                && (1..chosen.len()).all(|at| !chosen[..at].contains(&chosen[at]))
                && (!chosen.is_empty() || !question.required)
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn question(id: i32, kind: Kind, required: bool, per_person: bool) -> activity_question::Model {
        activity_question::Model {
            id,
            activity_id: 1,
            position: id,
            kind,
            label: "过敏史".to_owned(),
            options: json!(["有", "没有"]),
            required,
            per_person,
        }
    }

    fn answered(question_id: i32, value: Value) -> Answered {
        Answered { question_id, person_id: None, value }
    }

    #[test]
    fn each_answers_for_themselves_or_one_for_all() {
        let questions = [question(1, Kind::OneOf, true, true), question(2, Kind::Text, true, false)];
        let (a, b, all) =
            (answered(1, json!("有")), answered(1, json!("没有")), answered(2, json!("坐轮椅")));
        let mut errors = FieldErrors::default();
        let given = [(Some(7), &a), (Some(8), &b), (None, &all)];
        let sorted_answers = sorted(&questions, &given, &[7, 8], &mut errors);
        errors.finish().unwrap();
        assert_eq!(sorted_answers[0][&1], json!("有"));
        assert_eq!(sorted_answers[1][&1], json!("没有"));
        assert_eq!(sorted_answers[0][&2], sorted_answers[1][&2]);
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let questions = [question(1, Kind::SomeOf, true, true)];
        for (person, given) in [
            (Some(7), answered(1, json!(["有", "有"]))),
            (Some(7), answered(1, json!([]))),
            (Some(9), answered(1, json!(["有"]))),
            (None, answered(1, json!(["有"]))),
            (Some(7), answered(2, json!(["有"]))),
            (Some(7), answered(1, json!("有"))),
        ] {
            let mut errors = FieldErrors::default();
            sorted(&questions, &[(person, &given)], &[7], &mut errors);
            assert!(errors.finish().is_err(), "{given:?}");
        }
    }
}
