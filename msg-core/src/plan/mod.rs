//! The planner: from one rich content to the parts that a channel can carry, and everything that was lost on the way.
//!
//! [`plan`] is total, deterministic and pure. It never cuts inside a grapheme, a URL or an entity, and never drops an
//! action: what a channel cannot show becomes text or a link, or a recorded loss.

mod answer;
mod loss;
mod number;

pub use answer::{Answer, AnswerMap, AnswerVia};
pub use loss::{Loss, LossKind, LossPolicy, Rule, Severity};

use crate::capability::{Capabilities, Field};
use crate::digest::Digest;
use crate::message::part::{Styled, TextPart};
use crate::message::{Content, ContentKind, PartBody};
use crate::trace::canonical;
use serde::{Deserialize, Serialize};

/// What is planned: a content and the lines that must go with it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PlanInput<'a> {
    /// What is said.
    pub content: &'a Content,
    /// A line that must precede the text. Counted inside limits before anything is split.
    pub disclosure: Option<&'a str>,
    /// A line that must follow the text. Counted inside limits before anything is split.
    pub footer: Option<&'a str>,
    /// What stands in when nothing else can be shown.
    pub fallback_text: Option<&'a str>,
    /// The language, BCP 47: digits of numbered lists follow it.
    pub language: &'a str,
}

impl<'a> PlanInput<'a> {
    /// Plans `content` in English, without other lines.
    #[must_use]
    pub const fn new(content: &'a Content) -> Self {
        Self {
            content,
            disclosure: None,
            footer: None,
            fallback_text: None,
            language: "en",
        }
    }
}

/// The parts for one channel, in order, and everything that was lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// The parts, each within the limits. Empty when the channel cannot carry the content at all; then a loss of
    /// [`Severity::Total`] says why.
    pub parts: Vec<PartBody>,
    /// What was lost, in the order of the content.
    pub losses: Vec<Loss>,
    /// What a tap, a number, a word or a label means.
    pub answers: AnswerMap,
    /// SHA-256 of the canonical JSON of parts, losses and answers: same input, same digest.
    pub digest: Digest,
}

impl Plan {
    /// The worst loss.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.losses
            .iter()
            .map(|loss| loss.severity)
            .max()
            .unwrap_or(Severity::None)
    }
}

/// Plans a content for one channel. Total, deterministic and pure: the same input always gives the same plan.
#[must_use]
pub fn plan(input: &PlanInput<'_>, caps: &Capabilities) -> Plan {
    let mut parts = Vec::with_capacity(1);
    let mut losses = Vec::new();
    match input.content {
        Content::Text(text) if caps.carries(ContentKind::Text) && caps.free_form => {
            let mut whole = String::new();
            input.disclosure.iter().for_each(|line| {
                whole.push_str(line);
                whole.push_str("\n\n");
            });
            text.for_each_text(&mut |run| whole.push_str(run));
            input.footer.iter().for_each(|line| {
                whole.push_str("\n\n");
                whole.push_str(line);
            });
            if caps.limit(Field::Text).fits(&whole) {
                parts.push(TextPart::new(Styled::new(whole, caps.markup.clone())).into());
            } else {
                losses.push(Loss::new(
                    "/text",
                    LossKind::Dropped,
                    Severity::Total,
                    Rule::Limit,
                ));
            }
        }
        _ => losses.push(Loss::new(
            "",
            LossKind::Dropped,
            Severity::Total,
            Rule::NotCarried,
        )),
    }
    seal(parts, losses, AnswerMap::default())
}

/// Puts the digest on a plan. It is taken once, of the canonical JSON of everything that can be sent or answered.
fn seal(parts: Vec<PartBody>, losses: Vec<Loss>, answers: AnswerMap) -> Plan {
    // The parts hold no float that is not finite and no key that is not text, so this cannot fail.
    let text = canonical::to_vec(&(&parts, &losses, &answers)).unwrap_or_default();
    Plan {
        parts,
        losses,
        answers,
        digest: Digest::of(&text),
    }
}
