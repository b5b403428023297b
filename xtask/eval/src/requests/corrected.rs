//! Specifications with what their providers' other documents add to them.
//!
//! Some published specifications leave out fields and kinds that the same provider documents elsewhere. A correction names
//! its source, stands in a file beside the wire, and is printed with the result, so that nothing is waived in silence.

use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// A corrected copy of a specification, which goes with this value.
pub(super) struct Corrected(PathBuf);

impl Corrected {
    /// The specification at `path` with these corrections, which [`read`] has read.
    pub(super) fn of(path: &Path, corrections: &[Value]) -> Result<Self, String> {
        let failed = |error: &dyn std::fmt::Display| format!("`{}`: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        let mut document: Value = serde_json::from_str(&text).map_err(|error| failed(&error))?;
        for correction in corrections {
            let at = correction.get("at").and_then(Value::as_str);
            let is = correction.get("is").cloned().unwrap_or_default();
            let at = at.ok_or_else(|| failed(&"a correction has no place"))?;
            put(&mut document, at, is).ok_or_else(|| failed(&format!("no place `{at}`")))?;
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = format!("eval-{}-{stem}.json", std::process::id());
        let copy = std::env::temp_dir().join(name);
        std::fs::write(&copy, document.to_string()).map_err(|error| failed(&error))?;
        Ok(Self(copy))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Corrected {
    fn drop(&mut self) {
        // What is left in the folder for temporary files harms nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The corrections of a wire: a list of `source`, `at` (a JSON pointer; `-` is behind the end of a list) and `is`.
pub(super) fn read(text: &str) -> Result<Vec<Value>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let read: Vec<Value> =
        serde_json::from_str(text).map_err(|error| format!("the corrections: {error}"))?;
    let sourced = |one: &Value| one.get("source").is_some_and(Value::is_string);
    if read.iter().all(sourced) {
        Ok(read)
    } else {
        Err("a correction has no source".to_owned())
    }
}

/// What was corrected, without how.
pub(super) fn told(corrections: &[Value]) -> Value {
    let one = |it: &Value| json!({"at": it.get("at"), "source": it.get("source")});
    corrections.iter().map(one).collect()
}

/// Puts a value at a place; objects on the way to it are made.
fn put(document: &mut Value, at: &str, is: Value) -> Option<()> {
    let (way, last) = at.rsplit_once('/')?;
    let mut here = document;
    for name in way.split('/').skip(1) {
        let name = name.replace("~1", "/").replace("~0", "~");
        here = match here {
            Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?)?,
            Value::Object(fields) => fields
                .entry(name)
                .or_insert_with(|| Value::Object(Map::new())),
            _ => return None,
        };
    }
    match here {
        Value::Array(items) if last == "-" => items.push(is),
        Value::Object(fields) => {
            fields.insert(last.replace("~1", "/").replace("~0", "~"), is);
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_is_put_where_it_says() {
        let mut document = json!({"a": {"b/c": [1]}});
        put(&mut document, "/a/b~1c/-", json!(2)).unwrap();
        put(&mut document, "/a/new/deep", json!({})).unwrap();
        assert_eq!(document, json!({"a": {"b/c": [1, 2], "new": {"deep": {}}}}));
        for nowhere in ["", "/a/b~1c/0/x", "/a/b~1c/9/x", "/a/b~1c/x"] {
            assert!(put(&mut document, nowhere, json!(0)).is_none(), "{nowhere}");
        }
    }

    #[test]
    fn a_correction_has_a_source() {
        assert_eq!(read("").unwrap(), Vec::<Value>::new());
        assert!(read(r#"[{"at": "/a", "is": 1}]"#).is_err());
        let read = read(r#"[{"source": "a page", "at": "/a", "is": 1}]"#).unwrap();
        assert_eq!(told(&read), json!([{"at": "/a", "source": "a page"}]));
    }

    #[test]
    fn a_copy_is_made_and_goes() {
        let path = std::env::temp_dir().join(format!("eval-test-{}.json", std::process::id()));
        std::fs::write(&path, r#"{"a": {}}"#).unwrap();
        let corrections = read(r#"[{"source": "s", "at": "/a/b", "is": 1}]"#).unwrap();
        let copy = Corrected::of(&path, &corrections).unwrap();
        let (at, text) = (
            copy.path().to_owned(),
            std::fs::read_to_string(copy.path()).unwrap(),
        );
        assert_eq!(text, r#"{"a":{"b":1}}"#);
        drop(copy);
        assert!(!at.exists());
        std::fs::remove_file(path).unwrap();
    }
}
