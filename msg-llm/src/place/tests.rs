#![cfg(test)]

use super::*;
use std::borrow::Cow;

form! {
    /// Every kind of place.
    struct Whole<'a> {
        "aText" => text: Text<'a>,
        "count" => count: Count,
        "there" => there: Presence,
        "inner" => inner: Inner<'a>,
        "boxed" => boxed: Option<Box<Inner<'a>>>,
        "switch" => switch: Option<bool>,
        "raw" => raw: Option<&'a RawValue>,
    }

    /// An object in it.
    struct Inner<'a> {
        "text" => text: Text<'a>,
    }

    /// An object that may be a text.
    struct Said<'a> or text {
        "text" => text: Text<'a>,
    }
}

fn whole(json: &str) -> Result<Whole<'_>, serde_json::Error> {
    let mut whole = Whole::default();
    read(json, &mut whole).map(|()| whole)
}

#[test]
fn every_field_is_read_into_its_place() {
    let read = whole(
        r#"{"other":[{"inner":1}],"aText":"a","count":3,"there":{},"inner":{"x":null,"text":"b\n"},"boxed":{"text":"c"},
           "switch":false,"raw":{"d":[1, 2]}}"#,
    )
    .unwrap();
    assert_eq!(read.text.0, Some(Cow::Borrowed("a")));
    assert_eq!(
        (read.count.0, read.there.0, read.switch),
        (Some(3), true, Some(false))
    );
    assert_eq!(read.inner.text.0.as_deref(), Some("b\n"));
    assert_eq!(read.boxed.unwrap().text.0.as_deref(), Some("c"));
    assert_eq!(read.raw.unwrap().get(), r#"{"d":[1, 2]}"#);
}

#[test]
fn null_and_absent_are_empty() {
    let null = r#"{"aText":null,"count":null,"there":null,"inner":null,"boxed":null,"switch":null,"raw":null}"#;
    for json in [null, "{}", "null", "[]", r#"{"inner":[]}"#] {
        let read = whole(json).unwrap();
        assert_eq!(
            (read.text.0, read.count.0, read.there.0),
            (None, None, false),
            "{json}"
        );
        assert!(
            read.inner.text.0.is_none() && read.boxed.is_none(),
            "{json}"
        );
        assert!(read.switch.is_none() && read.raw.is_none(), "{json}");
    }
}

#[test]
fn what_has_another_form_is_an_error() {
    for json in [
        "",
        "1",
        "\"a\"",
        "{",
        "{} {}",
        r#"{"inner":"a"}"#,
        r#"{"boxed":true}"#,
        r#"{"switch":1}"#,
        r#"{"inner":{"text":}}"#,
    ] {
        assert!(whole(json).is_err(), "{json}");
    }
    let deep = format!(
        r#"{{"aText":{}1{}}}"#,
        "{\"a\":".repeat(10_000),
        "}".repeat(10_000)
    );
    assert!(whole(&deep).is_err());
}

#[test]
fn what_comes_later_counts() {
    let read = whole(r#"{"aText":"a","boxed":{"text":"b"},"aText":"c","boxed":{}}"#).unwrap();
    assert_eq!(read.text.0.as_deref(), Some("c"));
    assert_eq!(read.boxed.unwrap().text.0, None);
}

#[cfg(any(feature = "bedrock", feature = "cohere", feature = "gemini"))]
#[test]
fn few_are_one_or_several() {
    let texts = |json: &str| {
        let mut few: Few<Inner<'_>> = Few::default();
        read(json, &mut few)?;
        Ok::<_, serde_json::Error>(
            few.iter_mut()
                .map(|inner| inner.text.take())
                .collect::<Vec<_>>(),
        )
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(texts(r#"{"text":"a"}"#).unwrap(), [some("a")]);
    for json in [
        r#"[{"text":"a"},{"text":"b"}]"#,
        r#"[null,{"text":"a"},0,-1,0.5,"c",[{"text":"d"}],false,{"text":"b"},null]"#,
    ] {
        assert_eq!(texts(json).unwrap(), [some("a"), some("b")], "{json}");
    }
    for none in ["null", "[]", "[null]", "false", r#""a""#, r#""\n""#] {
        assert!(texts(none).unwrap().is_empty(), "{none}");
    }
    for broken in [
        "",
        "[",
        "1",
        "-1",
        "0.5",
        "true",
        r#"[{"text":"a"}"#,
        r#"{"text"}"#,
        "[{} {}]",
    ] {
        assert!(texts(broken).is_err(), "{broken}");
    }
    for json in [
        r#""a""#,
        r#"["a"]"#,
        r#"["",{"text":"a"}]"#,
        r#"[{"text":"a"},null]"#,
        r#""\u0061""#,
    ] {
        let mut few: Few<Said<'_>> = Few::default();
        read(json, &mut few).unwrap();
        let said: Vec<_> = few.iter_mut().map(|said| said.text.take()).collect();
        assert_eq!(said, [some("a")], "{json}");
    }
}
