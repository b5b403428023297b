//! The planner: from one rich content to the parts that a channel can carry, and everything that was lost on the way.
//!
//! [`plan`] is total, deterministic and pure. It never cuts inside a grapheme, a URL or an entity, and never drops an
//! action: what a channel cannot show becomes text or a link, or a recorded loss.

mod answer;
mod attach;
mod card;
mod choice;
mod commerce;
mod email;
mod flat;
mod flatten;
mod label;
mod loss;
#[cfg(any(test, feature = "testkit"))]
#[cfg_attr(
    not(feature = "testkit"),
    expect(unreachable_pub, reason = "public through testkit")
)]
pub(crate) mod matrix;
mod media;
mod native;
mod number;
mod path;
mod plot;
mod push;
mod request;
mod text;
mod voice;

pub use answer::{Answer, AnswerMap, AnswerVia};
pub use loss::{Loss, LossKind, LossPolicy, Rule, Severity};

use crate::capability::{Capabilities, Field};
use crate::digest::Digest;
use crate::message::content::TemplateCategory;
use crate::message::part::{RawPart, Styled, TextPart};
use crate::message::render::{self, Dialect};
use crate::message::{Content, ContentKind, PartBody};
use crate::trace::canonical;
use flat::Flat;
use path::Path;
use plot::{Frame, Plot, Rank};
use serde::{Deserialize, Serialize};

/// What is planned: a content and the lines that must go with it.
#[derive(Clone, Copy)]
#[cfg_attr(test, derive(Debug))]
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

    /// How many losses there are of each severity, worst first: total, major, minor, cosmetic. Of two plans the one with
    /// the smaller rank loses less. A total loss is the worst there is: it counts once, and nothing beside it counts.
    #[must_use]
    pub fn rank(&self) -> [usize; 4] {
        plot::rank(&self.losses)
    }
}

/// Plans a content for one channel. Total, deterministic and pure: the same input always gives the same plan.
///
/// Of several ways to show something it takes the one that loses least, worst losses counted first; so a channel that can do
/// more never loses more. Markups are not compared: signs take room, so a text may need two messages with them and one without.
#[must_use]
pub fn plan(input: &PlanInput<'_>, caps: &Capabilities) -> Plan {
    if let Some(part) = short_text(input, caps) {
        return seal(vec![part], Vec::new(), AnswerMap::default());
    }
    let mut best = whole(input, caps);
    for fewer in narrowed(caps) {
        if best.rank() == Rank::default() {
            break;
        }
        let other = whole(input, &fewer);
        if other.rank() < best.rank() {
            best = other;
        }
    }
    best
}

/// A content on a channel, planned once.
fn whole(input: &PlanInput<'_>, caps: &Capabilities) -> Plan {
    let mut plot = Plot::new(input, caps);
    message(&mut plot, input);
    let (parts, losses) = (plot.parts, plot.losses);
    seal(parts, losses, answer::collect(plot.shown))
}

/// The kinds that can say anything.
const SAYING: [ContentKind; 4] = [
    ContentKind::Text,
    ContentKind::Email,
    ContentKind::Notification,
    ContentKind::Voice,
];

/// The same channel without some of the kinds that can say anything, where parts are counted: what is best for each body
/// alone may be too many parts in all, and one that can do more must not lose more for that.
fn narrowed(caps: &Capabilities) -> impl Iterator<Item = Capabilities> {
    let counted = caps.limit(Field::Parts).items() < usize::MAX;
    let subsets = if counted {
        1_u8..(1 << SAYING.len())
    } else {
        0..0
    };
    subsets.filter_map(|subset| {
        let dropped: Vec<_> = SAYING
            .into_iter()
            .enumerate()
            .filter_map(|(bit, kind)| (subset >> bit & 1 == 1).then_some(kind))
            .collect();
        let carried = |kind: &ContentKind| caps.carries(*kind);
        let left = SAYING
            .iter()
            .any(|kind| carried(kind) && !dropped.contains(kind));
        (left && dropped.iter().all(carried)).then(|| caps.clone().without_content(&dropped))
    })
}

/// Provider JSON as it is. Lines that must go with a message are not put into it: that they are missing is a loss.
pub(crate) fn plan_raw(raw: RawPart, lines: bool) -> Plan {
    let lost = Loss::new(
        "/raw",
        LossKind::Dropped,
        Severity::Minor,
        Rule::CountFooters,
    );
    let losses = lines.then_some(lost).into_iter().collect();
    seal(vec![raw.into()], losses, AnswerMap::default())
}

/// Text without formatting that fits as it is: most messages of a conversation. One allocation for the text.
fn short_text(input: &PlanInput<'_>, caps: &Capabilities) -> Option<PartBody> {
    let Content::Text(text) = input.content else {
        return None;
    };
    if !caps.free_form || !caps.carries(ContentKind::Text) || !Frame::of(input).is_empty() {
        return None;
    }
    let plain = render::untouched(text.as_plain()?, Dialect::from(&caps.markup))?;
    let allowed = caps.limit(Field::Parts).items() > 0;
    (allowed && !plain.is_empty() && render::fits(plain, caps.limit(Field::Text)))
        .then(|| TextPart::new(Styled::new(plain, caps.markup.clone())).into())
}

