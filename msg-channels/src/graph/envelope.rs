//! The body of a webhook: entries, each with lists of things that happened.

use msg_core::Error;
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The body of a webhook of Meta: `{"object": "...", "entry": [...]}`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Envelope<'a> {
    /// What the entries are about: `whatsapp_business_account`, `page`, `instagram`.
    pub object: Cow<'a, str>,
    /// What happened, in the order in which it came.
    pub items: Vec<Item<'a>>,
}

/// Which entry something stood in.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Place<'a> {
    /// The id of the page or the business account; empty where none was said.
    pub id: Cow<'a, str>,
    /// When the entry was made, as it came: a number of seconds or milliseconds.
    pub time: Option<&'a RawValue>,
}

/// One thing that happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Item<'a> {
    /// Where it stood.
    pub place: Place<'a>,
    /// The list that it stood in: `changes`, `messaging`, `standby`, or another one; empty when the entry itself is not of
    /// that shape.
    pub list: Cow<'a, str>,
    /// What came.
    pub raw: &'a RawValue,
}

impl<'a> Envelope<'a> {
    /// Reads a body. What stands in an entry is not read yet, so a bad item does not lose the others; an entry that is not
    /// of the known shape is one item with an empty list name.
    ///
    /// The single change that the app dashboard sends as a test, `{"field", "value"}` or `{"sample": {...}}`, is one item of
    /// `changes`, with an empty object.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](msg_core::ErrorKind::Invalid) when the body is none of these.
    pub fn read(body: &'a [u8]) -> Result<Self, Error> {
        match serde_json::from_slice::<Usual<'a>>(body) {
            Ok(usual) => Ok(usual.into()),
            Err(_) => Self::read_with_care(body),
        }
    }

    /// A body that is not of the usual shape, or not at all one.
    fn read_with_care(body: &'a [u8]) -> Result<Self, Error> {
        let wrong = || Error::invalid("the body is not a webhook: want `object` and `entry`");
        let fields: Fields<'a> = serde_json::from_slice(body).map_err(|_| wrong())?;
        if let Some(entries) = fields.get("entry") {
            let entries: Vec<&RawValue> =
                serde_json::from_str(entries.get()).map_err(|_| wrong())?;
            let object = fields.get("object").and_then(text).ok_or_else(wrong)?;
            let mut items = Vec::with_capacity(entries.len());
            for raw in entries {
                push(raw, &mut items);
            }
            return Ok(Self { object, items });
        }
        let whole: &RawValue = serde_json::from_slice(body).map_err(|_| wrong())?;
        let raw = fields.get("sample").unwrap_or(whole);
        let inner: Fields<'a> = serde_json::from_str(raw.get()).map_err(|_| wrong())?;
        if inner.get("field").is_none() || inner.get("value").is_none() {
            return Err(wrong());
        }
        let item = Item {
            place: Place::default(),
            list: Cow::Borrowed("changes"),
            raw,
        };
        Ok(Self {
            object: Cow::Borrowed(""),
            items: vec![item],
        })
    }
}

/// A body in which everything is as documented: it is read once, down to its items.
#[derive(Deserialize)]
struct Usual<'a> {
    #[serde(borrow)]
    object: Cow<'a, str>,
    #[serde(borrow)]
    entry: Vec<Entry<'a>>,
}

impl<'a> From<Usual<'a>> for Envelope<'a> {
    fn from(usual: Usual<'a>) -> Self {
        let mut items = Vec::with_capacity(usual.entry.len());
        for Entry { place, lists } in usual.entry {
            for (list, all) in lists {
                items.extend(all.into_iter().map(|raw| Item {
                    place: place.clone(),
                    list: list.clone(),
                    raw,
                }));
            }
        }
        Self {
            object: usual.object,
            items,
        }
    }
}

/// An entry with items; every other one is an error here.
struct Entry<'a> {
    place: Place<'a>,
    lists: Vec<(Cow<'a, str>, Vec<&'a RawValue>)>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Entry<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Entry<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an entry with items")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut place, mut lists) = (Place::default(), Vec::with_capacity(1));
                while let Some(Text(name)) = map.next_key()? {
                    match &*name {
                        "id" => place.id = text(map.next_value()?).unwrap_or_default(),
                        "time" => place.time = Some(map.next_value()?),
                        "changes" | "messaging" | "standby" => {
                            let items: Vec<&'de RawValue> = map.next_value()?;
                            lists.push((name, items));
                        }
                        _ => return Err(serde::de::Error::custom("not usual")),
                    }
                }
                if lists.iter().all(|(_, items)| items.is_empty()) {
                    return Err(serde::de::Error::custom("no items"));
                }
                Ok(Entry { place, lists })
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// The items of one entry.
fn push<'a>(raw: &'a RawValue, items: &mut Vec<Item<'a>>) {
    let before = items.len();
    let Ok(fields) = serde_json::from_str::<Fields<'a>>(raw.get()) else {
        items.push(whole(raw, Place::default()));
        return;
    };
    let place = Place {
        id: fields.get("id").and_then(text).unwrap_or_default(),
        time: fields.get("time").or_else(|| fields.get("timestamp")),
    };
    for (name, value) in &fields.0 {
        let Ok(list) = serde_json::from_str::<Vec<&'a RawValue>>(value.get()) else {
            continue;
        };
        items.extend(list.into_iter().map(|raw| Item {
            place: place.clone(),
            list: name.clone(),
            raw,
        }));
    }
    if items.len() == before {
        items.push(whole(raw, place));
    }
}

