//! `zones`: every time zone that a telephone number may be in.

use msg_policy::zones::Zones;
use serde_json::Value;

use crate::kind::Answer;
use crate::line;

/// How libphonenumber, and the cases with it, spells that no zone is known. To us that is the empty set.
const UNKNOWN: &str = "Etc/Unknown";

/// A case has `e164`.
pub(crate) fn answer(case: &Value) -> Result<Answer, String> {
    let mut zones: Vec<&str> = Zones::of_number(line::text(case, "e164")?).iter().collect();
    if zones.is_empty() {
        zones.push(UNKNOWN);
    }
    Ok(Answer::from_iter([("zones".to_owned(), zones.into())]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_has_its_zones_and_nonsense_an_unknown_one() {
        let zones = |number: &str| {
            answer(&json!({"e164": number}))
                .unwrap()
                .remove("zones")
                .unwrap()
        };
        assert_eq!(zones("+43800123456"), json!(["Europe/Vienna"]));
        assert_eq!(zones("+999"), json!(["Etc/Unknown"]));
    }
}
