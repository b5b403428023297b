//! A model request through the openai provider against bare reqwest, over one loopback server: CPU of the client's thread.
//!
//! The other side is what a careful host would write by hand: one shared client, typed serde, a line splitter for streams.
//! The server runs in a thread of its own and is not counted.

use crate::Failure;
use crate::cpu::compare;
use crate::row::Row;
use crate::server::serve;
use bytes::Bytes;
use futures_util::StreamExt as _;
use msg_core::http::ReqwestTransport;
use msg_core::llm::{
    GenerateRequest, HttpProvider, Instructions, LlmProvider as _, StreamEvent, Turn,
};
use msg_llm::openai::{OpenAi, OpenAiConfig};
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;

/// Pieces of the streamed answer, about 300 bytes each.
const PIECES: usize = 200;
/// Requests of each caller of one side in one round.
const WHOLE: usize = 50;
const STREAMS: usize = 5;

/// Measures a whole answer and a stream. Medians are microseconds of CPU a request, the ratio is theirs by ours.
pub(crate) fn run() -> Result<Vec<Row>, Failure> {
    let address = serve(whole_answer(), stream_answer())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let ours = Ours::new(address)?;
        let bare = Bare::new(address)?;
        Ok(vec![
            compare(
                "model request, whole answer, against bare reqwest",
                WHOLE,
                async || ours.whole().await,
                async || bare.whole().await,
            )
            .await?,
            compare(
                "model request, stream of 200 pieces, against bare reqwest",
                STREAMS,
                async || ours.stream().await,
                async || bare.stream().await,
            )
            .await?,
        ])
    })
}

/// Instructions and question of the request, about 300 characters each.
fn texts() -> (String, String) {
    (
        "Answer in one sentence. ".repeat(13),
        "Where is my order, please? ".repeat(11),
    )
}

struct Ours {
    provider: HttpProvider<OpenAi>,
    request: GenerateRequest,
}

impl Ours {
    fn new(address: SocketAddr) -> Result<Self, Failure> {
        let config = OpenAiConfig::new(format!("http://{address}/v1"))
            .with_api_key("key")
            .with_model("gpt-4o-mini");
        let (system, user) = texts();
        Ok(Self {
            provider: HttpProvider::new(OpenAi::new(config)?, Arc::new(ReqwestTransport::new()?)),
            request: GenerateRequest::new(Instructions::by_host(system), vec![Turn::user(user)]),
        })
    }

    async fn whole(&self) -> Result<usize, Failure> {
        Ok(self.provider.generate(&self.request).await?.text().len())
    }

    async fn stream(&self) -> Result<usize, Failure> {
        let mut stream = self.provider.stream(&self.request).await?;
        let mut length = 0;
        while let Some(event) = stream.next().await {
            if let StreamEvent::Text(text) = event? {
                length += text.len();
            }
        }
        Ok(length)
    }
}

#[derive(Serialize)]
struct Asked<'a> {
    model: &'a str,
    messages: [Said<'a>; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
}

#[derive(Serialize)]
struct Said<'a> {
    role: &'a str,
    content: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    id: String,
    model: String,
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(alias = "delta")]
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

impl Answer {
    /// The length of the text; everything else is read too, as a host would.
    fn length(self) -> usize {
        black_box((self.id, self.model));
        self.choices
            .into_iter()
            .map(|choice| {
                black_box(choice.finish_reason);
                choice.message.content.map_or(0, |text| text.len())
            })
            .sum()
    }
}

/// reqwest as a careful host sets it up for everything.
pub(crate) fn bare_client() -> Result<reqwest::Client, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .build()?)
}

struct Bare {
    client: reqwest::Client,
    url: String,
    texts: (String, String),
}

impl Bare {
    fn new(address: SocketAddr) -> Result<Self, Failure> {
        Ok(Self {
            client: bare_client()?,
            url: format!("http://{address}/v1/chat/completions"),
            texts: texts(),
        })
    }

    async fn send(&self, stream: Option<bool>) -> Result<reqwest::Response, Failure> {
        let (system, user) = &self.texts;
        let messages = [
            Said {
                role: "system",
                content: system,
            },
            Said {
                role: "user",
                content: user,
            },
        ];
        let body = serde_json::to_vec(&Asked {
            model: "gpt-4o-mini",
            messages,
            stream,
        })?;
        let request = self
            .client
            .post(&self.url)
            .bearer_auth("key")
            .header("content-type", "application/json");
        Ok(request.body(body).send().await?)
    }