fn whole<'a>(raw: &'a RawValue, place: Place<'a>) -> Item<'a> {
    Item {
        place,
        list: Cow::Borrowed(""),
        raw,
    }
}

/// A text, or a number as text: ids come as both.
fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let json = raw.get();
    if json.starts_with('"') {
        let Text(text) = serde_json::from_str(json).ok()?;
        Some(text)
    } else if json.starts_with(|c: char| c.is_ascii_digit()) {
        Some(Cow::Borrowed(json))
    } else {
        None
    }
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The fields of an object, in order, unread.
#[derive(Clone, Debug, Default)]
pub struct Fields<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// The field of this name. The last one where there are several, as in a `Value`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        let mut all = self.0.iter().rev();
        all.find(|(field, _)| field == name).map(|(_, raw)| *raw)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(4);
                while let Some((Text(name), value)) = map.next_entry()? {
                    fields.push((name, value));
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Object).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<(String, Vec<String>)> {
        let envelope = Envelope::read(body.as_bytes()).ok()?;
        let item = |item: &Item<'_>| {
            let time = item.place.time.map_or("", RawValue::get);
            format!("{}@{time} {}: {}", item.place.id, item.list, item.raw)
        };
        Some((
            envelope.object.into_owned(),
            envelope.items.iter().map(item).collect(),
        ))
    }

    #[test]
    fn every_item_of_every_entry_is_one_in_order() {
        let body = r#"{"object":"page","entry":[{"id":"1","time":5,"messaging":[{"a":1},2],"standby":[{"b":3}]},{"id":7,"changes":[{"field":"x"}]}]}"#;
        let items = [
            r#"1@5 messaging: {"a":1}"#,
            "1@5 messaging: 2",
            r#"1@5 standby: {"b":3}"#,
            r#"7@ changes: {"field":"x"}"#,
        ];
        assert_eq!(
            read(body),
            Some(("page".into(), items.map(str::to_owned).to_vec()))
        );
    }

    #[test]
    fn an_entry_of_another_shape_is_kept() {
        let body = r#"{"object":"page","entry":[7,{"id":"1","changes":{}},{"id":"2","changes":[]}],"more":1}"#;
        let (_, items) = read(body).unwrap();
        let want = [
            "@ : 7",
            r#"1@ : {"id":"1","changes":{}}"#,
            r#"2@ : {"id":"2","changes":[]}"#,
        ];
        assert_eq!(items, want);
    }

    #[test]
    fn the_last_of_several_fields_counts() {
        let body =
            r#"{"object":"a","entry":"","object":"page","entry":[{"id":"1","changes":[1]}]}"#;
        assert_eq!(
            read(body),
            Some(("page".into(), vec!["1@ changes: 1".into()]))
        );
    }

    /// The quick way and the careful way read the same.
    #[test]
    fn both_ways_are_one() {
        for body in [
            r#"{"object":"page","entry":[{"id":"1","time":5,"messaging":[{"a":1},2],"standby":[3]},{"changes":[4],"id":9}]}"#,
            r#"{"entry":[{"id":"1","changes":[]}],"object":"page","more":[1]}"#,
            r#"{"object":"page","entry":[]}"#,
            r#"{"object":"page","entry":[{"id":null,"changes":[1],"hop":7}]}"#,
        ] {
            let care = Envelope::read_with_care(body.as_bytes()).unwrap();
            let quick = Envelope::read(body.as_bytes()).unwrap();
            assert_eq!(format!("{quick:?}"), format!("{care:?}"), "{body}");
        }
    }

    #[test]
    fn a_test_of_the_dashboard_is_a_change() {
        for body in [
            r#"{"field":"messages","value":{}}"#,
            r#"{"sample":{"field":"messages","value":{}}}"#,
        ] {
            let (object, items) = read(body).unwrap();
            assert_eq!(object, "");
            assert_eq!(items, [r#"@ changes: {"field":"messages","value":{}}"#]);
        }
    }

    #[test]
    fn what_is_no_webhook_is_an_error() {
        for body in [
            "",
            "[]",
            "7",
            "{}",
            "null",
            r#"{"object":"page"}"#,
            r#"{"entry":[]}"#,
            r#"{"object":"page","entry":{}}"#,
            r#"{"object":null,"entry":[]}"#,
            r#"{"sample":7}"#,
        ] {
            assert!(read(body).is_none(), "{body}");
        }
        assert_eq!(
            read(r#"{"object":"page","entry":[]}"#),
            Some(("page".into(), vec![]))
        );
    }
}
