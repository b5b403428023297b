//! Compares our answers with those that the cases bring along.

use std::process::ExitCode;

use serde_json::Value;

use crate::channels::is_nobody;
use crate::kind::Kind;
use crate::{each_line, line};

/// Prints what differs and a summary; fails if anything does, or if there was nothing to compare. Cases of providers that no
/// channel answers for are counted apart.
pub(crate) fn run(kind: &Kind, files: &[String]) -> Result<ExitCode, String> {
    let (mut cases, mut compared, mut different) = (0_usize, 0_usize, 0_usize);
    let mut strangers = 0_usize;
    each_line(files, |bytes| {
        let case: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let answer = line::answered(kind, bytes);
        cases += 1;
        let error = answer.get("error").and_then(Value::as_str);
        if error.is_some_and(is_nobody) {
            strangers += 1;
            return Ok(());
        }
        // The expected fields stand in the case itself or, in some kinds, in an object of that name.
        let expected = case
            .get("expected")
            .filter(|expected| expected.is_object())
            .unwrap_or(&case);
        let (fields, differences) = match (kind.compare, error) {
            (Some(compare), None) => compare(&case, &answer),
            _ => differences(expected, &answer),
        };
        compared += fields;
        different += usize::from(!differences.is_empty());
        for difference in differences {
            eprintln!(
                "eval: {}: {difference}",
                answer.get("id").unwrap_or(&Value::Null)
            );
        }
        Ok(())
    })?;
    eprintln!(
        "eval: {}: {cases} cases, {compared} fields compared, {different} cases differ, {strangers} of unknown providers",
        kind.name
    );
    Ok(if different == 0 && (compared > 0 || strangers == cases) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// How many fields of the answer the case has too, and those in which they differ. An error always differs.
fn differences(case: &Value, answer: &Value) -> (usize, Vec<String>) {
    let mut compared = 0;
    let mut found = Vec::new();
    for (name, given) in answer
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != "id")
    {
        match case.get(name) {
            Some(expected) => {
                compared += 1;
                if expected != given {
                    found.push(format!("{name}: expected {expected}, answered {given}"));
                }
            }
            None if name == "error" => found.push(format!("not answered: {given}")),
            None => {}
        }
    }
    (compared, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_both_have_are_compared() {
        let case = serde_json::json!({"id": 1, "a": 1, "b": [1, 2], "text": "x"});
        assert_eq!(
            differences(
                &case,
                &serde_json::json!({"id": 1, "a": 1, "b": [1, 2], "c": 3})
            ),
            (2, vec![])
        );
        let (compared, found) =
            differences(&case, &serde_json::json!({"id": 2, "a": 1, "b": [2, 1]}));
        assert_eq!((compared, found.len()), (2, 1));
        assert_eq!(
            differences(&case, &serde_json::json!({"id": 1, "error": "x"}))
                .1
                .len(),
            1
        );
    }
}