/// Everything that a message becomes, within the number of parts that it may have.
fn message(plot: &mut Plot<'_>, input: &PlanInput<'_>) {
    let frame = Frame::of(input);
    let most = plot.limit(Field::Parts).items();
    let root = Path::Root;
    let said = plot.best(&[
        &|plot| {
            body(plot, input.content, input, frame, &root);
            plot.parts.len() <= most
        },
        &|plot| compact(plot, input.content, frame, most, &root),
    ]);
    if !said {
        plot.refuse(&root, LossKind::Dropped, Rule::Limit);
    }
}

/// Everything in as many parts as there may be: as one text, one mail, one notification or one call, or as a text of which the
/// rest is cut off.
fn compact(
    plot: &mut Plot<'_>,
    content: &Content,
    frame: Frame<'_>,
    most: usize,
    path: &Path<'_>,
) -> bool {
    if !plot.caps.free_form || !sayable(content) {
        return false;
    }
    secrets(plot, content, path);
    let before = plot.mark();
    let few = |plot: &Plot<'_>| plot.parts_since(before) <= most;
    plot.best(&[
        &|plot| one_text(plot, content, frame, path, None) && few(plot),
        &|plot| plot.email(content, frame, path) && few(plot),
        &|plot| plot.push(content, frame, path) && few(plot),
        &|plot| plot.voice(content, frame, path) && few(plot),
        &|plot| one_text(plot, content, frame, path, Some(most)),
    ])
}

/// Everything as one text; with `cut`, what goes beyond so many parts is cut off.
fn one_text(
    plot: &mut Plot<'_>,
    content: &Content,
    frame: Frame<'_>,
    path: &Path<'_>,
    cut: Option<usize>,
) -> bool {
    let Some(mut flat) = flatten::flatten(content, path) else {
        return false;
    };
    plain_tables(plot, content, path);
    plot.losses.append(&mut flat.losses);
    plot.media_to_words(&mut flat);
    match cut {
        None => plot.ask_in_text(&flat, frame, path),
        Some(most) => plot.cut_short(&flat, frame, most, path),
    }
}

/// Plans one content. Whatever cannot be sent is a total loss.
fn body(
    plot: &mut Plot<'_>,
    content: &Content,
    input: &PlanInput<'_>,
    frame: Frame<'_>,
    path: &Path<'_>,
) {
    match content {
        Content::Typing(_) | Content::Read(_) => return plot.sign(content, path),
        Content::Delete(_) => return plot.operation(content, path),
        _ => {}
    }
    if !plot.caps.free_form && !matches!(content, Content::Mixed(_)) {
        return outside_window(plot, content, frame, path);
    }
    match content {
        Content::Reaction(_) => return plot.operation(content, path),
        Content::Edit(edit) => return plot.edit(edit, input, frame, path),
        Content::Mixed(_) => return mixed(plot, content, input, frame, path),
        Content::Unknown(unknown) => return unreadable(plot, &path.key(&unknown.tag), frame),
        _ => {}
    }
    secret(plot, content, path);
    let said = plot.best(&[
        &|plot| plot.native(content, frame, path),
        &|plot| match content {
            Content::Carousel(all) => plot.cards_in_turn(all, frame, &path.key("carousel")),
            _ => false,
        },
        &|plot| in_words(plot, content, frame, path),
        &|plot| plot.email(content, frame, path),
        &|plot| plot.push(content, frame, path),
        &|plot| plot.voice(content, frame, path),
    ]);
    if !said {
        unreadable(plot, &path.key(content.tag()), frame);
    }
}

/// The content as text, media and options.
fn in_words(plot: &mut Plot<'_>, content: &Content, frame: Frame<'_>, path: &Path<'_>) -> bool {
    let Some(flat) = flatten::flatten(content, path) else {
        return false;
    };
    plain_tables(plot, content, path);
    plot.tell(&flat, frame, &path.key(content.tag()))
}

/// Notes tables that become text.
fn plain_tables(plot: &mut Plot<'_>, content: &Content, path: &Path<'_>) {
    match content {
        Content::Table(_) if !plot.caps.carries(ContentKind::Table) => plot.lose(
            &path.key(content.tag()),
            LossKind::ToText,
            Severity::Cosmetic,
            Rule::NotCarried,
        ),
        Content::Mixed(all) => {
            let at = path.key("mixed");
            for (index, one) in all.iter().enumerate() {
                plain_tables(plot, one, &at.at(index));
            }
        }
        _ => {}
    }
}

/// Only approved templates may be sent now. What must go with a message has to be in the template.
fn outside_window(plot: &mut Plot<'_>, content: &Content, frame: Frame<'_>, path: &Path<'_>) {
    match content {
        Content::Template(_) if plot.caps.carries(ContentKind::Template) => {
            secret(plot, content, path);
            plot.native(content, Frame::default(), path);
            if !frame.is_empty() {
                plot.lose(
                    &path.key(content.tag()),
                    LossKind::Dropped,
                    Severity::Minor,
                    Rule::CountFooters,
                );
            }
        }
        _ => plot.refuse(
            &path.key(content.tag()),
            LossKind::TemplateNeeded,
            Rule::Window,
        ),
    }
}

