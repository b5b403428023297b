//! The fields of a call in a form.

use super::super::schema::Call;
use crate::wire::call::{Encoded, invalid};
use crate::wire::multipart::Form;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// The form with the fields of a call: a string goes as it is, everything else as JSON.
pub(super) fn fields(mut form: Form, call: &Call<'_>) -> Encoded<Form> {
    let unwritable = || invalid("the part cannot be written as a form");
    let fields = serde_json::to_string(call).map_err(|_| unwritable())?;
    let fields: Fields<'_> = serde_json::from_str(&fields).map_err(|_| unwritable())?;
    for (name, value) in fields.0 {
        let value = if value.get().starts_with('"') {
            serde_json::from_str(value.get()).map_err(|_| unwritable())?
        } else {
            Cow::Borrowed(value.get())
        };
        form = form.field(&name, &value);
    }
    Ok(form)
}

/// The fields of a JSON object in their order.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use msg_core::id::{MessageId, PartId, TenantId, time_ordered};
    use msg_core::message::content::Typing;
    use msg_core::message::{Address, Part, Purpose};

    fn part() -> Part {
        let id = MessageId::from_uuid(time_ordered(jiff::Timestamp::UNIX_EPOCH, &[1; 16]));
        let (id, tenant) = (PartId::new(id, 0), TenantId::new("acme").unwrap());
        let to = Address::telegram(7);
        Part::new(id, tenant, to, Purpose::Transactional, Typing::default())
    }

    #[test]
    fn strings_go_as_they_are_and_the_rest_as_json() {
        let call = Call {
            chat_id: Some(7),
            caption: Some("\"hi\" ä"),
            ..Call::default()
        };
        let form = fields(Form::new(&part(), 0), &call).unwrap();
        let (_, body) = form.finish().unwrap();
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains("name=\"chat_id\"\r\n\r\n7\r\n"));
        assert!(body.contains("name=\"caption\"\r\n\r\n\"hi\" ä\r\n"));
    }
}
