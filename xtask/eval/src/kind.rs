//! The table of kinds. A new kind is a file with a function from a case to an answer, and one row here.

use serde_json::{Map, Value};

/// The fields of an answer, without the `id`.
pub(crate) type Answer = Map<String, Value>;

/// What turns a case of one kind into an answer, or says why it cannot.
pub(crate) type Answerer = fn(&Value) -> Result<Answer, String>;

/// One row of the table.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) answer: Answerer,
}

const KINDS: [Kind; 8] = [
    Kind {
        name: "eventstream",
        answer: crate::eventstream::answer,
    },
    Kind {
        name: "pii",
        answer: crate::pii::answer,
    },
    Kind {
        name: "quiet-hours",
        answer: crate::quiet_hours::answer,
    },
    Kind {
        name: "recordings",
        answer: crate::recordings::answer,
    },
    Kind {
        name: "segments",
        answer: crate::segments::answer,
    },
    Kind {
        name: "sigv4",
        answer: crate::sigv4::answer,
    },
    Kind {
        name: "sse",
        answer: crate::sse::answer,
    },
    Kind {
        name: "zones",
        answer: crate::zones::answer,
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
