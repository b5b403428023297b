//! The fields of webhooks that come as a form (`application/x-www-form-urlencoded`) or in the query of the URL.

use msg_core::channel::WebhookRequest;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The most fields that are looked at. Twilio and Plivo send below 100.
const MAX_FIELDS: usize = 1024;

/// Fields in the order they came, names as the provider writes them.
#[derive(Clone, Default)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl std::fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fields({})", self.0.len())
    }
}

impl<'a> Fields<'a> {
    /// The fields of a form's body. Fields after the 1,024th are left out.
    #[must_use]
    pub fn of_form(body: &'a [u8]) -> Self {
        Self(form_urlencoded::parse(body).take(MAX_FIELDS).collect())
    }

    /// The fields of the URL's query.
    #[must_use]
    pub fn of_query(url: &'a str) -> Self {
        Self(super::proof::query(url).take(MAX_FIELDS).collect())
    }

    /// What a provider says by POST in the body or by GET in the query.
    #[must_use]
    pub fn of(request: &'a WebhookRequest) -> Self {
        if request.body.is_empty() {
            Self::of_query(&request.url)
        } else {
            Self::of_form(&request.body)
        }
    }

    /// The first field of this name that is not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().filter(|(field, _)| field == name);
        named.map(|(_, value)| &**value).find(|it| !it.is_empty())
    }

    /// The first of these names that has a field which is not empty.
    #[must_use]
    pub fn any(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Every field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every field as JSON; a name that comes again becomes a list.
    #[must_use]
    pub fn to_value(&self) -> Value {
        self.value_of(|_| true)
    }

    /// The fields whose names `keep` takes, as JSON.
    pub fn value_of(&self, keep: impl Fn(&str) -> bool) -> Value {
        let mut map = Map::new();
        for (name, value) in self.iter().filter(|(name, _)| keep(name)) {
            let value = Value::from(value);
            match map.get_mut(name) {
                Some(Value::Array(all)) => all.push(value),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
                None => {
                    map.insert(name.to_owned(), value);
                }
            }
        }
        Value::Object(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};
    use serde_json::json;

    #[test]
    fn a_field_is_found_in_the_body_or_the_query() {
        let url = "https://example.org/?From=1&To=";
        let post =
            WebhookRequest::new(Method::POST, url, HeaderMap::new(), &b"From=%2B2&A=b+c"[..]);
        let get = WebhookRequest::new(Method::GET, url, HeaderMap::new(), &b""[..]);
        let (post, get) = (Fields::of(&post), Fields::of(&get));
        assert_eq!((post.get("From"), get.get("From")), (Some("+2"), Some("1")));
        assert_eq!((post.get("A"), get.get("To")), (Some("b c"), None));
        assert_eq!(get.any(&["To", "From"]), Some("1"));
    }

    #[test]
    fn what_comes_twice_is_a_list() {
        let fields = Fields::of_form(b"a=1&b=2&a=3&a=");
        assert_eq!(fields.to_value(), json!({"a": ["1", "3", ""], "b": "2"}));
        assert_eq!(fields.value_of(|name| name == "b"), json!({"b": "2"}));
        assert_eq!(format!("{fields:?}"), "Fields(4)");
    }
}
