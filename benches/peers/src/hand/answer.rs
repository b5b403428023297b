//! Answers and pieces of streams, into owned values.

use serde::Deserialize;

/// Something with text in it.
pub trait Read {
    /// How long the text is.
    fn length(&self) -> usize;
}

fn length(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}

macro_rules! read {
    ($($(#[$of:meta])* $name:ident { $($(#[$field_of:meta])* $field:ident: $type:ty),* $(,)? })*) => {
        $(
            #[derive(Debug, Deserialize)]
            $(#[$of])*
            pub struct $name {
                $($(#[$field_of])* #[doc = "Of the protocol."] pub $field: $type,)*
            }
        )*
    };
}

read! {
    /// Chat Completions: an answer or a chunk of one.
    Completion { id: String, model: String, choices: Vec<Choice>, usage: Option<ChatUsage> }
    /// One of its choices.
    Choice { #[serde(alias = "delta")] message: ChatMessage, finish_reason: Option<String> }
    /// Its text.
    ChatMessage { content: Option<String> }
    /// Its tokens.
    ChatUsage { prompt_tokens: u64, completion_tokens: u64 }

    /// Responses: an answer.
    Response { id: String, model: String, status: String, output: Vec<Item>, usage: Option<Tokens> }
    /// One thing in it.
    Item { content: Option<Vec<Part>> }
    /// A part of it, and of an answer of Messages and of Cohere.
    Part { r#type: String, text: Option<String> }
    /// Its tokens.
    Tokens { input_tokens: u64, output_tokens: u64 }
    /// An event of its stream.
    ResponseEvent { r#type: String, delta: Option<String>, response: Option<Response> }

    /// Messages: an answer.
    Message { id: String, model: String, content: Vec<Part>, stop_reason: Option<String>, usage: Tokens }
    /// An event of its stream.
    MessageEvent { r#type: String, message: Option<Message>, delta: Option<MessageDelta>, usage: Option<Output> }
    /// What it adds.
    MessageDelta { text: Option<String>, stop_reason: Option<String> }
    /// Its tokens.
    Output { output_tokens: u64 }

    /// Gemini: an answer or a piece of one.
    #[serde(rename_all = "camelCase")]
    Generated { candidates: Vec<Candidate>, usage_metadata: Option<GeminiUsage>, model_version: String, response_id: String }
    /// One of its candidates.
    #[serde(rename_all = "camelCase")]
    Candidate { content: Content, finish_reason: Option<String> }
    /// Its parts.
    Content { parts: Vec<Piece> }
    /// Text.
    Piece { text: Option<String> }
    /// Its tokens.
    #[serde(rename_all = "camelCase")]
    GeminiUsage { prompt_token_count: u64, candidates_token_count: u64 }

    /// Cohere: an answer.
    Said { id: String, message: SaidMessage, finish_reason: String, usage: CohereUsage }
    /// What it says.
    SaidMessage { content: Vec<Part> }
    /// Its tokens.
    CohereUsage { tokens: Tokens }
    /// An event of its stream.
    SaidEvent { r#type: String, delta: Option<SaidDelta> }
    /// What it adds.
    SaidDelta { message: Option<SaidPiece>, finish_reason: Option<String>, usage: Option<CohereUsage> }
    /// The place of the text.
    SaidPiece { content: Option<OneOrMany> }

    /// Converse: an answer.
    #[serde(rename_all = "camelCase")]
    Converse { output: ConverseOutput, stop_reason: String, usage: ConverseUsage }
    /// What it says.
    ConverseOutput { message: ConverseMessage }
    /// Its parts.
    ConverseMessage { content: Vec<Piece> }
    /// Its tokens.
    #[serde(rename_all = "camelCase")]
    ConverseUsage { input_tokens: u64, output_tokens: u64 }
    /// An event of its stream.
    #[serde(rename_all = "camelCase")]
    ConverseEvent { delta: Option<Piece>, stop_reason: Option<String>, usage: Option<ConverseUsage> }

    /// Ollama: an answer or a piece of one.
    Chat { model: String, message: ChatMessage, done: bool, done_reason: Option<String>, prompt_eval_count: Option<u64>, eval_count: Option<u64> }
}

/// The stream of Cohere begins with a list and goes on with one piece at a time.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// Text.
    One(Piece),
    /// Nothing yet.
    Many(Vec<Piece>),
}

impl Read for Completion {
    fn length(&self) -> usize {
        let texts = self
            .choices
            .iter()
            .map(|choice| choice.message.content.as_ref());
        texts.map(length).sum()
    }
}

impl Read for Response {
    fn length(&self) -> usize {
        let parts = self
            .output
            .iter()
            .flat_map(|item| item.content.iter().flatten());
        parts.map(|part| length(part.text.as_ref())).sum()
    }
}

impl Read for ResponseEvent {
    fn length(&self) -> usize {
        length(self.delta.as_ref())
    }
}

impl Read for Message {
    fn length(&self) -> usize {
        let texts = self.content.iter().map(|part| part.text.as_ref());
        texts.map(length).sum()
    }
}

impl Read for MessageEvent {
    fn length(&self) -> usize {
        length(self.delta.as_ref().and_then(|delta| delta.text.as_ref()))
    }
}

impl Read for Generated {
    fn length(&self) -> usize {
        let parts = self
            .candidates
            .iter()
            .flat_map(|candidate| &candidate.content.parts);
        parts.map(|part| length(part.text.as_ref())).sum()
    }
}

impl Read for Said {
    fn length(&self) -> usize {
        let texts = self.message.content.iter().map(|part| part.text.as_ref());
        texts.map(length).sum()
    }
}

impl Read for SaidEvent {
    fn length(&self) -> usize {
        let message = self.delta.as_ref().and_then(|delta| delta.message.as_ref());
        match message.and_then(|message| message.content.as_ref()) {
            Some(OneOrMany::One(piece)) => length(piece.text.as_ref()),
            Some(OneOrMany::Many(_)) | None => 0,
        }
    }
}

impl Read for Chat {
    fn length(&self) -> usize {
        length(self.message.content.as_ref())
    }
}

impl Read for Converse {
    fn length(&self) -> usize {
        let texts = self.output.message.content.iter();
        texts.map(|part| length(part.text.as_ref())).sum()
    }
}

impl Read for ConverseEvent {
    fn length(&self) -> usize {
        length(self.delta.as_ref().and_then(|piece| piece.text.as_ref()))
    }
}
