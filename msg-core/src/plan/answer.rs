//! What a tap, a number, a word or a label means.

use super::number;
use crate::id::ActionId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How an answer was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnswerVia {
    /// The handle of a button.
    Handle,
    /// Its number.
    Number,
    /// Its label.
    Label,
    /// Another word for it.
    Alias,
}

/// An answer that was recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Answer {
    /// What it means to the host.
    pub action: ActionId,
    /// How it was recognised.
    pub via: AnswerVia,
}

/// Maps what a person may answer to the action that it means, the same on every channel.
///
/// Keys are folded: case, surrounding space and punctuation, and the digits of any script do not matter.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct AnswerMap {
    /// Handles to actions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub handles: BTreeMap<String, ActionId>,
    /// Actions by number, from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbered: Vec<ActionId>,
    /// Folded labels to actions. A label that two actions share is left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, ActionId>,
    /// Folded other words to actions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub aliases: BTreeMap<String, ActionId>,
}

impl AnswerMap {
    /// Whether nothing can be answered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.handles.is_empty() && self.numbered.is_empty() && self.labels.is_empty()
    }

    /// What a person's text means: a number, in digits of any script or as a word, a label, or another word for one.
    ///
    /// It does not guess: a text that only contains a label, or that two actions share, is no answer.
    #[must_use]
    pub fn resolve(&self, text: &str) -> Option<Answer> {
        if self.is_empty() || text.len() > MAX_ANSWER {
            return None;
        }
        let folded = fold(text);
        let answer = |action: &ActionId, via| Answer {
            action: action.clone(),
            via,
        };
        number::parse(&folded)
            .and_then(|number| self.numbered.get(number.checked_sub(1)?))
            .map(|action| answer(action, AnswerVia::Number))
            .or_else(|| Some(answer(self.labels.get(&folded)?, AnswerVia::Label)))
            .or_else(|| Some(answer(self.aliases.get(&folded)?, AnswerVia::Alias)))
    }

    /// What a tap means: `handle` is what the provider sent back, unchanged.
    #[must_use]
    pub fn resolve_handle(&self, handle: &str) -> Option<Answer> {
        self.handles.get(handle).map(|action| Answer {
            action: action.clone(),
            via: AnswerVia::Handle,
        })
    }
}

/// The longest text that is looked up, in bytes: four times the longest label of any channel (Slack, 75 characters of up to
/// 4 bytes). A longer text is a message, not an answer.
const MAX_ANSWER: usize = 1_200;

/// Folds a text so that it can be compared: lower case, ASCII digits, single spaces, nothing but letters and digits at its
/// ends. A text without letters and digits, such as an emoji, keeps its signs.
pub(super) fn fold(text: &str) -> String {
    let trimmed = text.trim_matches(|c: char| !c.is_alphanumeric());
    let trimmed = if trimmed.is_empty() {
        text.trim()
    } else {
        trimmed
    };
    let mut folded = String::with_capacity(trimmed.len());
    for word in trimmed.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        for character in word.chars() {
            match number::digit(character) {
                Some(digit) => folded.push(char::from(b'0' + digit)),
                None => folded.extend(character.to_lowercase()),
            }
        }
    }
    folded
}

/// One action that can be answered, as it was shown.
#[derive(Clone, Debug)]
pub(super) struct Answerable {
    /// What it means.
    pub(super) action: ActionId,
    /// Whether its number is shown. Numbers follow the order of the actions; when none is shown, all count by order.
    pub(super) numbered: bool,
    /// What comes back when it is tapped.
    pub(super) handle: Option<String>,
    /// The labels: as the author wrote it, and as it is shown.
    pub(super) labels: Vec<String>,
    /// Other words for it.
    pub(super) aliases: Vec<String>,
}