/// Several bodies in order. The lines that go with them are at the first and the last one.
fn mixed(
    plot: &mut Plot<'_>,
    content: &Content,
    input: &PlanInput<'_>,
    frame: Frame<'_>,
    path: &Path<'_>,
) {
    let Content::Mixed(all) = content else {
        return;
    };
    let at = &path.key("mixed");
    if all.is_empty() {
        return plot.refuse(at, LossKind::Dropped, Rule::NotCarried);
    }
    let first = all.iter().position(is_message);
    let last = all.iter().rposition(is_message);
    let in_turn = |plot: &mut Plot<'_>| {
        for (index, content) in all.iter().enumerate() {
            let own = Frame {
                lead: frame.lead.filter(|_| Some(index) == first),
                tail: frame.tail.filter(|_| Some(index) == last),
            };
            body(plot, content, input, own, &at.at(index));
        }
        true
    };
    // One mail, one notification or one call that says everything, where everything can be said.
    let sayable = plot.caps.free_form && sayable(content);
    let say = |plot: &mut Plot<'_>| {
        secrets(plot, content, path);
        sayable
    };
    let mail = |plot: &mut Plot<'_>| say(plot) && plot.email(content, frame, path);
    let push = |plot: &mut Plot<'_>| say(plot) && plot.push(content, frame, path);
    let voice = |plot: &mut Plot<'_>| say(plot) && plot.voice(content, frame, path);
    if plot.caps.carries(ContentKind::Text) {
        plot.best(&[&in_turn, &mail, &push, &voice]);
    } else {
        plot.best(&[&mail, &push, &voice, &in_turn]);
    }
}

/// Whether a content says something to a person: then lines can go with it.
fn is_message(content: &Content) -> bool {
    match content {
        Content::Mixed(all) => all.iter().any(is_message),
        Content::Edit(edit) => is_message(&edit.with),
        Content::Typing(_) | Content::Read(_) | Content::Delete(_) | Content::Reaction(_) => false,
        _ => true,
    }
}

/// Whether everything in a content can be said in words.
fn sayable(content: &Content) -> bool {
    match content {
        Content::Typing(_)
        | Content::Read(_)
        | Content::Delete(_)
        | Content::Reaction(_)
        | Content::Edit(_)
        | Content::Unknown(_) => false,
        Content::Mixed(all) => all.iter().all(sayable),
        _ => true,
    }
}

/// What stands in when a content cannot be shown at all.
fn unreadable(plot: &mut Plot<'_>, path: &Path<'_>, frame: Frame<'_>) {
    let mark = plot.mark();
    if let Some(text) = plot.fallback {
        let mut flat = Flat::default();
        flat.paragraph(Some(text));
        if plot.ask(&flat, frame, path) {
            return plot.lose(path, LossKind::ToText, Severity::Major, Rule::NotCarried);
        }
    }
    plot.back(mark);
    // A channel of templates only.
    let kind = if plot.caps.carries(ContentKind::Template) && !plot.caps.carries(ContentKind::Text)
    {
        LossKind::TemplateNeeded
    } else {
        LossKind::Dropped
    };
    plot.refuse(path, kind, Rule::NotCarried);
}

/// Notes that a secret would be shown where others can read it.
fn secret(plot: &mut Plot<'_>, content: &Content, path: &Path<'_>) {
    let is_secret = match content {
        Content::OneTimeCode(_) => true,
        Content::Template(call) => call.category == TemplateCategory::Authentication,
        _ => false,
    };
    if is_secret && !plot.caps.private {
        plot.refuse(
            &path.key(content.tag()),
            LossKind::PrivacyDowngrade,
            Rule::KeepSecrets,
        );
    }
}

/// The same for everything in a content.
fn secrets(plot: &mut Plot<'_>, content: &Content, path: &Path<'_>) {
    secret(plot, content, path);
    if let Content::Mixed(all) = content {
        let at = path.key("mixed");
        for (index, one) in all.iter().enumerate() {
            secrets(plot, one, &at.at(index));
        }
    }
}

/// Puts the digest on a plan. It is taken once, of the canonical JSON of everything that can be sent or answered.
fn seal(parts: Vec<PartBody>, losses: Vec<Loss>, answers: AnswerMap) -> Plan {
    let mut text = Vec::with_capacity(512);
    // The parts hold no float that is not finite and no key that is not text, so this cannot fail.
    let digest = match canonical::write_into(&mut text, &(&parts, &losses, &answers)) {
        Ok(()) => Digest::of(&text),
        Err(error) => Digest::of(error.to_string().as_bytes()),
    };
    Plan {
        parts,
        losses,
        answers,
        digest,
    }
}

crate::open::veiled! {
    PlanInput<'_> { language };
}

#[cfg(test)]
mod tests;
