//! `msg-llm` over the one transport of `msg-core`, as a host sets it up.

use crate::Failure;
use crate::clients::Client;
use crate::question::{KEY, MODEL, system, user};
use crate::wire::Wire;
use futures_util::StreamExt as _;
use msg_core::http::ReqwestTransport;
use msg_core::llm::{
    GenerateRequest, HttpProvider, Instructions, LlmProvider, LlmStream, LlmWire, StreamEvent, Turn,
};
use msg_llm::anthropic::{Anthropic, AnthropicConfig};
use msg_llm::azure_openai::{AzureOpenAi, AzureOpenAiConfig};
use msg_llm::bedrock::{Bedrock, BedrockConfig};
use msg_llm::cohere::{Cohere, CohereConfig};
use msg_llm::gemini::{Gemini, GeminiConfig};
use msg_llm::mistral::{Mistral, MistralConfig};
use msg_llm::ollama::{Ollama, OllamaConfig};
use msg_llm::openai::{OpenAi, OpenAiConfig};
use msg_llm::openai_responses::{OpenAiResponses, ResponsesConfig};
use std::net::SocketAddr;
use std::sync::Arc;

/// The question as this SDK says it.
#[must_use]
pub fn request() -> GenerateRequest {
    let system = Instructions::by_host(system());
    GenerateRequest::new(system, vec![Turn::user(user())])
}

/// What is made of a wire, whose type only [`with_wire`] knows.
pub trait Make {
    /// What comes out of it.
    type Output;

    /// Makes it.
    fn make<W: LlmWire + 'static>(self, wire: W) -> Result<Self::Output, Failure>;
}

/// Makes something of the wire to this server.
pub fn with_wire<M: Make>(wire: Wire, server: SocketAddr, make: M) -> Result<M::Output, Failure> {
    let root = format!("http://{server}");
    let v1 = format!("{root}/v1");
    match wire {
        Wire::OpenAi => {
            let config = OpenAiConfig::new(v1).with_api_key(KEY).with_model(MODEL);
            make.make(OpenAi::new(config)?)
        }
        Wire::Responses => {
            let config = ResponsesConfig::new(v1).with_api_key(KEY).with_model(MODEL);
            make.make(OpenAiResponses::new(config)?)
        }
        Wire::Anthropic => {
            let config = AnthropicConfig::new(root)
                .with_api_key(KEY)
                .with_model(MODEL);
            make.make(Anthropic::new(config)?)
        }
        Wire::Gemini => {
            let config = GeminiConfig::default().with_base_url(format!("{root}/v1beta"));
            let config = config.with_api_key(KEY).with_model(MODEL);
            make.make(Gemini::new(config)?)
        }
        Wire::Mistral => {
            let config = MistralConfig::default().with_server("mistral", v1);
            let config = config.with_api_key(KEY).with_model(MODEL);
            make.make(Mistral::new(config)?)
        }
        Wire::Cohere => {
            let config = CohereConfig::default().with_base_url(root);
            let config = config.with_api_key(KEY).with_model(MODEL);
            make.make(Cohere::new(config)?)
        }
        Wire::Ollama => {
            let config = OllamaConfig::default()
                .with_base_url(root)
                .with_model(MODEL);
            make.make(Ollama::new(config)?)
        }
        Wire::Bedrock => {
            let config = BedrockConfig::new("eu-central-1").with_base_url(root);
            let config = config.with_bearer_key(KEY).with_model(MODEL);
            make.make(Bedrock::new(config)?)
        }
        Wire::Azure => {
            let config = AzureOpenAiConfig::new(root, MODEL).with_api_key(KEY);
            make.make(AzureOpenAi::new(config)?)
        }
    }
}

struct Provider;

impl Make for Provider {
    type Output = Box<dyn LlmProvider>;

    fn make<W: LlmWire + 'static>(self, wire: W) -> Result<Self::Output, Failure> {
        let transport = Arc::new(ReqwestTransport::new()?);
        Ok(Box::new(HttpProvider::new(wire, transport)))
    }
}

/// A provider behind its trait.
pub struct Ours {
    provider: Box<dyn LlmProvider>,
    request: GenerateRequest,
}

impl Ours {
    /// The provider of this wire at this server.
    pub fn new(wire: Wire, server: SocketAddr) -> Result<Self, Failure> {
        Ok(Self {
            provider: with_wire(wire, server, Provider)?,
            request: request(),
        })
    }
}

impl Client for Ours {
    type Stream = LlmStream;

    async fn whole(&self) -> Result<usize, Failure> {
        Ok(self.provider.generate(&self.request).await?.text().len())
    }

    async fn open(&self) -> Result<Self::Stream, Failure> {
        Ok(self.provider.stream(&self.request).await?)
    }

    async fn next(&self, stream: &mut Self::Stream) -> Result<Option<usize>, Failure> {
        Ok(match stream.next().await.transpose()? {
            Some(StreamEvent::Text(text)) => Some(text.len()),
            Some(_) => Some(0),
            None => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hand::request::{Texts, body, headers, url};
    use bytes::Bytes;
    use serde_json::Value;

    struct Encoded(bool);

    impl Make for Encoded {
        type Output = http::Request<Bytes>;

        fn make<W: LlmWire + 'static>(self, wire: W) -> Result<Self::Output, Failure> {
            Ok(wire.encode(&request(), self.0)?)
        }
    }

    /// Otherwise the comparison would be worth nothing.
    #[test]
    fn what_is_written_by_hand_is_what_the_wire_sends() {
        let server: SocketAddr = "127.0.0.1:80".parse().unwrap();
        let texts = Texts {
            system: system(),
            user: user(),
        };
        for (wire, stream) in Wire::ALL
            .into_iter()
            .flat_map(|wire| [(wire, false), (wire, true)])
        {
            let sent = with_wire(wire, server, Encoded(stream)).unwrap();
            let at = sent.uri().to_string().replace(":80", "");
            let name = wire.name();
            assert_eq!(at, url(wire, server, stream).replace(":80", ""), "{name}");
            let read = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap();
            let by_hand = body(wire, &texts, stream).unwrap();
            assert_eq!(read(sent.body()), read(&by_hand), "{name} {stream}");
            for (header, value) in headers(wire).into_iter().flatten() {
                assert_eq!(sent.headers().get(header).unwrap(), &value, "{name}");
            }
        }
    }
}