/// The map of what was shown.
pub(super) fn collect(shown: Vec<Answerable>) -> AnswerMap {
    let mut map = AnswerMap::default();
    let mut labels = Words::default();
    let mut aliases = Words::default();
    for one in &shown {
        for label in &one.labels {
            labels.claim(fold(label), &one.action);
        }
        for alias in &one.aliases {
            aliases.claim(fold(alias), &one.action);
        }
    }
    // Where no number is shown the order still counts: a person who cannot tap writes "2" for the second button.
    let by_order = !shown.iter().any(|one| one.numbered);
    for one in shown {
        if let Some(handle) = one.handle {
            map.handles.insert(handle, one.action.clone());
        }
        if one.numbered || by_order {
            map.numbered.push(one.action);
        }
    }
    map.labels = labels.unique();
    map.aliases = aliases.unique();
    // A word that is also a number, or a label of something else, would mean two things.
    let numbered = &map.numbered;
    let clashes = |word: &String, action: &ActionId| {
        number::parse(word)
            .and_then(|number| numbered.get(number.checked_sub(1)?))
            .is_some_and(|other| other != action)
    };
    map.labels.retain(|word, action| !clashes(word, action));
    let labels = &map.labels;
    map.aliases.retain(|word, action| {
        !clashes(word, action) && labels.get(word).is_none_or(|other| other == action)
    });
    map
}

/// Words and who claimed them; none when several did.
#[derive(Default)]
struct Words(BTreeMap<String, Option<ActionId>>);

impl Words {
    fn claim(&mut self, word: String, action: &ActionId) {
        if word.is_empty() {
            return;
        }
        self.0
            .entry(word)
            .and_modify(|known| {
                if known.as_ref() != Some(action) {
                    *known = None;
                }
            })
            .or_insert_with(|| Some(action.clone()));
    }

    fn unique(self) -> BTreeMap<String, ActionId> {
        self.0
            .into_iter()
            .filter_map(|(word, action)| Some((word, action?)))
            .collect()
    }
}

crate::open::veiled! {
    AnswerMap;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ActionId {
        ActionId::new(name).unwrap()
    }

    fn shown(name: &str, label: &str) -> Answerable {
        Answerable {
            action: id(name),
            numbered: true,
            handle: Some(name.into()),
            labels: vec![label.into()],
            aliases: vec![],
        }
    }

    fn map(labels: &[(&str, &str)]) -> AnswerMap {
        collect(
            labels
                .iter()
                .map(|(name, label)| shown(name, label))
                .collect(),
        )
    }

    #[test]
    fn a_person_may_answer_in_many_ways() {
        let map = map(&[("track", "Track Order"), ("stop", "Cancel"), ("hi", "👋")]);
        for text in [
            "1",
            " 1. ",
            "(1)",
            "one",
            "ONE!",
            "１",
            "١",
            "1️⃣",
            "track order",
            "  Track   ORDER. ",
            "«Track Order»",
        ] {
            assert_eq!(
                map.resolve(text).map(|a| a.action),
                Some(id("track")),
                "{text}"
            );
        }
        assert_eq!(map.resolve("zwei").unwrap().via, AnswerVia::Number);
        assert_eq!(map.resolve("cancel").unwrap().via, AnswerVia::Label);
        assert_eq!(map.resolve("👋").unwrap().action, id("hi"));
        for text in [
            "",
            "0",
            "4",
            "12",
            "track",
            "1 or 2",
            "99999999999999999999999",
        ] {
            assert_eq!(map.resolve(text), None, "{text}");
        }
        assert_eq!(map.resolve_handle("stop").unwrap().via, AnswerVia::Handle);
        assert_eq!(map.resolve_handle("Stop"), None);
    }

    #[test]
    fn what_means_two_things_means_nothing() {
        let map = map(&[
            ("a", "Same"),
            ("b", "same!"),
            ("c", "1"),
            ("d", "4"),
            ("e", "two"),
        ]);
        assert_eq!(map.resolve("same"), None);
        assert_eq!(
            map.resolve("1").unwrap().action,
            id("a"),
            "a number is a number"
        );
        assert_eq!(map.resolve("two").unwrap().action, id("b"));
        assert_eq!(
            map.resolve("4").unwrap().action,
            id("d"),
            "label and number agree"
        );
    }

    #[test]
    fn a_label_is_stronger_than_an_alias() {
        let mut yes = shown("yes", "Yes");
        yes.aliases = vec!["sure".into(), "No".into()];
        let map = collect(vec![yes, shown("no", "No")]);
        assert_eq!(map.resolve("sure").unwrap().via, AnswerVia::Alias);
        assert_eq!(map.resolve("no").unwrap().action, id("no"));
    }

    #[test]
    fn serialized_form() {
        insta::assert_json_snapshot!(map(&[("track", "Track Order")]), @r#"
        {
          "handles": {
            "track": "track"
          },
          "numbered": [
            "track"
          ],
          "labels": {
            "track order": "track"
          }
        }
        "#);
    }
}
