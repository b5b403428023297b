//! The table of kinds. A new kind is a file with a function from a case to an answer, and one row here.

use serde_json::{Map, Value};

/// The fields of an answer, without the `id`.
pub(crate) type Answer = Map<String, Value>;

/// What turns a case of one kind into an answer, or says why it cannot.
pub(crate) type Answerer = fn(&Value) -> Result<Answer, String>;

/// How much of an answer was compared with its case, and in what they differ.
pub(crate) type Comparer = fn(&Value, &Value) -> (usize, Vec<String>);

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) answer: Answerer,
    /// How an answer is compared with a case where it is not field by field.
    pub(crate) compare: Option<Comparer>,
}

const KINDS: [Kind; 10] = [
    Kind {
        name: "eventstream",
        answer: crate::eventstream::answer,
        compare: None,
    },
    Kind {
        name: "pii",
        answer: crate::pii::answer,
        compare: None,
    },
    Kind {
        name: "quiet-hours",
        answer: crate::quiet_hours::answer,
        compare: None,
    },
    Kind {
        name: "recordings",
        answer: crate::recordings::answer,
        compare: None,
    },
    Kind {
        name: "responses",
        answer: crate::responses::answer,
        compare: Some(crate::responses::compare),
    },
    Kind {
        name: "segments",
        answer: crate::segments::answer,
        compare: None,
    },
    Kind {
        name: "sigv4",
        answer: crate::sigv4::answer,
        compare: None,
    },
    Kind {
        name: "sse",
        answer: crate::sse::answer,
        compare: None,
    },
    Kind {
        name: "webhooks",
        answer: crate::webhooks::answer,
        compare: Some(crate::webhooks::compare),
    },
    Kind {
        name: "zones",
        answer: crate::zones::answer,
        compare: None,
    },
];

pub(crate) fn find(name: &str) -> Result<&'static Kind, String> {
    KINDS
        .iter()
        .find(|kind| kind.name == name)
        .ok_or_else(|| format!("no kind is called `{name}`; there are: {}", names()))
}

/// For a message.
pub(crate) fn names() -> String {
    KINDS.map(|kind| kind.name).join(", ")
}
