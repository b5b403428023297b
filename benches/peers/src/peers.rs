//! The other crates, each as its own documentation sets it up, with one client shared by all calls.

use crate::Failure;
use crate::bare::client;
use crate::clients::Client;
use crate::question::{KEY, MODEL, system, user};
use async_openai::config::OpenAIConfig;
use async_openai::types::chat::{
    ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage,
    ChatCompletionResponseStream, CreateChatCompletionRequest,
};
use futures_util::{Stream, StreamExt as _};
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatRequest, ChatStream, ChatStreamEvent};
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{ModelIden, ServiceTarget};
use llm::LLMProvider;
use llm::builder::{LLMBackend, LLMBuilder};
use rig_core::completion::CompletionRequest;
use rig_core::operation::Completion;
use rig_core::streaming::{Item, StreamEvent, Streamed};
use std::net::SocketAddr;
use std::pin::Pin;

/// `llm`. Its `OpenAI` backend speaks Responses only; that of Groq speaks Chat Completions.
pub struct Llm {
    provider: Box<dyn LLMProvider>,
    messages: Vec<llm::chat::ChatMessage>,
}

impl Llm {
    /// A client of this server.
    pub fn new(server: SocketAddr) -> Result<Self, Failure> {
        let provider = LLMBuilder::new()
            .backend(LLMBackend::Groq)
            .base_url(format!("http://{server}/v1"))
            .api_key(KEY)
            .model(MODEL)
            .system(system())
            .build()?;
        let messages = vec![llm::chat::ChatMessage::user().content(user()).build()];
        Ok(Self { provider, messages })
    }
}

impl Client for Llm {
    type Stream = Pin<Box<dyn Stream<Item = Result<String, llm::error::LLMError>> + Send>>;

    async fn whole(&self) -> Result<usize, Failure> {
        let answer = self.provider.chat(&self.messages).await?;
        Ok(answer.text().map_or(0, |text| text.len()))
    }

    async fn open(&self) -> Result<Self::Stream, Failure> {
        Ok(self.provider.chat_stream(&self.messages).await?)
    }

    async fn next(&self, stream: &mut Self::Stream) -> Result<Option<usize>, Failure> {
        let text = stream.next().await.transpose()?;
        Ok(text.map(|text| text.len()))
    }
}

/// `async-openai`.
pub struct AsyncOpenAi {
    client: async_openai::Client<OpenAIConfig>,
    request: CreateChatCompletionRequest,
}

impl AsyncOpenAi {
    /// A client of this server.
    pub fn new(server: SocketAddr) -> Result<Self, Failure> {
        let config = OpenAIConfig::new()
            .with_api_base(format!("http://{server}/v1"))
            .with_api_key(KEY);
        let request = CreateChatCompletionRequest {
            model: MODEL.to_owned(),
            messages: vec![
                ChatCompletionRequestSystemMessage::from(system()).into(),
                ChatCompletionRequestUserMessage::from(user()).into(),
            ],
            ..CreateChatCompletionRequest::default()
        };
        let client = async_openai::Client::build(client()?, config);
        Ok(Self { client, request })
    }
}

impl Client for AsyncOpenAi {
    type Stream = ChatCompletionResponseStream;

    async fn whole(&self) -> Result<usize, Failure> {
        let answer = self.client.chat().create(self.request.clone()).await?;
        let texts = answer.choices.iter();
        Ok(texts
            .filter_map(|choice| choice.message.content.as_ref())
            .map(String::len)
            .sum())
    }

    async fn open(&self) -> Result<Self::Stream, Failure> {
        Ok(self
            .client
            .chat()
            .create_stream(self.request.clone())
            .await?)
    }

    async fn next(&self, stream: &mut Self::Stream) -> Result<Option<usize>, Failure> {
        let chunk = stream.next().await.transpose()?;
        Ok(chunk.map(|chunk| {
            let texts = chunk.choices.iter();
            texts
                .filter_map(|choice| choice.delta.content.as_ref())
                .map(String::len)
                .sum()
        }))
    }
}

/// `genai`.
pub struct GenAi {
    client: genai::Client,
    request: ChatRequest,
}

impl GenAi {
    /// A client of this server.
    pub fn new(server: SocketAddr) -> Result<Self, Failure> {
        let base = format!("http://{server}/v1/");
        let resolver = ServiceTargetResolver::from_resolver_fn(
            move |target: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
                Ok(ServiceTarget {
                    endpoint: Endpoint::from_owned(base.clone()),
                    auth: AuthData::from_single(KEY),
                    model: ModelIden::new(AdapterKind::OpenAI, target.model.model_name),
                })
            },
        );
        let builder = genai::Client::builder().with_reqwest(client()?);
        let request = ChatRequest::from_system(system()).append_message(ChatMessage::user(user()));
        Ok(Self {
            client: builder.with_service_target_resolver(resolver).build()?,
            request,
        })
    }
}

impl Client for GenAi {
    type Stream = ChatStream;

    async fn whole(&self) -> Result<usize, Failure> {
        let answer = self
            .client
            .exec_chat(MODEL, self.request.clone(), None)
            .await?;
        Ok(answer.first_text().map_or(0, str::len))
    }

    async fn open(&self) -> Result<Self::Stream, Failure> {
        let request = self.request.clone();
        Ok(self
            .client
            .exec_chat_stream(MODEL, request, None)
            .await?
            .stream)
    }

    async fn next(&self, stream: &mut Self::Stream) -> Result<Option<usize>, Failure> {
        Ok(match stream.next().await.transpose()? {
            Some(ChatStreamEvent::Chunk(chunk)) => Some(chunk.content.len()),
            Some(_) => Some(0),
            None => None,
        })
    }
}

/// `rig-core`.
pub struct Rig {
    model: rig_core::Model<rig_core::providers::openai::wire::Chat>,
    request: CompletionRequest,
}

impl Rig {
    /// A client of this server.
    pub fn new(server: SocketAddr) -> Result<Self, Failure> {
        let config = rig_core::providers::openai::OpenAIConfig::new(KEY);
        let config = config.with_base_url(format!("http://{server}/v1"));
        let transport = rig_reqwest::ReqwestClient::from(client()?);
        Ok(Self {
            model: config.connect(transport).chat(MODEL),
            request: CompletionRequest::new(user()).preamble(system()),
        })
    }
}

impl Client for Rig {
    type Stream = Streamed<Completion>;

    async fn whole(&self) -> Result<usize, Failure> {
        Ok(self.model.call(self.request.clone()).await?.text().len())
    }

    async fn open(&self) -> Result<Self::Stream, Failure> {
        Ok(self.model.stream(self.request.clone())?)
    }

    async fn next(&self, stream: &mut Self::Stream) -> Result<Option<usize>, Failure> {
        Ok(match stream.next().await.transpose()? {
            Some(Item::Event(StreamEvent::Text { text, .. })) => Some(text.len()),
            Some(_) => Some(0),
            None => None,
        })
    }
}
