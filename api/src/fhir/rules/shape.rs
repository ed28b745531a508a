//! What holds of every element (R4, section 2.6.2): nothing is empty and nothing is `null`.

use serde_json::Value;

use super::Faults;

/// Deeper nesting is no observation.
const DEEPEST: usize = 12;

/// Looks through a resource.
pub(super) fn check(value: &Value, at: &str, faults: &mut Faults) {
    look(value, at, DEEPEST, faults);
}

fn look(value: &Value, at: &str, depth: usize, faults: &mut Faults) {
    let Some(depth) = depth.checked_sub(1) else {
        faults.add(at, "structure", "嵌套太深。");
        return;
    };
    match value {
        Value::Null => faults.add(at, "structure", "元素不能是 null，没有就不写。"),
        Value::String(text) if text.trim().is_empty() => {
            faults.add(at, "value", "文字不能是空的，没有就不写。");
        }
        Value::Array(list) if list.is_empty() => faults.add(at, "structure", "列表不能是空的，没有就不写。"),
        Value::Object(object) if object.is_empty() => {
            faults.add(at, "structure", "对象不能是空的，没有就不写。");
        }
        Value::Array(list) => {
            for (nth, item) in list.iter().enumerate() {
                look(item, &format!("{at}[{nth}]"), depth, faults);
            }
        }
        Value::Object(object) => {
            for (name, item) in object {
                look(item, &format!("{at}.{name}"), depth, faults);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