    async fn whole(&self) -> Result<usize, Failure> {
        let body = self.send(None).await?.bytes().await?;
        Ok(serde_json::from_slice::<Answer>(&body)?.length())
    }

    async fn stream(&self) -> Result<usize, Failure> {
        let mut pieces = self.send(Some(true)).await?.bytes_stream();
        let (mut buffer, mut length) = (Vec::new(), 0);
        while let Some(piece) = pieces.next().await {
            buffer.extend_from_slice(&piece?);
            let mut read = 0;
            while let Some(end) = memchr::memchr(b'\n', buffer.get(read..).unwrap_or_default()) {
                let line = buffer.get(read..read + end).unwrap_or_default();
                read += end + 1;
                if let Some(data) = line
                    .strip_prefix(b"data: ")
                    .filter(|data| *data != b"[DONE]")
                {
                    length += serde_json::from_slice::<Answer>(data)?.length();
                }
            }
            buffer.drain(..read);
        }
        Ok(length)
    }
}

fn whole_answer() -> Bytes {
    let body = format!(
        "{{\"id\":\"chatcmpl-BENCH\",\"object\":\"chat.completion\",\"created\":1760000000,\"model\":\"gpt-4o-mini-2024-07-18\",\
         \"choices\":[{{\"index\":0,\"message\":{{\"role\":\"assistant\",\"content\":\"{}\",\"refusal\":null,\"annotations\":[]}},\
         \"logprobs\":null,\"finish_reason\":\"stop\"}}],\"usage\":{{\"prompt_tokens\":120,\"completion_tokens\":80,\"total_tokens\":200,\
         \"prompt_tokens_details\":{{\"cached_tokens\":0,\"audio_tokens\":0}},\"completion_tokens_details\":{{\"reasoning_tokens\":0}}}},\
         \"service_tier\":\"default\",\"system_fingerprint\":\"fp_0123456789\"}}",
        "Your order left this morning. ".repeat(12)
    );
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_1\r\ndate: Sat, 21 Nov 2026 10:00:00 GMT\r\n\
         x-ratelimit-limit-requests: 100\r\nx-ratelimit-remaining-requests: 99\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Bytes::from(head + &body)
}

/// A chunk of a chunked body.
fn frame(event: &str) -> String {
    format!("{:x}\r\n{event}\r\n", event.len())
}

fn stream_answer() -> Bytes {
    let mut out = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: req_1\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
    let mut events: Vec<String> = (0..PIECES)
        .map(|number| crate::sse::chunk(&format!(" word{number:04}"), "null"))
        .collect();
    events.push(crate::sse::chunk("", "\"stop\""));
    events.push("data: [DONE]\n\n".to_owned());
    for event in events {
        out.push_str(&frame(&event));
    }
    Bytes::from(out + "0\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    }

    #[test]
    fn both_sides_read_the_same() {
        let address = serve(whole_answer(), stream_answer()).unwrap();
        runtime().block_on(async {
            let (ours, bare) = (Ours::new(address).unwrap(), Bare::new(address).unwrap());
            assert_eq!(ours.whole().await.unwrap(), bare.whole().await.unwrap());
            assert_eq!(ours.stream().await.unwrap(), PIECES * " word0000".len());
            assert_eq!(bare.stream().await.unwrap(), PIECES * " word0000".len());
        });
    }

    /// Allocations of a call on a connection that is open. All of it runs on this thread, the connection's task too.
    fn allocations(ask: impl AsyncFn() -> Result<usize, Failure>) -> u64 {
        const CALLS: u64 = 10;
        let runtime = runtime();
        runtime.block_on(ask()).unwrap();
        let counted = allocation_counter::measure(|| {
            for _ in 0..CALLS {
                runtime.block_on(ask()).unwrap();
            }
        });
        counted.count_total / CALLS
    }

    /// performance.md, L2 and S3: allocations repeat exactly, so they can be a gate.
    #[test]
    fn a_request_and_a_piece_of_a_stream_allocate_little() {
        let address = serve(whole_answer(), stream_answer()).unwrap();
        let ours = Ours::new(address).unwrap();
        let whole = allocations(async || ours.whole().await);
        let ours = Ours::new(address).unwrap();
        let stream = allocations(async || ours.stream().await);
        assert!(whole <= 90, "{whole} allocations a request");
        // 3.5 a piece.
        let limit = 7 * u64::try_from(PIECES).unwrap() / 2;
        assert!(
            stream <= limit,
            "{stream} allocations a stream of {PIECES} pieces"
        );
    }
}
