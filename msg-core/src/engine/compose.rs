//! Composes a message: from content, from a template, or with a model that never sees personal data.

use super::recorder::Recorder;
use super::{Inner, unexpected_answer};
use crate::error::{Error, ErrorKind};
use crate::llm::text::repeats_a_mark;
use crate::llm::{
    FinishReason, GenerateRequest, GenerateResponse, Instructions, LlmError, Piece, Role, Source,
    Text, Turn,
};
use crate::message::draft::{Body, Draft, Generate, TemplateCall};
use crate::message::{Block, ChannelKind, Content, Inline, Origin, RichText};
use crate::policy::Detector;
use crate::policy::vault::Vault;
use crate::store::{Answer, Query, Speaker, TurnRecord};
use crate::trace::{Composed, Masked};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Where a text will be shown: decides how variables are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Surface {
    /// The channel.
    pub channel: ChannelKind,
    /// The language, BCP 47.
    pub language: String,
}

impl Surface {
    /// A text for this channel in this language.
    pub fn new(channel: ChannelKind, language: impl Into<String>) -> Self {
        Self {
            channel,
            language: language.into(),
        }
    }
}

/// What a model is told: instructions of the host and how to answer.
#[derive(Clone, Default, PartialEq)]
#[cfg_attr(test, derive(Debug))]
#[non_exhaustive]
pub struct Prompt {
    /// The instructions. Never text from the outside world.
    pub system: Instructions,
    /// The model; empty takes the provider's default.
    pub model: String,
    /// The most tokens of the answer.
    pub max_tokens: Option<u32>,
    /// Randomness.
    pub temperature: Option<f32>,
}

impl Prompt {
    /// These instructions.
    pub fn new(system: impl Into<Instructions>) -> Self {
        Self {
            system: system.into(),
            ..Self::default()
        }
    }
}

/// Templates and prompts. Pure: the same call gives the same text.
pub trait Library: fmt::Debug + Send + Sync + 'static {
    /// The content of a message template.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for an unknown template, [`ErrorKind::Invalid`] for a missing variable; both say which.
    fn message(&self, call: &TemplateCall, surface: &Surface) -> Result<Content, Error>;

    /// The instructions of a prompt.
    ///
    /// # Errors
    /// As [`Library::message`].
    fn prompt(&self, call: &Generate, surface: &Surface) -> Result<Prompt, Error>;
}

const fn _dyn_compatible(_: &dyn Library) {}

/// What a draft brings to compose from. It is taken out before the first check, so that every check of every phase,
/// then and in a replay, sees the same draft.
#[derive(Clone, Debug)]
pub(crate) struct Material {
    pub(crate) body: Body,
    pub(crate) alternatives: BTreeMap<ChannelKind, Content>,
    pub(crate) raw: BTreeMap<ChannelKind, Value>,
    pub(crate) fallback_text: Option<String>,
}

impl Material {
    /// Takes the material out of a draft, and says who will write the text.
    pub(crate) fn take(draft: &mut Draft) -> Self {
        match &draft.body {
            Body::Template(_) => draft.origin = Origin::Template,
            Body::Generate(_) => draft.origin = Origin::Model,
            Body::Content(_) | Body::Unknown(_) => {}
        }
        Self {
            body: std::mem::replace(&mut draft.body, Body::from(Content::default())),
            alternatives: std::mem::take(&mut draft.alternatives),
            raw: std::mem::take(&mut draft.raw),
            fallback_text: draft.fallback_text.take(),
        }
    }

    /// Whether what is composed for a channel is for that channel only: the author's words or JSON for it, or a template,
    /// whose variables are escaped for it.
    pub(crate) fn is_for(&self, channel: &ChannelKind) -> bool {
        self.raw.contains_key(channel)
            || self.alternatives.contains_key(channel)
            || matches!(self.body, Body::Template(_))
    }
}

impl Inner {
    /// What the draft says on this surface. Records how it came about, unless the host wrote it itself.
    pub(super) async fn compose(
        &self,
        draft: &mut Draft,
        material: &mut Material,
        surface: &Surface,
        recorder: &mut Recorder,
    ) -> Result<Content, Error> {
        let raw = material.raw.get(&surface.channel).map(words_of);
        if let Some(content) = raw.or_else(|| material.alternatives.get(&surface.channel).cloned())
        {
            draft.origin = Origin::Author;
            recorder.add("composed", &Composed::new(content.clone(), Origin::Author))?;
            return Ok(content);
        }
        match &mut material.body {
            Body::Content(content) => Ok(std::mem::take(&mut **content)),
            Body::Template(call) => {
                let content = self.library()?.message(call, surface)?;
                let mut composed = Composed::new(content.clone(), Origin::Template);
                composed.template = Some(call.id.clone());
                recorder.add("composed", &composed)?;
                Ok(content)
            }
            Body::Generate(generate) => self.generate(draft, generate, surface, recorder).await,
            Body::Unknown(unknown) => Err(Error::new(
                ErrorKind::Unsupported,
                "a body of a newer version",
            )
            .with_context("body", &*unknown.tag)),
        }
    }

