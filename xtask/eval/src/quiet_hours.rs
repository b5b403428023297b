//! `quiet-hours`: whether something may be sent at an instant, and if not, when.

use jiff::tz::TimeZone;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use msg_policy::quiet_hours::{Opening, Week, opening, resolve};
use serde_json::Value;

use crate::kind::Answer;
use crate::line;

const HOUR: usize = 60;
const SUNDAY: usize = 6;

/// A case has `at`, `zones` and the name of a `window`; the answer is `allowed` and the first minute of it as `next`.
pub(crate) fn answer(case: &Value) -> Result<Answer, String> {
    let at: Timestamp = line::text(case, "at")?
        .parse()
        .map_err(|error| format!("`at`: {error}"))?;
    let window = line::text(case, "window")?;
    let week = week(window).ok_or_else(|| format!("no window is called `{window}`"))?;
    let opening = opening(at, &zones(case)?, &week);
    let next = match opening {
        // The instant itself may lie inside its minute; the next one is the first whole one that is allowed too.
        Opening::Open => Some(whole_minute(at)?),
        Opening::At(next) => Some(next),
        Opening::Never => None,
    };
    Ok(Answer::from_iter([
        ("allowed".to_owned(), (opening == Opening::Open).into()),
        ("next".to_owned(), next.map(|next| next.to_string()).into()),
    ]))
}

fn whole_minute(at: Timestamp) -> Result<Timestamp, String> {
    let up = TimestampRound::new()
        .smallest(Unit::Minute)
        .mode(RoundMode::Ceil);
    at.round(up).map_err(|error| error.to_string())
}

fn zones(case: &Value) -> Result<Vec<TimeZone>, String> {
    let names = case
        .get("zones")
        .and_then(Value::as_array)
        .ok_or("`zones` is missing or not a list")?;
    let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
    resolve(names.ok_or("`zones` has something that is no name")?)
        .ok_or_else(|| "a zone is not known".to_owned())
}

/// The windows that the cases name.
fn week(window: &str) -> Option<Week> {
    Some(match window {
        "tcpa" => Week::daily(8 * HOUR, 21 * HOUR),
        "fl" => Week::daily(8 * HOUR, 20 * HOUR),
        "tx" => {
            let mut week = Week::never();
            (0..SUNDAY).for_each(|day| week.add(day, 9 * HOUR, 21 * HOUR));
            week.add(SUNDAY, 12 * HOUR, 21 * HOUR);
            week
        }
        "night" => Week::daily(22 * HOUR, 6 * HOUR),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answered(at: &str, window: &str) -> Value {
        Value::Object(
            answer(&json!({"at": at, "zones": ["America/Chicago"], "window": window})).unwrap(),
        )
    }

    #[test]
    fn inside_outside_and_at_the_edge() {
        // Chicago is five hours behind in July. 2026-07-05 is a Sunday.
        let expected = json!({"allowed": false, "next": "2026-07-05T17:00:00Z"});
        assert_eq!(answered("2026-07-05T16:59:00Z", "tx"), expected);
        let expected = json!({"allowed": true, "next": "2026-07-05T17:00:00Z"});
        assert_eq!(answered("2026-07-05T17:00:00Z", "tx"), expected);
        assert_eq!(
            answered("2026-07-05T16:59:00Z", "tcpa").get("allowed"),
            Some(&json!(true))
        );
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for case in [
            json!({"at": "soon", "zones": [], "window": "tx"}),
            json!({"at": "2026-07-05T17:00:00Z", "zones": ["Mars/Base"], "window": "tx"}),
            json!({"at": "2026-07-05T17:00:00Z", "zones": [], "window": "lunch"}),
        ] {
            assert!(answer(&case).is_err(), "{case}");
        }
    }
}
