//! What the suites of wires and adapters share: parts of every kind, answers of every sort, and eyes for what must not be seen.

use super::sample;
use super::violation::{Outcome, Violation, ensure};
use crate::capability::Capabilities;
use crate::id::{MessageId, PartId, TenantId, time_ordered};
use crate::message::part::{Styled, TextPart};
use crate::message::{Address, Content, ContentKind, Markup, Part, PartBody, Purpose};
use crate::open::Unknown;
use crate::plan::{PlanInput, plan};
use crate::{Error, Timestamp};
use bytes::Bytes;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A word that stands in every text and in every answer, and must never come back.
pub(crate) const CANARY: &str = "Quillfeather";

/// A provider's id of a message, where the author names none.
pub(crate) const TARGET: &str = "message-1";

/// One sample of a kind, about the message `target` where it is about a message.
fn content(kind: ContentKind, target: &str) -> Result<Content, Error> {
    let mut content = sample(kind)?;
    match &mut content {
        Content::Reaction(reaction) => target.clone_into(&mut reaction.target),
        Content::Edit(edit) => target.clone_into(&mut edit.target),
        Content::Delete(delete) => target.clone_into(&mut delete.target),
        Content::Read(read) => target.clone_into(&mut read.up_to),
        _ => {}
    }
    Ok(content)
}

/// What the planner makes of one sample of every kind with these capabilities: all of it must be sendable.
pub(crate) fn carried(caps: &Capabilities, target: &str) -> Result<Vec<PartBody>, Error> {
    let mut bodies = Vec::new();
    for kind in ContentKind::ALL {
        bodies.extend(plan(&PlanInput::new(&content(kind, target)?), caps).parts);
    }
    Ok(bodies)
}

/// One body of every kind that these capabilities exclude, and one of a kind that nobody knows.
pub(crate) fn foreign(caps: &Capabilities, target: &str) -> Result<Vec<PartBody>, Error> {
    let everything = Capabilities::everything(Markup::Plain);
    let mut bodies = vec![PartBody::Unknown(Unknown::new(
        "hologram",
        serde_json::Value::Null,
    ))];
    for kind in ContentKind::ALL {
        if caps.carries(kind) {
            continue;
        }
        let content = content(kind, target)?;
        let native = plan(&PlanInput::new(&content), &everything).parts;
        // A kind without a body of its own, such as a table, becomes bodies of other kinds.
        bodies.extend(
            native
                .into_iter()
                .filter(|body| body.tag() == content.tag()),
        );
    }
    Ok(bodies)
}

/// What these capabilities make of a text that says the canary: a text, a mail, a notification, a call. Where nothing can say
/// it, as on a channel of templates only, a text.
pub(crate) fn text(caps: &Capabilities) -> PartBody {
    let words = format!("{CANARY} says hello");
    let content = Content::text(words.as_str());
    let said = plan(&PlanInput::new(&content), caps)
        .parts
        .into_iter()
        .next();
    said.unwrap_or_else(|| TextPart::new(Styled::plain(words)).into())
}

/// A part, the `number`-th of a subject. The same number gives the same part.
pub(crate) fn part(number: u32, to: &Address, body: PartBody) -> Part {
    let mut random = [7; 16];
    // The middle of the bytes that are used: beside those that say the version and the variant.
    for (to, from) in random.iter_mut().skip(4).zip(number.to_be_bytes()) {
        *to = from;
    }
    let message = MessageId::from_uuid(time_ordered(Timestamp::UNIX_EPOCH, &random));
    let tenant = TenantId::from_static("testkit");
    Part::new(
        PartId::new(message, 0),
        tenant,
        to.clone(),
        Purpose::Transactional,
        body,
    )
}

/// Bodies that no provider means, with `words` in those that quote: every one must be read as something.
pub(crate) fn garbage(words: &[&str]) -> Vec<Bytes> {
    let quote = words.join(" ");
    let texts = [
        String::new(),
        " \r\n".into(),
        format!("<!doctype html><html><body><h1>502 Bad Gateway</h1>{quote}</body></html>"),
        quote.clone(),
        "{".into(),
        r#"{"ok":tru"#.into(),
        "{}".into(),
        "[]".into(),
        "[{}]".into(),
        "null".into(),
        "0".into(),
        r#""text""#.into(),
        format!(r#"{{"error":{{"message":"{quote}","code":7}}}}"#),
        format!(r#"{{"error":"{quote}"}}"#),
        format!(r#"{{"message":"{quote}","description":"{quote}","detail":"{quote}"}}"#),
        // Deeper than a recursive reader may go.
        "[".repeat(1 << 14),
    ];
    let mut bodies: Vec<Bytes> = texts.into_iter().map(Bytes::from).collect();
    bodies.push(Bytes::from_static(b"\xff\xfe{\"id\":\"\xc3\x28\"}"));
    bodies.push(Bytes::from_static(b"{\"id\":\"\xed\xa0\x80\"}"));
    bodies
}

/// An answer.
pub(crate) fn answer(status: u16, body: &Bytes) -> http::Response<Bytes> {
    let mut response = http::Response::new(body.clone());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    response
}

/// The same answer, which says how many seconds to wait.
pub(crate) fn waiting(mut answer: http::Response<Bytes>, seconds: u16) -> http::Response<Bytes> {
    let headers = answer.headers_mut();
    headers.insert(http::header::RETRY_AFTER, seconds.into());
    answer
}

/// Every status there is.
pub(crate) const STATUSES: std::ops::Range<u16> = 100..600;

/// Runs something that must not panic. The panic's own message goes where the hook sends it.
pub(crate) fn calm<T>(what: &str, run: impl FnOnce() -> T) -> Result<T, Violation> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| Violation::new(format!("{what} panics")))
}

/// Whether what is shown leaves out every one of these words, each with its name.
pub(crate) fn hides(what: &str, shown: &str, words: &[(&str, &str)]) -> Outcome {
    for (name, word) in words {
        ensure!(
            word.is_empty() || !shown.contains(word),
            "{what} shows the {name}"
        );
    }
    Ok(())
}

/// Whether a scheme may be a feature and a folder: a lowercase letter, then lowercase letters, digits, `_` and `-`.
pub(crate) fn is_scheme(scheme: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    scheme.starts_with(|c: char| c.is_ascii_lowercase()) && scheme.bytes().all(word)
}