    fn library(&self) -> Result<&dyn Library, Error> {
        self.library
            .as_deref()
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "no template library is set"))
    }

    /// Asks the model; when no usable answer comes, takes the approved template and says why.
    async fn generate(
        &self,
        draft: &mut Draft,
        generate: &Generate,
        surface: &Surface,
        recorder: &mut Recorder,
    ) -> Result<Content, Error> {
        let (why, error) = match self.ask(draft, generate, surface, recorder).await? {
            Ok((content, mut composed)) => {
                composed.prompt = Some(generate.prompt.clone());
                recorder.add("composed", &composed)?;
                return Ok(content);
            }
            Err(unusable) => unusable,
        };
        let Some(call) = &generate.fallback else {
            let failed = Error::new(
                ErrorKind::Unavailable,
                "no model answered and there is no fallback template",
            )
            .with_context("why", why);
            return Err(match error {
                Some(cause) => failed.with_source(cause),
                None => failed,
            });
        };
        draft.origin = Origin::Template;
        let content = self.library()?.message(call, surface)?;
        let mut composed = Composed::new(content.clone(), Origin::Template);
        composed.template = Some(call.id.clone());
        composed.prompt = Some(generate.prompt.clone());
        composed.fallback = Some(why);
        recorder.add("composed", &composed)?;
        Ok(content)
    }

    /// A usable answer with its record, or why there is none.
    async fn ask(
        &self,
        draft: &Draft,
        generate: &Generate,
        surface: &Surface,
        recorder: &mut Recorder,
    ) -> Result<Result<(Content, Composed), (String, Option<LlmError>)>, Error> {
        let Some(detector) = &self.detector else {
            return Ok(Err(("no model is configured".into(), None)));
        };
        let prompt = self.library()?.prompt(generate, surface)?;
        let mut vault = Vault::new();
        let turns = self.turns(draft).await?;
        let request = masked_request(
            &mut vault,
            detector.as_ref(),
            prompt,
            (&generate.data, &turns),
        );
        let kinds = vault
            .counts()
            .map(|(kind, count)| (kind.to_owned(), u32::try_from(count).unwrap_or(u32::MAX)));
        recorder.add("masked", &Masked::new(kinds.collect()))?;
        let Some(provider) = &self.provider else {
            return Ok(Err(("no model is configured".into(), None)));
        };
        match provider.generate(&request).await {
            Err(error) => Ok(Err((
                format!("the model failed: {}", error.kind),
                Some(error),
            ))),
            Ok(response) => Ok(match unusable(&response) {
                Some(why) => Err((why, None)),
                None => Ok(answered(&vault, response)),
            }),
        }
    }

    async fn turns(&self, draft: &Draft) -> Result<Vec<TurnRecord>, Error> {
        let Some(conversation) = draft.conversation.clone() else {
            return Ok(Vec::new());
        };
        let query = Query::Turns {
            tenant: draft.tenant.clone(),
            conversation,
            limit: self.settings.turns,
        };
        match self.store.query(query).await? {
            Answer::Turns(turns) => Ok(turns),
            _ => Err(unexpected_answer()),
        }
    }
}

/// Every text in provider JSON, a paragraph each, in the order of the JSON: what the checks see of it, and what the
/// transcript says. Names of fields and numbers are not texts.
fn words_of(raw: &Value) -> Content {
    let mut blocks = Vec::new();
    let mut open = vec![raw];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => blocks.push(Block::Paragraph(vec![Inline::Text(text.clone())])),
            Value::Array(all) => open.extend(all.iter().rev()),
            Value::Object(fields) => open.extend(fields.values().rev()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    Content::Text(RichText { blocks })
}

/// The request with every piece of personal data replaced. What came from outside is in turns, marked as data; the
/// instructions are the host's.
fn masked_request(
    vault: &mut Vault,
    detector: &dyn Detector,
    prompt: Prompt,
    (data, records): (&[Text], &[TurnRecord]),
) -> GenerateRequest {
    let mut mask = |text: &str| vault.mask(text, &detector.find(text));
    let system = Instructions::by_host(mask(&prompt.system));
    let mut turns = Vec::with_capacity(records.len() + 1);
    if !data.is_empty() {
        let pieces = data.iter().map(|text| Piece::Text(text.map(&mut mask)));
        turns.push(Turn::new(Role::User, pieces.collect()));
    }
    turns.extend(records.iter().map(|turn| {
        let text = mask(&turn.content.plain_text());
        if turn.speaker == Speaker::Person {
            Turn::outside(Source::Person, text)
        } else {
            Turn::assistant(text)
        }
    }));
    let mut request = GenerateRequest::new(system, turns).with_model(prompt.model);
    (request.max_tokens, request.temperature) = (prompt.max_tokens, prompt.temperature);
    request
}

/// Why an answer cannot be sent: it is empty, refused, cut off or shows what stands between the lines of a prompt.
fn unusable(response: &GenerateResponse) -> Option<String> {
    if response.refused() {
        return Some("the model refused".into());
    }
    match response.finish.reason {
        FinishReason::Length => Some("the answer was cut off".into()),
        FinishReason::ContentFilter => Some("a filter cut the answer".into()),
        FinishReason::Error => Some("the provider failed within the answer".into()),
        _ => match response.text() {
            text if text.trim().is_empty() => Some("the answer is empty".into()),
            text if repeats_a_mark(&text) => Some("the answer repeats a mark of the prompt".into()),
            _ => None,
        },
    }
}

/// The answer with personal data put back, for the recipient only.
fn answered(vault: &Vault, response: GenerateResponse) -> (Content, Composed) {
    let content = Content::text(vault.restore(response.text().trim()));
    let mut composed = Composed::new(content.clone(), Origin::Model);
    (composed.model, composed.usage) = (Some(response.model), Some(response.usage));
    (content, composed)
}

crate::open::veiled! {
    Prompt { model };
}
